"""Keys of the stack config are used and stay encrypted, and a run leaves no process behind."""

from __future__ import annotations

from pathlib import Path

import psutil

from sandbox.accounts import ACCOUNT_ID
from tests.engine.harness import Cloud, Stack, replica

KEY, SECRET = "canaryAccessKeyId4711", "canaryAccessKeySecret0815"


def test_no_process_is_left(stack: Stack) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    assert stack.up().code == 0

    left = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == stack.directory:
                left.append(process.cmdline())
        except psutil.Error:
            continue
    assert left == []


def test_credentials_of_the_stack_config(stack: Stack, cloud: Cloud) -> None:
    """Used where the environment has none, in the program and in the provider; encrypted in the state."""
    keys = [{"access_key_id": KEY, "access_key_secret": SECRET}]
    cloud.server.control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "keys": keys}]})
    stack.config({"weights": replica("cn-hangzhou")}, sandbox=False)
    stack.plain("stack", "init", "test")
    for name, value in (("alicloud:accessKey", KEY), ("alicloud:secretKey", SECRET)):
        assert stack.plain("config", "set", "--secret", name, value).code == 0
    nothing = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}

    done = stack.up(**nothing)

    assert done.code == 0, done.text
    assert SECRET not in done.text
    files = [path for path in stack.directory.rglob("*") if path.is_file() and ".venv" not in path.parts]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
