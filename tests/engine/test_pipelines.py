"""The commands of the documented pipelines, as they are written, against the sandbox and stand-ins of the hosts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.engine.harness import CHECKOUT, Cloud, Finished, Stack, replica
from tests.review.code_hosts import TOKEN, GitHubStandIn, GitLabStandIn, served
from tests.review.pipelines import github_job, gitlab_job

IDENTITY = "identity-token-of-the-job"


class Runner:
    """What runs the jobs of both hosts: this project's directory, and commands that reach no network."""

    def __init__(self, stack: Stack, directory: Path) -> None:
        self._stack, self._bin = stack, directory
        self.token = directory / "token"
        directory.mkdir()
        self._command("replicas", f"exec {sys.executable} -m tools.runner --cwd '{stack.directory}' \"$@\"")
        self._command("curl", f"echo '{json.dumps({'value': IDENTITY})}'")
        self._command("sleep", "exit 1")  # the renewal of the identity ends with the first pause

    def _command(self, name: str, text: str) -> None:
        (self._bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self._bin / name).chmod(0o755)

    def run(self, script: str, **variables: str) -> Finished:
        """Run the commands of a job as a host does: the first that fails ends it."""
        script = script.replace(".venv/bin/replicas", str(self._bin / "replicas")).replace("tools/bootstrap", "true")
        environment = {
            **self._stack.environment,
            "PATH": f"{self._bin}:{self._stack.environment['PATH']}",
            "PYTHONPATH": str(CHECKOUT),
            "STACK": self._stack.name,
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://identity.invalid/?x=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
            "IDENTITY_TOKEN": IDENTITY,
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(self.token),
            **variables,
        }
        ended = subprocess.run(  # noqa: S603 - the documented commands
            ["bash", "-eo", "pipefail", "-c", script],  # noqa: S607 - the system's
            cwd=self._stack.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Finished(ended.returncode, ended.stdout + ended.stderr)


def test_documented_commands_review_apply_and_look_for_drift(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    assert stack.up().code == 0
    runner = Runner(stack, tmp_path / "bin")
    on_github, on_gitlab = GitHubStandIn(), GitLabStandIn()

    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    with served(on_github), served(on_gitlab):
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "octo/replicas",
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_API_URL": on_github.url,
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        pull_request = runner.run(github_job("review"), **variables)
        assert pull_request.code == 0, pull_request.text
        assert runner.token.read_text() == IDENTITY
        assert runner.token.stat().st_mode & 0o077 == 0
        (comment,) = on_github.bodies
        assert "1 replica added" in comment
        assert "1 replica added" in (tmp_path / "summary.md").read_text()

        variables = {
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": TOKEN,
            "CI_API_V4_URL": f"{on_gitlab.url}/api/v4",
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
        }
        merge_request = runner.run(gitlab_job("review"), **variables)
        assert merge_request.code == 0, merge_request.text
        assert "1 replica added" in on_gitlab.bodies[0]
        assert json.loads((stack.directory / "review" / "gitlab-terraform.json").read_text())["create"] == 1

    assert len(cloud.replicas()) == 1
    up = runner.run(github_job("up"))
    assert up.code == 0, up.text
    assert len(cloud.replicas()) == 2
    drift = runner.run(gitlab_job("drift"))
    assert drift.code == 0, drift.text


def test_both_hosts_apply_and_look_for_drift_with_the_same_commands() -> None:
    for job in ("up", "drift"):
        (command,) = [line for line in gitlab_job(job).splitlines() if "replicas" in line]
        assert command in github_job(job)
