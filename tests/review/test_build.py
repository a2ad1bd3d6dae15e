"""The report that is made of changes: what is shown of them, where they are declared, and the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.review.policies import Severity
from components.review.replicas import Change
from tests.review.scenarios import (
    CONFIG,
    DAY,
    NOW,
    SIZES,
    Played,
    created,
    deleted,
    drifted,
    orders,
    recorded,
    replaced,
    report,
    same,
    unchanged,
    updated,
    weights,
)
from tools.review import build as builder
from tools.review.report import NOT_KNOWN, SECRET, Edge, PropertyChange, Report

HOME = recorded()["llm-weights-cn-hangzhou"]
KEY = {"data_source": {"type": "URL", "options": {"repoId": "a/b", "token": "hf_s3cret"}}, "unheard_of": "hf_s3cret"}


def line(text: str) -> int:
    return next(number for number, each in enumerate(CONFIG.splitlines(), 1) if text in each)


def shown(change: Change) -> list[PropertyChange]:
    return report([change]).changes[0].properties


def violation(**more: Any) -> Any:
    return SimpleNamespace(
        **{
            "policy_pack_name": "acme",
            "policy_name": "no-friday",
            "enforcement_level": "mandatory",
            "message": "<{%fg 1%}>not on\nFridays<{%reset%}>",
            "resource_urn": "urn:pulumi:prod::replicas::t::llm-weights-cn-hangzhou",
            **more,
        }
    )


def test_property_that_differs_is_shown_with_both_values() -> None:
    assert shown(updated(HOME, weights("cn-hangzhou", retention_days=60))) == [
        PropertyChange(name="retentionDays", old="30", new="60")
    ]


def test_keys_of_a_map_are_shown_one_by_one() -> None:
    assert shown(updated(HOME, weights("cn-hangzhou", tags={"team": "ml", "tier": "gold"}))) == [
        PropertyChange(name="tags.team", old="inference", new="ml"),
        PropertyChange(name="tags.tier", old=None, new="gold"),
    ]


def test_property_that_replaces_is_marked() -> None:
    after = weights("cn-hangzhou", path="/v2", source_id="edc-new", retention_days=60)

    found = {each.name: each.replaces for each in shown(replaced(HOME, after))}

    assert found == {"source.id": True, "path": True, "retentionDays": False}


def test_name_that_is_made_for_a_replacement_is_no_difference() -> None:
    before = replace(HOME, properties={**HOME.properties, "name": f"{HOME.name}-1a2b"})
    after = replace(HOME, properties={**HOME.properties, "name": f"{HOME.name}-3c4d", "path": "/v2"})

    assert [each.name for each in shown(replaced(before, after))] == ["path"]


def test_new_replica_is_shown_with_what_it_is_made_with() -> None:
    assert shown(created(weights("cn-shenzhen"))) == [
        PropertyChange(name="path", old=None, new="/models/llm/v1"),
        PropertyChange(name="retentionDays", old=None, new="30"),
        PropertyChange(name="tags.team", old=None, new="inference"),
    ]


def test_undeclared_property_is_not_shown() -> None:
    assert "copy_token" not in report([created(weights("cn-shenzhen", copy_token="t0ken"))]).model_dump_json()


def test_block_that_may_hold_a_secret_is_not_printed_anywhere() -> None:
    changed = {**KEY, "data_source": {"type": "OSS", "options": {"token": "hf_s3cret2"}}}

    made = report([updated(weights("cn-hangzhou", id_="edc-1", reload=KEY), weights("cn-hangzhou", reload=changed))])

    assert "hf_s3cret" not in made.model_dump_json()
    assert made.changes[0].properties == [
        PropertyChange(name="reload.dataSource.options", old=SECRET, new=SECRET),
        PropertyChange(name="reload.dataSource.type", old="URL", new="OSS"),
    ]


def test_masked_value_is_shown_where_nothing_else_differs() -> None:
    masked = weights("cn-hangzhou", id_="edc-1", tags={"key": SECRET, "team": "ml"})
    change = replace(updated(masked, masked), properties=("tags",))

    assert shown(change) == [PropertyChange(name="tags.key", old=SECRET, new=SECRET)]


def test_secret_of_the_stack_config_is_nowhere_in_it() -> None:
    there = weights("cn-hangzhou", id_="edc-1", tags={"team": "tag-s3cret"}, path="/p/tag-s3cret/x")
    recorder = Played([updated(there, weights("cn-hangzhou", tags={"team": "7", "n": "x"}))])
    recorder.problems = ["the tag 'tag-s3cret' is refused"]

    made = report([], recorder=recorder, secrets=["tag-s3cret", "7"])

    assert "tag-s3cret" not in made.model_dump_json()
    assert made.problems == ["the tag '[secret]' is refused"]
    assert [(each.name, each.new) for each in made.changes[0].properties if each.name == "tags.team"] == [
        ("tags.team", SECRET)
    ]
    assert made.made_at == "2026-11-26T09:30:00Z"  # a short secret is looked for as a whole value only


def test_source_that_is_not_known_yet() -> None:
    made = report([created(orders("ap-tokyo", source_id=UNKNOWN))])

    assert (made.changes[0].source_id, made.changes[0].size_gib) == (NOT_KNOWN, None)


def test_size_is_that_of_the_source_or_the_larger_one_that_is_declared() -> None:
    sizes = [report([created(weights("cn-shenzhen", size=gib))]).changes[0].size_gib for gib in (None, 20, 500)]

    assert sizes == [320, 320, 500]


def test_size_of_the_copy_itself_wins() -> None:
    made = report([deleted(HOME)], sizes={**SIZES, ("cn-hangzhou", HOME.id): 400})

    assert made.changes[0].size_gib == 400


def test_change_is_placed_at_its_region() -> None:
    made = report([updated(HOME, weights("cn-hangzhou", retention_days=60))])

    assert made.changes[0].where is not None
    assert (made.changes[0].where.file, made.changes[0].where.line) == (
        "stacks/Pulumi.prod.yaml",
        line("cn-hangzhou: {retentionDays"),
    )


def test_finding_is_placed_at_the_line_that_declares_it() -> None:
    made = report(unchanged(), policies={"requiredTags": ["owner"], "expiry": {"maxDays": 7}})

    places = {(each.rule, each.entry, each.region): each.where and each.where.line for each in made.findings}
    assert places["tags", "llm-weights", "cn-hangzhou"] == line("tags: {team: inference}")
    assert places["expiry-bounds", "llm-weights", "cn-shanghai"] == line("cn-shanghai: {retentionDays")


def test_finding_of_an_entry_that_is_gone_is_placed_in_the_file() -> None:
    config = CONFIG.partition("  replicas:snapshots:")[0]
    there = [it for name, it in recorded().items() if name.startswith("orders")]

    made = report([deleted(it) for it in there], config)

    (finding,) = [each for each in made.findings if each.rule == "last-replica"]
    assert finding.where is None
    assert (made.place(finding).file, made.place(finding).line) == ("stacks/Pulumi.prod.yaml", 1)


def test_edges_count_what_is_done_between_two_regions() -> None:
    twice = replace(recorded()["orders-disk-ap-shanghai"], entry="other", name="other-ap-shanghai")

    made = report([*unchanged(), created(twice), deleted(replace(twice, entry="third"))])

    assert Edge(source="ap-guangzhou", region="ap-shanghai", created=1, deleted=1, unchanged=1) in made.edges
    assert {edge.region for edge in made.edges} | {edge.source for edge in made.edges} == {
        place.region for place in made.regions
    }


def test_fingerprints_differ_from_each_other_and_not_from_run_to_run() -> None:
    made = [report(unchanged(), policies={"requiredTags": ["a", "b"]}) for _ in range(2)]

    assert made[0].fingerprints() == made[1].fingerprints()
    assert len(set(made[0].fingerprints())) == len(made[0].findings) == 6


def test_moment_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    monkeypatch.setattr("tests.review.scenarios.NOW", beijing)

    assert report(unchanged()).made_at == "2026-11-26T09:30:00Z"


def test_violations_of_other_packs_are_findings_and_our_own_are_not_repeated() -> None:
    recorder = Played(unchanged())
    recorder.violations = [
        violation(),
        violation(policy_pack_name=builder.PACK),
        violation(enforcement_level="advisory"),
    ]

    made = report([], recorder=recorder)

    assert [(each.rule, each.severity, each.message) for each in made.findings] == [
        ("acme/no-friday", Severity.MANDATORY, "llm-weights-cn-hangzhou: not on Fridays"),
        ("acme/no-friday", Severity.WARNING, "llm-weights-cn-hangzhou: not on Fridays"),
    ]
    assert made.exit_code == 3


def test_failed_engine_is_said_first() -> None:
    recorder = Played([])
    recorder.problems = ["the stack config has 1 mistake"]

    made = report([], recorder=recorder)

    assert (made.verdict, made.exit_code) == ("the preview failed, so this report is not complete", 1)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (created(weights("cn-shenzhen")), "1 replica added; price unknown"),
        (created(weights("cn-shenzhen", existing_id="edc-1")), "1 replica taken over; price unknown"),
        (updated(HOME, weights("cn-hangzhou", retention_days=60)), "1 replica updated"),
        (deleted(HOME, retained=True), "1 replica no longer managed"),
        (created(orders("ap-nanjing")), "1 replica added; at most CNY 13.00 more a month"),
        (
            deleted(recorded()["orders-disk-ap-singapore"]),
            "1 replica deleted; the last replica abroad of orders-disk goes; at most CNY 16.80 less a month",
        ),
    ],
)
def test_verdict_says_the_whole_in_one_line(change: Change, verdict: str) -> None:
    others = [it for it in unchanged() if it.replica.name != change.replica.name]

    assert report([*others, change], policies={"severity": {}}).verdict == verdict


def test_verdict_says_what_is_bad_about_it() -> None:
    there = recorded()
    names = [name for name in there if name.startswith("golden-web")]

    made = report([*unchanged(*names), *(deleted(there[name]) for name in names)])

    assert "the last replica of golden-web goes" in made.verdict


def test_verdict_of_many_entries_names_two() -> None:
    changes = [deleted(replace(HOME, entry=f"entry-{number}", name=f"e{number}", id="e")) for number in range(4)]
    changes = [
        replace(
            each, before=replace(each.replica, properties={**each.replica.properties, "source_id": f"edc-{number}"})
        )
        for number, each in enumerate(changes)
    ]

    assert "the last replica of entry-0, entry-1 and 2 more goes" in report(changes).verdict


def test_verdict_says_that_prices_are_missing_only_of_what_changes() -> None:
    made = report([*unchanged(), created(orders("ap-nanjing"))])

    assert made.cost.monthly_after[0].without_price == 3
    assert "unknown" not in made.verdict


def test_other_resources_are_in_the_verdict() -> None:
    others = [("create", "t", "a"), ("create", "t", "b"), ("delete", "t", "c")]

    assert report(unchanged(), others=others).verdict == "2 other resources added, 1 deleted"


def test_verdict_of_drift_says_what_has_happened() -> None:
    assert drifted().verdict.startswith("1 replica changed outside the stack, 1 failed, 1 gone, 1 expired")


def test_replica_that_vanished_before_its_time_has_not_expired() -> None:
    early = replace(HOME, created=NOW.timestamp() - 10 * DAY)

    made = report([deleted(early)], mode="drift")

    assert (made.changes[0].expired, made.cost.traffic_gib) == (False, 0)


def test_nothing_changed() -> None:
    made: Report = report([same(HOME)])

    assert (made.verdict, made.exit_code) == ("nothing changes; 1 replica unchanged", 0)
