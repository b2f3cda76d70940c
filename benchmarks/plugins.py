"""Plugins for benchmarks, findable as installed ones are while they are measured; knows no market."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

FIELDS: Final = "bench_fields"
HOOKED: Final = tuple(f"bench_hooked_{number}" for number in range(10))


@contextmanager
def installed() -> Iterator[None]:
    """Metadata and modules in a folder on the path."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        points = [f"{FIELDS} = benchmarks.fields", *(f"{plugin} = {plugin}" for plugin in HOOKED)]
        for plugin in HOOKED:
            (folder / f"{plugin}.py").write_text(
                "from benchmarks.hooked import judge_order, order_cancelled, order_placed\n"
            )
        known = folder / "bench_plugins-1.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: bench-plugins\nVersion: 1\nRequires-Dist: peken\n"
        )
        (known / "entry_points.txt").write_text("\n".join(["[peken.plugins]", *points]))
        sys.path.insert(0, name)
        try:
            yield
        finally:
            sys.path.remove(name)
            for plugin in HOOKED:
                sys.modules.pop(plugin, None)
