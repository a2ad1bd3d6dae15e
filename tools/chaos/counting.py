"""Counts what a storm has done to the clouds: what is lost, what exists twice, what is left, what was touched.

Works on inventories that it is given. It calls nothing and repairs nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tools.chaos.declared import KINDS, Declared, Key, component_of, inventory_of, sample_of

COUNTED = ("lost", "twice", "left", "touched")


@dataclass(frozen=True)
class Thing:
    """An entry of the inventory."""

    kind: str
    region: str
    entry: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.entry["id"])

    @property
    def key(self) -> Key | None:
        """The declared replica that it is a copy for; None where it is a copy of nothing that is known."""
        origin = self.entry.get("copied_from") or {}
        name = component_of(self.kind, str(origin.get("id", "")))
        return Key(self.kind, name, self.region) if name else None

    def __str__(self) -> str:
        return f"{self.kind} {self.id} in {self.region} ({self.entry.get('name')}, {self.entry.get('status')})"


@dataclass
class Verdict:
    """One line per finding."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Every finding, with what it counts as."""
        return [f"{name}: {line}" for name in COUNTED for line in getattr(self, name)]


def things(inventory: Mapping[str, Any], kinds: Iterable[str]) -> Iterator[Thing]:
    """Everything of these kinds in an inventory of the control plane."""
    for kind in kinds:
        for region, entries in inventory.get(inventory_of(kind), {}).items():
            for entry in entries:
                yield Thing(kind, region, entry)


def judge(
    declared: Declared,
    found: Iterable[Thing],
    *,
    others: Mapping[str, Thing],
    before: Mapping[Key, str],
    requested: Set[Key],
    recorded: Set[str],
) -> Verdict:
    """Compare what is declared with what exists.

    Args:
        declared: What must be there, usable, exactly once.
        found: Everything that is there.
        others: Id -> what this stack must never touch: its sources, and what belongs to somebody else.
        before: The replicas that were there at the last convergence, with their ids.
        requested: Those of them whose deletion or replacement was requested since then.
        recorded: Ids in the state.
    """
    verdict = Verdict()
    now = {thing.id: thing for thing in found}
    verdict.touched += [line for id_, other in others.items() if (line := _touched(other, now.get(id_)))]
    copies: defaultdict[Key | None, list[Thing]] = defaultdict(list)
    for thing in now.values():
        if thing.id not in others:
            copies[thing.key].append(thing)
    for key, component in declared.replicas():
        mine = copies.pop(key, [])
        if len(mine) > 1:
            verdict.twice.append(f"{key}: " + ", ".join(map(str, mine)))
        elif not mine:
            verdict.lost.append(f"{key}: there is none")
        else:
            verdict.lost += [f"{key}: {why}" for why in _unlike(component.looks(key.region), mine[0])]
            if mine[0].id not in recorded:
                verdict.lost.append(f"{key}: the state does not know {mine[0].id}")
            if key in before and key not in requested and before[key] != mine[0].id:
                verdict.lost.append(
                    f"{key}: {before[key]} was deleted, which was not requested; now it is {mine[0].id}"
                )
    verdict.left += [str(thing) for rest in copies.values() for thing in rest]
    return verdict


def ids_of(declared: Declared, found: Iterable[Thing], others: Set[str]) -> dict[Key, str]:
    """Declared replica -> id of its copy, for those that are there."""
    keys = {key for key, _ in declared.replicas()}
    return {thing.key: thing.id for thing in found if thing.id not in others and thing.key in keys}


def restarted(calls: Iterable[Mapping[str, Any]], wanted: Counter[tuple[str, str]]) -> int:
    """Count native copies that were started beyond those requested.

    Args:
        calls: Recorded calls.
        wanted: Source id and region -> how often a copy was requested.
    """
    starts = {kind.actions.start: sample_of(name).start for name, kind in KINDS.items() if sample_of(name).is_native}
    accepted = Counter(
        (call["params"][start.source], call["params"][start.region])
        for call in calls
        if call["status"] == 200 and (start := starts.get(call["action"]))
    )
    return (accepted - wanted).total()


def _touched(before: Thing, now: Thing | None) -> str:
    if now is None:
        return f"{before} is gone"
    changed = [
        f"{name} {value!r} -> {now.entry.get(name)!r}"
        for name, value in before.entry.items()
        if name not in sample_of(before.kind).unsteady and now.entry.get(name) != value
    ]
    return f"{before}: {', '.join(changed)}" if changed else ""


def _unlike(looks: Mapping[str, Any], thing: Thing) -> Iterator[str]:
    for name, wanted in looks.items():
        there = thing.entry.get(name)
        if name == "tags" and isinstance(there, dict):
            there = {tag: value for tag, value in there.items() if tag not in sample_of(thing.kind).own_tags}
        if not (fnmatchcase(str(there), wanted) if isinstance(wanted, str) else there == wanted):
            yield f"{thing.id}: {name} is {there!r}, not {wanted!r}"
