"""Plans storms: which change of the declared set runs while which faults happen. The same seed plans the same storms.

A plan is data; nothing here runs anything. When exactly a fault meets a run is up to the machine.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from components.model.kind import Actions
from tools.chaos.declared import KINDS, Declared, first, sample_of

GENERATIONS = 99
"""Sources of a component: more than any run replaces."""

TURNS = 4
"""Runs in a storm before it is over and the stack must converge."""

ORDERS = (4, 8)
"""How many faults a turn orders from the control plane, at least and at most."""

HANGING_SECONDS = 1.0

DRAWN: Mapping[str, Sequence[Any]] = {
    "copy_seconds": (0, 1, 2, 4),
    "update_seconds": (1, 2, 3),
    "delete_seconds": (0, 1, 2),
    "visible_after_seconds": (0, 0, 0.7, 1.2),
    "requests_per_second": (5, 20),
}
"""The sandbox's settings during a storm, besides those of the kinds: what is drawn from."""

UP, DESTROY, REFRESH = ("up", "--yes", "--create"), ("destroy", "--yes"), ("refresh",)

MOMENTS = {
    "create": "start", "wait": "start", "update": "update", "replace": "start", "delete": "delete", "refresh": "read",
}  # fmt: skip
"""What a run does -> the action by which that is seen."""


class Strike(NamedTuple):
    """A signal from outside."""

    target: str
    """cli, program, provider, plugin or sandbox."""
    signal: str
    moment: str
    """What the run must have begun to do, or `any`."""
    actions: tuple[str, ...]
    """The actions by which that is seen, answered or hanging; none for `any`."""
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
    return Storm(number, _settings(dice, before), before, tuple(turns))


def _turn(dice: random.Random, declared: Declared, change: str) -> Turn:
    command: tuple[str, ...] = {"destroy": DESTROY, "refresh": REFRESH}.get(change, UP)
    if command == UP and dice.random() < 0.25:
        command = (*UP, "--no-refresh")
    if change in CHANGES:
        for _ in range(dice.randint(2, 4)):
            declared = _changed(dice, declared, change)
    kinds = declared.kinds()
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
    wanted = [one for one in declared.components if change != "reload" or sample_of(one.kind).reloads]
    if not wanted:
        return declared
    component = dice.choice(wanted)
    kept = sorted(component.destinations)
    free = [region for region in sample_of(component.kind).regions if region not in kept]
    if change == "add" and free:
        return declared.changed(component.with_destination(dice.choice(free)))
    if change == "remove" and len(kept) > 1:
        return declared.changed(component.without_destination(dice.choice(kept)))
    if change == "replace":
        return declared.changed(replace(component, generation=component.generation + 1))
    region = dice.choice(kept)
    number = "reload" if change == "reload" else "number"
    counted = getattr(component.destinations[region], number) + 1
    return declared.changed(component.with_destination(region, **{number: counted}))


def _order(dice: random.Random, kind: str, change: str) -> dict[str, Any]:
    sample, actions = sample_of(kind), KINDS[kind].actions
    order: dict[str, Any] = {"service": KINDS[kind].service.name, "seed": dice.getrandbits(32)}
    action = dice.choice([actions.read, _likely(actions, change), actions.start, ""])
    if sample.is_native and action in {actions.read, ""} and dice.random() < 0.8:
        action = actions.start  # its plugin repeats no call: a refresh that fails ends the run before it begins
    if action:
        order["action"] = action
    special = {actions.start: sample.failure, actions.update: sample.update_failure}.get(action)
    if special:
        special = {key: dice.choice(one) if isinstance(one, tuple) else one for key, one in special.items()}
    if special and dice.random() < 0.3:
        return {**order, **special}
    fault = dice.choice(
        ("drop_before", "drop_after", "drop_after", "throttle", "http_error", "non_json", "error", "delay")
    )
    order |= {"kind": fault, "count": dice.randint(1, 3), "probability": dice.choice((0.5, 1.0))}
    if fault == "http_error":
        order["status"] = dice.choice((500, 502, 503, 504))
    elif fault == "error":
        order["code"], order["status"] = dice.choice(sample.passing)
    elif fault == "delay":
        order |= {"seconds": round(dice.uniform(0.2, 1.0), 1), "when": dice.choice(("before", "after")), "count": 1}
    elif fault == "throttle" and sample.throttle_hint and dice.random() < 0.5:
        order["retry_after_ms"] = dice.choice((100, 1000))
    return order


def _likely(actions: Actions, change: str) -> str:
    """Find the action that a change needs."""
    if change in {"remove", "destroy"}:
        return actions.delete
    return actions.update if change in {"update", "reload"} else actions.start


def _strike(dice: random.Random, kinds: Sequence[str], change: str) -> Strike | None:
    if dice.random() < 0.1:
        return None
    targets = [
        "cli",
        "cli",
        "program",
        "provider",
        "sandbox",
        *(["plugin"] if any(sample_of(kind).is_native for kind in kinds) else []),
    ]
    target = dice.choice(targets)
    signal = "SIGKILL" if target == "sandbox" else dice.choice(("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"))
    moment = dice.choice((FITTING[change], *(("wait", "refresh", "any") if change in CHANGES else ("any",))))
    actions = tuple(getattr(KINDS[kind].actions, MOMENTS[moment]) for kind in kinds) if moment != "any" else ()
    after = {"any": (1.0, 6.0), "wait": (0.5, 2.5)}.get(moment, (0.0, 0.6))
    return Strike(target, signal, moment, actions, round(dice.uniform(*after), 2))


def _settings(dice: random.Random, declared: Declared) -> dict[str, Any]:
    values = [*DRAWN.items(), *(setting for kind in declared.kinds() for setting in sample_of(kind).tunable.items())]
    return {name: dice.choice(drawn) for name, drawn in values}
