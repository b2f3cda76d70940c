"""What is found when a window ends, and what people decide on it; the system itself applies no sanction."""

from peken.findings.closing import Closed, close_windows
from peken.findings.deciding import decide
from peken.findings.seeing import reversed_entries, scope

__all__ = ["Closed", "close_windows", "decide", "reversed_entries", "scope"]
