"""Plans storms: which change of the declared set runs while which faults happen. The same seed plans the same storms.

A plan is data; nothing here runs anything. When exactly a fault meets a run is up to the machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tools.chaos.declared import (
    DATA_CACHES,
    IMAGES,
    REGIONS,
    SERVICES,
    SNAPSHOTS,
    Component,
    Declared,
    Destination,
    first,
    with_destination,
    without_destination,
)

GENERATIONS = 99
"""Sources of a component: more than any run replaces."""

TURNS = 4
"""Runs in a storm before it is over and the stack must converge."""

ORDERS = (4, 8)
"""How many faults a turn orders from the control plane, at least and at most."""

HANGING_SECONDS = 1.0

UP, DESTROY, REFRESH = ("up", "--yes"), ("destroy", "--yes"), ("refresh",)

STARTS = {DATA_CACHES: "CopyDataCache", SNAPSHOTS: "CopySnapshotCrossRegions", IMAGES: "CopyImage"}
READS = {DATA_CACHES: "DescribeDataCaches", SNAPSHOTS: "DescribeSnapshots", IMAGES: "DescribeImages"}
UPDATES = {DATA_CACHES: "UpdateDataCache", SNAPSHOTS: "ModifySnapshotAttribute", IMAGES: "ModifyImageAttribute"}
DELETES = {DATA_CACHES: "DeleteDataCache", SNAPSHOTS: "DeleteSnapshots", IMAGES: "DeleteImage"}
TRANSIENT = {
    DATA_CACHES: (
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("Throttling.Api", 400),
        ("IncorrectStatus", 400),
    ),
    SNAPSHOTS: (("InternalError.ComponentError", 200), ("InternalError", 200), ("ResourceBusy", 200)),
    IMAGES: (("InternalError", 500), ("ServiceUnavailable", 503), ("Throttling.User", 400)),
}
"""Errors of each API that pass by themselves."""

MOMENTS = {"create": STARTS, "wait": STARTS, "update": UPDATES, "replace": STARTS, "delete": DELETES, "refresh": READS}
"""What a run does -> the calls by which that is seen."""


class Strike(NamedTuple):
    """A signal from outside."""

    target: str
    """cli, program, provider, plugin or sandbox."""
    signal: str
    moment: str
    """What the run must have begun to do, or `any`."""
    actions: tuple[str, ...]
    """The calls by which that is seen, answered or hanging; none for `any`."""
    after: float
    """Seconds from then."""


@dataclass(frozen=True)
class Turn:
    """One run of the runner, and what happens to it."""

    change: str
    declared: Declared
    command: tuple[str, ...]
    orders: tuple[dict[str, Any], ...]
    strike: Strike | None


@dataclass(frozen=True)
class Storm:
    """Some turns, after which the stack must converge."""

    number: int
    settings: dict[str, Any]
    before: Declared
    turns: tuple[Turn, ...]

    @property
    def declared(self) -> Declared:
        """What must be there when it is over."""
        return self.turns[-1].declared


def storms(seed: int, kinds: tuple[str, ...]) -> Iterator[Storm]:
    """Plan storms without end."""
    declared = first(kinds)
    number = 0
    while True:
        number += 1
        dice = random.Random(f"{seed}/{number}")  # noqa: S311 - a test's dice, not a secret
        storm = _storm(dice, number, declared)
        yield storm
        declared = storm.declared


def _storm(dice: random.Random, number: int, before: Declared) -> Storm:
    turns: list[Turn] = []
    for at in range(TURNS):
        declared = turns[-1].declared if turns else before
        # The first turn always changes something: a storm over a stack at rest meets nothing but reads.
        turns.append(
            _turn(dice, declared, dice.choice(OFTEN if at == 0 else (*OFTEN, "nothing", "refresh", "destroy")))
        )
    return Storm(number, _settings(dice), before, tuple(turns))


def _turn(dice: random.Random, declared: Declared, change: str) -> Turn:
    command: tuple[str, ...] = {"destroy": DESTROY, "refresh": REFRESH}.get(change, UP)
    if command == UP and dice.random() < 0.25:
        command = (*UP, "--no-refresh")
    if change in CHANGES:
        for _ in range(dice.randint(2, 4)):
            declared = _changed(dice, declared, change)
    kinds = list({component.kind: None for component in declared.components})
    orders = [_order(dice, dice.choice(kinds), change) for _ in range(dice.randint(*ORDERS))]
    strike = _strike(dice, kinds, change)
    if strike and strike.moment in IN_FLIGHT:
        # The call hangs while the signal comes: before it is accepted, or before its answer is sent.
        orders = [*_hanging(dice, strike), *orders]
    return Turn(change, declared, command, tuple(orders), strike)


CHANGES = ("add", "remove", "update", "replace", "reload", "several")
OFTEN = ("several", "several", "replace", "add", *CHANGES)
"""What is drawn from: more often what starts copies."""
FITTING = {
    "add": "create",
    "several": "create",
    "replace": "replace",
    "update": "update",
    "reload": "update",
    "remove": "delete",
    "destroy": "delete",
    "refresh": "refresh",
    "nothing": "refresh",
}
"""Change -> the moment that it surely comes to."""
IN_FLIGHT = ("create", "update", "replace", "delete")
"""Moments inside a call that changes something."""


def _hanging(dice: random.Random, strike: Strike) -> Iterator[dict[str, Any]]:
    for action in strike.actions:
        yield {"kind": "delay", "action": action, "seconds": HANGING_SECONDS, "when": dice.choice(("before", "after"))}


def _changed(dice: random.Random, declared: Declared, change: str) -> Declared:
    if change == "several":
        change = dice.choice(("add", "remove", "update", "replace"))
    wanted = [one for one in declared.components if change != "reload" or one.kind == DATA_CACHES]
    if not wanted:
        return declared
    component = dice.choice(wanted)
    kept = sorted(component.destinations)
    free = [region for region in REGIONS[component.kind] if region not in kept]
    if change == "add" and free:
        return declared.changed(with_destination(component, dice.choice(free), Destination()))
    if change == "remove" and len(kept) > 1:
        return declared.changed(without_destination(component, dice.choice(kept)))
    if change == "replace":
        return declared.changed(replace(component, generation=component.generation + 1))
    return declared.changed(_revised(component, dice.choice(kept), is_reload=change == "reload"))


def _revised(component: Component, region: str, *, is_reload: bool) -> Component:
    settings = component.destinations[region]
    if is_reload:
        return with_destination(component, region, replace(settings, reload=settings.reload + 1))
    return with_destination(component, region, replace(settings, revision=settings.revision + 1))


def _order(dice: random.Random, kind: str, change: str) -> dict[str, Any]:
    order: dict[str, Any] = {"service": SERVICES[kind], "seed": dice.getrandbits(32)}
    action = dice.choice([READS[kind], _likely(kind, change), STARTS[kind], ""])
    if kind == IMAGES and action in {READS[IMAGES], ""} and dice.random() < 0.8:
        action = STARTS[IMAGES]  # the native plugin repeats no call: a refresh that fails ends the run before it begins
    if action:
        order["action"] = action
    special = _special(dice, action)
    if special and dice.random() < 0.3:
        return order | special
    fault = dice.choice(
        ("drop_before", "drop_after", "drop_after", "throttle", "http_error", "non_json", "error", "delay")
    )
    order |= {"kind": fault, "count": dice.randint(1, 3), "probability": dice.choice((0.5, 1.0))}
    if fault == "http_error":
        order["status"] = dice.choice((500, 502, 503, 504))
    elif fault == "error":
        order["code"], order["status"] = dice.choice(TRANSIENT[kind])
    elif fault == "delay":
        order |= {"seconds": round(dice.uniform(0.2, 1.0), 1), "when": dice.choice(("before", "after")), "count": 1}
    elif fault == "throttle" and kind != SNAPSHOTS and dice.random() < 0.5:
        order["retry_after_ms"] = dice.choice((100, 1000))
    return order


def _likely(kind: str, change: str) -> str:
    """Find the call that a change needs."""
    if change in {"remove", "destroy"}:
        return DELETES[kind]
    return UPDATES[kind] if change in {"update", "reload"} else STARTS[kind]


def _special(dice: random.Random, action: str) -> dict[str, Any]:
    """Find the failure that only this call can have."""
    if action in {"CopyDataCache", "CopyImage"}:
        return {"kind": "copy_fails", "reason": "The disk broke."}
    if action == "UpdateDataCache":
        return {"kind": "update_fails", "reason": "The repository is gone."}
    if action == "CopySnapshotCrossRegions":
        codes = ("ResourceInUse.CopySnapshotConflict", "InternalError.ComponentError", "ResourceBusy")
        return {"kind": "region_error", "code": dice.choice(codes)}
    return {}


def _strike(dice: random.Random, kinds: Sequence[str], change: str) -> Strike | None:
    if dice.random() < 0.1:
        return None
    targets = ["cli", "cli", "program", "provider", "sandbox", *(["plugin"] if IMAGES in kinds else [])]
    target = dice.choice(targets)
    signal = "SIGKILL" if target == "sandbox" else dice.choice(("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"))
    moment = dice.choice((FITTING[change], *(("wait", "refresh", "any") if change in CHANGES else ("any",))))
    actions = tuple(MOMENTS[moment][kind] for kind in kinds) if moment != "any" else ()
    after = {"any": (1.0, 6.0), "wait": (0.5, 2.5)}.get(moment, (0.0, 0.6))
    return Strike(target, signal, moment, actions, round(dice.uniform(*after), 2))


def _settings(dice: random.Random) -> dict[str, Any]:
    return {
        "copy_seconds": dice.choice((0, 1, 2, 4)),
        "update_seconds": dice.choice((1, 2, 3)),
        "delete_seconds": dice.choice((0, 1, 2)),
        "visible_after_seconds": dice.choice((0, 0, 0.7, 1.2)),
        "image_copy_slots": dice.choice((1, 2, 5)),
        "ids_need_bucket": dice.random() < 0.5,
        "modify_needs_normal": dice.random() < 0.5,
        "requests_per_second": dice.choice((5, 20)),
    }
