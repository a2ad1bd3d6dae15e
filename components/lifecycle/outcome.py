"""How a creation ended and which regions gave no answer, as typed values on their way to the runner.

The engine shows a person what went wrong; that text is never read again to find out whether a copy was started: the
provider process writes each outcome to the file that `FILE` names, as one line of JSON, before it answers the engine.
What is not written there is unknown: a killed process, a traceback, an unexpected answer.
"""

import json
import os
from collections.abc import Iterator, Mapping, Set
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from components.clouds.errors import ReplicaError

FILE = "REPLICAS_OUTCOMES"
"""The environment variable that names the file; without it nothing is written."""

UNREAD = "REPLICAS_UNREAD"
"""The same of the regions that gave no answer to the reads of one operation."""


class Outcome(Enum):
    """How a creation ended."""

    STARTED = "started"
    REFUSED = "refused"
    """Nothing was started, for certain."""
    UNKNOWN = "unknown"


class OutcomeUnknown(ReplicaError):
    """A copy was asked for and no answer ever came: it may exist without being recorded."""


class Ended(NamedTuple):
    """How the creation with this token ended; `id` is that of a copy that was started, else ""."""

    token: str
    outcome: Outcome
    id: str


class Unread(NamedTuple):
    """A region that gave no answer to a read, so that its rows stayed as they were; `problem` says why, in one line."""

    region: str
    service: str
    problem: str


def of_error(error: BaseException) -> Outcome:
    """Classify what a creation raised: only an expected error after which nothing can be running is a refusal."""
    is_refusal = isinstance(error, ReplicaError) and not isinstance(error, OutcomeUnknown)
    return Outcome.REFUSED if is_refusal and not getattr(error, "maybe_done", False) else Outcome.UNKNOWN


def write(token: str, outcome: Outcome, id_: str = "") -> None:
    """Append an outcome to the file, synced to disk; an unwritable file leaves it unknown."""
    _append({"token": token, "outcome": outcome.value, "id": id_})


def write_others(token: str, ids: Set[str]) -> None:
    """Append the ids that had a copy's name before this creation asked for it: without a token, by that it is known."""
    _append({"token": token, "others": sorted(ids)})


def write_owner(token: str, owner: Mapping[str, str]) -> None:
    """Append whose credentials a creation asks with: only these can find out what became of it."""
    _append({"token": token, "owner": dict(owner)}, is_synced=False)


def silent_regions(service: str) -> dict[str, str]:
    """Return the regions that have given this service no answer in the operation that runs, and why."""
    path = os.environ.get(UNREAD)
    found = unread(Path(path)) if path else []
    return {each.region: each.problem for each in found if each.service == service}


def is_under_the_runner() -> bool:
    """Report whether somebody reports the regions that give no answer: under plain `pulumi` nobody does."""
    return bool(os.environ.get(UNREAD))


def write_unread(region: str, service: str, problem: str) -> None:
    """Append that a region gave no answer."""
    _append({"unread": {"region": region, "service": service, "problem": problem}}, UNREAD)


def _append(entry: Mapping[str, Any], variable: str = FILE, *, is_synced: bool = True) -> None:
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - append mode: one write, one line
            file.write(json.dumps(entry) + "\n")
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
    except OSError:
        return


def read(path: Path) -> Iterator[Ended]:
    """Read the outcomes of a file; a line of any other form is skipped, which leaves its creation unknown."""
    for entry in _entries(path, {"token", "outcome", "id"}):
        try:
            yield Ended(str(entry["token"]), Outcome(entry["outcome"]), str(entry["id"]))
        except ValueError:
            continue


def others(path: Path) -> dict[str, frozenset[str]]:
    """Read the ids that were there before each creation that has noted them, by its token."""
    return {str(entry["token"]): frozenset(entry["others"]) for entry in _entries(path, {"token", "others"})}


def owners(path: Path) -> dict[str, Mapping[str, Any]]:
    """Read whose credentials each creation has asked with, by its token."""
    entries = _entries(path, {"token", "owner"})
    return {str(entry["token"]): entry["owner"] for entry in entries if isinstance(entry["owner"], dict)}


def unread(path: Path) -> list[Unread]:
    """Read which regions gave no answer, each service of each once; a line of any other form is skipped."""
    found = [entry["unread"] for entry in _entries(path, {"unread"})]
    regions = [Unread(**each) for each in found if isinstance(each, dict) and each.keys() == set(Unread._fields)]
    return list({(each.region, each.service): each for each in regions}.values())


def _entries(path: Path, keys: Set[str]) -> Iterator[Mapping[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.keys() == keys:
            yield entry
