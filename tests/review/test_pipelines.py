"""The documented pipelines have the shape that the hosts ask for; `tests/engine/test_pipelines.py` runs them."""

import re
import shlex
from typing import Any

import pytest

from tests.review.pipelines import PIPELINES, github, gitlab, replicas_commands
from tests.review.scenarios import SCENARIOS
from tools.review.command import renderings
from tools.runner.__main__ import _parser

JOBS = ("review", "up", "drift")


def test_every_command_is_one_of_the_runner() -> None:
    commands = list(replicas_commands())

    assert len(commands) == 8
    for command in commands:
        _parser().parse_args(shlex.split(command.replace("$STACK", "prod")))


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_no_access_key_is_needed(name: str) -> None:
    text = (PIPELINES / name).read_text()

    assert not re.search(r"ACCESS_KEY|SECRET_ID|SECRET_KEY|SecretKey", text)
    assert "OIDC_TOKEN_FILE" in text
    assert "TKE_WEB_IDENTITY_TOKEN_FILE" in text


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_files_that_a_pipeline_takes_are_written(name: str) -> None:
    taken = re.findall(r"review/([\w.-]+\.(?:json|sarif|xml))", (PIPELINES / name).read_text())

    assert taken
    assert set(taken) <= renderings(SCENARIOS["adopt"]()).keys()


def test_github_reviews_pull_requests_and_looks_for_drift_on_a_schedule() -> None:
    pipeline = github()

    assert pipeline["on"].keys() == {"pull_request", "push", "schedule", "workflow_dispatch"}
    assert pipeline["on"]["push"] == {"branches": ["main"]}
    assert tuple(pipeline["jobs"]) == JOBS
    assert "pull_request" in pipeline["jobs"]["review"]["if"]
    assert "head.repo.full_name == github.repository" in pipeline["jobs"]["review"]["if"]
    assert pipeline["jobs"]["drift"]["if"] == "github.event_name == 'schedule'"


def test_github_gives_each_job_what_it_needs_and_no_more() -> None:
    pipeline = github()
    needed = {"contents": "read", "id-token": "write"}

    assert pipeline["permissions"] == {"contents": "read"}
    assert pipeline["jobs"]["up"]["permissions"] == needed
    assert pipeline["jobs"]["drift"]["permissions"] == needed
    assert pipeline["jobs"]["review"]["permissions"] == {
        **needed,
        "pull-requests": "write",
        "security-events": "write",
    }


def test_github_approves_up_and_never_cancels_it() -> None:
    jobs = github()["jobs"]

    assert jobs["up"]["environment"] == "production"
    assert jobs["up"]["concurrency"] == {"group": "up-${{ matrix.stack }}", "cancel-in-progress": False}
    assert jobs["drift"]["concurrency"] == jobs["up"]["concurrency"]
    assert jobs["review"]["concurrency"]["cancel-in-progress"] is True
    (run,) = [step["run"] for step in jobs["up"]["steps"] if step.get("name") == "Up"]
    assert run.startswith("exec ")


def test_github_step_is_either_a_command_or_an_action_of_a_fixed_version() -> None:
    steps: list[dict[str, Any]] = [step for job in github()["jobs"].values() for step in job["steps"]]

    for step in steps:
        assert ("run" in step) != ("uses" in step)
        assert "uses" not in step or re.fullmatch(r"(actions|github)/[\w/-]+@v\d+", step["uses"])
        assert "${{" not in step.get("run", "")  # a name in there could be a command


def test_github_comments_also_where_a_mandatory_finding_failed_the_review() -> None:
    (comment,) = [step for step in github()["jobs"]["review"]["steps"] if step.get("name") == "Comment"]

    assert "!cancelled()" in comment["if"]
    assert comment["env"] == {"GITHUB_TOKEN": "${{ github.token }}"}


def test_gitlab_runs_each_job_where_it_belongs() -> None:
    pipeline = gitlab()

    assert pipeline["stages"] == list(JOBS)
    assert [pipeline[job]["stage"] for job in JOBS] == list(JOBS)
    assert pipeline["review"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
    assert pipeline["drift"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert [pipeline[job]["extends"] for job in JOBS] == [".stack"] * 3


def test_gitlab_approves_up_and_never_cancels_it() -> None:
    up, review = gitlab()["up"], gitlab()["review"]

    assert up["rules"][0]["when"] == "manual"
    assert up["environment"] == {"name": "production/$STACK"}
    assert (up["resource_group"], up["interruptible"], review["interruptible"]) == ("$STACK", False, True)
    assert gitlab()["drift"]["resource_group"] == "$STACK"


def test_both_pipelines_run_the_same_stacks() -> None:
    matrix = gitlab()[".stack"]["parallel"]["matrix"][0]["STACK"]

    assert [job["strategy"]["matrix"]["stack"] for job in github()["jobs"].values()] == [matrix] * 3
    assert all((PIPELINES.parents[1] / "stacks" / f"Pulumi.{name}.yaml").is_file() for name in matrix)
