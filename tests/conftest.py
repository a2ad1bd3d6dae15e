"""What holds for all tests: none is timed, and they are spread so that no worker of `pytest -n` stands idle."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# No test is timed: how fast an example runs says more about what else the machine does than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Every run tries the same examples, so that what is red is red for a change; `make explore` looks for new ones.
settings.register_profile("same", settings.get_profile("untimed"), derandomize=True)
settings.register_profile("explore", settings.get_profile("untimed"), max_examples=2000)
settings.load_profile("same")

TESTS = Path(__file__).parent

# The fixtures of a lifecycle against the local cloud, for the rooms of all kinds.
pytest_plugins = ["tests.lifecycle.fixtures"]


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: tests on the engine, and of those the modules that share a run."""
    items.sort(key=lambda item: (item.get_closest_marker("engine") is None, not _share_a_run(item.path)))


class Spread(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no type information
    """Hands out single tests on the engine, which take seconds each, and whole modules of all others."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        alone = module.startswith("tests/engine/") and not _share_a_run(TESTS.parent / module)
        return nodeid if alone else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Spread:
    """Make the scheduler of `pytest -n`."""
    config.option.loadscopereorder = False  # what takes longest is what has the fewest tests
    return Spread(config, log)


@cache
def _share_a_run(module: Path) -> bool:
    """Whether the tests of a module look at something that one fixture of it makes for them all."""
    return '@pytest.fixture(scope="module")' in module.read_text()
