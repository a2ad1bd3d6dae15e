"""What GitHub Actions shows beside a comment: annotations at the lines of the stack's file, and the step's summary."""

from collections.abc import Iterator, Mapping, Sequence

from components.review.policies import Severity
from tools.review import markdown
from tools.review.phrases import counted
from tools.review.report import FoundProblem, Report, printable

COMMANDS: Mapping[Severity, str] = {Severity.MANDATORY: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
MOST = 10
"""Annotations of one kind that GitHub shows of a step; of others it says nothing."""

SUMMARY_LIMIT = 1_000_000
"""Bytes. GitHub takes 1 MiB of a step, of which others may have written some."""


def render(report: Report) -> str:
    """Write the workflow commands that make the annotations; what is excepted is none."""
    lines = [
        _command("error", {"file": report.file, "title": "replicas"}, problem) for problem in report.problems[:MOST]
    ]
    for severity in Severity:
        findings = [each for each in report.findings if each.severity is severity and not each.excepted]
        lines += _annotations(findings, report)
    return "".join(f"{line}\n" for line in lines)


def render_summary(report: Report) -> str:
    """Write the step's summary: the comment with more room."""
    return markdown.render(report, SUMMARY_LIMIT)


def _annotations(findings: Sequence[FoundProblem], report: Report) -> Iterator[str]:
    shown = findings if len(findings) <= MOST else findings[: MOST - 1]
    for finding in shown:
        place = report.place(finding)
        properties = {"file": place.file, "line": str(place.line), "title": finding.rule}
        text = f"{finding.message.rstrip('.')}. Next: {finding.next_step.rstrip('.')}."
        yield _command(COMMANDS[finding.severity], properties, text)
    if more := len(findings) - len(shown):
        text = f"{counted(more, 'more finding')} in the report"
        yield _command(COMMANDS[findings[0].severity], {"file": report.file, "title": "replicas"}, text)


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(printable(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
