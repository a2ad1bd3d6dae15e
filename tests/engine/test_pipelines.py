"""The commands of docs/pipelines/ on the real engine: up after a merge, the review with its comment, drift."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

from tests.engine.harness import CHECKOUT, Finished, Stack, snapshot
from tests.review.code_hosts import TOKEN, GitLabStandIn, served
from tests.review.pipelines import commands


def run(stack: Stack, script: str, **environment: str) -> Finished:
    """Run a script of a job in the checkout of a test, where what sets up the machine does nothing."""
    replicas = stack.directory.parent / "replicas"
    python = shlex.quote(sys.executable)
    line = f'exec {python} -m tools.runner -C {shlex.quote(str(stack.directory))} "$@"'
    replicas.write_text(f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(str(CHECKOUT))}\n{line}\n")
    replicas.chmod(0o755)
    finished = subprocess.run(  # noqa: S603 - our own commands
        ["/bin/bash", "-e", "-c", "make() { :; }\n" + script.replace(".venv/bin/replicas", shlex.quote(str(replicas)))],
        cwd=stack.directory,
        env={**stack.environment, "STACK": "test", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return Finished(finished.returncode, finished.stdout + finished.stderr)


def test_pipelines_do_what_they_say(stack: Stack) -> None:
    stack.config(snapshots={"disk": snapshot("ap-shanghai")})
    stack.plain("stack", "init", "test")
    up = run(stack, commands("github.yml", "up")[-1])
    assert up.code == 0, up.text

    stack.config(snapshots={"disk": snapshot("ap-shanghai", "ap-tokyo")})
    host = GitLabStandIn()
    with served(host):
        pipeline = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{host.url}/api/v4",
            "GITLAB_TOKEN": TOKEN,
            "CI_PROJECT_ID": "group/replicas",
            "CI_MERGE_REQUEST_IID": "7",
            "ALIBABA_OIDC_TOKEN": "t0ken",
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(stack.directory.parent / "token"),
            "NO_PROXY": os.environ.get("NO_PROXY", "127.0.0.1"),
        }
        review = run(stack, commands("gitlab.yml", "review")[0], **pipeline)

    assert review.code == 0, review.text
    (comment,) = host.remarks
    assert "1 replica added" in comment.body
    counts = json.loads((stack.directory / "review" / "gitlab-terraform.json").read_text())
    assert counts == {"create": 1, "update": 0, "delete": 0}

    drift = run(stack, commands("github.yml", "drift")[-1])
    assert (drift.code, "no drift; 1 replica as recorded" in drift.text) == (0, True), drift.text
