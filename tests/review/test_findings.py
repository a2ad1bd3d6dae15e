"""Every rule, found and not found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.review.findings import MEANINGS, Finding, Situation, find
from components.review.policies import DEFAULTS, Policies, Rule, Severity
from components.review.replicas import DAY, Action, Change, Replica

PAGE = Path(__file__).parents[2] / "docs" / "review.md"
TODAY = date(2027, 1, 15)
NOW = datetime(2027, 1, 15, tzinfo=UTC).timestamp()
HOME, SECOND, ABROAD, EU = "cn-hangzhou", "cn-shanghai", "ap-southeast-1", "eu-central-1"
KEY_OF_SHANGHAI = "acs:kms:cn-shanghai:1234567890:key/key-shh1"
IN_A_WEEK, IN_A_MONTH = "2027-01-22T00:00:00+00:00", "2027-02-14T00:00:00+00:00"


def image(entry: str, region: str, **more: Any) -> Replica:
    """A declared image replica; `source_id` and all settings can be given."""
    properties = {"source_region": HOME, "source_id": "m-1", "region": region, **more}
    return Replica("image", entry, f"{entry}-{region}", properties=properties)


def cache(entry: str, region: str, **more: Any) -> Replica:
    """A declared DataCache replica."""
    return replace(image(entry, region, **{"source_id": "edc-1", **more}), kind="data_cache")


def snapshot(region: str, **more: Any) -> Replica:
    """A declared snapshot replica."""
    properties = {"source_region": "ap-guangzhou", "source_id": "snap-1", "region": region, **more}
    return Replica("snapshot", "orders", f"orders-{region}", properties=properties)


def made(replica: Replica, days_ago: float, **more: Any) -> Replica:
    """The same as it is recorded."""
    return replace(replica, id=f"id-of-{replica.name}", created=NOW - days_ago * DAY, **more)


def same(replica: Replica, **more: Any) -> Change:
    return Change(Action.SAME, replica, replica, **more)


def created(replica: Replica) -> Change:
    return Change(Action.CREATE, None, replica)


def deleted(replica: Replica, **more: Any) -> Change:
    return Change(Action.DELETE, replica, None, **more)


def replaced(before: Replica, after: Replica, **more: Any) -> Change:
    return Change(Action.REPLACE, before, after, **more)


@dataclass(frozen=True)
class Case:
    """What one rule finds in a situation: `found` findings, 0 where the case is about what it leaves alone."""

    rule: Rule
    about: str
    changes: Sequence[Change]
    policies: Mapping[str, Any] = field(default_factory=dict)
    found: int = 1
    cost: Mapping[str, float] = field(default_factory=dict)

    def findings(self, **more: Any) -> list[Finding]:
        policies = Policies.model_validate({**self.policies, **more})
        situation = Situation(self.changes, policies, NOW, self.cost)
        return [finding for finding in find(situation, on=TODAY) if finding.rule is self.rule]


A = image("web", SECOND)
B = image("web", ABROAD)
RETAINED: dict[str, Any] = {"retained": True}
KEPT_DAYS = {"expiry": {"minDays": 7, "maxDays": 30}}

CASES = [
    Case(Rule.LAST_REPLICA, "the only one", [deleted(A)]),
    Case(Rule.LAST_REPLICA, "all regions of an entry are one finding", [deleted(A), deleted(B)]),
    Case(Rule.LAST_REPLICA, "one of two entries", [deleted(A), same(image("db", SECOND, source_id="m-2"))]),
    Case(Rule.LAST_REPLICA, "another region is left", [deleted(A), same(B)], found=0),
    Case(Rule.LAST_REPLICA, "another entry keeps the source", [deleted(A), same(image("db", ABROAD))], found=0),
    Case(Rule.LAST_REPLICA, "the source is rotated", [replaced(A, image("web", SECOND, source_id="m-2"))], found=0),
    Case(
        Rule.LAST_REPLICA,
        "an older generation goes",
        [deleted(A), same(image("web", SECOND, source_id="m-2"))],
        found=0,
    ),
    Case(Rule.LAST_REPLICA, "it stays in the cloud", [deleted(A, **RETAINED)], found=0),
    Case(Rule.LAST_REPLICA, "it has failed", [deleted(replace(A, failure="CopyFailed"))], found=0),
    Case(Rule.LAST_REPLICA, "the entry moves", [deleted(A), created(image("web", ABROAD))], found=0),
    Case(Rule.LAST_ABROAD, "what is left is at home", [same(A), deleted(B)]),
    Case(Rule.LAST_ABROAD, "another one is abroad", [same(image("web", EU)), deleted(B)], found=0),
    Case(Rule.LAST_ABROAD, "nothing is left at all", [deleted(A), deleted(B)], found=0),
    Case(Rule.LAST_ABROAD, "one at home goes", [deleted(A), same(B)], found=0),
    Case(
        Rule.LAST_ABROAD,
        "where it was is not known",
        [same(A), deleted(image("web", "xx-nowhere-1"))],
        found=0,
    ),
    Case(Rule.DELETES_FIRST, "a usable one", [replaced(A, A, deletes_first=True)]),
    Case(Rule.DELETES_FIRST, "a failed one", [replaced(replace(A, failure="x"), A, deletes_first=True)], found=0),
    Case(Rule.DELETES_FIRST, "the new one is made first", [replaced(A, A)], found=0),
    Case(Rule.REGION, "not allowed", [same(A)], {"regions": {"allowed": [ABROAD]}}),
    Case(Rule.REGION, "none is allowed", [same(A)], {"regions": {"allowed": []}}),
    Case(Rule.REGION, "forbidden", [created(A), same(B)], {"regions": {"forbidden": [SECOND]}}),
    Case(Rule.REGION, "allowed", [same(A)], {"regions": {"allowed": [SECOND], "forbidden": [ABROAD]}}, found=0),
    Case(Rule.REGION, "it goes", [deleted(A)], {"regions": {"forbidden": [SECOND]}}, found=0),
    Case(Rule.RESIDENCY, "another jurisdiction", [same(B)], {"residency": {"CN": ["HK"]}}),
    Case(Rule.RESIDENCY, "a region of no known jurisdiction", [same(image("web", "xx-1"))], {"residency": {"CN": []}}),
    Case(
        Rule.RESIDENCY,
        "the stack says where it is",
        [same(image("web", "xx-1"))],
        {"residency": {"CN": []}, "jurisdictions": {"xx-1": "CN"}},
        found=0,
    ),
    Case(Rule.RESIDENCY, "the same jurisdiction", [same(A)], {"residency": {"CN": []}}, found=0),
    Case(Rule.RESIDENCY, "a pair that is allowed", [same(B)], {"residency": {"CN": ["SG"]}}, found=0),
    Case(Rule.RESIDENCY, "any is allowed", [same(B)], {"residency": {"CN": ["*"]}}, found=0),
    Case(Rule.RESIDENCY, "nothing is said of the source's", [same(B)], {"residency": {"EU": []}}, found=0),
    Case(Rule.LEAVES_JURISDICTION, "a new one", [created(B)]),
    Case(
        Rule.LEAVES_JURISDICTION,
        "an old one, where it must not",
        [same(B)],
        {"severity": {"leaves-jurisdiction": "mandatory"}},
    ),
    Case(Rule.LEAVES_JURISDICTION, "an old one", [same(B)], found=0),
    Case(Rule.LEAVES_JURISDICTION, "one that is copied again", [replaced(B, B)], found=0),
    Case(Rule.LEAVES_JURISDICTION, "a new one that stays", [created(A)], found=0),
    Case(Rule.LEAVES_JURISDICTION, "a pair that is allowed", [created(B)], {"residency": {"CN": ["SG"]}}, found=0),
    Case(Rule.NO_ENCRYPTION, "not set", [same(A)], {"encryption": True}),
    Case(Rule.NO_ENCRYPTION, "switched off", [same(image("web", SECOND, encrypted=False))], {"encryption": True}),
    Case(Rule.NO_ENCRYPTION, "encrypted", [same(image("web", SECOND, encrypted=True))], {"encryption": True}, found=0),
    Case(
        Rule.NO_ENCRYPTION,
        "not known yet",
        [same(image("web", SECOND, encrypted=UNKNOWN))],
        {"encryption": True},
        found=0,
    ),
    Case(Rule.NO_ENCRYPTION, "a kind that cannot be", [same(snapshot("ap-beijing"))], {"encryption": True}, found=0),
    Case(Rule.NO_ENCRYPTION, "nothing is demanded", [same(A)], found=0),
    Case(Rule.UNENCRYPTED, "it was encrypted", [replaced(image("web", SECOND, encrypted=True), A)]),
    Case(Rule.UNENCRYPTED, "the stack says that the source is", [created(A)], {"encryptedSources": ["m-1"]}),
    Case(
        Rule.UNENCRYPTED,
        "the source is an encrypted replica of the stack",
        [
            same(made(image("web", SECOND, encrypted=True), 1)),
            created(image("far", EU, source_id=f"id-of-web-{SECOND}")),
        ],
    ),
    Case(
        Rule.UNENCRYPTED,
        "both are",
        [created(image("web", SECOND, encrypted=True))],
        {"encryptedSources": ["m-1"]},
        found=0,
    ),
    Case(Rule.UNENCRYPTED, "neither is", [created(A)], found=0),
    Case(
        Rule.FOREIGN_KEY, "of another region", [same(image("web", ABROAD, encrypted=True, kms_key_id=KEY_OF_SHANGHAI))]
    ),
    Case(
        Rule.FOREIGN_KEY,
        "one for two regions",
        [same(image("web", region, encrypted=True, kms_key_id="key-1")) for region in (SECOND, ABROAD)],
        found=2,
    ),
    Case(
        Rule.FOREIGN_KEY,
        "of its region",
        [same(image("web", SECOND, encrypted=True, kms_key_id=KEY_OF_SHANGHAI))],
        found=0,
    ),
    Case(
        Rule.FOREIGN_KEY,
        "one for two entries of a region",
        [same(image(entry, SECOND, encrypted=True, kms_key_id="key-1")) for entry in ("web", "db")],
        found=0,
    ),
    Case(Rule.NO_EXPIRY, "no retention days", [same(cache("w", SECOND))], {"expiry": {"required": True}}),
    Case(Rule.NO_EXPIRY, "no deadline", [same(snapshot("ap-beijing"))], {"expiry": {"required": True}}),
    Case(
        Rule.NO_EXPIRY,
        "retention days",
        [same(cache("w", SECOND, retention_days=3))],
        {"expiry": {"required": True}},
        found=0,
    ),
    Case(
        Rule.NO_EXPIRY,
        "not known yet",
        [same(snapshot("ap-beijing", deadline=UNKNOWN))],
        {"expiry": {"required": True}},
        found=0,
    ),
    Case(Rule.NO_EXPIRY, "a kind that cannot expire", [same(A)], {"expiry": {"required": True}}, found=0),
    Case(Rule.NO_EXPIRY, "nothing is demanded", [same(cache("w", SECOND))], found=0),
    Case(Rule.EXPIRY_BOUNDS, "too short", [same(cache("w", SECOND, retention_days=3))], KEPT_DAYS),
    Case(Rule.EXPIRY_BOUNDS, "too long", [same(cache("w", SECOND, retention_days=31))], KEPT_DAYS),
    Case(Rule.EXPIRY_BOUNDS, "never", [same(cache("w", SECOND))], KEPT_DAYS),
    Case(
        Rule.EXPIRY_BOUNDS,
        "a new deadline too soon",
        [created(snapshot("ap-beijing", deadline="2027-01-20T00:00:00+08:00"))],
        KEPT_DAYS,
    ),
    Case(
        Rule.EXPIRY_BOUNDS,
        "a deadline too late",
        [same(snapshot("ap-beijing", deadline="2027-03-01T00:00:00+08:00"))],
        KEPT_DAYS,
    ),
    Case(Rule.EXPIRY_BOUNDS, "within", [same(cache("w", SECOND, retention_days=7))], KEPT_DAYS, found=0),
    Case(
        Rule.EXPIRY_BOUNDS, "a new deadline", [created(snapshot("ap-beijing", deadline=IN_A_MONTH))], KEPT_DAYS, found=0
    ),
    Case(
        Rule.EXPIRY_BOUNDS,
        "an old one whose deadline comes near",
        [
            same(made(snapshot("ap-beijing", deadline=IN_A_WEEK), 20)),
            same(snapshot("ap-chengdu", deadline="2027-01-17T00:00:00Z")),
        ],
        KEPT_DAYS,
        found=0,
    ),
    Case(Rule.EXPIRES_SOON, "a deadline", [same(snapshot("ap-beijing", deadline=IN_A_WEEK))]),
    Case(Rule.EXPIRES_SOON, "retention days", [same(made(cache("w", SECOND, retention_days=30), 25))]),
    Case(Rule.EXPIRES_SOON, "it has ended", [same(made(cache("w", SECOND, retention_days=3), 25))]),
    Case(Rule.EXPIRES_SOON, "much time is left", [same(snapshot("ap-beijing", deadline=IN_A_MONTH))], found=0),
    Case(
        Rule.EXPIRES_SOON,
        "a short life at its beginning",
        [same(made(cache("w", SECOND, retention_days=3), 1))],
        found=0,
    ),
    Case(
        Rule.EXPIRES_SOON,
        "it was renewed",
        [same(made(cache("w", SECOND, retention_days=30), 25, renewed=NOW - DAY))],
        found=0,
    ),
    Case(Rule.EXPIRES_SOON, "since when is not known", [same(cache("w", SECOND, retention_days=1))], found=0),
    Case(Rule.EXPIRES_SOON, "a new one", [created(snapshot("ap-beijing", deadline=IN_A_WEEK))], found=0),
    Case(Rule.TOO_OLD, "the newest of two", [same(made(A, 40)), same(made(A, 31))], {"maxAge": "30d"}),
    Case(Rule.TOO_OLD, "one of two is young", [same(made(A, 40)), same(made(A, 2))], {"maxAge": "30d"}, found=0),
    Case(Rule.TOO_OLD, "it is made again", [replaced(made(A, 40), A)], {"maxAge": "30d"}, found=0),
    Case(Rule.TOO_OLD, "its age is not known", [same(A)], {"maxAge": "30d"}, found=0),
    Case(Rule.TAGS, "one of two", [same(image("web", SECOND, tags={"team": "x"}))], {"requiredTags": ["team", "cost"]}),
    Case(Rule.TAGS, "none at all", [same(A)], {"requiredTags": ["team"]}),
    Case(Rule.TAGS, "all", [same(image("web", SECOND, tags={"team": "x"}))], {"requiredTags": ["team"]}, found=0),
    Case(Rule.TAGS, "a snapshot", [same(snapshot("ap-beijing"))], {"requiredTags": ["team"]}),
    Case(Rule.FAN_OUT, "three regions", [same(A), same(B), created(image("web", EU))], {"maxRegions": 2}),
    Case(Rule.FAN_OUT, "two generations in one region", [same(A), same(A)], {"maxRegions": 1}, found=0),
    Case(Rule.FAN_OUT, "one of three goes", [same(A), same(B), deleted(image("web", EU))], {"maxRegions": 2}, found=0),
    Case(Rule.COPIED_TWICE, "two entries", [same(A), created(image("db", SECOND))]),
    Case(Rule.COPIED_TWICE, "to two regions", [same(A), created(image("db", ABROAD))], found=0),
    Case(Rule.COPIED_TWICE, "an image and a DataCache", [same(A), same(cache("w", SECOND, source_id="m-1"))], found=0),
    Case(
        Rule.COPIED_TWICE,
        "sources that are not known yet",
        [same(image(entry, SECOND, source_id=UNKNOWN)) for entry in "ab"],
        found=0,
    ),
    Case(Rule.ADOPTS, "a new one", [created(cache("w", SECOND, existing_id="edc-2"))]),
    Case(Rule.ADOPTS, "it is recorded already", [same(cache("w", SECOND, existing_id="edc-2"))], found=0),
    Case(Rule.ADOPTED, "it is deleted", [deleted(cache("w", SECOND, existing_id="edc-2"))]),
    Case(Rule.ADOPTED, "it is replaced", [replaced(cache("w", SECOND, existing_id="edc-2"), cache("w", SECOND))]),
    Case(
        Rule.ADOPTED, "it stays in the cloud", [deleted(cache("w", SECOND, existing_id="edc-2"), **RETAINED)], found=0
    ),
    Case(Rule.OVER_BUDGET, "more", [same(A)], {"budget": {"currency": "CNY", "perMonth": 100.0}}, cost={"CNY": 100.5}),
    Case(
        Rule.OVER_BUDGET,
        "another currency",
        [same(A)],
        {"budget": {"currency": "CNY", "perMonth": 100}},
        found=0,
        cost={"USD": 500.0},
    ),
]
FIRING = [case for case in CASES if case.found]


def named(case: Case) -> str:
    return f"{case.rule.value}: {case.about}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_rule_finds_what_it_is_for_and_nothing_else(case: Case) -> None:
    assert len(case.findings()) == case.found


@pytest.mark.parametrize("case", FIRING, ids=named)
def test_finding_is_a_sentence_with_a_next_step(case: Case) -> None:
    for finding in case.findings():
        for text in (finding.message, finding.next_step):
            assert text, finding
            assert not text.endswith("."), text
            assert "\n" not in text
        if finding.rule is not Rule.OVER_BUDGET:
            assert finding.entry in finding.message
        assert not finding.region or finding.region in finding.message


@pytest.mark.parametrize("case", [case for case in FIRING if case.rule is not Rule.OVER_BUDGET], ids=named)
def test_exception_makes_it_a_note_with_the_reason(case: Case) -> None:
    entries = {finding.entry for finding in case.findings()}
    excepted = [
        {"rule": case.rule.value, "entry": entry, "reason": "moves in spring", "until": "2027-01-15"}
        for entry in entries
    ]

    found = case.findings(exceptions=excepted)

    assert {finding.severity for finding in found} == {Severity.NOTE}
    assert {finding.excepted for finding in found} == {"moves in spring (until 2027-01-15)"}


def test_ended_exception_holds_no_more_and_says_so() -> None:
    ended = {"rule": "region", "entry": "web", "reason": "moves in spring", "until": "2027-01-14"}
    case = Case(Rule.REGION, "", [same(A)], {"regions": {"allowed": []}, "exceptions": [ended]})

    (finding,) = case.findings()

    assert finding.severity is Severity.MANDATORY
    assert finding.excepted == ""
    assert finding.message.endswith("; the exception for it ended on 2027-01-14")


def test_exception_of_a_region_is_for_that_region() -> None:
    excepted = {"rule": "region", "entry": "web", "region": SECOND, "reason": "x", "until": "2027-02-01"}
    case = Case(Rule.REGION, "", [same(A), same(B)], {"regions": {"allowed": []}, "exceptions": [excepted]})

    assert {finding.region: finding.severity for finding in case.findings()} == {
        SECOND: Severity.NOTE,
        ABROAD: Severity.MANDATORY,
    }


def test_environment_chooses_what_a_rule_weighs() -> None:
    case = Case(Rule.LAST_REPLICA, "", [deleted(A)])

    assert case.findings()[0].severity is Severity.WARNING
    assert case.findings(severity={"last-replica": "mandatory"})[0].severity is Severity.MANDATORY
    assert case.findings(severity={"last-replica": "note"})[0].severity is Severity.NOTE


def test_what_the_stack_demands_is_mandatory() -> None:
    mandatory = {rule for rule, severity in DEFAULTS.items() if severity is Severity.MANDATORY}

    assert mandatory == {
        Rule.REGION,
        Rule.RESIDENCY,
        Rule.NO_ENCRYPTION,
        Rule.NO_EXPIRY,
        Rule.EXPIRY_BOUNDS,
        Rule.TAGS,
        Rule.FAN_OUT,
        Rule.OVER_BUDGET,
    }


def test_nothing_is_found_where_nothing_is_demanded_and_nothing_changes() -> None:
    replicas = [A, B, cache("w", SECOND, retention_days=3), snapshot("ap-beijing")]

    assert find(Situation([same(made(replica, 1)) for replica in replicas], Policies(), NOW), on=TODAY) == []


def test_heaviest_comes_first_and_none_twice() -> None:
    policies = Policies.model_validate({"regions": {"allowed": [SECOND]}, "requiredTags": ["team"]})

    found = find(Situation([created(B), created(B)], policies, NOW), on=TODAY)

    assert [finding.severity for finding in found] == [Severity.MANDATORY, Severity.MANDATORY, Severity.NOTE]
    assert [finding.rule for finding in found] == [Rule.REGION, Rule.TAGS, Rule.LEAVES_JURISDICTION]


def test_every_rule_has_cases_of_both_kinds_and_a_meaning() -> None:
    for rule in Rule:
        assert {bool(case.found) for case in CASES if case.rule is rule} == {True, False}, rule
        assert MEANINGS[rule].endswith(".")
    assert MEANINGS.keys() == DEFAULTS.keys() == {*Rule}


def test_page_lists_every_rule_with_what_it_weighs_and_finds() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert rows == [(rule.value, DEFAULTS[rule].value, MEANINGS[rule]) for rule in Rule]
