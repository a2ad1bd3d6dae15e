"""Runs that are killed or interrupted: after the runner's next `up`, what is declared is there and usable, once.

Every case sends one signal to one process at one moment of one operation. What the run was killed in the middle of, and
what it left behind, differs from case to case; what must hold afterwards does not. What differs from kind to kind is in
its test module.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import psutil
import pytest

from tests.engine.forked import ForkedRun
from tests.engine.harness import Cloud, Stack, wait_for

IN_FLIGHT = 1.5
"""Seconds a call hangs before it is accepted, or before its answer is sent."""

SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


@dataclass(frozen=True)
class Operation:
    """A change of the declaration, and the call it needs."""

    declared: Mapping[str, Any]
    """One entry of the kind."""
    action: str
    params: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    """The region that is called, where no parameter tells it."""
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


@dataclass(frozen=True)
class Kind:
    """What a kind's matrix is made of."""

    section: str
    """Its section of the stack config, and of a seed."""
    base: Mapping[str, Any]
    """The entry that is up before the run that is killed."""
    operations: Mapping[str, Operation]
    foreign: Sequence[Mapping[str, Any]]
    """Seeds of what others made, under the same names."""
    seeded: Sequence[str]
    """What of a replica is put back by a seed."""
    identity: Callable[[Mapping[str, Any]], Any]
    """What tells one replica of the cloud from another."""
    expected: Callable[[Mapping[str, Any]], set[Any]]
    """The identities that an entry declares."""
    usable: str

    def declare(self, stack: Stack, entry: Mapping[str, Any]) -> None:
        stack.config(**{self.section: {"weights": entry}})


class MadeOnce:
    """The state and the replicas of a kind's base, made by the first test that needs them."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._made: dict[str, Any] = {}

    def put_back(self, stack: Stack, cloud: Cloud) -> None:
        """Have the base up, beside things that are not its own."""
        stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
        self._kind.declare(stack, self._kind.base)
        if not self._made:
            done = stack.up()
            assert done.code == 0, done.text
            self._made = {
                "state": shutil.copytree(stack.directory / ".pulumi-state", stack.directory.parent / "kept"),
                "config": (stack.directory / "stacks" / "Pulumi.test.yaml").read_text(),
                "replicas": [{key: copy[key] for key in self._kind.seeded} for copy in cloud.replicas()],
            }
        shutil.copytree(self._made["state"], stack.directory / ".pulumi-state", dirs_exist_ok=True)
        (stack.directory / "stacks" / "Pulumi.test.yaml").write_text(self._made["config"])
        seeds = {"dataCaches": "data_caches"}.get(self._kind.section, self._kind.section)
        cloud.server.control.post("seed", {seeds: [*self._made["replicas"], *self._kind.foreign]})
        cloud.forget_calls()


def cases(kind: Kind, is_core: Callable[[str, str, str, str], bool]) -> Iterator[Any]:
    """Every case. `make test` runs the core of them, `make test-kills` the rest."""
    for case in product(kind.operations, ("before", "inside", "after"), ("cli", "program", "provider"), SIGNALS):
        yield pytest.param(*case, id="-".join(case), marks=[] if is_core(*case) else pytest.mark.matrix)


def nothing_is_lost_or_twice(
    kind: Kind, running: Stack, cloud: Cloud, operation: Operation, moment: str, process: str, name: str
) -> None:
    """Kill a run, run the next, and look at what is there."""
    others = _foreign(cloud)
    kind.declare(running, operation.declared)
    has_come = _moment_of(moment, operation, cloud)
    killed = running.start("up", "--yes", "--no-refresh")
    victims = processes(killed, running)
    wait_for(has_come)

    victims[process].send_signal(SIGNALS[name])
    killed.communicate(timeout=60)
    psutil.wait_procs([victims["cli"]], timeout=30)
    cloud.settings(copy_seconds=0, delete_seconds=0)
    done = running.up()

    assert done.code == 0, done.text
    expected = kind.expected(operation.declared)
    copies = cloud.replicas()
    assert {kind.identity(copy) for copy in copies} == expected, done.text
    assert len(copies) == len(expected), done.text
    assert {copy["status"] for copy in copies} == {kind.usable}
    assert {row["id"] for row in running.rows()} == {copy["id"] for copy in copies}
    assert _foreign(cloud) == others
    assert "Traceback" not in done.text


def processes(run: ForkedRun, stack: Stack) -> dict[str, psutil.Process]:
    """Those of a run that can be killed, once they are there."""
    engine = stack.engine()
    provider = wait_for(
        lambda: next((child for child in engine.children(recursive=True) if _serves_dynamic(child)), None)
    )
    return {"cli": engine, "program": psutil.Process(run.pid), "provider": provider}


def _serves_dynamic(process: psutil.Process) -> bool:
    try:
        return "pulumi.dynamic" in process.cmdline()
    except psutil.Error:
        return False


def _foreign(cloud: Cloud) -> list[dict[str, Any]]:
    return [entry for entry in cloud.inventory() if not entry["copied_from"]]


def _moment_of(moment: str, operation: Operation, cloud: Cloud) -> Callable[[], Any]:
    """Arrange for the moment, and return what becomes true when it has come."""
    if moment in {"before", "inside"}:
        when = "before" if moment == "before" else "after"
        cloud.fault("delay", operation.action, when=when, seconds=IN_FLIGHT, **operation.where)
        return lambda: cloud.server.control.get("faults")[0]["hits"]
    cloud.settings(copy_seconds=3, delete_seconds=3)
    if operation.after:
        cloud.fault("delay", seconds=1, **operation.after)
    return lambda: [call for call in cloud.calls(operation.action) if operation.is_answered(call)]
