"""The findings as JUnit: each rule is a test, which a mandatory finding fails."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from components.review.policies import Rule, Severity
from tools.review.phrases import counted
from tools.review.report import FoundProblem, Report, printable


def render(report: Report) -> str:
    """Write one suite: the engine, our rules, and those of other policy packs that found something."""
    rules = list(dict.fromkeys([*(rule.value for rule in Rule), *(finding.rule for finding in report.findings)]))
    cases = [_engine(report)]
    cases += [_case(rule, [each for each in report.findings if each.rule == rule], report) for rule in rules]
    suite = Element(
        "testsuite",
        name=f"replicas {report.mode} {printable(report.stack)}",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped="0",
        timestamp=report.made_at.removesuffix("Z"),
    )
    suite.extend(cases)
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _engine(report: Report) -> Element:
    case = _test("engine", report)
    if report.problems:
        first = printable(report.problems[0])
        SubElement(case, "error", message=first).text = "\n".join(map(printable, report.problems))
    return case


def _case(rule: str, found: Sequence[FoundProblem], report: Report) -> Element:
    case = _test(printable(rule), report)
    mandatory = [finding for finding in found if finding.severity is Severity.MANDATORY]
    others = [finding for finding in found if finding.severity is not Severity.MANDATORY]
    if mandatory:
        message = (
            printable(mandatory[0].message) if len(mandatory) == 1 else counted(len(mandatory), "mandatory finding")
        )
        SubElement(case, "failure", message=message, type="mandatory").text = _lines(mandatory, report)
    if others:
        SubElement(case, "system-out").text = _lines(others, report)
    return case


def _test(name: str, report: Report) -> Element:
    return Element(
        "testcase", classname=f"replicas.{report.mode}.{printable(report.stack)}", name=name, file=report.file
    )


def _lines(findings: Sequence[FoundProblem], report: Report) -> str:
    return "\n".join(_line(finding, report) for finding in findings)


def _line(finding: FoundProblem, report: Report) -> str:
    place = report.place(finding)
    excepted = f" (excepted: {printable(finding.excepted)})" if finding.excepted else ""
    said = f"{printable(finding.message).rstrip('.')}. Next: {printable(finding.next_step).rstrip('.')}."
    return f"{place.file}:{place.line}: {finding.severity.value}: {said}{excepted}"
