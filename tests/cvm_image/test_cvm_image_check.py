"""check and diff: defaults, broken rules on their properties, what replaces and what is changed in place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from components.cvm_image.lifecycle import CvmImageLifecycle
from components.providers.cvm_image import CvmImageProvider
from tests.cvm_image import cvm_image_declarations as declarations
from tests.lifecycle.replicas import DECLARED_CVM_IMAGE, REFERENCE, inputs

PROVIDER = CvmImageProvider()
OTHER: dict[str, Any] = {
    "source_region": "ap-nanjing",
    "source_id": "img-other",
    "region": "ap-shanghai",
    "name": "other",
    "description": "other",
    "delete_bound_snapshots": False,
    "tags": {"team": "web"},
    "ignore_tags": ["cost-*"],
    "delete_timeout": "3h",
    "default_name": "other",
}


def failures(olds: dict[str, Any] | None = None, **changed: Any) -> dict[str, str]:
    result = PROVIDER.check(olds or {}, {**DECLARED_CVM_IMAGE, **changed})
    return {failure.property: failure.reason for failure in result.failures}


def state(**changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old outputs and new inputs of one unchanged replica."""
    news = inputs(PROVIDER, **{"description": "golden", **changed})
    return {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}, news


def test_defaults() -> None:
    made = inputs(PROVIDER)

    assert made["name"] == f"golden-ap-beijing-{made['copy_token'][:8]}"
    assert made["delete_bound_snapshots"] is True
    assert inputs(PROVIDER, existing_id="img-1")["delete_bound_snapshots"] is False
    assert made["delete_timeout"] == "2h"
    assert "description" not in made


@pytest.mark.parametrize(
    ("changed", "property_"),
    [
        ({"name": "n" * 61}, "name"),
        ({"name": " "}, "name"),
        ({"name": 3}, "name"),
        ({"description": "d" * 257}, "description"),
        ({"description": ""}, "description"),
        ({"delete_bound_snapshots": "yes"}, "delete_bound_snapshots"),
        ({"region": "ap-guangzhou"}, "region"),
        ({"region": "Beijing"}, "region"),
        ({"source_id": None}, "source_id"),
        ({"delete_timeout": "soon"}, "delete_timeout"),
    ],
)
def test_violation(changed: dict[str, Any], property_: str) -> None:
    assert list(failures(**changed)) == [property_]


def test_unknown_passes() -> None:
    assert failures(name=UNKNOWN, description=UNKNOWN, source_id=UNKNOWN) == {}


def test_description_cannot_be_unset() -> None:
    olds = inputs(PROVIDER, description="golden")

    assert "ModifyImageAttribute cannot unset it" in failures(olds)["description"]


def test_exact_name_of_what_it_replaces_is_taken() -> None:
    """A replacement is there beside what it replaces, and every image of a region has a name of its own."""
    olds = inputs(PROVIDER, name="golden web")

    assert failures(olds, name="golden web") == {}
    assert list(failures(olds, name="golden web", source_id="img-newer")) == ["name"]
    assert failures(olds, name="golden web 2", source_id="img-newer") == {}
    assert failures(olds, name="golden web", region="ap-shanghai") == {}
    assert failures(olds, source_id="img-newer") == {}
    default = inputs(PROVIDER)
    assert failures(default, source_id="img-newer") == {}


def test_unchanged() -> None:
    olds, news = state()

    assert PROVIDER.diff("img-1", olds, news).changes is False


@pytest.mark.parametrize("key", CvmImageLifecycle.identity)
def test_identity_replaces(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("img-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces, result.delete_before_replace) == (True, [key], False)


@pytest.mark.parametrize("key", [*CvmImageLifecycle.in_place, *CvmImageLifecycle.only_recorded])
def test_changed_in_place(key: str) -> None:
    olds, news = state()

    result = PROVIDER.diff("img-1", olds, {**news, key: OTHER[key]})

    assert (result.changes, result.replaces) == (True, [])


@given(declarations.settings)
def test_law_same_declaration_is_no_change(settings: dict[str, Any]) -> None:
    news = inputs(PROVIDER, **settings)
    olds = {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}
    again = PROVIDER.check(news, {**DECLARED_CVM_IMAGE, **settings}).inputs

    assert PROVIDER.diff("img-1", olds, {**again, **REFERENCE}).changes is False


@given(st.sampled_from(CvmImageLifecycle.identity), declarations.settings)
def test_law_identity_always_replaces(key: str, settings: dict[str, Any]) -> None:
    news = inputs(PROVIDER, **settings)
    olds = {**PROVIDER.lifecycle.outputs_of(news, accepted_at=1), **REFERENCE}

    assert key in (PROVIDER.diff("img-1", olds, {**news, key: OTHER[key]}).replaces or [])
