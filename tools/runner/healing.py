"""Brings a stack back in order before an operation: what a killed run left behind, and copies that no engine can end.

Copies that only started are found and recorded (`repair`). A copy is ended in the cloud in three cases only: for kinds
whose native resource cannot, still running when the stack is destroyed, or dead, so that the engine makes it again; and
found when the state has nothing of the stack any more.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set

from components import kinds
from components.clouds.account import verify_owner
from components.clouds.copies import CopyState, Phase
from components.clouds.errors import CloudError, ReplicaError
from components.lifecycle import holders
from components.model.kind import Cloud, Found, LostCreation
from tools.runner import accounts, leftovers, outages, repair, table
from tools.runner.outages import Look
from tools.runner.repair import Pending
from tools.runner.stack import Stack
from tools.runner.table import Replica

Act = Callable[[str, str], None]
"""Ends a copy; region and id given."""


def report_unrecorded(stack: Stack) -> None:
    """Name the creations that the next `up` looks for; change nothing."""
    if leftovers.is_busy(stack.backend_url, stack.project.name, stack.name):
        return  # what a living run has not recorded yet is no leftover
    if pending := unrecorded(stack):
        names = ", ".join(each.name for each in pending)
        stack.say(f"repair: an earlier run left {names} unrecorded; the next `up` looks for them first")


def repair_stack(stack: Stack) -> list[Pending]:
    """Repair what a killed run left behind: processes, locks, unrecorded copies.

    Returns:
        The creations whose regions could not be asked, which are reported and kept: none of them may be made again.

    Raises:
        ReplicaError: Another run is changing the stack, or its replicas are another account's.
    """
    for line in leftovers.end_orphans(stack.project.directory):
        stack.say(f"repair: {line}")
    for line in leftovers.break_dead_locks(stack.backend_url, stack.project.name, stack.name):
        stack.say(f"repair: {line}")
    accounts.verify_accounts(stack)
    accounts.note_owners(stack)
    every = unrecorded(stack)
    kept = [creation for creation in every if outages.known(stack, creation.type, creation.region)]
    if pending := [creation for creation in every if creation not in kept]:
        silent: dict[int, CloudError] = {}
        found = repair.look_up(pending, finder(stack), say=stack.say, silent=silent.__setitem__)
        for index, error in silent.items():
            outages.note(stack, [outages.unread(stack, pending[index].type, pending[index].region, error)])
            kept.append(pending[index])
        stack.journal.clear(every)  # the engine drops all pending operations of a state that is imported
        if len(silent) < len(pending):
            _record(stack, pending, found, kept=silent.keys())
    outages.report_left(stack, kept)
    stack.journal.clear(kept)
    return kept


def _record(stack: Stack, pending: Sequence[Pending], found: Mapping[int, Found], *, kept: Set[int]) -> None:
    """Put what was found into the state, or end it where no row can hold it."""
    ended = _end_unrecordable(stack, pending, found)
    looked = [index for index in range(len(pending)) if index not in kept]
    exported = stack.exported()
    state, said = repair.repaired(
        stack.deployment,
        [pending[index] for index in looked],
        {at: found[index] for at, index in enumerate(looked) if index in found},
        {at: ended[index] for at, index in enumerate(looked) if index in ended},
    )
    stack.replace_state(exported, {**exported, "deployment": state})
    for line in said:
        stack.say(f"repair: {line}")


def records_lost_copies(stack: Stack) -> bool:
    """Repair once more, and report whether that recorded what a creation found to be there already."""
    before = {row.get("id") for row in stack.rows}
    kept = repair_stack(stack)
    return not kept and bool({row.get("id") for row in stack.rows} - before)


def name_holders(stack: Stack) -> None:
    """Name the rows that share an id to the provider processes: a run that ended amid an adoption leaves both."""
    readers = kinds.rows()
    copies = [row for row in stack.rows if row["type"] in readers and row.get("id")]
    times = Counter(row["id"] for row in copies)
    shared = [
        (readers[row["type"]].place(row, stack.rows)[0], row["id"], readers[row["type"]].token(row["inputs"]))
        for row in copies
        if times[row["id"]] > 1
    ]
    os.environ[holders.SHARED] = json.dumps(shared)


def cancel_running_copies(stack: Stack, seen: Look) -> None:
    """End the copies of a stack that is to be destroyed, where the API can: the native delete refuses them."""
    running = _copies(stack, seen, lambda cloud: cloud.cancel, lambda _, state: state.phase is Phase.COPYING)
    _end(stack, running, "cancelled the copy to {}, which is to be deleted")


def discard_dead_copies(stack: Stack, seen: Look) -> None:
    """Delete copies that have failed, where the native resource takes them for healthy.

    The refresh of the `up` that follows finds them gone, so they are copied again.
    """
    _end(stack, _dead_copies(stack, seen), "deleted {}, whose copy had failed")


def report_dead_copies(stack: Stack, seen: Look) -> set[str]:
    """Name the copies that `discard_dead_copies` would delete: the engine's preview shows them as unchanged.

    Returns:
        Their ids.
    """
    dead = _dead_copies(stack, seen)
    for copy in dead:
        stack.say(f"repair: the copy {copy.id} in {copy.region} has failed; `up` deletes it and copies again")
    return {copy.id for copy in dead}


def _dead_copies(stack: Stack, seen: Look) -> dict[Replica, Act]:
    return _copies(stack, seen, lambda cloud: cloud.discard, lambda cloud, state: cloud.is_dead(state))


def unrecorded(stack: Stack) -> list[Pending]:
    """List the creations of which neither the state nor the cloud has said what became of them."""
    return repair.pending_copies(stack.deployment, stack.journal.unrecorded())


def finder(stack: Stack) -> Callable[[Pending], Found | None]:
    """Make what finds the copies of creations, none for two: killed runs may have made several of one name."""
    # What stands beside a native copy has its id, too, and records no copy.
    known = {str(row["id"]) for row in stack.rows if row.get("id") and row["type"] in kinds.rows()}

    def find(creation: Pending) -> Found | None:
        lost = LostCreation(creation.row, stack.rows, creation.earliest, frozenset(known), creation.others)
        cloud = stack.cloud(creation.type)
        if found := cloud.find(lost):
            known.add(found.id)
        else:  # which only those can say that have started it
            verify_owner(cloud.service, f"looking for {creation.name}", creation.region, creation.owner)
        return found

    return find


def _end_unrecordable(stack: Stack, pending: Sequence[Pending], found: Mapping[int, Found]) -> dict[int, str]:
    """Delete what was started and no row can hold; return what was done by the index of its creation.

    That is what has failed, since its name would conflict with the next copy's, and what a stack that was destroyed
    meanwhile has left: nothing of the state could delete it.
    """
    ended: dict[int, str] = {}
    for index, each in found.items():
        creation, cloud = pending[index], stack.cloud(pending[index].type)
        is_dead = bool(each.is_dead and cloud.discard)
        if not is_dead and repair.can_be_recorded(creation, stack.rows):
            continue
        region, _ = creation.reader.place(creation.row, stack.rows)
        if not is_dead and any(creation.row.get(flag) for flag in repair.KEPT):
            raise ReplicaError(
                f"{creation.name}: {each.id} in {region} is to be kept, and the state has nothing to record it with",
                "declare it and run `up` twice; the first one makes its provider",
            )
        if not ended:
            stack.claim()
        cloud.delete(region, each.id, creation.inputs)
        why = "whose copy had failed" if is_dead else "which the stack left behind when it was destroyed"
        ended[index] = f"deleted {each.id}, {why}"
    return ended


def _copies(
    stack: Stack, seen: Look, end: Callable[[Cloud], Act | None], is_meant: Callable[[Cloud, CopyState], bool]
) -> dict[Replica, Act]:
    """Find the recorded copies that the stack may delete, in such a state, of kinds whose cloud can end them so."""
    kept = {row.get("id") for row in stack.rows if any(row.get(flag) for flag in repair.KEPT)}
    ends = {
        copy: act for copy in table.recorded(stack.rows) if copy.id not in kept and (act := end(stack.cloud(copy.type)))
    }
    return {
        copy: act
        for copy, act in ends.items()
        if (state := seen.states.get(copy.id)) and is_meant(stack.cloud(copy.type), state)
    }


def _end(stack: Stack, copies: Mapping[Replica, Act], said: str) -> None:
    if copies:
        stack.claim()
    for copy, act in copies.items():
        try:
            act(copy.region, copy.id)
        except CloudError as error:
            stack.say(f"repair: {error}")
        else:
            stack.say(f"repair: {said.format(f'{copy.id} in {copy.region}')}")
