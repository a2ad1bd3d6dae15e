"""Command line of the storms: `python -m tools.chaos --seed 7`."""

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from tools.chaos import troubles
from tools.chaos.declared import KINDS, sample_of
from tools.chaos.plan import storms
from tools.chaos.stage import Stage
from tools.chaos.storm import StormRunner, Tally

NAMES = {sample_of(kind).table.replace("_", "-"): kind for kind in KINDS}
"""Name on the command line -> kind."""

FULL_RUN = 100
"""From so many requested faults on, a run that some kind of fault never hit has failed."""

OFTEN = 10
"""A kind of fault that was planned so often must have hit in a full run; a trouble must always."""

RESERVE_SECONDS = 60.0
"""Kept for the last convergence and the destroy at the end."""


def main(arguments: list[str] | None = None) -> int:
    """Run storms and return 0 if nothing was lost, made twice, left or touched."""
    options = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets background jobs, and what they start, ignore SIGINT
        signal.signal(number, _stop)
    tally = Tally()
    started = time.monotonic()
    try:
        with Stage(options.log) as stage:
            runner = StormRunner(stage, options.kinds, options.seed, _say)
            tally = runner.tally
            _run_storms(runner, options, started)
    except KeyboardInterrupt:
        tally.problems.append("interrupted")
        _say("interrupted; every process that was started here has been ended")
    seconds = time.monotonic() - started
    if options.json:
        options.json.write_text(json.dumps(_report(tally, options, seconds), indent=1) + "\n")
    return conclude(tally, options, seconds)


def _run_storms(runner: StormRunner, options: argparse.Namespace, started: float) -> None:
    until = started + options.minutes * 60 - RESERVE_SECONDS

    def is_enough() -> bool:
        if time.monotonic() > until:
            return True
        return not options.storm and runner.tally.faults >= options.faults and not never_hit(runner.tally, options)

    declared = None
    for storm in storms(options.seed, options.kinds):
        if options.storm and storm.number < options.storm:
            continue
        if declared is None and not runner.begin(storm.before):
            return
        changes = ", ".join(turn.change for turn in storm.turns)
        _say(f"storm {storm.number}: {changes}; with {' and '.join(storm.troubles)}")
        begun = time.monotonic()
        is_well, declared = runner.run(storm, is_enough)
        now = time.monotonic()
        _say(
            f"storm {storm.number} is over after {now - begun:.0f} s, {'all as declared' if is_well else 'FAILED'}: "
            f"{runner.tally.faults} faults in {(now - started) / 60:.1f} min so far"
        )
        if not is_well or options.storm or is_enough():
            break
    if declared is not None:
        runner.end(declared)


def never_hit(tally: Tally, options: argparse.Namespace) -> list[str]:
    """List the kinds of faults that should have hit, and never did: what is not tried proves nothing."""
    if options.storm:
        return []
    named = troubles.possible(options.kinds)
    if options.faults >= FULL_RUN:
        often = (name for name, count in tally.planned.items() if count >= OFTEN)
        return sorted(name for name in {*named, *often} if not tally.hits[name])
    planned = [name for name in named if tally.planned[name]]
    return [] if any(tally.hits[name] for name in planned) else planned


def conclude(tally: Tally, options: argparse.Namespace, seconds: float) -> int:
    """Print the figures, the one line of all last, and return the exit code."""
    if missing := never_hit(tally, options):
        tally.problems.append(f"never hit, so nothing is proved about it: {', '.join(missing)}")
    names = sorted({*tally.planned, *tally.hits})
    counted = ((name, str(tally.planned[name]), str(tally.hits[name])) for name in names)
    rows = [("FAULT", "PLANNED", "HIT"), *counted]
    width = max(len(name) for name, *_ in rows)
    for name, planned, count in rows:
        print(f"{name:<{width}}  {planned:>7}  {count:>4}")
    print(f"{len(tally.storms)} storms, {seconds / 60:.1f} min; {tally.missed.total()} signals found their moment gone")
    print(f"what every run printed: {options.log}")
    if not options.storm and tally.faults < options.faults:
        why = "it failed" if tally.problems else f"the {options.minutes:g} min were over"
        print(f"only {tally.faults} of {options.faults} faults hit before {why}")
    for problem in tally.problems:
        print(f"problem: {problem}")
    counts = " ".join(f"{name}={tally.counts[name]}" for name in ("lost", "twice", "left", "touched", "restarted"))
    print(f"chaos: faults={tally.faults} {counts}", flush=True)
    return 0 if tally.is_clean and tally.faults else 1


def _report(tally: Tally, options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    return {
        "seed": options.seed,
        "kinds": list(options.kinds),
        "seconds": round(seconds, 1),
        "faults": tally.faults,
        **{name: tally.counts[name] for name in ("lost", "twice", "left", "touched", "restarted")},
        "planned": dict(sorted(tally.planned.items())),
        "hits": dict(sorted(tally.hits.items())),
        "missed": dict(sorted(tally.missed.items())),
        "storms": tally.storms,
        "problems": tally.problems,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tools.chaos",
        description="Runs a stack of all kinds of replicas on the real engine, against a sandbox of its own, while "
        "calls fail and processes are killed. After each storm the stack must be as declared; at the end nothing may "
        "be left.",
        epilog="The last line is `chaos: faults=N lost=0 twice=0 left=0 touched=0 restarted=N`. The exit code is 0 if "
        "lost, twice, left and touched are 0 and every storm ended as declared, with all the requested faults or at "
        f"the end of the time; from {FULL_RUN} requested faults on, each kind of fault must have hit, too. A seed "
        "plans the same changes and faults again; when exactly they meet a run is up to the machine.",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which storms (default: 1)")
    parser.add_argument("--faults", type=int, default=200, metavar="N", help="end after so many hits (default: 200)")
    parser.add_argument("--minutes", type=float, default=20, metavar="N", help="end after so long (default: 20)")
    parser.add_argument(
        "--kinds",
        type=_kinds,
        default=tuple(KINDS),
        metavar="KIND,...",
        help=f"kinds of replicas: {','.join(NAMES)} (default: all)",
    )
    parser.add_argument("--storm", type=int, metavar="N", help="only this storm of the seed, on a fresh stack")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--log",
        type=Path,
        default=Path(tempfile.gettempdir()) / "replicas-chaos.log",
        metavar="FILE",
        help="what every run printed (default: %(default)s)",
    )
    return parser


def _kinds(text: str) -> tuple[str, ...]:
    unknown = [name for name in text.split(",") if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no kind {unknown[0]!r}, only {', '.join(NAMES)}")
    return tuple(kind for name, kind in NAMES.items() if name in text.split(","))


def _stop(_number: int, _frame: object) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the cleanup
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
