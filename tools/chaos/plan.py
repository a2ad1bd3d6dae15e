"""Plans storms: which change of the declared set runs while which faults happen. The same seed plans the same storms.

A plan is data; nothing here runs anything. When exactly a fault meets a run is up to the machine.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from components.model.kind import Actions
from tools.chaos import troubles
from tools.chaos.declared import KINDS, Component, Declared, first, sample_of
from tools.chaos.troubles import BEFORE_A_RUN, Trouble

GENERATIONS = 99
"""Sources of a component: more than any run replaces."""

TURNS = 4
"""Runs in a storm before it is over and the stack must converge."""

ORDERS = (4, 8)
"""How many faults a turn orders from the control plane, at least and at most."""

HANGING_SECONDS = 1.0

LOST = ("copies", "adopt")
"""Changes amid which a run is killed before a fresh checkout."""

EXACT_SHARE = 0.6
"""How many adoptions are under an exact name: under a default one, an entry cannot be renamed or replaced."""

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
    troubles: tuple[Trouble, ...] = ()
    """Those that happen before it."""


@dataclass(frozen=True)
class Storm:
    """Some turns, after which the stack must converge."""

    number: int
    settings: dict[str, Any]
    before: Declared
    turns: tuple[Turn, ...]
    troubles: tuple[Trouble, ...] = ()

    @property
    def declared(self) -> Declared:
        """What must be there when it is over."""
        return self.turns[-1].declared


def storms(seed: int, kinds: tuple[str, ...]) -> Iterator[Storm]:
    """Plan storms without end."""
    declared = first(kinds)
    for number, dealt in enumerate(troubles.dealt(seed, kinds), 1):
        dice = random.Random(f"{seed}/{number}")  # noqa: S311 - a test's dice, not a secret
        storm = _storm(dice, number, declared, dealt)
        yield storm
        declared = storm.declared


def _storm(dice: random.Random, number: int, before: Declared, dealt: tuple[Trouble, ...]) -> Storm:
    chosen = _chosen(dice, before, dealt)
    between: dict[int, list[Trouble]] = {at: [] for at in range(TURNS)}
    for trouble in dealt:
        if trouble is Trouble.FRESH_CHECKOUT:
            for at in range(1, TURNS):
                between[at].append(trouble)
        elif trouble in BEFORE_A_RUN:
            between[dice.randrange(1, TURNS)].append(trouble)
        elif trouble in troubles.CLOCKS:  # with a journal, nothing depends on the clock
            between[1].append(Trouble.FRESH_CHECKOUT)
    ways = list(troubles.WAYS) if Trouble.DEAD_REGION in dealt else []
    turns: list[Turn] = []
    for at, change in enumerate(troubles.script(dice, dealt, before, OFTEN)):
        turn = _turn(dice, turns[-1].declared if turns else before, change, chosen)
        if change in {"exact names", *(LOST if Trouble.FRESH_CHECKOUT in dealt else ())}:
            turn = _killed_in_flight(dice, turn, chosen)
        elif ways:
            dead = troubles.dead_region(dice, turn.declared, ways.pop(dice.randrange(len(ways))))
            turn = replace(turn, orders=(dead, *turn.orders))
        turns.append(replace(turn, troubles=tuple(between[at])))
    settings = {**_settings(dice, before), **troubles.settings(dealt, min(chosen.destinations))}
    return Storm(number, settings, before, tuple(turns), dealt)


def _chosen(dice: random.Random, declared: Declared, dealt: tuple[Trouble, ...]) -> Component:
    """Choose the component that the storm's troubles are about."""
    needs_names = any(clock in dealt for clock in troubles.CLOCKS)
    return dice.choice(
        [one for one in declared.components if not one.adopts and (sample_of(one.kind).exact_names or not needs_names)]
    )


def _turn(dice: random.Random, declared: Declared, change: str, chosen: Component) -> Turn:
    command: tuple[str, ...] = {"destroy": DESTROY, "refresh": REFRESH}.get(change, UP)
    if change == "adopt again" and (adopter := declared.adopter) and _is_exact(adopter):
        command = (*UP, "--replace", f"{adopter.called}-{min(adopter.destinations)}")
    elif command == UP and dice.random() < 0.25:
        command = (*UP, "--no-refresh")
    if change == "destroy":
        declared = declared.without_adopted()
    elif change in CHANGES:
        for _ in range(dice.randint(2, 4)):
            declared = _changed(dice, declared, change)
    else:
        declared = _troubled(dice, declared, change, chosen)
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
    "copies": "create",
    "exact names": "create",
    "default names": "update",
    "adopt": "update",
    "adopt again": "update",
    "rename": "update",
    "give up": "delete",
}
"""Change -> the moment that it surely comes to."""
IN_FLIGHT = ("create", "update", "replace", "delete")
"""Moments inside a call that changes something."""


def _hanging(dice: random.Random, strike: Strike) -> Iterator[dict[str, Any]]:
    for action in strike.actions:
        yield {"kind": "delay", "action": action, "seconds": HANGING_SECONDS, "when": dice.choice(("before", "after"))}


def _killed_in_flight(dice: random.Random, turn: Turn, chosen: Component) -> Turn:
    """Kill what makes or adopts copies after the cloud has accepted that, and before anything records it.

    Of what the engine itself was creating, the state knows that it was asked for. Of the rest, the journal alone does.
    """
    kind = turn.declared.adopter.kind if turn.change == "adopt" and turn.declared.adopter else chosen.kind
    action = getattr(KINDS[kind].actions, MOMENTS[FITTING[turn.change]])
    hanging = {"kind": "delay", "action": action, "seconds": HANGING_SECONDS, "when": "after", "count": 2}
    target = "cli" if turn.change == "exact names" else "plugin" if sample_of(kind).is_native else "provider"
    strike = Strike(target, "SIGKILL", FITTING[turn.change], (action,), round(dice.uniform(0.1, 0.5), 2))
    return replace(turn, command=UP, orders=(hanging,), strike=strike)


def _is_exact(component: Component) -> bool:
    return all(revision.name for revision in component.destinations.values())


def _troubled(dice: random.Random, declared: Declared, change: str, chosen: Component) -> Declared:
    """Change what a storm's troubles are about."""
    adopter = declared.adopter
    now = next(one for one in declared.components if (one.kind, one.name) == (chosen.kind, chosen.name))
    newer = replace(now, generation=now.generation + 1)
    changed = declared
    match change:
        case "copies":
            changed = declared.changed(newer)
        case "exact names":
            changed = declared.changed(_named(newer, exact=True))
        case "default names":
            changed = declared.changed(_named(now, exact=False))
        case "adopt":
            changed = declared.adopting(exact=dice.random() < EXACT_SHARE)
        case "give up":
            changed = declared.without_adopted()
        case "rename" if adopter and _is_exact(adopter):  # another entry's default name is refused
            changed = declared.changed(replace(adopter, entry=f"{adopter.name}{dice.randrange(1000)}"))
    return changed


def _named(component: Component, *, exact: bool) -> Component:
    """Give the copies of a component the names that somebody else's snapshots have, or their default ones."""
    for region in component.destinations:
        component = component.with_destination(region, name=f"{component.name}-{region}" if exact else "")
    return component


def _changed(dice: random.Random, declared: Declared, change: str) -> Declared:
    if change == "several":
        change = dice.choice(("add", "remove", "update", "replace"))
    wanted = [
        one
        for one in declared.components
        if (sample_of(one.kind).reloads or change != "reload") and (not one.adopts or change == "update")
    ]
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
    if FITTING[change] == "delete":
        return actions.delete
    return actions.update if FITTING[change] == "update" else actions.start


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
