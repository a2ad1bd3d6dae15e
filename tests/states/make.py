"""Makes the golden state of this version: `python -m tests.states.make`. Run it once, before the version is published.

It brings the golden stack up with today's code against a sandbox of its own, and keeps the state's export, the stack
config and what the clouds hold in tests/states/<version>.json. It refuses to overwrite one.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml

from sandbox.core.server import SandboxServer
from tests.engine.conftest import opened
from tests.engine.harness import CHECKOUT, Cloud, Stack
from tests.states import golden


def main() -> int:
    """Make it, and return the exit code."""
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    if version in golden.versions():
        print(f"error: tests/states/{version}.json is there already. Next: raise the version in pyproject.toml.")
        return 1
    with SandboxServer() as server, tempfile.TemporaryDirectory() as directory:
        cloud = Cloud(server)
        cloud.settings(copy_seconds=0)
        server.control.post("seed", golden.SOURCES)
        with opened(cloud, Path(directory)) as stack:
            made(stack, cloud).write(version)
    print(f"made tests/states/{version}.json")
    return 0


def made(stack: Stack, cloud: Cloud) -> golden.Golden:
    """Bring the golden stack up, and take what belongs to its state."""
    golden.prepare(stack)
    declared = golden.declared()
    stack.config(declared.pop("dataCaches"), loopbackOnly=False, **declared)
    stack.plain("stack", "init", "test")
    for name, secret in golden.SECRETS.items():
        stack.plain("config", "set", "--secret", name, secret)
    done = stack.up()
    if done.code != 0:
        raise SystemExit(done.text)
    config = yaml.safe_load((stack.directory / "stacks" / "Pulumi.test.yaml").read_text())
    state = json.loads(stack.plain("stack", "export").text)
    for row in state["deployment"]["resources"]:
        for key in ("sourcePosition", "stackTrace"):  # places on this machine, which nobody else has
            row.pop(key, None)
    return golden.Golden(state, config["encryptionsalt"], config["config"], golden.listed(cloud), cloud.server.endpoint)


if __name__ == "__main__":
    sys.exit(main())
