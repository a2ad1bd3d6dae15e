"""What a command does before the engine's operation begins, with a script in place of the engine's command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.engine.found import Engine
from tools.runner import stack
from tools.runner.__main__ import main

CLI = """#!/bin/sh
echo "$@" >> {directory}/calls
case "$*" in
  *"stack export"*) {first} echo "{refusal}" >&2; exit 255 ;;
  *whoami*) echo '{{"url": "postgres://user:secret@db.example.com/states?sslkey=secret"}}' ;;
  *) exit 1 ;;
esac
"""


@dataclass
class Run:
    """How a command ended, what it reported last, and what it ran the engine for."""

    code: int
    reported: str
    calls: list[str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.test.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.yaml").write_text("name: replicas\nruntime: python\nstackConfigDir: stacks\n")
    cli = tmp_path / "pulumi"
    engine = Engine(cli, "3.256.0", "a script", tmp_path, language_host=False)
    monkeypatch.setattr(stack, "resolve_engine", lambda **_: engine)
    monkeypatch.setattr(os, "environ", {**os.environ, "PULUMI_BACKEND_URL": ""})
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def command(*words: str, refusal: str = "error: no stack named 'test' found", first: str = "") -> Run:
        cli.write_text(CLI.format(directory=tmp_path, refusal=refusal, first=first))
        cli.chmod(0o755)
        (tmp_path / "calls").write_text("")
        code = main(["--cwd", str(tmp_path), words[0], "test", *words[1:]])
        calls = (tmp_path / "calls").read_text().replace("--non-interactive ", "").splitlines()
        return Run(code, capsys.readouterr().err.splitlines()[-1], calls)

    return command


@pytest.mark.parametrize("words", [("preview",), ("report",), ("refresh",), ("destroy", "--yes"), ("repair",)])
def test_stack_that_the_backend_does_not_hold_is_never_created(run: Callable[..., Run], words: tuple[str, ...]) -> None:
    done = run(*words)

    assert done.code == 1
    assert done.reported == (
        "error: stack test is not in postgres://db.example.com/states. Next: set PULUMI_BACKEND_URL, or run `pulumi "
        "login`, for the backend that holds it; if it is new, run `replicas up test --create`."
    )
    assert done.calls == ["whoami --json", "stack export --stack test"]


def test_up_creates_a_stack_only_with_create(run: Callable[..., Run]) -> None:
    refused, asked = run("up", "--yes"), run("up", "--yes", "--create")

    assert (refused.code, refused.reported.startswith("error: stack test is not in ")) == (1, True)
    assert [call for call in refused.calls if "init" in call] == []
    assert [call for call in asked.calls if "init" in call] == ["stack init test"]


@pytest.mark.parametrize("words", [("up", "--create"), ("destroy",)])
def test_without_a_terminal_nothing_is_opened_that_needs_a_confirmation(
    run: Callable[..., Run], words: tuple[str, ...]
) -> None:
    done = run(*words)

    assert (done.code, done.calls) == (1, [])
    assert done.reported == f"error: there is no terminal to confirm `{words[0]}`. Next: run it with --yes."


@pytest.fixture
def default_signals() -> Iterator[None]:
    """A program that another test has run in this process may have left handlers of its own."""
    defaults: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("name", ["TERM", "HUP", "INT"])
def test_signal_ends_a_command_in_order(run: Callable[..., Run], name: str) -> None:
    done = run("preview", first=f"kill -{name} $PPID; sleep 1;")

    assert done.code == 130
    assert done.reported.startswith("error: stopped; nothing was changed since the last line. Next: ")


@pytest.mark.usefixtures("default_signals")
def test_end_of_the_terminal_is_ignored_under_nohup(run: Callable[..., Run]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    done = run("preview", first="kill -HUP $PPID; sleep 0.1;")

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert done.reported.startswith("error: stack test is not in ")
