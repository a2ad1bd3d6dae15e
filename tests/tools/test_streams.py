"""Whatever becomes of the standard streams, a command runs to its end and exits with its own code."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from pulumi.automation.errors import CommandError

from tools.engine.found import Engine
from tools.runner import streams
from tools.runner.command import EngineCommand

CHECKOUT = Path(__file__).resolve().parents[2]

COMMAND = """
import os, sys, time
from tools.runner import streams
with streams.lasting():
    for number in range(2000):
        print(f"row {number}: 模型权重 \\udce9", flush=number % 7 == 0)
        print(f"note {number}", file=sys.stderr)
    sys.stdin.isatty(), sys.stdout.isatty()
    sys.stdin.read()
with open("ended", "w") as file:
    file.write("\\n".join(os.readlink(f"/proc/self/fd/{number}") for number in range(3)))
raise SystemExit(7)
"""


REDIRECTED = ("| head -1", "2>&1 | head -1", "| true", "<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full 2>&1")


@pytest.mark.parametrize("redirected", REDIRECTED)
def test_command_ends_with_its_own_code(tmp_path: Path, redirected: str) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    own, pipe, reader = redirected.partition("|")

    ended = subprocess.run(  # noqa: S603 - above
        ["/bin/bash", "-c", f"({sys.executable} command.py {own}; echo $? > code) {pipe} {reader}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "ascii"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (tmp_path / "code").read_text() == "7\n", ended.stderr
    assert b"Traceback" not in ended.stderr
    assert b"Exception ignored" not in ended.stderr
    if redirected == "<&- >&- 2>&-":  # the next file that is opened is none of the streams
        assert (tmp_path / "ended").read_text().splitlines() == ["/dev/null"] * 3


def test_letters_that_the_encoding_lacks_are_written_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))

    with streams.lasting():
        print("up: 模型 é")

    assert written.getvalue() == b"up: \\u6a21\\u578b \\xe9\n"


def test_streams_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    before = sys.stdin, sys.stdout, sys.stderr

    with streams.lasting():
        assert not sys.stdin.isatty()

    assert (sys.stdin, sys.stdout, sys.stderr) == before


def engine(directory: Path, script: str) -> EngineCommand:
    cli = directory / "pulumi"
    cli.write_text(f"#!/bin/sh\n{script}\n")
    cli.chmod(0o755)
    return EngineCommand(Engine(cli, "3.256.0", "a script", directory, language_host=False))


def test_display_that_fails_does_not_stop_the_reading_of_the_engine(tmp_path: Path) -> None:
    """More than a pipe holds: an engine that is not read from would never end."""
    command = engine(tmp_path, "seq 1 50000; seq 1 50000 >&2; touch ended")

    def fail(_line: str) -> None:
        raise RuntimeError("no display")

    with pytest.raises(RuntimeError, match="no display"):
        command.run([], str(tmp_path), {}, on_output=fail, on_error=fail)

    assert (tmp_path / "ended").exists()


def test_output_that_is_no_text_is_read(tmp_path: Path) -> None:
    result = engine(tmp_path, r"printf 'a\377b\n'").run([], str(tmp_path), {})

    assert cast("str", result.stdout) == "a�b"


def test_engine_is_noted_until_it_ends_in_order(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    for script, left in (("ls notes; exit 3", 0), ("kill -KILL $$", 1), ("exit 2", 2)):
        command = engine(tmp_path, script)
        command.notes = notes
        with pytest.raises(CommandError):
            command.run([], str(tmp_path), {})
        assert len(list(notes.iterdir())) == left
