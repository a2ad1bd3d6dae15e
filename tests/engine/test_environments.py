"""Two stacks of one environment on the real engine: side by side, one of them in trouble, and interrupted."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

from components.kinds import OF_TYPE
from tests.engine.forked import ForkedRun
from tests.engine.harness import CHECKOUT, Cloud, Finished, Stack, replica, wait_for

NAMES = ("good", "bad", "a", "b")


def declare(stack: Stack, name: str, *regions: str) -> None:
    config = {"replicas:loopbackOnly": "true", "replicas:dataCaches": {name: replica(*regions)}}
    path = stack.directory / "stacks" / f"Pulumi.prod-{name}.yaml"
    path.write_text(yaml.safe_dump({"config": config}))


def start(stack: Stack, command: str, *arguments: str) -> ForkedRun:
    line = ["--cwd", str(stack.directory), command, "--env", "prod", *arguments]
    run = ForkedRun(line, stack.environment, cwd=CHECKOUT)
    stack.started.append(run)
    return run


def finished(run: ForkedRun) -> Finished:
    text, _ = run.communicate(timeout=240)
    return Finished(run.returncode, text)


def table(run: Finished) -> dict[str, list[str]]:
    """The summary: stack -> the words of its line."""
    lines = run.text.partition("STACK ")[2].splitlines()
    rows = [words for line in lines if (words := line.split()) and words[0] in {f"prod-{name}" for name in NAMES}]
    return {name: words for name, *words in rows}


def test_copy_that_fails_in_one_stack_stops_no_other(stack: Stack, cloud: Cloud) -> None:
    declare(stack, "good", "cn-hangzhou", "cn-shenzhen")
    declare(stack, "bad", "cn-shanghai")
    cloud.fault("copy_fails", reason="The snapshot is damaged.", params={"DestinationRegionId": "cn-shanghai"})

    run = finished(start(stack, "up", "--yes", "--create"))

    results = table(run)
    assert run.code not in {0, 130}, run.text
    assert results["prod-good"][0] == "done"
    assert "2 usable" in " ".join(results["prod-good"])
    assert results["prod-bad"][0] == "failed"
    assert "1 failed" in " ".join(results["prod-bad"])
    assert any("prod-bad: error:" in line and "damaged" in line for line in run.text.splitlines())
    logs = Path(run.line("logs: ").partition("logs: ")[2])
    assert "Traceback" not in (logs / "prod-bad.log").read_text()
    assert sorted(path.name for path in logs.iterdir()) == ["prod-bad.log", "prod-good.log"]


def test_signal_ends_all_stacks_in_order(stack: Stack, cloud: Cloud) -> None:
    """Each can continue: its copy is in its state, and neither a lock nor a process is left."""
    declare(stack, "a", "cn-hangzhou")
    declare(stack, "b", "cn-shanghai")
    cloud.settings(copy_seconds=600)
    run = start(stack, "up", "--yes", "--create")
    wait_for(lambda: len(cloud.replicas()) == 2 or None)

    run.send_signal(signal.SIGINT)
    stopped = finished(run)

    assert stopped.code == 130, stopped.text
    assert {words[0] for words in table(stopped).values()} == {"stopped"}
    assert {id_ for name in ("a", "b") for id_ in recorded(stack, name)} == {copy["id"] for copy in cloud.replicas()}
    backend = stack.directory / ".pulumi-state" / ".pulumi"
    assert [path for path in backend.glob("locks/**/*") if path.is_file()] == []
    assert running_in(stack.directory) == []


def recorded(stack: Stack, name: str) -> list[str]:
    """The ids of the copies that a stack's state records."""
    path = stack.directory / ".pulumi-state" / ".pulumi" / "stacks" / "replicas" / f"prod-{name}.json"
    resources = json.loads(path.read_text())["checkpoint"]["latest"]["resources"]
    return [row["id"] for row in resources if row["type"] in OF_TYPE]


def running_in(directory: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()) == directory or str(directory) in process.cmdline():
                found.append(process)
    return found
