"""check: completes the inputs, keeps the token, and reports every broken rule on its property."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.lifecycle.copy_lifecycle import OF_CREATION
from components.providers.data_cache import DataCacheProvider
from tests.lifecycle.replicas import DECLARED


def failures(**changed: Any) -> dict[str, str]:
    result = DataCacheProvider().check({}, {**DECLARED, **changed})
    return {failure.property: failure.reason for failure in result.failures}


def test_defaults() -> None:
    result = DataCacheProvider().check({}, dict(DECLARED))

    assert result.inputs["bucket"] == "default"
    assert result.inputs["tags"] == {}
    assert result.inputs["delete_timeout"] == "2h"
    assert result.failures == []


def test_token_is_fresh_for_each_instance_and_kept_afterwards() -> None:
    provider = DataCacheProvider()

    first = provider.check({}, dict(DECLARED)).inputs
    second = provider.check({}, dict(DECLARED)).inputs
    kept = provider.check(first, {**DECLARED, "name": "other"}).inputs

    assert first["copy_token"] != second["copy_token"]
    assert kept["copy_token"] == first["copy_token"]
    assert first["copy_token"].isascii()
    assert len(first["copy_token"]) <= 64


def test_what_a_creation_is_known_by_stays_as_it_was() -> None:
    provider = DataCacheProvider()

    first = provider.check({}, {**DECLARED, "stack_id": "first", "ready_timeout": "1h"}).inputs
    kept = provider.check(first, {**DECLARED, "stack_id": "other", "ready_timeout": "9h"}).inputs

    assert first["stack_id"] == "first"
    assert abs(first["asked_at"] - time.time()) < 60
    assert {key: kept[key] for key in OF_CREATION} == {key: first[key] for key in OF_CREATION}
    assert not provider.diff("edc-1", first, kept).changes


def test_row_of_an_earlier_version_stays_without_stack_and_moment() -> None:
    provider = DataCacheProvider()
    olds = {**DECLARED, "copy_token": "t", "bucket": "default", "tags": {}, "delete_timeout": "2h"}

    kept = provider.check(olds, {**DECLARED, "stack_id": UNKNOWN, "ready_timeout": "2h"}).inputs

    assert kept == olds
    assert not provider.diff("edc-1", olds, kept).changes


@pytest.mark.parametrize(
    ("changed", "property_"),
    [
        ({"region": "cn-beijing"}, "region"),
        ({"region": None}, "region"),
        ({"source_id": None}, "source_id"),
        ({"source_id": " "}, "source_id"),
        ({"source_id": 7}, "source_id"),
        ({"name": "n" * 129}, "name"),
        ({"bucket": "eci-system"}, "bucket"),
        ({"bucket": ""}, "bucket"),
        ({"path": "models"}, "path"),
        ({"path": "/" + "p" * 1024}, "path"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": -1.0}, "retention_days"),
        ({"retention_days": 1.5}, "retention_days"),
        ({"retention_days": True}, "retention_days"),
        ({"retention_days": 36501}, "retention_days"),
        ({"retention_days": float("inf")}, "retention_days"),
        ({"tags": {f"k{n}": "" for n in range(20)}}, "tags"),
        ({"tags": ["team"]}, "tags"),
        ({"tags": {"": "v"}}, "tags."),
        ({"tags": {"k" * 129: "v"}}, "tags." + "k" * 129),
        ({"tags": {"acs:rm": "v"}}, "tags.acs:rm"),
        ({"tags": {"Aliyun": "v"}}, "tags.Aliyun"),
        ({"tags": {"see HTTP://x": "v"}}, "tags.see HTTP://x"),
        ({"tags": {"pulumi-replica": "v"}}, "tags.pulumi-replica"),
        ({"tags": {"k": "v" * 129}}, "tags.k"),
        ({"tags": {"k": "https://x"}}, "tags.k"),
        ({"tags": {"k": "ACS:x"}}, "tags.k"),
        ({"tags": {"k": 1}}, "tags.k"),
        ({"delete_timeout": "soon"}, "delete_timeout"),
    ],
)
def test_violation(changed: dict[str, Any], property_: str) -> None:
    assert list(failures(**changed)) == [property_]


@pytest.mark.parametrize(
    "changed",
    [
        {"retention_days": 1},
        {"retention_days": 7.0},
        {"retention_days": 36500},
        {"tags": {f"k{n}": "" for n in range(19)}},
        {"tags": {"k" * 128: "v" * 128}},
        {"path": "/a b/ü"},
        {"name": "n" * 128},
        {"delete_timeout": "1h30m"},
    ],
)
def test_allowed(changed: dict[str, Any]) -> None:
    assert failures(**changed) == {}


def test_everything_at_once() -> None:
    found = failures(region="cn-beijing", retention_days=0, tags={"acs:x": "1", "k": 2}, bucket="eci-system")

    assert set(found) == {"region", "retention_days", "tags.acs:x", "tags.k", "bucket"}


def test_unknown_passes() -> None:
    unknown = dict.fromkeys(("source_id", "path", "name", "retention_days", "bucket", "tags"), UNKNOWN)

    assert failures(**unknown) == {}
    assert failures(tags={"k": UNKNOWN}) == {}


@pytest.mark.parametrize("key", ["retention_days", "resource_group_id"])
def test_what_cannot_be_unset_is_refused(key: str) -> None:
    provider = DataCacheProvider()
    olds = provider.check({}, {**DECLARED, "retention_days": 7, "resource_group_id": "rg-1"}).inputs

    result = provider.check(olds, {**DECLARED, "retention_days": 7, "resource_group_id": "rg-1", key: None})

    assert [failure.property for failure in result.failures] == [key]


def test_replacement_may_leave_out_what_cannot_be_unset() -> None:
    provider = DataCacheProvider()
    olds = provider.check({}, {**DECLARED, "retention_days": 7}).inputs

    assert provider.check(olds, {**DECLARED, "path": "/v2"}).failures == []
