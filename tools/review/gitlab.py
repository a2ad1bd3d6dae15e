"""What GitLab shows in a merge request: the counts of its terraform report, and findings as Code Quality."""

import json
from collections import Counter
from collections.abc import Mapping

from components.review.policies import Severity
from tools.review.report import Report, printable

COUNTED: Mapping[str, tuple[str, ...]] = {"create": ("create",), "update": ("update",), "delete": ("delete",)} | {
    "replace": ("create", "delete")
}
"""Action -> what GitLab counts it as."""

SEVERITIES: Mapping[Severity, str] = {Severity.MANDATORY: "blocker", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render_terraform(report: Report) -> str:
    """Write how many things are made, changed and deleted; what stays in the cloud is not."""
    actions = [change.action.value for change in report.changes if not change.retained]
    counts = Counter(word for action in [*actions, *(each.action for each in report.other)] for word in COUNTED[action])
    return json.dumps({word: counts[word] for word in ("create", "update", "delete")}) + "\n"


def render_code_quality(report: Report) -> str:
    """Write the findings; what is excepted is none."""
    found = []
    for finding, fingerprint in zip(report.findings, report.fingerprints(), strict=True):
        if finding.excepted:
            continue
        place = report.place(finding)
        found.append(
            {
                "description": f"{printable(finding.message).rstrip('.')}. "
                f"Next: {printable(finding.next_step).rstrip('.')}.",
                "check_name": printable(finding.rule),
                "fingerprint": fingerprint,
                "severity": SEVERITIES[finding.severity],
                "location": {"path": place.file, "lines": {"begin": place.line}},
            }
        )
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
