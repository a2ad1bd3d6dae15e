"""The project on disk, and the environment a run of one of its stacks needs.

A sandbox stack gets the sandbox's published credentials, whatever the caller's environment says, and its endpoint where
the caller names none; any other stack runs with the caller's environment as it is.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from components.clouds import endpoints
from components.clouds.errors import ReplicaError
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.claim import port_of, state_directory

PASSPHRASE = "sandbox"  # noqa: S105 - protects nothing: a sandbox stack holds no secrets


SERVICES = ("eci", "ecs", "cbs")
"""Services whose endpoints a run on the sandbox needs."""


LOOPBACK = "127.0.0.1,localhost,::1"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen by what is installed
    """Reads dates as the texts that they are; in Python, config of a thousand replicas takes a quarter of a second."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class UnusableStack(ReplicaError):
    """The stack's config file, or the environment for it, cannot be used."""


@dataclass(frozen=True)
class Project:
    """This project, in the directory that holds Pulumi.yaml."""

    directory: Path

    @property
    def name(self) -> str:
        """The project's name, from Pulumi.yaml."""
        return str(yaml.safe_load((self.directory / "Pulumi.yaml").read_text())["name"])

    @property
    def stacks_directory(self) -> Path:
        """Where stack config files are."""
        return self.directory / "stacks"

    def stack_config(self, stack: str) -> Mapping[str, Any]:
        """Read the config of a stack, secrets still encrypted.

        Raises:
            UnusableStack: There is no such file, or it is not YAML of the expected shape.
        """
        return dict(self._stack_file(stack).get("config") or {})

    def uses_environments(self, stack: str) -> bool:
        """Tell whether the stack imports Pulumi ESC environments, which may add to its config."""
        return bool(self._stack_file(stack).get("environment"))

    def _stack_file(self, stack: str) -> dict[str, Any]:
        path = self.stacks_directory / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(found.name[7:-5] for found in self.stacks_directory.glob("Pulumi.*.yaml")))
            raise UnusableStack(
                f"there is no stack {stack!r}: {path.relative_to(self.directory)} does not exist",
                f"name one of: {known}; or write that file",
            )
        try:
            file = dict(yaml.load(path.read_text(), Loader=_Loader) or {})  # noqa: S506 - a safe one
            dict(file.get("config") or {})
        except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
            raise UnusableStack(f"stacks/{path.name} is not a stack config: {error}", "correct the file") from None
        return file

    def is_sandbox(self, stack: str) -> bool:
        """Tell whether the stack belongs to the local sandbox."""
        return endpoints.is_loopback_only(self.stack_config(stack))

    def environment(self, stack: str, base: Mapping[str, str]) -> dict[str, str]:
        """Return the variables to set for a run of the stack, on top of `base`."""
        added = {
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PYTHON_CMD": sys.executable,  # the provider process runs in this virtual environment
        }
        if self.is_sandbox(stack):
            added |= sandbox_environment(self.directory, base)
        return added


def sandbox_environment(directory: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return what the engine, the program and the providers need to use the sandbox and its own state backend."""
    state = directory / ".pulumi-state"
    state.mkdir(exist_ok=True)
    url = f"http://127.0.0.1:{_sandbox_port(base)}"
    return {
        **{name: base.get(name) or url for name in map(endpoints.variable, SERVICES)},
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": "",
        # The older names, which the real alicloud plugin reads, too.
        "ALICLOUD_ACCESS_KEY": ACCESS_KEY_ID,
        "ALICLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
        "ALICLOUD_SECURITY_TOKEN": "",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "TENCENTCLOUD_SECRET_ID": ACCESS_KEY_ID,
        "TENCENTCLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
        "TENCENTCLOUD_SECURITY_TOKEN": "",
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",  # a stand-in must be found before anything is downloaded
        # The SDK sends even loopback calls through a proxy.
        "HTTP_PROXY": "",
        "http_proxy": "",
    }


def sandbox_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what catches the real alicloud plugin, on top of the sandbox's environment.

    It sends CopyImage to the host of the source region, whatever the provider's `endpoints` say. Upper case only: gRPC
    would send the engine's own calls through `http_proxy`. The Alibaba SDKs send all their calls through it, too.
    """
    endpoint = environment[endpoints.variable("ecs")]
    url = endpoint if "://" in endpoint else f"http://{endpoint}"
    return {"HTTP_PROXY": url, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}


def _sandbox_port(base: Mapping[str, str]) -> int:
    try:
        return port_of(state_directory(base), base)
    except ValueError as error:
        raise UnusableStack(f"SANDBOX_PORT: {error}", "set it to a number, or leave it unset") from None


def as_exports(variables: Mapping[str, str]) -> str:
    """Write variables for `eval` in a shell."""
    return "\n".join(f"export {key}={shlex.quote(value)}" for key, value in sorted(variables.items()))


def put_first_on_path(directories: list[Path]) -> None:
    """Let this process and its children find these programs first."""
    os.environ["PATH"] = os.pathsep.join([*map(str, directories), os.environ.get("PATH", "")])
