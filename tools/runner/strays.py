"""Copies that have the stack's mark and that its state does not record: runs on other machines have started them.

What is a copy of something that the state records already is recorded for deletion; only a copy that was listed too
late to be used is that. Everything else is kept, and reported: a replica that was retained when it was removed, or
that is another stack's by now, looks the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components import kinds
from components.clouds.copies import Copy
from components.clouds.errors import CloudError, ReplicaError
from components.lifecycle import mark
from components.lifecycle.lost_copies import is_going, lives
from components.lifecycle.outcome import Unread
from components.lifecycle.results import UNSEEN
from tools.runner import outages
from tools.runner.repair import KEPT
from tools.runner.stack import Stack

YOUNG_SECONDS = 3600.0
"""For how long after a copy was started another one of the same thing may still be listed late."""

Place = tuple[str, str, str]
"""Resource type, region, and namespace in it."""


@dataclass(frozen=True)
class Stray:
    """A copy that no row records.

    Attributes:
        region: Where it is.
        copy: What the cloud says of it.
        twin: The row of a copy of the same thing to the same place, None where there is none.
        token: What its mark shows of its token.
    """

    region: str
    copy: Copy
    twin: Mapping[str, Any] | None = None
    token: str = ""


def places_of_new(stack: Stack, before: Iterable[Mapping[str, Any]]) -> set[Place]:
    """Return where the state records copies that it did not record before."""
    known = {row.get("id") for row in before}
    new = [row for row in stack.rows if row["type"] in kinds.rows() and row.get("id") not in known]
    return {(row["type"], *kinds.rows()[row["type"]].place(row, stack.rows)) for row in new}


def places_of_young(stack: Stack, *, now: float) -> set[Place]:
    """Return where the state records copies that were started in the last hour.

    A run that was killed before may have started the same copies, and the cloud may list those only now. The run that
    made the recorded ones may have been killed, too, before it looked.
    """
    rows = [row for row in stack.rows if row["type"] in kinds.rows()]
    young = [row for row in rows if now - float((row.get("outputs") or {}).get("accepted_at") or 0) < YOUNG_SECONDS]
    return {(row["type"], *kinds.rows()[row["type"]].place(row, stack.rows)) for row in young}


def settle(stack: Stack, places: Iterable[Place], *, reports: bool = True) -> list[Unread]:
    """Record for deletion what the state has a copy of, and report the others unless that was declined.

    Returns:
        The regions that could not be asked.

    Raises:
        StackBusy: Another run is changing the stack: what it has not recorded yet is no stray.
    """
    strays, silent = _find(stack, places)
    if twins := [stray for stray in strays if stray.twin]:
        exported = stack.exported()
        rows = [*stack.rows, *(_row(stack, stray) for stray in twins)]
        stack.replace_state(exported, {**exported, "deployment": {**stack.deployment, "resources": rows}})
    for stray in strays:
        where = f"repair: {stray.copy.id} in {stray.region}"
        if stray.twin:
            stack.say(f"{where} is a copy of what {stray.twin['id']} already is; recorded for deletion")
        elif reports:
            use = "`up` uses it for a replica of the same source that is declared there; if it is not needed, "
            stack.say(
                f"{where} has this stack's mark, and no row records it: it is kept. Next: "
                f"{use if lives(stray.copy) else 'its copy has failed: '}delete it in the console."
            )
    return silent


def _find(stack: Stack, places: Iterable[Place]) -> tuple[Sequence[Stray], list[Unread]]:
    if not stack.id:
        return [], []
    silent: dict[tuple[str, str], Unread] = {}
    recorded = {row.get("id") for row in stack.rows} | stack.adopted()  # which an adoption may have marked
    strays: dict[tuple[str, str, str], Stray] = {}

    def look(place: Place) -> Sequence[Copy]:
        return stack.cloud(place[0]).marked(*place[1:], stack.id)

    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = {place: pool.submit(look, place) for place in sorted(places) if not outages.known(stack, *place[:2])}
        for (type_, region, _), answer in asked.items():
            try:
                copies = [copy for copy in answer.result() if copy.id not in recorded and not is_going(copy)]
            except CloudError as error:
                silent[type_, region] = outages.unread(stack, type_, region, error)
                continue
            except ReplicaError as error:
                stack.say(f"repair: {error}")
                continue
            for copy in copies:
                strays[type_, region, copy.id] = _judged(stack, type_, region, copy)
    return list(strays.values()), list(silent.values())


def _judged(stack: Stack, type_: str, region: str, copy: Copy) -> Stray:
    reader, cloud = kinds.rows()[type_], stack.cloud(type_)
    for row in stack.rows:
        if row["type"] != type_ or row.get("delete") or any(row.get(flag) for flag in KEPT):
            continue
        token = cloud.marked_token(copy, {**row["inputs"], "stack_id": stack.id})
        if mark.is_copy_of(token, stack.id, reader.identity(row)):
            return Stray(region, copy, row, token)
    return Stray(region, copy)


def _row(stack: Stack, stray: Stray) -> dict[str, Any]:
    twin = dict(stray.twin or {})
    own = {"copy_token": stray.token, "stack_id": stack.id}
    outputs = {key: value for key, value in twin["outputs"].items() if key != UNSEEN}
    made = {"id": stray.copy.id, "inputs": {**twin["inputs"], **own}, "outputs": {**outputs, **own}}
    return {**twin, **made, "delete": True}
