"""What is found in a change: the list of rules, what each is for, and what a finding weighs.

The rules are pure functions over replicas before and after, in `recovery`, `residency` and `upkeep`. No engine or
cloud is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from components.review import recovery, residency, upkeep
from components.review.policies import Policies, Rule, Severity, today
from components.review.situation import Finding, Situation

__all__ = ["MEANINGS", "RULES", "Finding", "Situation", "find"]

RULES: tuple[Callable[[Situation], Iterator[Finding]], ...] = (
    *recovery.RULES,
    *residency.RULES,
    *upkeep.RULES,
)

MEANINGS: Mapping[Rule, str] = {
    Rule.LAST_REPLICA: "The last replica of a source is deleted.",
    Rule.LAST_ABROAD: "The last replica outside the source's jurisdiction is deleted.",
    Rule.DELETES_FIRST: "A replacement deletes the old replica before the new one is made.",
    Rule.REGION: "A replica is in a region that `regions` forbids or does not allow.",
    Rule.RESIDENCY: "A replica is in a jurisdiction that `residency` does not allow for its source.",
    Rule.LEAVES_JURISDICTION: "A new replica leaves its source's jurisdiction, for which `residency` has no line.",
    Rule.NO_ENCRYPTION: "A replica is not encrypted, and `encryption` demands it.",
    Rule.UNENCRYPTED: "The source, or the replica before the change, is encrypted, and the replica is not.",
    Rule.FOREIGN_KEY: "A replica is encrypted with a key of another region, or with one that other regions use, too.",
    Rule.NO_EXPIRY: "A replica never expires, and `expiry.required` demands retention days or a deadline.",
    Rule.EXPIRY_BOUNDS: "A replica lives for less than `expiry.minDays` or longer than `expiry.maxDays`.",
    Rule.EXPIRES_SOON: "The cloud soon deletes a replica that the stack keeps, or has done so: `expiry.noticeDays`.",
    Rule.TOO_OLD: "The newest replica of an entry in a region is older than `maxAge`.",
    Rule.TAGS: "A replica lacks a tag of `requiredTags`.",
    Rule.FAN_OUT: "An entry is copied to more regions than `maxRegions`.",
    Rule.COPIED_TWICE: "Two entries copy the same source to the same region.",
    Rule.ADOPTS: "A replica is taken over instead of copied: `destroy` deletes it, too.",
    Rule.ADOPTED: "A replica that was taken over, not made by the stack, is deleted.",
    Rule.OVER_BUDGET: "The replicas cost more a month than `budget` (judged where prices are known: in reports).",
}
"""Rule -> what it finds, for people."""

_HEAVIEST_FIRST = (Severity.MANDATORY, Severity.WARNING, Severity.NOTE)


def find(situation: Situation, *, on: date | None = None) -> list[Finding]:
    """Return all findings, heaviest first, none twice.

    Args:
        situation: What is looked at.
        on: The day on which exceptions are judged. Default: today.
    """
    day = on or today()
    order = [*Rule]
    found = {_weighed(finding, situation.policies, day): None for rule in RULES for finding in rule(situation)}
    return sorted(found, key=lambda each: (_HEAVIEST_FIRST.index(each.severity), order.index(each.rule)))


def _weighed(finding: Finding, policies: Policies, on: date) -> Finding:
    """Give a finding its weight; one that is excepted is a note with the reason."""
    covering = policies.exceptions_of(finding.rule, finding.entry, finding.region)
    if holding := next((each for each in covering if each.holds(on)), None):
        return replace(finding, severity=Severity.NOTE, excepted=f"{holding.reason} (until {holding.until})")
    message = finding.message
    if covering:
        ended = max(each.until for each in covering)
        message = f"{message}; the exception for it ended on {ended}"
    return replace(finding, severity=policies.weight(finding.rule), message=message)
