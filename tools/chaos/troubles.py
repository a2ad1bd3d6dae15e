"""What goes wrong around a run and not in one call: regions, listings, clocks, checkouts, accounts, names, adoptions.

Each storm has two of these troubles, dealt by the seed so that four storms in a row have them all. Nothing here runs
anything. What is left out is what the product does not promise: a copy with an exact name, whose creation was killed,
is found by the journal alone, and one that is not declared any more is kept and reported.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from tools.chaos.declared import ADOPTIONS, KINDS, Declared, sample_of


class Trouble(StrEnum):
    """One kind of trouble."""

    DEAD_REGION = "dead region"
    LATE_LISTING = "late listing"
    CLOCK_AHEAD = "clock ahead"
    CLOCK_BEHIND = "clock behind"
    FRESH_CHECKOUT = "fresh checkout"
    WRONG_ACCOUNT = "wrong account"
    RENAMED_STACK = "renamed stack"
    ADOPTED_COPY = "adopted copy"


CLOCKS = {Trouble.CLOCK_AHEAD: 240.0, Trouble.CLOCK_BEHIND: -240.0}
"""By how many seconds the clouds' clock is off: the signatures of one of them allow no more than 300."""

CLOCK = "clock_ahead_seconds"
"""The sandbox's setting for it."""

BEFORE_A_RUN = (Trouble.FRESH_CHECKOUT, Trouble.WRONG_ACCOUNT, Trouble.RENAMED_STACK)
"""Troubles that happen between two runs."""

NOTHING_REMOVED = ("nothing", "nothing", "nothing", "refresh", "update", "reload", "add")
"""Changes after which what a killed run has started is still declared."""

LATE_SECONDS = 25.0
"""After how long a copy is listed: far longer than the runs assume (`stage.CONSISTENCY_SECONDS`)."""

DEAD_SECONDS = {"silent": (8, 14), "http_error": (10, 20), "error": (10, 20)}
"""How a region is dead -> for how long. A run must also see its end."""

WAYS = {"error": "denied", "http_error": "503", "silent": "silent"}
"""Kind of the fault that makes a region dead -> what that is called in the table of hits."""


def possible(kinds: Collection[str]) -> list[str]:
    """Return the troubles that storms over these kinds have, by their names in the table of hits."""
    impossible = {Trouble.DEAD_REGION}
    if not any(sample_of(kind).exact_names for kind in kinds):
        impossible |= set(CLOCKS)
    if not any(sample_of(kind).adopts for kind in kinds):
        impossible.add(Trouble.ADOPTED_COPY)
    ways = [f"{Trouble.DEAD_REGION} {way}" for way in WAYS.values()]
    return [*(str(each) for each in Trouble if each not in impossible), *ways]


def dealt(seed: int, kinds: Collection[str]) -> Iterator[tuple[Trouble, ...]]:
    """Deal the troubles of storm after storm.

    A wrong clock concerns what is found by an exact name, so it never meets what makes a run depend on more than that.
    """
    number, has_names = 0, any(sample_of(kind).exact_names for kind in kinds)
    while True:
        dice = random.Random(f"{seed}/troubles/{number}")  # noqa: S311 - a test's dice, not a secret
        number += 1
        mild = [Trouble.WRONG_ACCOUNT, Trouble.RENAMED_STACK]
        if any(sample_of(kind).adopts for kind in kinds):
            mild.append(Trouble.ADOPTED_COPY)
        dice.shuffle(mild)
        clocks = list(CLOCKS) if has_names else []
        pairs = [(clock, mild.pop()) for clock in clocks]
        rest = [Trouble.DEAD_REGION, Trouble.LATE_LISTING, Trouble.FRESH_CHECKOUT, *mild]
        dice.shuffle(rest)
        pairs += [tuple(rest[at : at + 2]) for at in range(0, len(rest), 2)]  # type: ignore[misc]
        dice.shuffle(pairs)
        yield from pairs


def script(dice: random.Random, dealt: Sequence[Trouble], before: Declared, often: Sequence[str]) -> list[str]:
    """Say what the four turns of a storm change.

    Args:
        dice: The storm's.
        dealt: The storm's troubles.
        before: What is declared before it.
        often: Changes to draw from.
    """
    anything = (*often, "nothing", "refresh", "destroy")
    # The first turn always changes something: a storm over a stack at rest meets nothing but reads.
    if any(clock in dealt for clock in CLOCKS):
        changes = ["exact names", "nothing", dice.choice(anything), "default names"]
    elif Trouble.LATE_LISTING in dealt or Trouble.FRESH_CHECKOUT in dealt:
        changes = ["copies", *(dice.choice(NOTHING_REMOVED) for _ in range(3))]
    else:
        changes = [dice.choice(often), *(dice.choice(anything) for _ in range(3))]
    if Trouble.ADOPTED_COPY in dealt:
        _adopt(dice, changes, before)
    return changes


def _adopt(dice: random.Random, changes: list[str], before: Declared) -> None:
    """Have some turns adopt something, or deal with what was adopted in an earlier storm."""
    changes[:] = ["nothing" if change == "destroy" else change for change in changes]
    at = 1 if changes[0] in {"exact names", "copies"} else 0
    if before.adoptions < ADOPTIONS:
        if before.adopter:
            changes[at], at = "give up", at + 1
        changes[at], at = "adopt", at + 1
    if changes[at] != "default names":
        changes[at] = dice.choice(("rename", "adopt again"))


def settings(dealt: Sequence[Trouble], region: str) -> dict[str, Any]:
    """Return the sandbox's settings that make trouble during a whole storm."""
    changed: dict[str, Any] = {}
    for clock in CLOCKS.keys() & set(dealt):
        changed[CLOCK] = CLOCKS[clock]
    if Trouble.LATE_LISTING in dealt:
        changed["regions"] = {region: {"visible_after_seconds": LATE_SECONDS}}
    return changed


def calm(of_storm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that undo those of a storm."""
    return {CLOCK: 0, "regions": {region: {} for region in of_storm.get("regions", {})}}


def dead_region(dice: random.Random, declared: Declared, way: str) -> dict[str, Any]:
    """Order that all calls of one service to one region fail for a while."""
    kind = dice.choice(declared.kinds())
    regions = sorted({key.region for key, _ in declared.replicas() if key.kind == kind})
    order = {
        "kind": way,
        "service": KINDS[kind].service.name,
        "region": dice.choice(regions),
        "count": None,
        "lasts": dice.uniform(*DEAD_SECONDS[way]),
    }
    if way == "error":
        order["code"], order["status"] = sample_of(kind).denied
    return order
