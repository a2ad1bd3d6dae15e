"""Regions that give no answer: what is recorded of them stays as it is, and everything else is done.

Copies with a lifecycle of their own keep their rows by themselves (`components.lifecycle.reading`). A native plugin
ends the whole operation instead, so its regions are looked at before, and its rows there are left out. So are creations
that could not be looked for: to make one again could make it twice. Nothing is changed here, in no cloud and no state.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from components import kinds
from components.clouds.copies import CopyState
from components.clouds.errors import CloudError, PermissionDenied, ReplicaError
from components.lifecycle.outcome import Unread
from tools.runner.progress import Problem
from tools.runner.repair import Pending
from tools.runner.stack import Stack


@dataclass(frozen=True)
class Look:
    """What the clouds say of recorded copies.

    Attributes:
        states: Id -> state, None where it is not listed; the ids of a silent region are absent.
        silent: Resource type and region -> why it gave no answer.
    """

    states: Mapping[str, CopyState | None] = field(default_factory=dict)
    silent: Mapping[tuple[str, str], Unread] = field(default_factory=dict)


def look_at_natives(stack: Stack) -> Look:
    """Look at what native plugins have made: they end a whole operation at a region that gives no answer."""
    return look(stack, {type_ for type_, reader in kinds.rows().items() if reader.is_native})


def look(stack: Stack, types: Set[str]) -> Look:
    """Look at all recorded copies of these resource types, those that are to be deleted included.

    Raises:
        ReplicaError: There are no credentials, or they are refused wherever they are used.
    """
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in stack.rows:
        if row["type"] in types and row.get("id"):
            region, group = kinds.rows()[row["type"]].place(row, stack.rows)
            if region:
                places[row["type"], region][str(row["id"])] = group
    states: dict[str, CopyState | None] = {}
    silent: dict[tuple[str, str], Unread] = {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = {
            place: pool.submit(stack.cloud(place[0]).service.look_up, place[1], places[place])
            for place in sorted(places)
            if known(stack, *place) is None
        }
        for place in sorted(places):
            try:
                if place in asked:
                    states |= {**dict.fromkeys(places[place]), **asked[place].result()}
                else:
                    silent[place] = stack.silent[_key(stack, *place)]
            except CloudError as error:
                silent[place] = unread(stack, *place, error)
    return Look(states, silent)


def known(stack: Stack, type_: str, region: str) -> Unread | None:
    """Return why a region is known to give no answer, None where it is not: it is asked once in a run."""
    return stack.silent.get(_key(stack, type_, region)) if stack.silent else None


def unread(stack: Stack, type_: str, region: str, error: CloudError) -> Unread:
    """Judge an error of a region: silence, unless the keys themselves are refused.

    Raises:
        CloudError: They are.
    """
    service = stack.cloud(type_).service
    if isinstance(error, PermissionDenied) and service.caller(region).is_nobody:
        raise error
    return Unread(region, service.name, error.problem)


def note(stack: Stack, found: Iterable[Unread]) -> None:
    """Note silent regions, each of which makes the run fail with one line."""
    for each in found:
        stack.silent.setdefault((each.service, each.region), each)


def report(stack: Stack) -> int:
    """Write one line for each silent region, and return the exit code that they make."""
    for each in stack.silent.values():
        text = (
            f"{each.service} in {each.region} gave no answer, so what is recorded of it was kept: "
            f"{each.problem}. Next: run the same command again when it answers."
        )
        stack.say(f"error: {text}")
        if stack.follower:
            stack.follower.say(Problem(text))
    return int(bool(stack.silent))


def report_left(stack: Stack, left: Sequence[Pending]) -> None:
    """Name the creations that could not be looked for."""
    if left:
        names = ", ".join(creation.name for creation in left)
        stack.say(f"repair: {names} may have been started and stays as it is until its region answers")


def silent_rows(stack: Stack, seen: Look) -> dict[str, Unread]:
    """Return the URN of each row that is in a silent region, of those that were looked at, and why it is."""
    found = {}
    for row in stack.rows:
        if row.get("id") and row["type"] in kinds.rows():
            place = (row["type"], kinds.rows()[row["type"]].place(row, stack.rows)[0])
            if place in seen.silent:
                found[str(row["urn"])] = seen.silent[place]
    return found


def needed_by(left: Sequence[Pending], stack: Stack) -> list[str]:
    """Return the URNs of what creations are found and recorded with: a destroy must leave it until they are found."""
    there = {str(row["urn"]) for row in stack.rows}
    named = [str(creation.row.get("provider", "")).rpartition("::")[0] for creation in left]
    return [urn for urn in dict.fromkeys([stack.identity_urn, *named]) if left and urn in there]


def leave_out(stack: Stack, options: dict[str, Any], urns: Iterable[str]) -> list[str]:
    """Leave resources, and what stands beside them, out of an operation.

    Args:
        stack: The stack.
        options: Those of the operation; changed.
        urns: What to leave out.

    Returns:
        Those that the operation would have touched. Where it names targets, none of them may be left.

    Raises:
        ReplicaError: Targets may match them, and the engine takes targets or excludes, not both.
    """
    urns = list(dict.fromkeys(urns))
    if "target" not in options:
        by_user = set(options.get("exclude", ()))
        if urns:
            left = [*urns, *stack.companions_of(urns)]
            options["exclude"] = list(dict.fromkeys([*by_user, *left]))
            options["exclude_dependents"] = True
        return [urn for urn in urns if urn not in by_user]
    patterns = [target for target in options["target"] if "*" in target]
    if unclear := [urn for urn in urns if options.get("target_dependents") or any(_matches(p, urn) for p in patterns)]:
        names = ", ".join(urn.rpartition("::")[2] for urn in unclear)
        raise ReplicaError(
            f"the targets may include {names}, whose region gives no answer",
            "name the replicas one by one, without --target-dependents, or run the same command again when it answers",
        )
    touched = [urn for urn in urns if urn in options["target"]]
    beside = stack.companions_of(touched)
    options["target"] = [urn for urn in options["target"] if urn not in {*touched, *beside}]
    return touched


def _matches(pattern: str, urn: str) -> bool:
    """Report whether a pattern may match: more than the engine's own, where a star may end at a colon."""
    return re.fullmatch(".*".join(map(re.escape, re.split(r"\*+", pattern))), urn, re.DOTALL) is not None


def _key(stack: Stack, type_: str, region: str) -> tuple[str, str]:
    return stack.cloud(type_).service.name, region
