"""The documented pipelines as data, and the commands in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

PIPELINES = Path(__file__).parents[2] / "docs" / "pipelines"


def github() -> dict[str, Any]:
    loaded = yaml.safe_load((PIPELINES / "github.yml").read_text())
    loaded["on"] = loaded.pop(True)  # YAML 1.1 reads this key as a truth value; GitHub does not
    return dict(loaded)


def gitlab() -> dict[str, Any]:
    return dict(yaml.safe_load((PIPELINES / "gitlab.yml").read_text()))


def github_job(name: str) -> str:
    """The commands of a job's steps, each in a shell of its own as GitHub runs them."""
    runs = [step["run"].rstrip() for step in github()["jobs"][name]["steps"] if "run" in step]
    return "\n".join(f"bash -e <<'STEP'\n{run}\nSTEP" for run in runs)


def gitlab_job(name: str) -> str:
    """The commands of a job, in one shell."""
    pipeline = gitlab()
    return "\n".join([*pipeline[".stack"]["before_script"], *pipeline[name]["script"]])


def replicas_commands() -> Iterator[str]:
    """All uses of the runner, as they are written."""
    for job in ("review", "up", "drift"):
        for line in f"{github_job(job)}\n{gitlab_job(job)}".splitlines():
            if ".venv/bin/replicas " in line:
                yield line.partition(".venv/bin/replicas ")[2].partition(" ||")[0]
