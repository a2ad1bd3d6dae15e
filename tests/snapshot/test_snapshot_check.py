"""check: completes the inputs, keeps the token, and reports every broken rule on its property."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from components.providers.snapshot import SnapshotProvider
from components.snapshot.lifecycle import SnapshotLifecycle
from tests.lifecycle.replicas import DECLARED_SNAPSHOT

REGIONS = ("ap-beijing", "ap-hongkong", "ap-shenzhen-fsi", "na-siliconvalley")
SOURCES = st.sampled_from(["", "snap-ckgjwkqh", "snap-ckgjwkqi", "snap-ckgjwkqj"])
ends = st.text("ab", min_size=1, max_size=3)
long_names = ends | ends.map(lambda end: "n" * 58 + end)
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


STACK = "0123456789abcdef0123456789abcdef"


def test_default_name_holds_stack_and_token() -> None:
    inputs = checked(stack_id=STACK)

    assert inputs["name"] == f"golden-ap-beijing-012345{inputs['copy_token'][:6]}"


def test_default_name_of_an_older_version_stays() -> None:
    """Rows of 0.1.0 have no stack id; that the program passes one by now changes nothing."""
    old = checked()

    assert checked(old, stack_id=STACK)["name"] == old["name"]


def test_default_name_is_not_known_before_the_stack_id_is() -> None:
    """In the preview of a new stack; what exists has its stack id already."""
    made = checked(stack_id=STACK)

    assert checked(stack_id=UNKNOWN)["name"] is UNKNOWN
    assert checked(made, stack_id=UNKNOWN)["name"] == made["name"]


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=80), st.sampled_from(REGIONS), SOURCES)
def test_law_default_name_keeps_region_and_generation(component: str, region: str, source: str) -> None:
    """It is never too long, and region and generation are whole in it."""
    child = f"{component}-{region}{source and f'-{source}'}"
    names = {
        stack: checked(default_name=child, region=region, source_id=source or "snap-1", stack_id=stack)
        for stack in (None, STACK)
    }

    for stack, inputs in names.items():
        suffix = f"{(stack or '')[:6]}{inputs['copy_token'][: 6 if stack else 8]}"
        assert len(inputs["name"]) <= 60
        assert inputs["name"].endswith(f"-{suffix}")
    assert names[STACK]["name"].endswith(child.removeprefix(component) + names[STACK]["name"][-13:])


@given(st.lists(st.tuples(long_names, st.sampled_from(REGIONS), SOURCES), min_size=2, max_size=5, unique=True))
def test_law_default_names_differ_as_their_replicas_do(replicas: list[tuple[str, str, str]]) -> None:
    """Even if the random characters of all were the same."""
    names = set()
    for component, region, source in replicas:
        child = f"{component}-{region}{source and f'-{source}'}"
        inputs = {"region": region, "source_id": source or "snap-1", "stack_id": STACK, "copy_token": "f" * 32}
        names.add(SnapshotLifecycle.names.of({**inputs, "default_name": child}))

    assert len(names) == len(replicas)


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
