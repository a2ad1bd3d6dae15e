"""Environments: all stacks that belong together, found by the names of their files.

`stacks/Pulumi.prod.yaml` and every `stacks/Pulumi.prod-*.yaml` are the environment `prod`. Whatever runs, reviews or
lists the stacks of an environment asks here which they are.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tools.runner.project import Project, UnusableStack


def stacks_of(env: str, project: Project) -> list[str]:
    """Return the names of an environment's stacks, in the order of their names.

    Args:
        env: `prod` stands for the stacks `prod` and `prod-*`.
        project: The stacks' project.

    Raises:
        UnusableStack: No file of a stack has such a name.
    """
    known = project.stacks()
    if found := [name for name in known if name == env or name.startswith(f"{env}-")]:
        return found
    names = ", ".join(sorted({name.partition("-")[0] for name in known})) or "(there is none)"
    raise UnusableStack(
        f"environment {env!r} has no stack: neither stacks/Pulumi.{env}.yaml nor stacks/Pulumi.{env}-*.yaml exists",
        f"name one of: {names}; or write such a file",
    )


@dataclass(frozen=True)
class Declared:
    """What a stack's file declares, for a machine that is to run it.

    Attributes:
        stack: Its name.
        environment: The environment that it was asked for by, "" for none.
        regions: The destination regions.
        replicas: How many replicas it declares.
    """

    stack: str
    environment: str
    regions: Sequence[str]
    replicas: int


def declared(env: str, project: Project) -> list[Declared]:
    """Read what the stacks of an environment declare, or, for "", all stacks of the project.

    Raises:
        UnusableStack: There is none, or the file of one cannot be used.
    """
    found = []
    for stack in stacks_of(env, project) if env else project.stacks():
        regions, replicas = project.destinations(stack)
        found.append(Declared(stack, env, regions, replicas))
    return found


def matrix(stacks: Sequence[Declared]) -> str:
    """Write stacks as the matrix of a CI system: GitHub's `include`, from which the others' forms are made with jq."""
    return json.dumps({"include": [asdict(each) for each in stacks]}, indent=2, ensure_ascii=False) + "\n"


MEMORY_OF_A_STACK = 200 * 1024**2
"""Bytes for the processes of a stack, engine and providers included; those of ten replicas take 120 MiB."""

STACKS_PER_CORE = 8
"""A run waits for its clouds nearly all of the time, but not while it starts."""


def width(stacks: int, *, cores: int | None = None, memory: int | None = None) -> int:
    """Say how many stacks to run at once: as many as the machine can hold, at least one.

    Args:
        stacks: How many there are.
        cores: Those of the machine; None to ask.
        memory: Free bytes; None to ask.
    """
    cores = _cores() if cores is None else cores
    memory = _free_memory() if memory is None else memory
    return max(1, min(stacks, cores * STACKS_PER_CORE, memory // MEMORY_OF_A_STACK))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _free_memory() -> int:
    free = int(psutil.virtual_memory().available)
    try:  # a container may have less than its machine
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return free
    return min(free, max(limit - used, 0))
