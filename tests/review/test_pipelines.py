"""The pipelines under docs/pipelines/: their structure, and that their commands are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.review.pipelines import FILES, commands, github, gitlab, jobs
from tools.runner.__main__ import _parsed
from tools.runner.environments import stacks_of
from tools.runner.project import Project

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("job", ["review", "up", "drift"])
def test_each_command_of_a_job_exists(file: str, job: str) -> None:
    called = [found for text in commands(file, job) for found in re.findall(r"\.venv/bin/replicas ([^|;)\n#]*)", text)]
    targets = [found for text in commands(file, job) for found in re.findall(r"^make ([\w-]+)", text, re.MULTILINE)]
    makefile = (CHECKOUT / "Makefile").read_text()

    assert called
    for line in called:
        _parsed(shlex.split(line.replace("$STACK", "prod-cn-shanghai").replace("$ENVIRONMENT", "prod")))
    assert all(f"\n{target}:" in makefile for target in targets)


@pytest.mark.parametrize("file", FILES)
def test_pull_requests_are_reviewed_and_merges_are_approved(file: str) -> None:
    texts = {job: "\n".join(commands(file, job)) for job in ("review", "up", "drift")}

    assert "replicas review" in texts["review"]
    assert "replicas comment" in texts["review"]
    assert "exec .venv/bin/replicas up" in texts["up"]
    assert "replicas drift" in texts["drift"]
    assert "replicas up" not in texts["review"] + texts["drift"]
    assert jobs(file)["up"]["environment"] in ("prod", {"name": "prod"})


def test_github_runs_one_up_of_a_stack_at_a_time_and_gives_each_job_what_it_needs() -> None:
    made: dict[str, Any] = github()

    assert made["permissions"] == {}
    groups = {name: job["concurrency"] for name, job in made["jobs"].items() if "concurrency" in job}
    assert groups["up"] == groups["drift"] == {"group": "replicas-${{ matrix.stack }}", "cancel-in-progress": False}
    assert groups["review"]["cancel-in-progress"]
    assert [name for name, job in made["jobs"].items() if "pull-requests" in job["permissions"]] == ["review"]
    assert all(job["permissions"]["id-token"] == "write" for name, job in made["jobs"].items() if name != "stacks")
    assert set(made["on"]) == {"pull_request", "push", "schedule"}


def test_gitlab_runs_one_up_of_a_stack_at_a_time_and_takes_the_reports() -> None:
    made = gitlab()

    assert made["up"]["resource_group"] == made["drift"]["resource_group"] == "replicas-$STACK"
    assert (made["up"]["interruptible"], made["review"]["interruptible"]) == (False, True)
    assert {*made["review"]["artifacts"]["reports"]} == {"terraform", "codequality", "junit"}
    assert made[".stack"]["parallel"]["matrix"] == [{"STACK": stacks_of("prod", Project(CHECKOUT))}]


@pytest.mark.parametrize("file", FILES)
def test_no_pipeline_holds_a_key(file: str) -> None:
    text = (CHECKOUT / "docs" / "pipelines" / file).read_text()

    assert not re.search(r"ACCESS_KEY|SECRET_(ID|KEY)", text)
