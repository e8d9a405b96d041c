"""The largest memory that a process ever held, as the system counted it."""

import resource
import sys
from pathlib import Path

#: What Linux says of a process.
STATUS = Path("/proc/self/status")

#: Bytes in a unit of ru_maxrss.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes() -> int:
    """Return the largest memory that this process, or one that it started, ever held, in bytes."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
    if STATUS.exists():  # there the other number begins with what the process held that started this one
        own = 1024 * int(STATUS.read_text().partition("VmHWM:")[2].split()[0])
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * MAXRSS_UNIT)
