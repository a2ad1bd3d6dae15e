"""The engine's own errors, as a person sees them: one line that says what to do."""

from __future__ import annotations

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError

from tools.runner import engine_errors

LOCKED = """error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete \
the lock file with `pulumi cancel`.
  s3://states/.pulumi/locks/organization/replicas/prod/1.json: created by ci@runner-1 (pid 37) at 2026-11-26T12:00:00Z
"""
CONFLICT = """error: [409] Conflict: Another update is currently in progress.
To learn more about possible resolutions to this error: https://www.pulumi.com/docs/
"""
BROKEN = """error: The Pulumi CLI encountered a snapshot integrity error. This is a bug!

You can try to repair your snapshot as follows:

goroutine 1 [running]:
main.main()
"""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (LOCKED, ["locked by process 37 of ci on runner-1 since 2026-11-26T12:00:00Z", "`replicas unlock prod`"]),
        (CONFLICT, ["is being changed by another run", "`replicas unlock prod`"]),
        (BROKEN, ["snapshot integrity error. This is a bug. Next: run `pulumi state repair --stack prod`"]),
        ("error: incorrect passphrase\n", ["incorrect passphrase. Next: set PULUMI_CONFIG_PASSPHRASE"]),
        ("error: PULUMI_ACCESS_TOKEN must be set for login\n", ["Next: set PULUMI_ACCESS_TOKEN, or name"]),
        ("error: failed to load checkpoint: unexpected end of JSON input\n", ["`.bak` beside it"]),
        ("error: unexpected end of JSON input\n", ["run `replicas unlock prod`"]),
        (
            "error: validating stack config: Stack 'prod' with configuration key 'a:b' must be of type 'object'\n",
            ["must be of type 'object'. Next: correct stacks/Pulumi.prod.yaml"],
        ),
        ('error: version 3.1.0 does not satisfy the version range ">=4"\n', ["Next: install such a Pulumi"]),
        ("error: no resource plugin 'pulumi-resource-x' found\n", ["Next: run `pulumi plugin install`"]),
        ("error: dial tcp: lookup states: no such host\n", ["Next: check PULUMI_BACKEND_URL"]),
        ("error: what nobody has seen yet.\n", ["what nobody has seen yet. Next: correct that, then run"]),
    ],
)
def test_error_says_what_to_do(text: str, parts: list[str]) -> None:
    shown = str(engine_errors.explained(text.splitlines(), "prod"))

    assert [part for part in parts if part not in shown] == []
    assert (shown.count("\n"), shown.count(". Next: "), shown.count("..")) == (0, 1, 0)
    assert shown.endswith(".")


def test_error_of_a_command_is_found_behind_its_warnings() -> None:
    result = CommandResult("", "warning: no value for key\nset it\nerror: incorrect passphrase\n", 255)

    shown = str(engine_errors.of_command(CommandError(result), "prod"))

    assert shown.startswith("stack prod: incorrect passphrase. Next: ")


def test_command_that_printed_nothing() -> None:
    assert "the engine printed nothing" in str(engine_errors.of_command(CommandError(CommandResult("", "", 1)), "prod"))


def shown(*lines: str) -> list[str]:
    """What a person sees of the engine's standard error during an operation."""
    said: list[str] = []
    output = engine_errors.ErrorOutput(said.append, "prod")
    for line in lines:
        output.show(line)
    output.end()
    return said


@pytest.mark.parametrize(
    "lines",
    [
        [
            "warning: no value for key",
            "error: Traceback (most recent call last):",
            '  File "x.py", line 1',
            "KeyError: 1",
        ],
        ["error: copying DataCache edc-1: QuotaExceeded: no (request R). Next: have it raised.", "error: a second one"],
        ["error: dial tcp 127.0.0.1:9: connect: connection refused", "error: Code=Unauthorized"],
    ],
)
def test_errors_of_single_resources_are_shown_as_they_come(lines: list[str]) -> None:
    assert shown(*lines) == lines


def test_error_of_the_whole_run_is_one_line_and_hides_no_other() -> None:
    said = shown("warning: first", *LOCKED.splitlines(), "error: another", "goroutine 1 [running]:")

    assert [line.partition(" since")[0] for line in said] == [
        "warning: first",
        "error: stack prod is locked by process 37 of ci on runner-1",
        "error: another",
    ]
