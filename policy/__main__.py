"""The policy pack: the rules of components/review, as the engine asks for them at preview, at up and in audits.

It sees the resources that there will be, or that a state records, and no deletion. What is demanded stands in the
stack's config file beside the pack. It calls no cloud, and prints no value of a resource but what a finding names.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi.output import UNKNOWN
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from components.review import recorded
from components.review.findings import MEANINGS, Finding, Situation, find
from components.review.policies import JUDGED_AS_RECORDED, Policies, Rule, Severity, parse
from tools.runner.project import Project

PACK = "replicas"
PROJECT = Path(__file__).absolute().parent.parent
LEVELS = (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY)


def findings(resources: Sequence[PolicyResource], policies: Policies) -> list[tuple[str, Finding]]:
    """Return every finding with the URN of its replica, "" for one about the whole stack."""
    changes = recorded.unchanged([_row(resource) for resource in resources])
    urns = {
        (change.replica.kind, change.replica.entry, region): change.urn
        for change in changes
        for region in ("", change.replica.region)
    }
    found = find(Situation(changes, policies, time.time()))
    return [(urns.get((finding.kind, finding.entry, finding.region), ""), finding) for finding in found]


def policies_of_stack(resources: Sequence[PolicyResource]) -> Policies:
    """Read what is demanded of the stack that the resources are of; one without a config file here demands nothing."""
    stack = next((resource.urn.split(":")[2] for resource in resources if resource.urn.startswith("urn:pulumi:")), "")
    project = Project(PROJECT)
    return parse(project.policies(stack), f"stack {stack}") if project.has_config(stack) else Policies()


def _row(resource: PolicyResource) -> dict[str, Any]:
    """Return a resource as a state has it; what the engine passes are the outputs, which repeat the inputs."""
    properties = {key: _known(resource.props, key) for key in resource.props}
    provider = resource.provider
    return {
        "type": resource.resource_type,
        "urn": resource.urn,
        "parent": resource.parent.urn if resource.parent else "",
        "provider": f"{provider.urn}::" if provider else "",
        "id": properties.get("id"),
        "inputs": properties,
        "outputs": properties,
    }


def _known(properties: Mapping[str, Any], key: str) -> Any:
    """Return a property as plain data, with `UNKNOWN` in place of what the run makes."""
    try:
        value = properties[key]
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {inner: _known(value, inner) for inner in value}
    return value


class _Judge:
    """Judges a stack once, and reports each finding under the policy of its rule: the engine asks every policy."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Finding]] = []
        self.policies: list[Policy] = [self._policy(rule, level) for rule in JUDGED_AS_RECORDED for level in LEVELS]

    def _policy(self, rule: Rule, level: EnforcementLevel) -> StackValidationPolicy:
        name = rule.value if level is EnforcementLevel.MANDATORY else f"{rule.value}-{level.value}"

        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            if rule is JUDGED_AS_RECORDED[0] and level is LEVELS[0]:  # the first one that is asked
                self._found = findings(args.resources, policies_of_stack(args.resources))
            for urn, finding in self._found:
                is_mandatory = finding.severity is Severity.MANDATORY
                if finding.rule is rule and is_mandatory == (level is EnforcementLevel.MANDATORY):
                    report(_text(finding), urn)

        return StackValidationPolicy(name, MEANINGS[rule], validate, level)


def _text(finding: Finding) -> str:
    excepted = f" Excepted: {finding.excepted}." if finding.excepted else ""
    return f"{finding.message}.{excepted} Next: {finding.next_step}."


if __name__ == "__main__":
    PolicyPack(PACK, _Judge().policies)
