"""Credentials are found nowhere, whatever happens to a run: canaries of the environment and of the stack config."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

from sandbox.core.accounts import ACCOUNT_ID
from tests.engine.harness import CHECKOUT, Cloud, Finished, Stack, wait_for
from tests.engine.kills import processes
from tests.states import golden

ENVIRONMENT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "canaryEnvironmentAlibabaId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canaryEnvironmentAlibabaSecret",
    "TENCENTCLOUD_SECRET_ID": "canaryEnvironmentTencentId",
    "TENCENTCLOUD_SECRET_KEY": "canaryEnvironmentTencentKey",
}
CONFIG = {
    "alicloud:accessKey": "canaryConfigAlibabaId",
    "alicloud:secretKey": "canaryConfigAlibabaSecret",
    "tencentcloud:secretId": "canaryConfigTencentId",
    "tencentcloud:secretKey": "canaryConfigTencentKey",
}

EXPLODING = """
from components.lifecycle.copy_lifecycle import CopyLifecycle

def explode(*_):
    raise RuntimeError("nobody expected this")

CopyLifecycle.update = explode
"""


def test_canaries_are_nowhere(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    """A run whose provider is killed, one that repairs, one that meets an unexpected exception, an export, a report."""
    keys = [pair for given in (ENVIRONMENT, CONFIG) for pair in pairs(given)]
    cloud.server.control.post("seed", {**golden.SOURCES, "accounts": [{"id": ACCOUNT_ID, "keys": keys}]})
    golden.prepare(stack)
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"  # how long repair looks for what was never started
    declared = golden.declared()
    stack.config(declared.pop("dataCaches"), loopbackOnly=False, **declared)
    stack.plain("stack", "init", "test")
    for name, secret in CONFIG.items():
        assert stack.plain("config", "set", "--secret", name, secret).code == 0
    with_environment = dict(ENVIRONMENT)
    with_config = dict.fromkeys(ENVIRONMENT, "")

    killed = killed_in_create(stack, cloud, with_environment)
    journals = [path.read_text() for path in (stack.directory / ".replicas").glob("*.json")]
    made = stack.up(**with_environment)
    (tmp_path / "exploding").mkdir()
    (tmp_path / "exploding" / "sitecustomize.py").write_text(EXPLODING)
    revise(stack)
    # Without refresh: a refresh takes the native providers' keys from the state, where there are none yet.
    exploded = stack.up("--diff", "--no-refresh", **with_config, PYTHONPATH=f"{tmp_path / 'exploding'}:{CHECKOUT}")
    exported = stack.plain("stack", "export")

    assert killed.code != 0
    assert journals, "a creation whose provider is killed is noted"
    assert made.code == exported.code == 0, made.text
    assert "nobody expected this" in exploded.text, exploded.text
    assert "__provider" in exported.text
    runs = [killed, made, exploded, exported, stack.run("report", **with_config)]
    calls = Finished(0, json.dumps([cloud.server.control.get(what) for what in ("calls", "inventory")]))
    texts = {f"run {number}": run.text for number, run in enumerate([*runs, calls])}
    texts |= {f"journal {number}": text for number, text in enumerate(journals)}
    texts |= {str(path): path.read_bytes().decode(errors="replace") for path in files(tmp_path)}
    assert any(".pulumi-state" in place for place in texts), "the state is among what is looked through"
    assert {
        (place, canary)
        for place, text in texts.items()
        for canary in (*ENVIRONMENT.values(), *CONFIG.values())
        if canary in text
    } == set()


def pairs(given: dict[str, str]) -> Iterator[dict[str, str]]:
    """Ids and secrets as the sandbox knows them."""
    values = list(given.values())
    for id_, secret in zip(values[::2], values[1::2], strict=True):
        yield {"access_key_id": id_, "access_key_secret": secret}


def killed_in_create(stack: Stack, cloud: Cloud, environment: dict[str, str]) -> Finished:
    cloud.fault("delay", when="after", seconds=2, count=2)
    run = stack.start("up", "--yes", **environment)
    victim = processes(run, stack, "provider")[0]
    wait_for(lambda: cloud.calls("CopyDataCache"))
    victim.send_signal(signal.SIGKILL)
    text, _ = run.communicate(timeout=120)
    return Finished(run.returncode, text)


def revise(stack: Stack) -> None:
    path = stack.directory / "stacks" / "Pulumi.test.yaml"
    path.write_text(path.read_text().replace("team: golden", "team: changed"))


def files(directory: Path) -> Iterator[Path]:
    """Everything that the runs have left in their directories."""
    for path in directory.rglob("*"):
        if path.is_file() and not {".venv", "components"} & set(path.relative_to(directory).parts):
            yield path
