"""What a report is written as: each form against its schema, within its limits, and without a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.review.scenarios import SCENARIOS, Played, created, large, report, unchanged, updated, weights
from tools.review import github, gitlab, junit, markdown, report_file, sarif
from tools.review.command import RENDERINGS, renderings, write
from tools.review.report import Action, Report

CHECKOUT = Path(__file__).resolve().parents[2]
REPORTS: Mapping[str, Callable[[], Report]] = {**SCENARIOS, "large": large}
SECRET = "p4ssw0rd-s3cret"

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
CODE_QUALITY: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
# https://docs.gitlab.com/user/infrastructure/iac/mr_integration/
TERRAFORM: dict[str, Any] = {
    "type": "object",
    "required": ["create", "update", "delete"],
    "properties": {key: {"type": "integer", "minimum": 0} for key in ("create", "update", "delete")},
    "additionalProperties": False,
}


@cache
def official_sarif() -> dict[str, Any]:
    return dict(json.loads(Path(__file__).with_name("sarif-2.1.0.schema.json").read_text()))


@pytest.fixture(params=REPORTS)
def made(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]()


def test_report_is_of_the_published_schema(made: Report) -> None:
    schema = json.loads((CHECKOUT / "docs" / "report.schema.json").read_text())

    jsonschema.validate(json.loads(made.model_dump_json()), schema)


def test_sarif_is_of_the_official_schema(made: Report) -> None:
    jsonschema.validate(json.loads(sarif.render(made)), official_sarif())


def test_gitlab_takes_the_findings(made: Report) -> None:
    found = json.loads(gitlab.render_code_quality(made))

    jsonschema.validate(found, CODE_QUALITY)
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_gitlab_takes_the_counts(made: Report) -> None:
    jsonschema.validate(json.loads(gitlab.render_terraform(made)), TERRAFORM)


def test_junit_fails_for_mandatory_findings_only(made: Report) -> None:
    suite = ET.fromstring(junit.render(made)).find("testsuite")  # noqa: S314 - our own

    assert suite is not None
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == {found.rule for found in made.findings if found.severity.value == "mandatory"}
    assert suite.get("failures") == str(len(failed))
    assert suite.get("tests") == str(len(list(suite.iter("testcase"))))


def test_report_that_is_read_again_renders_the_same(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path)

    assert renderings(report_file.read(tmp_path / "report.json")) == {
        each.name: each.read_text() for each in tmp_path.iterdir()
    }


def test_some_formats_are_written_beside_the_report(tmp_path: Path) -> None:
    write(SCENARIOS["adopt"](), tmp_path, ["sarif", "junit"])

    assert {each.name for each in tmp_path.iterdir()} == {"report.json", "review.sarif", "junit.xml"}


def test_secret_is_in_no_file() -> None:
    """In a tag, a reload option and a text of the engine: masked by the engine, or written as it is."""
    options = {"type": "URL", "options": {"token": SECRET}}
    before = weights("cn-hangzhou", id_="edc-1", tags={"team": SECRET}, reload={"data_source": options})
    after = weights("cn-hangzhou", tags={"team": f"x{SECRET}x"}, reload={"data_source": {**options, "type": "OSS"}})
    recorder = Played([updated(before, after), created(weights("cn-shenzhen", path=f"/p/{SECRET}"))])
    recorder.problems = [f"the tag {SECRET} is refused"]

    files = renderings(report([], recorder=recorder, secrets=[SECRET]))

    assert len(files) == len(RENDERINGS) + 1
    assert not [name for name, text in files.items() if SECRET in text]


def test_annotations_name_file_and_line_and_end_no_command_early() -> None:
    lines = github.render(SCENARIOS["break-a-mandatory-policy"]()).splitlines()

    assert lines[0].startswith(
        "::error file=stacks/Pulumi.prod.yaml,line=12,title=region::llm-weights in ap-southeast-1"
    )
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)


def test_comment_of_300_replicas_has_all_deletions_and_mandatory_findings() -> None:
    made = large(policies={"regions": {"forbidden": ["cn-region-3"]}})

    text = markdown.render(made)

    assert len(text.encode()) <= markdown.LIMIT
    gone = made.done(Action.DELETE)
    mandatory = [found for found in made.findings if found.severity.value == "mandatory"]
    assert (len(gone), len(mandatory)) == (10, 28)
    assert all(f"`{each.entry}` in `{each.region}`" in text for each in gone)
    assert all(f"{found.entry} in {found.region}" in text for found in mandatory)
    assert len(github.render_summary(made).encode()) < 1024 * 1024


def test_comment_of_thousands_of_changes_keeps_its_limit_and_its_fences() -> None:
    made = large(entries=300)
    made = made.model_copy(update={"changes": made.changes * 40})

    text = markdown.render(made)

    assert len(text.encode()) <= markdown.LIMIT
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")


def test_unchanged_replicas_are_one_number() -> None:
    text = markdown.render(report(unchanged()))

    assert "6 replicas unchanged" in text
    assert "golden-web" not in text
