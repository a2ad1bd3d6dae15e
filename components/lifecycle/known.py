"""What the runner knows of a stack when an operation begins, for its program and its provider processes.

A provider sees one row at a time. What it cannot see decides whether a copy is lost or only listed late: plain `pulumi`
has no such file, and whatever needs it is then left undone, the safe way.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

FILE = "REPLICAS_KNOWN"
"""The environment variable that names the file, which is made for each operation."""


@dataclass(frozen=True)
class Known:
    """What is known of a stack.

    Attributes:
        usable: Ids of copies that a program has seen usable: it exports them only then.
        recorded: Ids that the state records; None where nobody knows, and nothing may be taken for lost.
        adopted: Ids that the config says to adopt: each belongs to the replica that names it, and to no other.
        groups: Region -> the namespaces in it that state or config name (see `CopyService.look_up`).
    """

    usable: Sequence[str] = ()
    recorded: Sequence[str] | None = None
    adopted: Sequence[str] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


NOTHING = Known()


def current() -> Known:
    """Return what is known of the stack that is operated on."""
    path = os.environ.get(FILE)
    return _read(path) if path else NOTHING


def was_usable(id_: str) -> bool:
    """Report whether the stack's program is known to have seen this copy usable."""
    return id_ in current().usable


def write(known: Known, path: Path) -> None:
    """Write it for the processes of one operation."""
    path.write_text(json.dumps(asdict(known)), encoding="utf-8")


@cache
def _read(path: str) -> Known:
    try:
        return Known(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return NOTHING
