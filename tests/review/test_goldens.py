"""The golden reports are what is made today; `python -m tests.review.golden` writes them."""

from __future__ import annotations

import json

import pytest

from tests.review.golden import FOLDER, RENDERINGS, path
from tests.review.scenarios import SCENARIOS


@pytest.mark.parametrize("ending", RENDERINGS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_golden_is_current(scenario: str, ending: str) -> None:
    assert RENDERINGS[ending](SCENARIOS[scenario]()) == path(scenario, ending).read_text()


def test_every_golden_has_a_scenario() -> None:
    assert {each.stem for each in FOLDER.iterdir()} == {*SCENARIOS}


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("nothing-changed", 0),
        ("add-a-region", 2),
        ("rotate-a-source", 2),
        ("remove-the-last-replica", 2),
        ("adopt", 2),
        ("drifted", 2),
        ("break-a-mandatory-policy", 3),
        ("move-data-out-of-a-jurisdiction", 3),
    ],
)
def test_exit_code(scenario: str, code: int) -> None:
    assert SCENARIOS[scenario]().exit_code == code


@pytest.mark.parametrize(
    ("scenario", "rule"),
    [
        ("add-a-region", "leaves-jurisdiction"),
        ("remove-the-last-replica", "last-replica"),
        ("break-a-mandatory-policy", "region"),
        ("move-data-out-of-a-jurisdiction", "residency"),
        ("adopt", "adopts"),
    ],
)
def test_scenario_has_its_finding(scenario: str, rule: str) -> None:
    """Goldens that are written again without being read must still say it."""
    assert rule in {found["rule"] for found in json.loads(path(scenario, "json").read_text())["findings"]}
