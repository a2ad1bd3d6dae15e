"""The golden state of a version: a stack with all kinds of replicas, as that version left it, and the clouds beside it.

A state is what people have: whatever the code becomes, it must continue with it. A golden state is therefore made once
per version, by `python -m tests.states.make`, and never changed afterwards.
"""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.kinds import KINDS
from components.model.sample import Sample
from sandbox.plugins.stand_ins import PROGRAMS
from sandbox.services import NATIVE_RESOURCES
from tests.engine.harness import Cloud, Stack
from tools.chaos.declared import inventory_of

DIRECTORY = Path(__file__).parent
PASSPHRASE = "golden"
SECRETS = {"alicloud:secretKey": "goldenSecretKey", "tencentcloud:secretKey": "goldenSecretKey"}
"""Stack config secrets, which the environment's come before: they are in the state, encrypted."""

RETENTION_DAYS = 36500
"""The only retention that is declared: a golden state must not expire before its code."""

SOURCES: dict[str, list[dict[str, Any]]] = {
    "data_caches": [{"region": "cn-beijing", "id": "edc-2zegolden00000000001", "path": "/models/llm", "size": 20}],
    "snapshots": [{"region": "ap-guangzhou", "id": "snap-golden1", "size": 50}],
    "images": [{"region": "cn-beijing", "id": "m-2zegolden0000000001", "size": 40}],
}

DECLARED: dict[str, Any] = {
    "dataCaches": {
        "weights": {
            "source": {"region": "cn-beijing", "id": SOURCES["data_caches"][0]["id"]},
            "defaults": {"path": "/models/llm", "tags": {"team": "golden"}},
            "destinations": {
                "cn-hangzhou": {"bucket": "models", "retentionDays": RETENTION_DAYS},
                "cn-shanghai": {
                    "name": "weights-of-shanghai",
                    "resourceGroupId": "rg-golden",
                    "size": 20,
                    "reload": {"trigger": "1", "dataSource": {"type": "URL", "options": {"repoId": "org/model"}}},
                },
            },
        }
    },
    "snapshots": {
        "orders": {
            "source": {"region": "ap-guangzhou", "id": SOURCES["snapshots"][0]["id"]},
            "destinations": {"ap-shanghai": {}, "ap-singapore": {"deadline": "2090-01-31T00:00:00+08:00"}},
        }
    },
    "images": {
        "web": {
            "source": {"region": "cn-beijing", "id": SOURCES["images"][0]["id"]},
            "defaults": {"description": "Web tier", "tags": {"team": "golden"}},
            "destinations": {"cn-hangzhou": {}, "cn-shanghai": {"encrypted": True, "resourceGroupId": "rg-golden"}},
        }
    },
}
"""What the golden stack declares. It is no sandbox stack: its passphrase is its own."""


@dataclass(frozen=True)
class Golden:
    """A golden state and what belongs to it."""

    state: dict[str, Any]
    """The export, secrets encrypted."""
    salt: str
    """`encryptionsalt` of its stack config."""
    config: dict[str, Any]
    """Its stack config, secrets encrypted."""
    seeds: dict[str, Any]
    """What the clouds hold."""
    endpoint: str
    """Where the sandbox was: it stands in the native providers' inputs."""

    @classmethod
    def read(cls, version: str) -> Golden:
        """Read the golden state of a version."""
        return cls(**json.loads((DIRECTORY / f"{version}.json").read_text()))

    def write(self, version: str) -> None:
        """Keep it."""
        text = json.dumps(self.__dict__, indent=1, sort_keys=True)
        (DIRECTORY / f"{version}.json").write_text(text + "\n")


def versions() -> list[str]:
    """The versions that have a golden state."""
    return sorted(path.stem for path in DIRECTORY.glob("*.json"))


def declared() -> dict[str, Any]:
    """DECLARED, to be changed."""
    return copy.deepcopy(DECLARED)


def prepare(stack: Stack) -> None:
    """Give a stack the golden passphrase, and the stand-ins of native plugins, which only sandbox stacks get."""
    stack.environment["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    stand_ins = [str(PROGRAMS / name) for name in NATIVE_RESOURCES]
    stack.environment["PATH"] = os.pathsep.join([stack.environment["PATH"], *stand_ins])


def configure(stack: Stack, golden: Golden, changed: dict[str, Any] | None = None) -> None:
    """Write the golden stack config, with other replicas declared where they are given."""
    named = {f"replicas:{kind}": entries for kind, entries in (changed or {}).items()}
    # Where the clouds are is no part of the state; a stack that is not loopbackOnly must say that they are local.
    here = {"replicas:endpoints": stack.endpoints}
    config = {"config": {**golden.config, **here, **named}, "encryptionsalt": golden.salt}
    (stack.directory / "stacks" / "Pulumi.test.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def restore(stack: Stack, cloud: Cloud, golden: Golden) -> None:
    """Bring the clouds and the stack to what the golden state was left with."""
    cloud.server.control.post("reset")
    cloud.settings(copy_seconds=0, delete_seconds=0, update_seconds=2)
    cloud.server.control.post("seed", golden.seeds)
    prepare(stack)
    configure(stack, golden)
    state = json.loads(json.dumps(golden.state).replace(golden.endpoint, cloud.server.endpoint))
    for row in state["deployment"]["resources"]:
        if row["type"] == "pulumi:providers:pulumi-python":  # it has the stack config
            for properties in (row["inputs"], row["outputs"]):
                properties["replicas:endpoints"] = json.dumps(stack.endpoints)
    exported = stack.directory / "golden.json"
    exported.write_text(json.dumps(state))
    for arguments in (("stack", "init", "test"), ("stack", "import", "--file", str(exported))):
        done = stack.plain(*arguments)
        assert done.code == 0, done.text


def listed(cloud: Cloud) -> dict[str, list[dict[str, Any]]]:
    """Everything in the clouds, as seeds: what a golden state is kept with, and what tests compare."""
    inventory = cloud.server.control.get("inventory")
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS:
        sample: Sample = kind.sample.load()
        for region, entries in inventory[inventory_of(kind.section)].items():
            for entry in entries:
                kept = {key: entry[key] for key in sample.seeded if entry.get(key) is not None}
                if entry.get("expires"):
                    kept["retention_days"] = RETENTION_DAYS
                found.setdefault(sample.table, []).append({"region": region, **kept})
    return {table: sorted(entries, key=lambda entry: str(entry["id"])) for table, entries in found.items()}
