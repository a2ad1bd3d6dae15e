"""Runs that are killed or interrupted: after the runner's next `up`, what is declared is there and usable, once.

Every case sends one signal to one process at one moment of one operation. What the run was killed in the middle of, and
what it left behind, differs from case to case; what must hold afterwards does not, and is what storms are judged by.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import psutil
import pytest

from tests.engine.forked import ForkedRun
from tests.engine.harness import Cloud, Stack, wait_for
from tools.chaos.counting import Thing, ids_of, judge, things
from tools.chaos.declared import KINDS, Component, Declared, first, sample_of, seeds
from tools.chaos.stage import role_of

IN_FLIGHT = 1.5
"""Seconds a call hangs before it is accepted, or before its answer is sent."""

SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


@dataclass(frozen=True)
class Operation:
    """A change of what is declared, and the call it needs."""

    declared: Component
    action: str
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters that distinguish the call from others of the run."""
    region: str | None = None
    """The region that is called, where no parameter names it."""
    after: Mapping[str, Any] = field(default_factory=dict)
    """The fault that holds the run up once the call was answered."""

    @property
    def where(self) -> dict[str, Any]:
        """What a fault of this call has to match."""
        return {"params": dict(self.params)} | ({"region": self.region} if self.region else {})

    def is_answered(self, call: Mapping[str, Any]) -> bool:
        return (
            call["status"] == 200
            and call["code"] is None
            and call["params"].items() >= self.params.items()
            and self.region in {None, call["region"]}
        )


def base(kind: str) -> Component:
    """The entry that is up before the run that is killed."""
    return first((kind,)).components[0]


def operations(kind: str) -> dict[str, Operation]:
    """Every change of a kind's base that is tried, by name."""
    sample, actions, before = sample_of(kind), KINDS[kind].actions, base(kind)
    kept, removed, added = sample.regions[:3]
    name = f"{before.name}-{added}"  # somebody else's resource has it, too
    new, renamed = {sample.start.region: added}, {"name": f"{before.name}-{kept}"} if sample.exact_names else {}
    found = {
        "create": Operation(before.with_destination(added), actions.start, new),
        "create_exact": Operation(before.with_destination(added, name=name, number=1), actions.start, new),
        "replace": Operation(replace(before, generation=2), actions.start, {sample.start.region: kept}),
        # These are over at once: only the looks before and after the call can be caught.
        "update": Operation(
            before.with_destination(kept, number=1, **renamed),
            actions.update,
            region=kept,
            after={"action": actions.read, "region": kept, "count": 2},
        ),
        "delete": Operation(
            before.without_destination(removed),
            actions.delete,
            region=removed,
            after={"action": actions.read, "region": removed, "count": 2},
        ),
    }
    left_out = set() if sample.exact_names else {"create_exact"}
    if sample.is_native:  # only a creation can be lost or doubled by the engine
        left_out |= {"update", "delete"}
    return {name: operation for name, operation in found.items() if name not in left_out}


def cases() -> Iterator[Any]:
    """Every case of every kind. `make test` runs the core of them, `make test-kills` the rest."""
    for section, kind in KINDS.items():
        sample = sample_of(section)
        moments = ("before", "after") if sample.is_native else ("before", "inside", "after")
        processes = ("cli", "program", "plugin" if sample.is_native else "provider")
        for case in product(operations(section), moments, processes, SIGNALS):
            name = "-".join(case)
            marks = () if name in sample.core else (pytest.mark.matrix,)
            yield pytest.param(section, *case, id=f"{kind.name}-{name}", marks=marks)


class MadeOnce:
    """The state and the replicas of each kind's base, made by the first test that needs them."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Any]] = {}

    def put_back(self, stack: Stack, cloud: Cloud) -> None:
        """Have the base of the cloud's kind up, beside resources that are not its own."""
        kind = cloud.kind.section
        stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
        cloud.server.control.post("seed", seeds((kind,), 2))
        if kind not in self._made:
            stack.config(**Declared((base(kind),)).config())
            done = stack.up()
            assert done.code == 0, done.text
            mine = {row["id"] for row in stack.rows()}
            keys = ("region", *sample_of(kind).seeded)
            self._made[kind] = {
                "state": shutil.copytree(stack.directory / ".pulumi-state", stack.directory.parent / "kept"),
                "config": (stack.directory / "stacks" / "Pulumi.test.yaml").read_text(),
                "replicas": [
                    {key: copy[key] for key in keys if copy.get(key) is not None}
                    for copy in cloud.replicas()
                    if copy["id"] in mine
                ],
            }
        made = self._made[kind]
        shutil.copytree(made["state"], stack.directory / ".pulumi-state", dirs_exist_ok=True)
        (stack.directory / "stacks" / "Pulumi.test.yaml").write_text(made["config"])
        cloud.server.control.post("seed", {sample_of(kind).table: made["replicas"]})
        cloud.forget_calls()


def nothing_is_lost_or_twice(
    running: Stack, cloud: Cloud, operation: Operation, moment: str, process: str, name: str
) -> None:
    """Kill a run, run the next, and judge what exists."""
    kind = cloud.kind.section
    old, new = Declared((base(kind),)), Declared((operation.declared,))
    mine = {row["id"] for row in running.rows()}
    others = {thing.id: thing for thing in _things(cloud) if thing.id not in mine}
    before = ids_of(old, _things(cloud), others.keys())
    running.config(**new.config())
    has_come = _moment_of(moment, operation, cloud)
    killed = running.start("up", "--yes", "--no-refresh")
    engine = running.engine()
    processes(killed, running, process)
    wait_for(has_come)

    for victim in processes(killed, running, process):
        victim.send_signal(SIGNALS[name])
    killed.communicate(timeout=90)
    psutil.wait_procs([engine], timeout=30)
    cloud.settings(copy_seconds=0, delete_seconds=0)
    done = running.up()

    assert done.code == 0, done.text
    assert "Traceback" not in done.text
    found, recorded = _things(cloud), {row["id"] for row in running.rows()}
    verdict = judge(new, found, others=others, before=before, requested=old.differing(new), recorded=recorded)
    assert verdict.lines() == [], done.text
    assert recorded == set(ids_of(new, found, others.keys()).values())
    if sample_of(kind).is_native:  # what was doubled by a plugin is gone with the next run, which has nothing to do
        assert running.up("--expect-no-changes").code == 0


def processes(run: ForkedRun, stack: Stack, role: str) -> list[psutil.Process]:
    """Those of a run that have a role (cli, program, provider, plugin), once they are there."""
    engine = stack.engine()
    if role == "program":
        return [psutil.Process(run.pid)]
    return wait_for(lambda: [one for one in (engine, *engine.children(recursive=True)) if _role(one) == role])


def _role(process: psutil.Process) -> str:
    try:
        return role_of(process.cmdline())
    except psutil.Error:
        return ""


def _things(cloud: Cloud) -> list[Thing]:
    return list(things(cloud.server.control.get("inventory"), (cloud.kind.section,)))


def _moment_of(moment: str, operation: Operation, cloud: Cloud) -> Callable[[], Any]:
    """Arrange for the moment, and return what becomes true when it has come."""
    if moment == "after" or sample_of(cloud.kind.section).is_native:  # a plugin's call is over when the copy is
        cloud.settings(copy_seconds=3, delete_seconds=3)
    if moment in {"before", "inside"}:
        when = "before" if moment == "before" else "after"
        cloud.fault("delay", operation.action, when=when, seconds=IN_FLIGHT, **operation.where)
        return lambda: cloud.server.control.get("faults")[0]["hits"]
    if operation.after:
        cloud.fault("delay", seconds=1, **operation.after)
    return lambda: [call for call in cloud.calls(operation.action) if operation.is_answered(call)]
