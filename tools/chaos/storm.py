"""Runs planned storms: orders faults, signals processes, lets the stack converge, and judges what exists afterwards."""

import contextlib
import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil

from sandbox.core.control_client import NoSandboxError
from tools.chaos.counting import COUNTED, Thing, Verdict, ids_of, judge, restarted, things
from tools.chaos.declared import Declared, Key, sample_of, seeds
from tools.chaos.plan import DESTROY, GENERATIONS, UP, Storm, Strike, Turn
from tools.chaos.stage import Finished, Stage

TRIES = 6
"""Runs after a storm, without faults, within which the stack must be as declared."""
CALM = {
    "copy_seconds": 1,
    "update_seconds": 1,
    "delete_seconds": 0,
    "visible_after_seconds": 0,
    "requests_per_second": 20,
}
"""The sandbox's settings while no storm runs, besides those of the kinds."""
LOOK_SECONDS = 0.05
SHOWN_LINES = 60


@dataclass
class Tally:
    """What has happened so far."""

    hits: Counter[str] = field(default_factory=Counter)
    """Kind of fault -> how often it really hit."""
    missed: Counter[str] = field(default_factory=Counter)
    """Strikes whose moment never came."""
    counts: Counter[str] = field(default_factory=Counter)
    """lost, twice, left, touched, restarted."""
    problems: list[str] = field(default_factory=list)
    storms: list[dict[str, Any]] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Faults that really hit."""
        return self.hits.total()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, twice, left or touched, and every storm ended well."""
        return not self.problems and not any(self.counts[name] for name in COUNTED)


class StormRunner:
    """Runs storms on one stage.

    Args:
        stage: Where they happen; its sandbox runs.
        kinds: The kinds of replicas that are declared.
        seed: For what is printed about a failure.
        say: Prints one line.
    """

    def __init__(self, stage: Stage, kinds: tuple[str, ...], seed: int, say: Callable[[str], None]) -> None:
        self.tally = Tally()
        self._stage = stage
        self._kinds = kinds
        self._seed = seed
        self._say = say
        self._others: dict[str, Thing] = {}
        self._before: dict[Key, str] = {}
        self._calm = CALM | {name: values[0] for kind in kinds for name, values in sample_of(kind).tunable.items()}

    def begin(self, declared: Declared) -> bool:
        """Seed the clouds and bring the first set up, without faults; False where that fails."""
        self._stage.control.post("seed", seeds(self._kinds, GENERATIONS))
        self._stage.control.post("settings", self._calm)
        self._others = {thing.id: thing for thing in self._things()}
        self._stage.declare(declared)
        return self._converge(0, declared, requested=set(), wanted=Counter(declared.native_copies()))

    def run(self, storm: Storm, is_enough: Callable[[], bool]) -> tuple[bool, Declared]:
        """Run one storm.

        Args:
            storm: Its plan.
            is_enough: Called after each turn: True ends the storm, and the stack must converge.

        Returns:
            Whether it ended well, with nothing lost, twice, left or touched; and what was declared last.
        """
        started, hits = time.monotonic(), self.tally.faults
        control = self._stage.control
        control.delete("calls")
        control.post("settings", storm.settings)
        requested: set[Key] = set()
        wanted: Counter[tuple[str, str]] = Counter()
        declared, problems = storm.before, len(self.tally.problems)
        for turn in storm.turns:
            requested |= requested_by(declared, turn)
            wanted.update(copies_wanted_by(declared, turn))
            declared = turn.declared
            finished = self._take(turn)
            self._say(
                f"  {turn.change}: {finished.command} ended with {finished.code} after {finished.seconds:.0f} s; "
                f"{self.tally.faults - hits} faults in this storm"
            )
            if finished.complaint:
                self._report(storm.number, declared, [finished.complaint], finished)
            if is_enough():
                break
        control.post("settings", self._calm)
        is_well = self._converge(storm.number, declared, requested=requested, wanted=wanted)
        is_well = is_well and len(self.tally.problems) == problems
        seconds = time.monotonic() - started
        self.tally.storms.append(
            {
                "storm": storm.number,
                "changes": [turn.change for turn in storm.turns],
                "faults": self.tally.faults - hits,
                "seconds": round(seconds, 1),
                "well": is_well,
            }
        )
        return is_well, declared

    def end(self, declared: Declared) -> bool:
        """Destroy the stack, and see that nothing of it is left."""
        for _ in range(TRIES):
            finished = self._stage.run(*DESTROY)
            if finished.code == 0:
                break
        nothing = Declared(())
        verdict = judge(nothing, list(self._things()), others=self._others, before={}, requested=set(), recorded=set())
        return self._count(-1, declared, verdict, finished, is_converged=finished.code == 0)

    # -- A turn ------------------------------------------------------------------------------------------------------

    def _take(self, turn: Turn) -> Finished:
        stage = self._stage
        stage.declare(turn.declared)
        if turn.orders:
            stage.control.post("faults", [dict(order) for order in turn.orders])
        started = time.monotonic()
        since = _last_call(stage)
        with stage.running(*turn.command) as process:
            if turn.strike:
                self._strike(turn.strike, process, since)
            finished = stage.finish(process, turn.command, started)
        self._collect_faults()
        return finished

    def _collect_faults(self) -> None:
        for fault in self._stage.control.get("faults"):
            self.tally.hits[fault["kind"]] += fault["hits"]
        self._stage.control.delete("faults")

    def _strike(self, strike: Strike, process: subprocess.Popen[bytes], since: int) -> None:
        """Wait for the moment, then send the signal."""
        name = f"{strike.signal} {strike.target}"
        if strike.actions and not self._has_come(strike, process, since):
            self.tally.missed[name] += 1
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=strike.after)
        if strike.target == "sandbox":
            self._stage.kill_sandbox()
            time.sleep(0.2 + strike.after / 4)
            self._stage.start_sandbox()
            self.tally.hits[name] += 1
            return
        hit = 0
        victims = self._stage.processes(strike.target)
        if strike.target in {"cli", "program"}:
            victims = victims[:1]
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.Signals[strike.signal])
                hit = 1
        (self.tally.hits if hit else self.tally.missed)[name] += 1

    def _has_come(self, strike: Strike, process: subprocess.Popen[bytes], since: int) -> bool:
        while process.poll() is None:
            calls = self._stage.control.get("calls", since=since)
            hanging = [
                fault for fault in self._stage.control.get("faults") if fault["hits"] and fault["kind"] == "delay"
            ]
            if any(each["action"] in strike.actions for each in [*calls, *hanging]):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    # -- Convergence -------------------------------------------------------------------------------------------------

    def _converge(
        self, storm: int, declared: Declared, *, requested: set[Key], wanted: Counter[tuple[str, str]]
    ) -> bool:
        self._stage.declare(declared)
        for _ in range(TRIES):
            finished = self._stage.run(*UP)
            if finished.changed_nothing:
                break
        is_converged = finished.changed_nothing
        self.tally.counts["restarted"] += restarted(self._stage.control.get("calls"), wanted)
        verdict = judge(
            declared,
            list(self._things()),
            others=self._others,
            before=self._before,
            requested=requested,
            recorded=self._stage.recorded(),
        )
        self._before = ids_of(declared, self._things(), self._others.keys())
        return self._count(storm, declared, verdict, finished, is_converged=is_converged)

    def _count(
        self, storm: int, declared: Declared, verdict: Verdict, finished: Finished, *, is_converged: bool
    ) -> bool:
        for name in COUNTED:
            self.tally.counts[name] += len(getattr(verdict, name))
        found = verdict.lines()
        if not is_converged:
            found.append(f"the stack is not as declared after {TRIES} runs without faults")
        if found:
            self._report(storm, declared, found, finished)
        return not found

    def _report(self, storm: int, declared: Declared, found: list[str], finished: Finished) -> None:
        """Print everything that is needed to see a failure again."""
        where = {-1: "the destroy at the end", 0: "the first up"}.get(storm, f"storm {storm}")
        self.tally.problems += [f"{where}: {line}" for line in found]
        self._say(
            f"FAILED in {where} of seed {self._seed}. "
            f"Again: make chaos SEED={self._seed} CHAOS_ARGS='--storm {max(storm, 1)}'"
        )
        for line in found:
            self._say(f"  {line}")
        self._say(f"declared: {json.dumps(declared.config())}")
        self._say("there: " + "; ".join(str(thing) for thing in self._things() if thing.id not in self._others))
        self._say(f"the last run, {finished.command}, ended with {finished.code}:")
        for line in finished.text.splitlines()[-SHOWN_LINES:]:
            self._say(f"  | {line}")

    def _things(self) -> list[Thing]:
        return list(things(self._stage.control.get("inventory"), self._kinds))


def _last_call(stage: Stage) -> int:
    with contextlib.suppress(NoSandboxError):
        calls = stage.control.get("calls")
        return int(calls[-1]["index"]) if calls else 0
    return 0


def requested_by(before: Declared, turn: Turn) -> set[Key]:
    """Find the replicas that a turn requests to be made, replaced or deleted."""
    if turn.command == DESTROY:
        return {key for declared in (before, turn.declared) for key, _ in declared.replicas()}
    return before.differing(turn.declared)


def copies_wanted_by(before: Declared, turn: Turn) -> list[tuple[str, str]]:
    """List the native copies that a turn requests; those of a destroyed stack are requested by what comes after it."""
    known = set() if turn.command == DESTROY else set(before.native_copies())
    return [copy for copy in turn.declared.native_copies() if copy not in known]
