"""What happens in a run as values: from the engine's events and the program's looks, over a file, to a board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import EngineEvent

from components.kinds import OF_NAME
from components.replica.looks import Look
from components.replica.stack_identity import IDENTITY_TYPE
from tools.runner import progress
from tools.runner.board import Board, Part, Result
from tools.runner.display import Display
from tools.runner.progress import Counts, Listed, Message, Phase, Problem, Progress, Row, State
from tools.runner.tail import Tail

COPY = OF_NAME["data_cache"].type
URN = f"urn:pulumi:prod::replicas::replicas:index:DataCacheReplica${COPY}::weights-cn-shanghai"


def step(kind: str, operation: str, type_: str = COPY, urn: str = URN, **more: Any) -> EngineEvent:
    """An event as the engine writes it: `pre`, `outputs` or `failed`."""
    known = {"type": type_, "urn": urn, "custom": True, "inputs": {"region": "cn-shanghai"}}
    name = {"pre": "resourcePreEvent", "outputs": "resOutputsEvent", "failed": "resOpFailedEvent"}[kind]
    metadata = {"op": operation, "urn": urn, "type": type_, "new": {**known, **more.pop("new", {})}, **more}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, name: {"metadata": metadata}})


def said(message: str, severity: str = "error", urn: str = "", **more: Any) -> EngineEvent:
    event = {"message": message, "severity": severity, "color": "raw", "urn": urn, **more}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": event})


class Run:
    """A stack whose board follows what is recorded."""

    def __init__(self, operation: str = "up") -> None:
        self.part = Part("prod", Result.RUNNING)
        self.now = 100.0
        self.reported: list[Message] = []
        self.progress = Progress(self.tell, lambda: self.now)
        self.progress.begin(operation, is_preview=operation == "preview")

    def tell(self, message: Message) -> None:
        # As it comes from another process.
        read = progress.of_line(progress.to_line(message))
        assert read is not None
        self.reported.append(read)
        self.part.take(read)

    def record(self, *events: EngineEvent) -> Run:
        for event in events:
            self.progress.record(event)
        return self

    @property
    def row(self) -> Row:
        (row,) = self.part.rows.values()
        return row


def test_copy_runs_until_it_is_seen_usable() -> None:
    run = Run().record(step("pre", "create"))
    assert (run.row.state, run.row.kind, run.row.region) == (State.RUNNING, "DataCache", "cn-shanghai")

    run.record(step("outputs", "create"))
    assert run.row.state is State.COPYING
    run.now = 130.0
    run.progress.look(Look(COPY, "weights-cn-shanghai", "Loading", 40, 45.0))
    assert (run.row.status, run.row.percent, run.row.left) == ("Loading", 40, 45.0)
    run.progress.look(Look(COPY, "weights-cn-shanghai", "Available", 100, is_usable=True))

    assert (run.row.state, run.row.began, run.row.ended, run.row.left) == (State.DONE, 100.0, 130.0, None)
    assert run.part.states == {State.DONE: 1}


def test_copy_that_fails_is_an_error_of_its_row() -> None:
    run = Run().record(step("pre", "create"), step("outputs", "create"))

    run.record(said("<{%reset%}>waiting: ended Failed<{%reset%}>", urn=URN))
    run.progress.look(Look(COPY, "weights-cn-shanghai", "Failed"))

    assert run.row.state is State.FAILED
    assert [problem.text for problem in run.part.errors] == ["waiting: ended Failed"]


def test_operation_that_fails_is_a_failed_row() -> None:
    run = Run().record(step("pre", "create"), step("failed", "create"))

    assert run.row.state is State.FAILED


def test_unchanged_and_bookkeeping_rows_are_only_counted() -> None:
    stack = "urn:pulumi:prod::replicas::pulumi:pulumi:Stack::replicas-prod"
    component = "urn:pulumi:prod::replicas::replicas:index:DataCacheReplica::weights"
    run = Run().record(
        step("pre", "same"),
        step("outputs", "same"),
        step("pre", "create", "pulumi:pulumi:Stack", stack),
        step("pre", "create", IDENTITY_TYPE, stack.replace("Stack", "Identity")),
        step("pre", "create", "replicas:index:DataCacheReplica", component, new={"custom": False}),
    )

    assert run.part.shown == []
    assert run.part.read == (1, 1)


def test_unchanged_copy_that_is_waited_for_is_shown() -> None:
    run = Run().record(step("pre", "same"), step("outputs", "same"))
    run.progress.look(Look(COPY, "weights-cn-shanghai", "Loading", 10))

    assert [row.state for row in run.part.shown] == [State.COPYING]


def test_replacement_is_one_row() -> None:
    run = Run().record(
        step("pre", "create-replacement", diffs=["path"]),
        step("outputs", "create-replacement"),
        step("pre", "replace"),
        step("outputs", "replace"),
        step("pre", "delete-replaced"),
    )

    assert (run.row.operation, run.row.changed) == ("create-replacement", ["path"])


def test_what_has_not_ended_when_a_run_stops_was_stopped() -> None:
    run = Run().record(step("pre", "create"), step("outputs", "create"))

    run.progress.end(is_well=False)

    assert run.row.state is State.STOPPED
    assert run.part.operation == ""


def test_preview_plans() -> None:
    run = Run("preview").record(step("pre", "update"), step("outputs", "update", diffs=["tags"]))

    assert (run.row.state, run.row.changed) == (State.PLANNED, ["tags"])
    assert run.part.is_preview


def test_problem_that_comes_twice_is_shown_once() -> None:
    run = Run().record(
        said("1 of 2 replicas are not usable"),
        said("an unhandled error occurred: 1 of 2 replicas are not usable"),
        said("debugging", "debug"),
        said("50%", "info", ephemeral=True),
        said("deprecated", "warning"),
        said("printed", "info#err"),
    )

    found = [(problem.severity, problem.text) for problem in run.part.problems]
    assert found == [
        ("error", "1 of 2 replicas are not usable"),
        ("warning", "deprecated"),
        ("info", "printed"),
    ]


def test_noise_is_what_the_display_hides() -> None:
    run = Run()
    run.progress.is_noise = Display("/a/bin").is_empty

    run.record(said("using pulumi-resource-x from $PATH at /a/bin/x/pulumi-resource-x", "warning"))
    run.record(said("using pulumi-resource-x from $PATH at /usr/bin/pulumi-resource-x", "warning"))

    assert [problem.text.rpartition(" ")[2] for problem in run.part.problems] == ["/usr/bin/pulumi-resource-x"]


def test_policy_that_is_broken_is_a_problem() -> None:
    event = {"message": "no", "color": "raw", "policyName": "residency", "policyPackName": "replicas"}
    kinds = [{**event, "enforcementLevel": level} for level in ("mandatory", "advisory")]
    run = Run().record(*(EngineEvent.from_json({"sequence": 1, "timestamp": 1, "policyEvent": each}) for each in kinds))

    # The same text twice is one problem.
    assert [(each.severity, each.text) for each in run.part.problems] == [("error", "replicas: residency: no")]


def test_summary_is_counted() -> None:
    event = {"summaryEvent": {"resourceChanges": {"create": 2, "same": 1}, "durationSeconds": 3}}
    run = Run().record(EngineEvent.from_json({"sequence": 1, "timestamp": 1, **event}))

    assert run.part.changes == {"create": 2, "same": 1}


def test_nothing_in_a_text_moves_the_cursor() -> None:
    assert progress.plain("<{%fg 1%}>a\x1b[2Jb\x07\tc\r\nd\x9b模") == "ab     c\nd 模"


@pytest.mark.parametrize("line", ["", "{", "[]", "3", '{"Row": {}}', '{"Other": {}}', '{"Row": 3, "Phase": 4}'])
def test_line_of_another_form_is_skipped(line: str) -> None:
    assert progress.of_line(line) is None


@pytest.mark.parametrize(
    "message",
    [Problem("模型", is_lock=True), Counts({"create": 1}), Phase("up", is_preview=True), Listed([["a", "b"]])],
)
def test_messages_survive_a_file(message: Message) -> None:
    assert progress.of_line(progress.to_line(message)) == message


def test_tail_returns_each_whole_line_once(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "lines")
    assert tail.lines() == []

    (tmp_path / "lines").write_bytes("one\n模".encode()[:-1])
    assert tail.lines() == ["one"]
    with (tmp_path / "lines").open("ab") as file:
        file.write("模".encode()[-1:] + b"\n\xff\nrest")

    assert tail.lines() == ["模", "\ufffd"]
    assert tail.lines() == []


@pytest.mark.parametrize(
    ("code", "problems", "was_stopped", "expected"),
    [
        (0, [], True, Result.DONE),
        (255, [Problem("no")], False, Result.FAILED),
        (1, [Problem("held", is_lock=True)], False, Result.LOCKED),
        (130, [], True, Result.STOPPED),
    ],
)
def test_how_a_stack_ended(code: int, problems: list[Problem], was_stopped: bool, expected: Result) -> None:
    part = Board.of("up", ["a"], 0).parts["a"]
    for problem in problems:
        part.take(problem)

    part.end(code, 1.0, was_stopped=was_stopped)

    assert part.result is expected
