"""Repairs a state that a killed run left behind: finds the copies whose creation was started but never recorded.

A kill inside `create` leaves a pending operation whose inputs hold the copy's token. Each is looked up in the cloud by
that token, never by replaying it, and put where it belongs in the state. Nothing is ever deleted here: a copy that must
go is recorded as one, and the engine's next `up` deletes it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from components.lifecycle.lifecycle import DEFAULT_DELETE_TIMEOUT, consistency_seconds

from components.clouds.retries import CHANGE_PATIENCE
from components.model import durations
from tools.runner.kinds import KINDS, Found

POLL_SECONDS = 2.0


@dataclass(frozen=True)
class Pending:
    """A creation that was started and not recorded."""

    row: Mapping[str, Any]
    started: datetime
    """When it was started, as far as that is known."""
    uncertainty: float = field(default_factory=lambda: CHANGE_PATIENCE + consistency_seconds())
    """By how many seconds it may have begun earlier: a state is written on while a creation runs."""
    masked: tuple[str, ...] = ()
    """Inputs that are secret, and therefore not in `row`."""

    @property
    def earliest(self) -> float:
        """Before this moment (Unix seconds) it had not begun."""
        return self.started.timestamp() - self.uncertainty

    @property
    def longest(self) -> float:
        """For how many seconds it may have gone on: it waits for another copy of its source to the same region."""
        return durations.seconds(str(self.inputs.get("delete_timeout") or DEFAULT_DELETE_TIMEOUT)) + CHANGE_PATIENCE

    @property
    def token(self) -> str:
        """The token it was started with."""
        return KINDS[self.type].token(self.inputs)

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return str(self.row["urn"])

    @property
    def name(self) -> str:
        """The resource's name, for people."""
        return self.urn.rpartition("::")[2]

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.row["type"])

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What the creation was started with."""
        return dict(self.row.get("inputs") or {})


class PendingFinder(Protocol):
    """Looks for what a creation may have started."""

    def __call__(self, creation: Pending) -> Found | None:
        """Return the copy that this creation started, None where the cloud lists none."""


def pending_copies(deployment: Mapping[str, Any], journal: Sequence[Pending] = ()) -> list[Pending]:
    """List the creations of copies that a state holds as pending, and those of a journal that it does not know of."""
    written = last_written(deployment)
    begun = {creation.token: creation for creation in journal}
    pending = []
    for operation in deployment.get("pending_operations") or []:
        row = operation["resource"]
        if operation["type"] == "creating" and row["type"] in KINDS:
            # The journal tells the moment better than the state, which is written on while a creation runs.
            noted = begun.get(KINDS[row["type"]].token(row.get("inputs") or {}))
            # Its row is the state's, with every secret in it.
            pending.append(Pending(row, noted.started, noted.uncertainty) if noted else Pending(row, written))
    rows = deployment.get("resources") or []
    recorded = {KINDS[row["type"]].token(row.get("inputs") or {}) for row in rows if row["type"] in KINDS}
    known = {creation.token for creation in pending} | recorded
    return [*pending, *(creation for creation in journal if creation.token not in known)]


def look_up(
    pending: Sequence[Pending],
    find: PendingFinder,
    *,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    patience: float | None = None,
) -> dict[int, Found]:
    """Look every pending creation up in the cloud.

    A new copy may be listed late, and a killed run may have sent its request until a moment ago: "none" is believed
    only after `patience` seconds from now (by default `consistency_seconds()`), unless the creation began so long ago
    that all its waiting must be over.

    Returns:
        Index in `pending` -> copy, for those that exist.
    """
    found: dict[int, Found] = {}
    open_ = dict(enumerate(pending))
    now, patience = clock(), consistency_seconds() if patience is None else patience
    until = {
        index: now + patience if creation.started.timestamp() > now - creation.longest - patience else now
        for index, creation in open_.items()
    }
    told = False
    while True:
        for index, creation in list(open_.items()):
            too_late = clock() >= until[index]  # before the look, so that it is the last one
            if copy_ := find(creation):
                found[index] = copy_
            if copy_ or too_late:
                del open_[index]
        if not open_:
            return found
        rest = max(until[index] for index in open_) - clock()
        if not told:
            missing = ", ".join(creation.name for creation in open_.values())
            say(f"repair: {missing} not listed; a new copy is listed late, so looking for {round(rest)} s more")
            told = True
        sleep(min(POLL_SECONDS, max(rest, 0)))


def repaired(
    deployment: Mapping[str, Any], pending: Sequence[Pending], found: Mapping[int, Found]
) -> tuple[dict[str, Any], list[str]]:
    """Put found copies into the state and drop the pending creations.

    Returns:
        The new deployment, and one line per pending creation that says what became of it.
    """
    state = copy.deepcopy(dict(deployment))
    rows: list[dict[str, Any]] = state.setdefault("resources", [])
    said = []
    for index, creation in enumerate(pending):
        said.append(f"{creation.name}: {_place(rows, creation, found.get(index))}")
    ours = [creation.row for creation in pending]
    state["pending_operations"] = [
        operation for operation in state.get("pending_operations") or [] if operation["resource"] not in ours
    ]
    return state, said


def _place(rows: list[dict[str, Any]], creation: Pending, found: Found | None) -> str:
    if found is None:
        return "was never accepted by the cloud; the next `up` creates it"
    id_ = found.id
    if any(row.get("id") == id_ and row["urn"] == creation.urn for row in rows):
        return f"{id_} is recorded already"
    row = _row(creation, id_)
    live = next((at for at, each in enumerate(rows) if each["urn"] == creation.urn and not each.get("delete")), None)
    if live is None:
        rows.append(row)  # at the end: elsewhere the engine refuses a row whose provider comes later
        return f"found {id_} and recorded it"
    if rows[live].get("pendingReplacement"):
        rows[live] = row  # the old one was deleted before this one was created
        return f"found {id_} and recorded it in place of one that is deleted already"
    if KINDS[creation.type].identity(rows[live]) == KINDS[creation.type].identity(row):
        rows.append({**row, "delete": True})
        return f"found {id_}, a copy of what {rows[live]['id']} already is; recorded for deletion by the next `up`"
    old = rows[live]
    rows[live] = row
    rows.append({**old, "delete": True})
    return f"found {id_} and put it in place of {old['id']}, which the next `up` deletes once {id_} is usable"


def _row(creation: Pending, id_: str) -> dict[str, Any]:
    inputs = dict(creation.inputs)
    outputs = {**inputs, **KINDS[creation.type].outputs(inputs, id_, creation.started.timestamp(), creation.masked)}
    return {**creation.row, "id": id_, "inputs": inputs, "outputs": outputs}


def last_written(deployment: Mapping[str, Any]) -> datetime:
    """Return when the state was last written, now where it does not say."""
    text = str((deployment.get("manifest") or {}).get("time") or "")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC)
