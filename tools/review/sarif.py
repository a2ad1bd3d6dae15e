"""The findings as SARIF 2.1.0: GitHub's code scanning and editors show them at the lines of the stack's file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from components.review.findings import MEANINGS
from components.review.policies import Severity
from tools.review.report import FoundProblem, Report, printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {Severity.MANDATORY: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
SUMMARIES: Mapping[str, str] = {rule.value: meaning for rule, meaning in MEANINGS.items()}
"""Rule -> what it is about."""

LIMIT = 25_000
"""Results that GitHub takes of a run."""


def render(report: Report) -> str:
    """Write the findings; the heaviest ones where there are more than GitHub takes."""
    shown = report.findings[:LIMIT]
    rules = list(dict.fromkeys(finding.rule for finding in shown))
    run = {
        "tool": {
            "driver": {"name": "replicas", "semanticVersion": "1.0.0", "rules": [_rule(rule, report) for rule in rules]}
        },
        "automationDetails": {"id": f"replicas/{report.mode}/{quote(report.project)}/{quote(report.stack, safe='')}/"},
        "invocations": [
            {
                "executionSuccessful": not report.problems,
                "endTimeUtc": report.made_at,
                "toolExecutionNotifications": list(_notifications(report)),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, rules.index(finding.rule), fingerprint, report)
            for finding, fingerprint in zip(shown, report.fingerprints(), strict=False)
        ],
        "properties": {"verdict": printable(report.verdict)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: str, report: Report) -> dict[str, Any]:
    heaviest = next(finding for finding in report.findings if finding.rule == rule)
    summary = SUMMARIES.get(rule, printable(rule))
    return {
        "id": printable(rule),
        "shortDescription": {"text": summary},
        "help": {"text": f"{summary.rstrip('.')}. Next: {printable(heaviest.next_step).rstrip('.')}."},
        "defaultConfiguration": {"level": LEVELS[heaviest.severity]},
    }


def _result(finding: FoundProblem, index: int, fingerprint: str, report: Report) -> dict[str, Any]:
    place = report.place(finding)
    said = f"{printable(finding.message).rstrip('.')}. Next: {printable(finding.next_step).rstrip('.')}."
    result: dict[str, Any] = {
        "ruleId": printable(finding.rule),
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": said},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": place.line},
                }
            }
        ],
        "partialFingerprints": {"replicas/v1": fingerprint},
    }
    if finding.excepted:
        result["suppressions"] = [{"kind": "external", "justification": printable(finding.excepted)}]
    return result


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    for problem in report.problems:
        yield {"level": "error", "message": {"text": printable(problem)}}
    if (left_out := len(report.findings) - LIMIT) > 0:
        yield {"level": "warning", "message": {"text": f"{left_out:,} more findings are in report.json only."}}
