"""check: completes the inputs, keeps the token, and reports every broken rule on its property."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.providers.snapshot import SnapshotProvider
from tests.lifecycle.replicas import DECLARED_SNAPSHOT

DEADLINE = "2099-01-31T00:00:00+08:00"


def checked(olds: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    result = SnapshotProvider().check(olds or {}, {**DECLARED_SNAPSHOT, **changed})
    assert result.failures == []
    return result.inputs


def failures(**changed: Any) -> dict[str, str]:
    result = SnapshotProvider().check({}, {**DECLARED_SNAPSHOT, **changed})
    return {failure.property: failure.reason for failure in result.failures}


def test_defaults() -> None:
    inputs = checked()

    assert inputs["is_permanent"] is True
    assert inputs["delete_bound_images"] is False
    assert inputs["delete_timeout"] == "2h"
    assert "deadline" not in inputs


def test_default_name_ends_with_the_token() -> None:
    inputs = checked()

    assert inputs["name"] == f"golden-ap-beijing-{inputs['copy_token'][:8]}"


def test_default_name_stays_as_the_token_does() -> None:
    first = checked()

    assert checked(first)["name"] == first["name"]
    assert checked()["name"] != first["name"]


def test_name_that_is_unset_is_the_default_again() -> None:
    first = checked(name="exact")

    assert checked(first)["name"] == f"golden-ap-beijing-{first['copy_token'][:8]}"


def test_token_is_fresh_for_each_instance_and_kept_afterwards() -> None:
    first, second = checked(), checked()

    assert first["copy_token"] != second["copy_token"]
    assert checked(first, name="other")["copy_token"] == first["copy_token"]


@pytest.mark.parametrize(
    "text", [DEADLINE, "2099-01-30T16:00:00Z", "2099-01-30T16:00:00.25+00:00", "2099-01-30 11:00-05:00"]
)
def test_deadline_is_normalised(text: str) -> None:
    inputs = checked(deadline=text)

    assert inputs["deadline"] == "2099-01-30T16:00:00+00:00"
    assert inputs["is_permanent"] is False


@pytest.mark.parametrize(
    ("changed", "property_"),
    [
        ({"region": "ap-guangzhou"}, "region"),
        ({"region": None}, "region"),
        ({"region": "Beijing"}, "region"),
        ({"source_region": None}, "source_region"),
        ({"source_region": "South China"}, "source_region"),
        ({"source_id": None}, "source_id"),
        ({"source_id": " "}, "source_id"),
        ({"source_id": 7}, "source_id"),
        ({"existing_id": ""}, "existing_id"),
        ({"existing_id": ["snap-1"]}, "existing_id"),
        ({"name": "n" * 61}, "name"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": 7}, "name"),
        ({"is_permanent": "yes"}, "is_permanent"),
        ({"is_permanent": 1}, "is_permanent"),
        ({"is_permanent": True, "deadline": DEADLINE}, "is_permanent"),
        ({"is_permanent": False}, "deadline"),
        ({"delete_bound_images": 1}, "delete_bound_images"),
        ({"deadline": "soon"}, "deadline"),
        ({"deadline": ""}, "deadline"),
        ({"deadline": 4102444800}, "deadline"),
        ({"deadline": "2099-01-31"}, "deadline"),
        ({"deadline": "2099-01-31T00:00:00"}, "deadline"),
        ({"deadline": "2099-02-30T00:00:00Z"}, "deadline"),
        ({"deadline": "9999-12-31T23:59:59-08:00"}, "deadline"),
        ({"deadline": "0001-01-01T00:00:00+08:00"}, "deadline"),
        ({"deadline": "2020-01-31T00:00:00Z"}, "deadline"),
        ({"delete_timeout": "soon"}, "delete_timeout"),
    ],
)
def test_violation(changed: dict[str, Any], property_: str) -> None:
    assert list(failures(**changed)) == [property_]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "n" * 60},
        {"name": "ü" * 60},
        {"is_permanent": True},
        {"is_permanent": False, "deadline": DEADLINE},
        {"delete_bound_images": True},
        {"existing_id": "snap-byhand01"},
        {"delete_timeout": "1h30m"},
    ],
)
def test_allowed(changed: dict[str, Any]) -> None:
    assert failures(**changed) == {}


def test_everything_at_once() -> None:
    found = failures(
        region="ap-guangzhou",
        source_id="",
        name="n" * 61,
        deadline="soon",
        is_permanent=True,
        delete_bound_images="no",
        delete_timeout="never",
    )

    assert set(found) == {
        *("region", "source_id", "name", "deadline", "is_permanent", "delete_bound_images", "delete_timeout")
    }


def test_unknown_passes() -> None:
    unknown = dict.fromkeys(("source_id", "name", "deadline", "is_permanent", "delete_bound_images"), UNKNOWN)

    assert failures(**unknown) == {}
    assert failures(is_permanent=False, deadline=UNKNOWN) == {}
