"""Draws the picture of the live view in README: a run of an environment at one moment, as a terminal shows it.

The run is made of the messages that the processes of its stacks send, so the picture shows what the view makes of them;
no cloud and no engine is needed.
"""

import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from components.kinds import KINDS
from components.model.kind import Kind
from tools.runner.board import Board, Result
from tools.runner.progress import Message, Phase, Problem, Row, State
from tools.runner.view import frame

CHECKOUT = Path(__file__).resolve().parents[1]
PICTURE = CHECKOUT / "docs" / "live-view.svg"

WIDTH, HEIGHT = 112, 24
NOW = 184.0
"""Seconds since the run began."""

_FONTS = re.compile(r"@font-face \{\{.*?\}\}", re.DOTALL)


def main() -> int:
    """Write the picture."""
    PICTURE.write_text(svg(), encoding="utf-8")
    sys.stdout.write(f"recording: {PICTURE.relative_to(CHECKOUT)}\n")
    return 0


def svg() -> str:
    """Draw the run."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print("$ replicas up --env prod", style="dim")
    for line in frame(run(), NOW, WIDTH, HEIGHT):
        console.print(line)
    # A page does not load fonts for a picture.
    form = _FONTS.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono")
    return console.export_svg(title="replicas up --env prod", code_format=form, unique_id="replicas")


def run() -> Board:
    """Make the run at that moment."""
    board = Board.of("up prod", list(_RUN), 0.0)
    for name, messages in _RUN.items():
        part = board.parts[name]
        part.result, part.began = Result.RUNNING, 0.4
        for message in (Phase("up"), *messages):
            part.take(message)
    board.parts["prod-eu-central-1"].end(1, 9.0)
    board.parts["prod-us-west-1"].end(0, 171.0)
    return board


def _row(kind: Kind, number: int, region: str, state: State, *, began: float, percent: int | None = None) -> Row:
    entry = kind.sample.load().components[number]
    left = (NOW - began) * (100 - percent) / percent if state is State.COPYING and percent else None
    ended = began + 133 if state in {State.DONE, State.FAILED} else None
    status = _STATUS.get(state, "")
    urn = f"urn:pulumi:prod::replicas::{kind.type}::{entry}-{region}"
    name = f"{entry}-{region}"
    return Row(urn, kind.type, name, kind.thing, region, "create", state, began, ended, status, percent, left)


_STATUS = {State.DONE: "Available", State.COPYING: "Loading", State.FAILED: "FAILED"}
_FIRST, *_, _LAST = KINDS
_FAILED = _row(_LAST, 0, "ap-singapore", State.FAILED, began=21.0, percent=45)

_RUN: Mapping[str, tuple[Message, ...]] = {
    "prod-ap-southeast-1": (
        _row(_FIRST, 0, "ap-southeast-1", State.COPYING, began=20.0, percent=61),
        _row(_FIRST, 1, "ap-southeast-1", State.COPYING, began=22.0, percent=38),
        _FAILED,
        Problem(
            f"waiting for {_FAILED.name}: the copy ended FAILED (QuotaExceeded: no room for another one). Next: fix "
            "the cause, then run `up --refresh`, which copies it again.",
            urn=_FAILED.urn,
        ),
    ),
    "prod-cn-shanghai": (
        *(_row(kind, 0, "cn-shanghai", State.DONE, began=19.0, percent=100) for kind in KINDS[:1]),
        *(
            _row(kind, 0, "cn-shanghai", State.COPYING, began=20.0 + n, percent=84 - 7 * n)
            for n, kind in enumerate(KINDS[1:-1])
        ),
        _row(_LAST, 0, "ap-shanghai", State.RUNNING, began=24.0),
    ),
    "prod-eu-central-1": (
        Problem(
            "stack prod-eu-central-1 is locked by process 4711 of ci on runner-7 since 2026-11-26T10:02:11Z. Next: "
            "wait until that run has ended; if it is dead, run `replicas unlock prod-eu-central-1`, then the same "
            "again.",
            is_lock=True,
        ),
    ),
    "prod-us-west-1": tuple(
        _row(_FIRST, number, "us-west-1", State.DONE, began=18.0, percent=100) for number in (0, 1)
    ),
}


if __name__ == "__main__":
    raise SystemExit(main())
