"""What happens in several stacks as lines: one for each change."""

from __future__ import annotations

from dataclasses import replace

from tools.runner.lines import Lines
from tools.runner.progress import Problem, Row, State

RUNNING = Row("urn:w", "t", "weights-cn-shanghai", "DataCache", "cn-shanghai", "create", State.RUNNING, 0.0)
COPYING = replace(RUNNING, state=State.COPYING, status="Loading", percent=10, left=90.0)


class Said:
    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.take = Lines(self.lines.append, lambda: self.now).take


def test_copy_has_a_line_for_each_state_quarter_and_minute() -> None:
    said = Said()
    for now, row in (
        (0.0, RUNNING),
        (10.0, COPYING),
        (20.0, replace(COPYING, percent=24, left=60.0)),
        (30.0, replace(COPYING, percent=26, left=85.0)),
        (95.0, replace(COPYING, percent=27, left=None)),
        (100.0, replace(COPYING, state=State.DONE, percent=100, ended=100.0)),
    ):
        said.now = now
        said.take("prod", row)

    assert said.lines == [
        "prod: +  weights-cn-shanghai creating",
        "prod: weights-cn-shanghai copying: 10% (Loading), 10s so far, about 1m30s left",
        "prod: weights-cn-shanghai copying: 26% (Loading), 30s so far, about 1m25s left",
        "prod: weights-cn-shanghai copying: 27% (Loading), 1m35s so far",
        "prod: weights-cn-shanghai usable after 1m40s",
    ]


def test_other_changes() -> None:
    said = Said()
    planned = replace(RUNNING, operation="update", state=State.PLANNED, changed=["tags"])
    deleting = replace(RUNNING, operation="delete")
    for stack, row in (
        ("a", planned),
        ("b", deleting),
        ("b", replace(deleting, state=State.DONE, ended=2.0)),
        ("c", replace(RUNNING, operation="same")),
        ("c", replace(COPYING, operation="same", state=State.STOPPED, ended=3.0)),
    ):
        said.take(stack, row)

    assert said.lines == [
        "a: ~  weights-cn-shanghai update [tags]",
        "b: -  weights-cn-shanghai deleting",
        "b: weights-cn-shanghai deleted (2s)",
    ]


def test_problem_names_its_replica() -> None:
    said = Said()
    said.take("prod", RUNNING)
    said.take("prod", Problem("quota exceeded", urn="urn:w"))
    said.take("prod", Problem("loading weights-cn-shanghai: late", "warning", urn="urn:w"))
    said.take("prod", Problem("hello", "info"))

    assert said.lines[1:] == [
        "prod: error: weights-cn-shanghai: quota exceeded",
        "prod: warning: loading weights-cn-shanghai: late",
        "prod: hello",
    ]
