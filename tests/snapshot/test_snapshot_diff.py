"""diff: what replaces, what is changed in place, and what is no change at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from components.providers.snapshot import SnapshotProvider
from components.snapshot.lifecycle import SnapshotLifecycle
from tests.lifecycle.replicas import REFERENCE, inputs
from tests.snapshot import snapshot_declarations as declarations

PROVIDER = SnapshotProvider()
DEADLINE = "2099-01-31T00:00:00+08:00"
OTHER: dict[str, Any] = {
    "source_region": "ap-nanjing",
    "source_id": "snap-other",
    "region": "ap-shanghai",
    "name": "other",
    "deadline": "2099-02-28T00:00:00+00:00",
    "is_permanent": True,
    "delete_bound_images": True,
    "tags": {"team": "web"},
    "ignore_tags": ["cost-*"],
    "delete_timeout": "3h",
    "default_name": "other",
}


def state(**changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old outputs and new inputs of one unchanged replica."""
    news = inputs(PROVIDER, **{"deadline": DEADLINE, **changed})
    return {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}, news


def as_wire(properties: dict[str, Any]) -> dict[str, Any]:
    """Every number is a float on the wire; booleans are not."""
    return {key: float(value) if type(value) is int else value for key, value in properties.items()}


def test_unchanged() -> None:
    olds, news = state()

    for old in (olds, as_wire(olds)):
        assert PROVIDER.diff("snap-1", old, as_wire(news)).changes is False


@pytest.mark.parametrize("key", SnapshotLifecycle.identity)
def test_identity_replaces(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces, result.delete_before_replace) == (True, [key], False)


@pytest.mark.parametrize("key", [*SnapshotLifecycle.in_place, *SnapshotLifecycle.only_recorded])
def test_changed_in_place(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces) == (True, [])


def test_deadline_that_is_unset_is_an_update() -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", olds, {**news, "deadline": None, "is_permanent": True})

    assert (result.changes, result.replaces) == (True, [])


def test_copy_on_its_way_out_is_replaced_delete_first() -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", {**olds, "failure": "TORECYCLE"}, news)

    assert (result.changes, result.replaces, result.delete_before_replace) == (True, ["failure"], True)


def test_adoption_that_is_over_is_no_change() -> None:
    olds, news = state(existing_id="snap-1")
    del news["existing_id"]

    assert PROVIDER.diff("snap-1", olds, news).changes is False


def test_moved_module_is_an_update() -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", olds, {**news, "__provider": "another reference"})

    assert (result.changes, result.replaces) == (True, [])


def test_unknown_identity_replaces() -> None:
    olds, news = state()

    assert PROVIDER.diff("snap-1", olds, {**news, "source_id": UNKNOWN}).replaces == ["source_id"]


def test_unknown_deadline_is_an_update() -> None:
    olds, news = state()

    result = PROVIDER.diff("snap-1", olds, {**news, "deadline": UNKNOWN})

    assert (result.changes, result.replaces) == (True, [])


@given(declarations.settings)
def test_law_same_declaration_is_no_change(settings: dict[str, Any]) -> None:
    news = inputs(PROVIDER, **settings)
    olds = {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}
    next_news = {**PROVIDER.check(olds, {**news, **settings}).inputs, **REFERENCE}

    assert PROVIDER.diff("snap-1", as_wire(olds), dict(reversed(as_wire(next_news).items()))).changes is False


@given(declarations.settings, declarations.settings)
def test_law_no_setting_replaces(before: dict[str, Any], after: dict[str, Any]) -> None:
    olds = {**PROVIDER.lifecycle.outputs_of(inputs(PROVIDER, **before), accepted_at=1), **REFERENCE}

    assert PROVIDER.diff("snap-1", olds, inputs(PROVIDER, **after)).replaces == []


@given(st.sampled_from(["source_id", "region"]), declarations.settings, declarations.settings)
def test_law_identity_always_replaces(key: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    olds = {**PROVIDER.lifecycle.outputs_of(inputs(PROVIDER, **before), accepted_at=1), **REFERENCE}

    assert PROVIDER.diff("snap-1", olds, inputs(PROVIDER, **after, **{key: OTHER[key]})).replaces == [key]


@given(declarations.moments, declarations.zones)
def test_law_a_moment_is_the_same_in_every_zone(moment: datetime, zone: Any) -> None:
    olds, _ = state(deadline=moment.isoformat())
    news = {**inputs(PROVIDER, deadline=moment.astimezone(zone).isoformat()), "copy_token": olds["copy_token"]}

    assert PROVIDER.diff("snap-1", olds, {**news, "name": olds["name"]}).changes is False
    assert datetime.fromisoformat(news["deadline"]) == moment.astimezone(UTC)
