"""Benchmarks stand beside the package and are not installed: found here as a checkout finds them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
