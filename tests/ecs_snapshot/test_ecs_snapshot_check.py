"""check and diff: every broken rule is reported on its property at preview; what a change does follows the table."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.providers.ecs_snapshot import EcsSnapshotProvider
from tests.lifecycle.replicas import DECLARED_ECS_SNAPSHOT


def checked(olds: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    result = EcsSnapshotProvider().check(olds or {}, {**DECLARED_ECS_SNAPSHOT, **changed})
    assert result.failures == []
    return result.inputs


def failures(olds: dict[str, Any] | None = None, **changed: Any) -> dict[str, str]:
    result = EcsSnapshotProvider().check(olds or {}, {**DECLARED_ECS_SNAPSHOT, **changed})
    return {failure.property: failure.reason for failure in result.failures}


def replaced(olds: dict[str, Any], news: dict[str, Any]) -> tuple[bool | None, list[str] | None]:
    diff = EcsSnapshotProvider().diff("s-1", olds, news)
    return diff.changes, diff.replaces


def test_defaults() -> None:
    inputs = checked()

    defaults = {"description": "Cross-region replica", "tags": {}, "force_delete": False, "delete_timeout": "2h"}
    assert inputs.items() >= defaults.items()
    assert not {"retention_days", "encrypted", "kms_key_id"} & inputs.keys()


@pytest.mark.parametrize(
    ("declared", "property_", "reason"),
    [
        ({"name": "l"}, "name", "has 2 to 128 characters, this one 1"),
        ({"name": "auto_ledger"}, "name", "must not begin with 'auto'"),
        ({"name": "1st"}, "name", "begins with a letter"),
        ({"name": "http://x"}, "name", "must not begin with http://"),
        ({"description": "x"}, "description", "has 2 to 256 characters, this one 1"),
        ({"description": "https://x"}, "description", "must not begin with http://"),
        ({"retention_days": 0}, "retention_days", "must be a whole number of days, 1 to 65536, got 0"),
        ({"kms_key_id": "key"}, "kms_key_id", "needs `encrypted: true` beside it"),
        ({"encrypted": "yes"}, "encrypted", "must be true or false"),
        ({"tags": {"pulumi-replica": "x"}}, "tags.pulumi-replica", "is reserved: it marks the replica"),
        ({"tags": {f"k{n}": "" for n in range(20)}}, "tags", "20 tags, at most 19: ECS allows 20"),
        ({"region": "cn-beijing"}, "region", "is the source region"),
        ({"region": "Beijing"}, "region", "is not a region id"),
        ({"source_id": ""}, "source_id", "must not be empty"),
    ],
)
def test_broken_rule(declared: dict[str, Any], property_: str, reason: str) -> None:
    assert reason in failures(**declared)[property_]


def test_all_broken_rules_at_once() -> None:
    assert failures(name="1", description="x", retention_days=-1).keys() == {"name", "description", "retention_days"}


def test_unknown_values_pass() -> None:
    names = ("source_id", "name", "description", "retention_days", "kms_key_id", "tags")
    unknown: dict[str, Any] = dict.fromkeys(names, UNKNOWN)

    assert checked(**unknown, encrypted=UNKNOWN)["name"] is UNKNOWN


def test_retention_cannot_be_unset() -> None:
    assert "cannot be unset (it was 7): Modify" in failures(checked(retention_days=7))["retention_days"]


@pytest.mark.parametrize(("before", "was"), [({"retention_days": 7}, "7"), ({}, "never expires")])
def test_retention_can_only_be_raised(before: dict[str, Any], was: str) -> None:
    reason = failures(checked(**before), retention_days=6)["retention_days"]

    assert reason.startswith(f"can only be raised (it was {was}): ModifySnapshotAttribute only extends it; ")
    assert checked(checked(retention_days=7), retention_days=8)["retention_days"] == 8


def test_another_copy_may_have_any_retention() -> None:
    before = checked(retention_days=7)

    assert checked(before, source_id="s-another", retention_days=1)["retention_days"] == 1


@pytest.mark.parametrize("name", ["source_id", "source_region", "region", "encrypted", "kms_key_id"])
def test_identity_replaces(name: str) -> None:
    news = {**checked(), name: "other"}

    assert replaced(checked(), news) == (True, [name])


@pytest.mark.parametrize("name", ["name", "description", "retention_days", "tags", "ignore_tags", "force_delete"])
def test_settings_are_changed_in_place(name: str) -> None:
    news = {**checked(), name: "other"}

    assert replaced(checked(), news) == (True, [])


def test_token_stays() -> None:
    first = checked()

    assert checked(first)["copy_token"] == first["copy_token"]
    assert checked()["copy_token"] != first["copy_token"]
