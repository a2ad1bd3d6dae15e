"""Repairs a state that a killed run left behind: finds the copies whose creation was started but never recorded.

A kill inside `create` leaves a pending operation whose inputs hold the copy's token. Each is looked up in the cloud by
that token, never by replaying it, and put where it belongs in the state. Nothing is ever deleted here: a copy that must
go is recorded as one, and the engine's next `up` deletes it.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import repeat
from types import MappingProxyType
from typing import Any

from components import kinds
from components.clouds.errors import CloudError
from components.clouds.retries import CHANGE_PATIENCE
from components.lifecycle.waiting import Waiter, consistency_seconds
from components.model import durations
from components.model.copy_fields import DEFAULT_DELETE_TIMEOUT
from components.model.kind import Found, Rows
from tools.runner import masks

POLL_SECONDS = 2.0

KEPT = ("protect", "external", "retainOnDelete")
"""What a row is marked with that is not to be deleted."""


@dataclass(frozen=True)
class Pending:
    """A creation that was started and not recorded."""

    row: Mapping[str, Any]
    started: datetime
    """When it was started, as far as that is known."""
    uncertainty: float = field(default_factory=lambda: CHANGE_PATIENCE + consistency_seconds())
    """By how many seconds it may have begun earlier: a state is written on while a creation runs."""
    masked: tuple[str, ...] = ()
    """Inputs that are, or hold, secrets: those are not in `row`."""
    others: frozenset[str] | None = None
    """Ids that had its name before it began, None where that was not noted."""
    owner: Mapping[str, Any] = field(default_factory=dict)
    """Whose credentials it was started with, as far as that was noted (see `components.clouds.account`)."""

    @property
    def earliest(self) -> float:
        """Before this moment (Unix seconds, by the clock of the machine that it ran on) it had not begun."""
        asked_at = self.inputs.get("asked_at")  # rows of 0.1.0 have none
        return self.started.timestamp() - self.uncertainty if asked_at is None else float(asked_at)

    @property
    def longest(self) -> float:
        """For how many seconds it may have run: it waits for another copy of its source to the same region."""
        return durations.seconds(str(self.inputs.get("delete_timeout") or DEFAULT_DELETE_TIMEOUT)) + CHANGE_PATIENCE

    @property
    def token(self) -> str:
        """The token it was started with."""
        return self.reader.token(self.inputs)

    @property
    def reader(self) -> Rows:
        """What reads its row."""
        return kinds.rows()[self.type]

    @property
    def region(self) -> str:
        """The region that it was started in, "" where that is not known."""
        return self.reader.place(self.row, ())[0]

    @property
    def name(self) -> str:
        """The resource's name, for people."""
        return str(self.row["urn"]).rpartition("::")[2]

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.row["type"])

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What the creation was started with."""
        return dict(self.row.get("inputs") or {})


def pending_copies(deployment: Mapping[str, Any], journal: Sequence[Pending] = ()) -> list[Pending]:
    """List the creations of copies that a state holds as pending, and those of a journal that are not in the state."""
    written = last_written(deployment)
    readers = kinds.rows()
    journaled = {creation.token: creation for creation in journal}
    pending = []
    for operation in deployment.get("pending_operations") or []:
        row = operation["resource"]
        if operation["type"] == "creating" and row["type"] in readers:
            creation = Pending(row, written)
            # The journal knows the moment better than the state, which is written on while a creation runs; the state
            # knows the row better, with every secret in it.
            if noted := journaled.get(creation.token):
                creation = replace(noted, row=row, masked=())
            pending.append(creation)
    rows = [row for row in deployment.get("resources") or [] if row["type"] in readers]
    known = {creation.token for creation in pending}
    known |= {readers[row["type"]].token(row.get("inputs") or {}) for row in rows}
    return [*pending, *(creation for creation in journal if creation.token not in known)]


def look_up(
    pending: Sequence[Pending],
    find: Callable[[Pending], Found | None],
    *,
    say: Callable[[str], None],
    waiter: Waiter | None = None,
    patience: float | None = None,
    silent: Callable[[int, CloudError], None] | None = None,
) -> dict[int, Found]:
    """Look every pending creation up in the cloud.

    A new copy may be listed late, and a killed run may have sent its request until a moment ago: "none" is accepted
    only after `patience` seconds from now (by default `consistency_seconds()`), unless the creation began so long ago
    that all its waiting must be over.

    Args:
        pending: The creations.
        find: Finds the copy of one, None where the cloud lists none.
        say: Prints one line.
        waiter: Injected by tests.
        patience: See above.
        silent: Takes the index of a creation whose region could not be asked, and why; without it, that is raised.
            A region is asked until it first fails.

    Returns:
        Index in `pending` -> copy, for those that exist.
    """
    waiter = waiter or Waiter()
    now, patience = waiter.clock(), consistency_seconds() if patience is None else patience
    recent = {at for at, each in enumerate(pending) if each.started.timestamp() > now - each.longest - patience}
    found: dict[int, Found] = {}
    missing = dict(enumerate(pending))
    reported: list[str] = []
    failed: dict[tuple[str, str], CloudError] = {}

    def look() -> bool:
        # The latest first: what was there before it is none of its own, and may be that of an earlier one.
        for index, creation in sorted(missing.items(), key=lambda each: -each[1].earliest):
            try:
                copy_ = None if _place_of(creation) in failed else find(creation)
            except CloudError as error:
                if silent is None:
                    raise
                failed[_place_of(creation)] = error
            if silent and (no_answer := failed.get(_place_of(creation))):
                silent(index, no_answer)
                del missing[index]
                continue
            if copy_:
                found[index] = copy_
            if copy_ or index not in recent:
                del missing[index]
        return not missing

    def report(_done: bool, seconds: float) -> None:
        if not reported:
            reported.extend(creation.name for creation in missing.values())
            say(
                f"repair: {', '.join(reported)} not listed; "
                f"a new copy is listed late, so looking for {round(seconds)} s more"
            )

    deadline = now + patience if recent else now
    waiter.until(look, deadline=deadline, waiting=report, pauses=repeat(POLL_SECONDS))
    return found


def _place_of(creation: Pending) -> tuple[str, str]:
    return creation.type, creation.region


def can_be_recorded(creation: Pending, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Report whether the state has the provider of a copy: an engine that destroys a stack keeps the creation."""
    return _provider(creation.row, rows) is not None


def repaired(
    deployment: Mapping[str, Any],
    pending: Sequence[Pending],
    found: Mapping[int, Found],
    ended: Mapping[int, str] = MappingProxyType({}),
) -> tuple[dict[str, Any], list[str]]:
    """Put found copies into the state and drop the pending creations.

    Args:
        deployment: The state.
        pending: The creations that were looked up.
        found: Index in `pending` -> copy.
        ended: Index in `pending` -> what was done in the cloud instead.

    Returns:
        The new deployment, and one line per pending creation that says what became of it.
    """
    state = copy.deepcopy(dict(deployment))
    rows: list[dict[str, Any]] = state.setdefault("resources", [])
    said = [
        f"{creation.name}: {ended.get(index) or _place(rows, creation, found.get(index))}"
        for index, creation in enumerate(pending)
    ]
    state["pending_operations"] = [
        operation
        for operation in state.get("pending_operations") or []
        if not any(_is_of(operation, creation) for creation in pending)
    ]
    return state, said


def _is_of(operation: Mapping[str, Any], creation: Pending) -> bool:
    """Report whether a pending operation is a creation: other things of a row may differ from export to export."""
    row = operation["resource"]
    return row["urn"] == creation.row["urn"] and creation.reader.token(row.get("inputs") or {}) == creation.token


def _place(rows: list[dict[str, Any]], creation: Pending, found: Found | None) -> str:
    if found is None:
        return "was never accepted by the cloud; the next `up` creates it"
    id_ = found.id
    urn = creation.row["urn"]
    if any(row.get("id") == id_ and row["urn"] == urn for row in rows):
        return f"{id_} is recorded already"
    row = _attached(_row(creation, found), rows)
    live = next((at for at, each in enumerate(rows) if each["urn"] == urn and not each.get("delete")), None)
    if live is None:
        rows.append(row)  # at the end: elsewhere the engine refuses a row whose provider comes later
        return f"found {id_} and recorded it"
    old = rows[live]
    if old.get("pendingReplacement"):
        rows[live] = row  # the old one was deleted before this one was created
        return f"found {id_} and recorded it in place of one that is deleted already"
    if creation.reader.identity(old) == creation.reader.identity(row):
        rows.append({**row, "delete": True})
        return f"found {id_}, a copy of what {old['id']} already is; recorded for deletion by the next `up`"
    rows[live] = row
    rows.append({**old, "delete": True})
    return f"found {id_} and put it in place of {old['id']}, which the next `up` deletes once {id_} is usable"


def _row(creation: Pending, found: Found) -> dict[str, Any]:
    inputs = masks.with_placeholders(creation.type, creation.inputs, creation.masked)
    outputs = creation.reader.outputs(inputs, found.id, creation.started.timestamp(), creation.masked)
    return {**creation.row, "id": found.id, "inputs": inputs, "outputs": {**inputs, **outputs, **found.owner}}


def _attached(row: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Name only what the state still has: what a copy depends on may have been deleted or made again since."""
    there = {each["urn"] for each in rows}
    of_properties = row.get("propertyDependencies") or {}
    changed = {
        "provider": _provider(row, rows),
        "dependencies": [urn for urn in row.get("dependencies") or () if urn in there],
        "propertyDependencies": {key: [urn for urn in urns if urn in there] for key, urns in of_properties.items()},
        **{key: row.get(key) if row.get(key) in there else None for key in ("parent", "deletedWith")},
    }
    return {key: value for key, value in {**row, **changed}.items() if value is not None}


def _provider(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the reference to a row's provider by the id that it has now."""
    urn = str(row.get("provider", "")).rpartition("::")[0]
    return next((f"{urn}::{each['id']}" for each in rows if each["urn"] == urn and not each.get("delete")), None)


def last_written(deployment: Mapping[str, Any]) -> datetime:
    """Return when the state was last written, now where it does not say."""
    text = str((deployment.get("manifest") or {}).get("time") or "")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC)
