"""What the program sees of copies that it waits for, as typed values on their way to who draws them.

The engine carries texts for people, a few per copy. A live view draws each look, so the program appends it to the file
that `FILE` names, as one line of JSON. Without that variable nothing is written, and nothing depends on it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pulumi

FILE = "REPLICAS_LOOKS"
"""The environment variable that names the file, which is made for each operation."""


@dataclass(frozen=True)
class Look:
    """One look at one copy.

    Attributes:
        type: The resource type of the replica.
        name: The name of its resource.
        status: The cloud's own word.
        percent: Progress, 0 to 100; 0 where the cloud says nothing.
        left: Estimated seconds until it is usable, None where nothing can be said.
        is_usable: The wait has ended well.
    """

    type: str
    name: str
    status: str
    percent: int = 0
    left: float | None = None
    is_usable: bool = False


def note(
    resource: pulumi.Resource, status: str, percent: int = 0, left: float | None = None, *, is_usable: bool = False
) -> None:
    """Append a look, if somebody asked for it; a file that cannot be written loses it."""
    path = os.environ.get(FILE)
    if not path:
        return
    look = Look(resource.pulumi_resource_type, resource.pulumi_resource_name, status, percent, left, is_usable)
    try:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - append mode: one write, one line
            file.write(json.dumps(asdict(look)) + "\n")
    except OSError:
        return


def of_line(line: str) -> Look | None:
    """Read a line of the file; None for one of any other form."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return Look(**entry) if isinstance(entry, Mapping) and _is_look(entry) else None


def _is_look(entry: Mapping[str, Any]) -> bool:
    return entry.keys() == Look.__dataclass_fields__.keys()
