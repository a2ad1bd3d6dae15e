"""Runs of every kind that are killed or interrupted: nothing is lost, nothing is there twice. See `tests.engine.kills`.

How an interrupted copy is found again is the kind's: a client token, its name, or only what a native plugin left.
"""

from __future__ import annotations

import pytest

from tests.engine.harness import Cloud, Stack
from tests.engine.kills import MadeOnce, cases, nothing_is_lost_or_twice, operations


@pytest.fixture(scope="session")
def made_once() -> MadeOnce:
    return MadeOnce()


@pytest.mark.parametrize(("kind", "operation", "moment", "process", "name"), list(cases()))
def test_nothing_lost_nothing_twice(
    stack: Stack, cloud: Cloud, made_once: MadeOnce, kind: str, operation: str, moment: str, process: str, name: str
) -> None:
    its_cloud = cloud.of(kind)
    made_once.put_back(stack, its_cloud)
    nothing_is_lost_or_twice(stack, its_cloud, operations(kind)[operation], moment, process, name)
