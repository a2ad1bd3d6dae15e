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

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID
from sandbox.core.control_client import NoSandboxError
from tools.chaos import troubles
from tools.chaos.counting import COUNTED, Thing, Verdict, ids_of, judge, restarted, things
from tools.chaos.declared import KINDS, Declared, Key, sample_of, seeds
from tools.chaos.plan import DESTROY, GENERATIONS, REFRESH, UP, Storm, Strike, Turn
from tools.chaos.stage import Finished, Stage
from tools.chaos.troubles import Trouble

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
ANOTHER_ACCOUNT = "2000000000000002"
LOOK_SECONDS = 0.05
SHOWN_LINES = 60

STARTS = {kind.actions.start for kind in KINDS.values()}
UPDATES = {kind.actions.update for kind in KINDS.values()}
CHANGING = STARTS | UPDATES | {kind.actions.delete for kind in KINDS.values()}


@dataclass
class Tally:
    """What has happened so far."""

    hits: Counter[str] = field(default_factory=Counter)
    """Kind of fault -> how often it really hit."""
    planned: Counter[str] = field(default_factory=Counter)
    """Kind of fault -> how often it was to hit, at least once in each turn that orders it."""
    missed: Counter[str] = field(default_factory=Counter)
    """Strikes whose moment never came, and troubles that met nothing."""
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
        self._settings: dict[str, Any] = {}
        self._calm = CALM | {name: values[0] for kind in kinds for name, values in sample_of(kind).tunable.items()}

    def begin(self, declared: Declared) -> bool:
        """Seed the clouds and bring the first set up, without faults; False where that fails."""
        self._stage.control.post("seed", seeds(self._kinds, GENERATIONS))
        self._stage.control.post("settings", self._calm)
        self._others = {thing.id: thing for thing in self._things()}
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
        self._settings = storm.settings
        requested: set[Key] = set()
        wanted: Counter[tuple[str, str]] = Counter()
        declared, problems = storm.before, len(self.tally.problems)
        for turn in storm.turns:
            requested |= requested_by(declared, turn)
            wanted.update(copies_wanted_by(declared, turn))
            declared = turn.declared
            for trouble in turn.troubles:
                self._bring(trouble, storm.number, declared)
            finished = self._take(turn)
            self._say(
                f"  {turn.change}: {finished.command} ended with {finished.code} after {finished.seconds:.0f} s; "
                f"{self.tally.faults - hits} faults in this storm"
            )
            if finished.complaint:
                self._report(storm.number, declared, [finished.complaint], finished)
            if is_enough():
                break
        control.post("settings", self._calm | troubles.calm(storm.settings))
        if Trouble.LATE_LISTING in storm.troubles:
            time.sleep(troubles.LATE_SECONDS)  # until then, nothing that a run does is the last word
        is_well = self._converge(storm.number, declared, requested=requested, wanted=wanted)
        is_well = is_well and len(self.tally.problems) == problems
        seconds = time.monotonic() - started
        self.tally.storms.append(
            {
                "storm": storm.number,
                "changes": [turn.change for turn in storm.turns],
                "troubles": list(storm.troubles),
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

    def _bring(self, trouble: Trouble, storm: int, declared: Declared) -> None:
        """Bring a trouble between two runs."""
        self.tally.planned[trouble] += 1
        match trouble:
            case Trouble.FRESH_CHECKOUT:
                has_hit = self._stage.check_out_afresh() > 0
            case Trouble.RENAMED_STACK:
                has_hit = self._stage.rename()
            case _:
                has_hit = self._run_with_keys_of_another_account(storm, declared)
        (self.tally.hits if has_hit else self.tally.missed)[trouble] += 1

    def _run_with_keys_of_another_account(self, storm: int, declared: Declared) -> bool:
        """Have it refused, with nothing changed; report whether there was anything to refuse."""
        stage = self._stage
        if not stage.recorded():
            return False
        stage.end_runs()
        before, since = stage.state(), _last_call(stage)
        command = (UP, DESTROY, REFRESH)[storm % 3]
        stage.control.post("seed", _keys_of(ANOTHER_ACCOUNT))
        finished = stage.run(*command)
        stage.control.post("seed", _keys_of(ACCOUNT_ID))
        done = [
            f"{call['action']} in {call['region']}"
            for call in stage.control.get("calls", since=since)
            if call["account"] == ANOTHER_ACCOUNT and call["status"] == 200 and call["action"] in CHANGING
        ]
        found = [f"touched: a run with another account's keys did {call}" for call in done]
        if stage.state() != before:
            found.append("touched: a run with another account's keys changed the state")
        if finished.code == 0 or f"these credentials are of account {ANOTHER_ACCOUNT}" not in finished.text:
            found.append("a run with another account's keys was not refused")
        if found:
            self.tally.counts["touched"] += sum(line.startswith("touched") for line in found)
            self._report(storm, declared, found, finished)
        return True

    def _take(self, turn: Turn) -> Finished:
        stage = self._stage
        self._declare(turn.declared)
        if turn.orders:
            stage.control.post("faults", [dict(order) for order in turn.orders])
        self.tally.planned.update(_name_of(order) for order in turn.orders)
        started = time.monotonic()
        since = _last_call(stage)
        with stage.running(*turn.command) as process:
            if turn.strike:
                self._strike(turn.strike, process, since)
            finished = stage.finish(process, turn.command, started)
        self._collect_faults()
        self._collect_troubles(stage.control.get("calls", since=since), turn)
        return finished

    def _declare(self, declared: Declared) -> None:
        """Declare a set: what it adopts belongs to the stack from then on."""
        self._stage.declare(declared)
        for id_ in declared.adopter.adopts.values() if declared.adopter else ():
            self._others.pop(id_, None)

    def _collect_faults(self) -> None:
        for fault in self._stage.control.get("faults"):
            # A dead region is one fault, however many calls it fails.
            self.tally.hits[_name_of(fault)] += min(fault["hits"], 1) if fault["count"] is None else fault["hits"]
        self._stage.control.delete("faults")

    def _collect_troubles(self, calls: list[dict[str, Any]], turn: Turn) -> None:
        """Count what a run met that no fault of the sandbox counts."""
        hits = self.tally.hits
        accepted = [call for call in calls if call["status"] == 200]
        started = [call for call in accepted if call["action"] in STARTS]
        for trouble, ahead in troubles.CLOCKS.items():
            if self._settings.get(troubles.CLOCK) == ahead:
                self.tally.planned[trouble] += 1
                hits[trouble] += bool(started)
        if late := set(self._settings.get("regions", {})):
            self.tally.planned[Trouble.LATE_LISTING] += 1
            hits[Trouble.LATE_LISTING] += sum(bool(late & _destinations(call)) for call in started)
        if turn.change in {"adopt", "adopt again", "rename"} and turn.declared.adopter:
            self.tally.planned[Trouble.ADOPTED_COPY] += 1
            ids = set(turn.declared.adopter.adopts.values())
            changes = [call for call in accepted if call["action"] in UPDATES]
            hits[Trouble.ADOPTED_COPY] += any(ids & set(call["params"].values()) for call in changes)

    def _strike(self, strike: Strike, process: subprocess.Popen[bytes], since: int) -> None:
        """Wait for the moment, then send the signal."""
        name = f"{strike.signal} {strike.target}"
        self.tally.planned[name] += 1
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
        self._declare(declared)
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


def _name_of(order: dict[str, Any]) -> str:
    """Return what a fault is called in the table of hits."""
    kind = str(order["kind"])
    return f"{Trouble.DEAD_REGION} {troubles.WAYS[kind]}" if order.get("count", 1) is None else kind


def _destinations(call: dict[str, Any]) -> set[str]:
    return {*call.get("destination_regions", ()), call.get("destination_region") or ""}


def _keys_of(account: str) -> dict[str, Any]:
    """Have the keys that runs use belong to an account."""
    keys = [{"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET}]
    return {"accounts": [{"id": account, "keys": keys}]}


def requested_by(before: Declared, turn: Turn) -> set[Key]:
    """Find the replicas that a turn requests to be made, replaced or deleted."""
    if turn.command == DESTROY:
        return {key for declared in (before, turn.declared) for key, _ in declared.replicas()}
    return before.differing(turn.declared)


def copies_wanted_by(before: Declared, turn: Turn) -> list[tuple[str, str]]:
    """List the native copies that a turn requests; those of a destroyed stack are requested by what comes after it."""
    known = set() if turn.command == DESTROY else set(before.native_copies())
    return [copy for copy in turn.declared.native_copies() if copy not in known]
