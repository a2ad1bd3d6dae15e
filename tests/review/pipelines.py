"""Reads the pipelines under docs/pipelines/: their jobs, and the commands that these run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DIRECTORY = Path(__file__).resolve().parents[2] / "docs" / "pipelines"
FILES = ("github.yml", "gitlab.yml")


def github() -> dict[str, Any]:
    made = yaml.safe_load((DIRECTORY / "github.yml").read_text())
    return {"on" if key is True else key: value for key, value in made.items()}  # YAML 1.1 takes `on` for true


def gitlab() -> dict[str, Any]:
    return dict(yaml.safe_load((DIRECTORY / "gitlab.yml").read_text()))


def jobs(file: str) -> dict[str, Any]:
    return dict(github()["jobs"]) if file == "github.yml" else gitlab()


def commands(file: str, job: str) -> list[str]:
    """The scripts of a job, in their order: of GitHub one for each step, of GitLab one for all of it."""
    found = jobs(file)[job]
    if file == "github.yml":
        return [step["run"] for step in found["steps"] if "run" in step]
    return ["\n".join([*gitlab()[".stack"]["before_script"], *found["script"]])]
