"""Writes the golden reports: `python -m tests.review.golden`. Read what has changed before you commit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.review.scenarios import SCENARIOS
from tools.review import markdown, sarif
from tools.review.report import Report

FOLDER = Path(__file__).parent / "goldens"


def as_json(report: Report) -> str:
    return report.model_dump_json(indent=2) + "\n"


RENDERINGS: Mapping[str, Callable[[Report], str]] = {"json": as_json, "md": markdown.render, "sarif": sarif.render}
"""Ending of the file -> what writes it."""


def path(scenario: str, ending: str) -> Path:
    return FOLDER / f"{scenario}.{ending}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, scenario in SCENARIOS.items():
        for ending, render in RENDERINGS.items():
            path(name, ending).write_text(render(scenario()))
