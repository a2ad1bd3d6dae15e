"""`replicas review` and `replicas drift` without an engine: what they take, what they write, how they end."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from components.clouds.errors import ReplicaError
from tests.review.scenarios import SCENARIOS
from tools.review import command
from tools.runner import __main__ as runner


@pytest.fixture(autouse=True)
def _no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def rendered(directory: Path, scenario: str, *arguments: str) -> int:
    """Write the report of a scenario, and render it again."""
    command.write(SCENARIOS[scenario](), directory / "made", [])
    line = ["review", "--from", str(directory / "made" / "report.json"), "--out", str(directory / "out"), *arguments]
    return runner.main(line)


@pytest.mark.parametrize(
    ("scenario", "code"), [("nothing-changed", 0), ("add-a-region", 2), ("break-a-mandatory-policy", 3)]
)
def test_report_that_is_rendered_again_ends_with_its_code(tmp_path: Path, scenario: str, code: int) -> None:
    assert rendered(tmp_path, scenario) == code
    assert rendered(tmp_path, scenario, "--no-exit-code") == 0
    assert (tmp_path / "out" / "review.html").is_file()


def test_incomplete_report_is_an_error_with_any_option(tmp_path: Path) -> None:
    made = SCENARIOS["add-a-region"]().model_copy(update={"problems": ["the preview failed"]})
    options = argparse.Namespace(out=tmp_path, format=[], exit_code=False)

    assert command.finish(made, options) == 1


def test_place_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("a file")

    assert rendered(tmp_path, "adopt") == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "cannot be written" in line


def test_github_actions_gets_annotations_and_the_summary_of_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))

    rendered(tmp_path, "remove-the-last-replica")

    assert "::warning file=stacks/Pulumi.prod.yaml,line=12,title=last-replica::" in capsys.readouterr().out
    assert (tmp_path / "summary").read_text().startswith("### Review of `prod`")


@pytest.mark.parametrize(
    "line", ["review", "review prod --env prod", "review prod --from report.json", "drift", "drift a --env b"]
)
def test_one_thing_is_reviewed(line: str) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.main(line.split())

    assert ended.value.code == 2


@pytest.mark.parametrize(("codes", "worst"), [((0, 2), 2), ((2, 3), 3), ((3, 1), 1), ((0, 0), 0)])
def test_worst_stack_of_an_environment_counts_and_each_has_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codes: tuple[int, int], worst: int
) -> None:
    (tmp_path / "stacks").mkdir()
    for name in ("prod-a", "prod-b", "dev"):
        (tmp_path / "stacks" / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    left = list(codes)
    seen: list[tuple[str, Path]] = []

    def review(options: argparse.Namespace) -> int:
        seen.append((options.stack, options.out))
        code = left.pop(0)
        if code == 1:
            raise ReplicaError("it cannot be reviewed", "repair it")
        return code

    monkeypatch.setattr(runner, "_on_stack", review)

    assert runner.main(["-C", str(tmp_path), "review", "--env", "prod", "--out", "out"]) == worst
    assert seen == [("prod-a", Path("out/prod-a")), ("prod-b", Path("out/prod-b"))]
