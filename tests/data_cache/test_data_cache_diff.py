"""diff: what replaces, what is changed in place, and what is no change at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from pulumi.output import UNKNOWN

from components.data_cache.lifecycle import DataCacheLifecycle
from components.data_cache.reload import RELOADING
from components.providers.data_cache import DataCacheProvider
from tests.data_cache import declarations
from tests.lifecycle.replicas import REFERENCE, inputs

PROVIDER = DataCacheProvider()
FULL: dict[str, Any] = {
    "path": "/v1",
    "bucket": "models",
    "retention_days": 7,
    "resource_group_id": "rg-1",
    "tags": {"a": "1", "b": "2"},
    "size": 40,
    "reload": {
        "trigger": "1",
        "data_source": {"type": "URL", "options": {"repoId": "a/b", "repoSource": "HuggingFace/Model"}},
        "eip_create_param": {"bandwidth": 10},
    },
}
OTHER: dict[str, Any] = {
    "source_region": "cn-hongkong",
    "source_id": "edc-other",
    "region": "cn-shanghai",
    "path": "/v2",
    "name": "other",
    "bucket": "other",
    "retention_days": 8,
    "resource_group_id": "rg-2",
    "tags": {"a": "1"},
    "delete_timeout": "3h",
    "size": 60,
    "reload": {**FULL["reload"], "trigger": "2"},
}


def state(**changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old outputs and new inputs of one unchanged replica."""
    news = inputs(PROVIDER, **{**FULL, **changed})
    return {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}, news


def as_wire(properties: dict[str, Any]) -> dict[str, Any]:
    """Every number is a float on the wire, inside blocks too."""
    return {
        key: as_wire(value) if isinstance(value, dict) else float(value) if isinstance(value, int) else value
        for key, value in properties.items()
    }


def test_unchanged() -> None:
    olds, news = state()

    for old in (olds, as_wire(olds)):
        for new in (news, as_wire(news)):
            assert PROVIDER.diff("edc-1", old, new).changes is False


def test_order_of_tags_is_no_change() -> None:
    olds, news = state()

    assert PROVIDER.diff("edc-1", olds, {**news, "tags": {"b": "2", "a": "1"}}).changes is False


@pytest.mark.parametrize("key", DataCacheLifecycle.identity)
def test_identity_replaces(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("edc-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces, result.delete_before_replace) == (True, [key], False)


@pytest.mark.parametrize("key", [*DataCacheLifecycle.in_place, *RELOADING, "delete_timeout"])
def test_changed_in_place(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("edc-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces) == (True, [])


def test_failed_copy_is_replaced_delete_first() -> None:
    olds, news = state()

    result = PROVIDER.diff("edc-1", {**olds, "failure": "Failed"}, news)

    assert (result.changes, result.replaces, result.delete_before_replace) == (True, ["failure"], True)


def test_moved_module_is_an_update() -> None:
    olds, news = state()

    result = PROVIDER.diff("edc-1", olds, {**news, "__provider": "another reference"})

    assert (result.changes, result.replaces) == (True, [])


def test_unknown_identity_replaces() -> None:
    olds, news = state()

    assert PROVIDER.diff("edc-1", olds, {**news, "source_id": UNKNOWN}).replaces == ["source_id"]


def test_update_that_failed_is_sent_again() -> None:
    olds, news = state()

    result = PROVIDER.diff("edc-1", {**olds, "update_failure": "UpdateFailed"}, news)

    assert (result.changes, result.replaces) == (True, [])


def test_default_of_an_eip_is_no_change() -> None:
    explicit = {"eip_create_param": {"bandwidth": 5, "isp": "BGP"}}
    olds, _ = state(reload={"eip_create_param": {}})
    _, news = state(reload=explicit)

    assert PROVIDER.diff("edc-1", olds, news | {"copy_token": olds["copy_token"]}).changes is False


def test_unknown_inside_a_reload_is_a_change() -> None:
    olds, news = state()
    unknown = {"data_source": {"type": "URL", "options": {"repoId": UNKNOWN}}}

    assert PROVIDER.diff("edc-1", olds, {**news, "reload": unknown}).changes is True


def test_unknown_tag_is_a_change() -> None:
    olds, news = state()

    assert PROVIDER.diff("edc-1", olds, {**news, "tags": {"a": UNKNOWN}}).changes is True


def reordered(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: reordered(value) if isinstance(value, dict) else value for key, value in reversed(properties.items())}


@given(declarations.settings)
def test_law_same_declaration_is_no_change(settings: dict[str, Any]) -> None:
    news = inputs(PROVIDER, **settings)
    olds = {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}

    assert PROVIDER.diff("edc-1", as_wire(olds), as_wire(reordered(news))).changes is False


@given(declarations.settings, declarations.settings)
def test_law_only_identity_replaces(before: dict[str, Any], after: dict[str, Any]) -> None:
    olds = {**PROVIDER.lifecycle.outputs_of(inputs(PROVIDER, **before), accepted_at=1), **REFERENCE}

    result = PROVIDER.diff("edc-1", olds, inputs(PROVIDER, **after))

    assert result.replaces == (["path"] if before.get("path") != after.get("path") else [])
