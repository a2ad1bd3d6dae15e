"""What the runner knows of a stack when an operation begins, for its program and its provider processes.

A provider sees one row at a time. What it cannot see decides whether a copy is lost or only listed late: plain `pulumi`
has no such file, and whatever needs it is then left undone, the safe way.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = "REPLICAS_KNOWN"
"""The environment variable that names the file, which is made anew for each operation."""


@dataclass(frozen=True)
class Known:
    """What is known of a stack.

    Attributes:
        usable: Ids of copies that a program has seen usable: it exports them only then.
    """

    usable: frozenset[str] = frozenset()


def current() -> Known | None:
    """Return what is known of the stack that is operated on, None where nothing says so."""
    path = os.environ.get(FILE)
    return _read(path) if path else None


def was_usable(id_: str) -> bool:
    """Report whether the stack's program is known to have seen this copy usable."""
    known = current()
    return known is not None and id_ in known.usable


def write(known: Known, path: Path) -> None:
    """Write it for the processes of one operation."""
    path.write_text(json.dumps({"usable": sorted(known.usable)}), encoding="utf-8")


@cache
def _read(path: str) -> Known | None:
    try:
        entry = json.loads(Path(path).read_text(encoding="utf-8"))
        return Known(frozenset(entry["usable"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
