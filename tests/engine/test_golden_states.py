"""States of earlier versions: today's code continues with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from components.kinds import OF_OWNED
from components.providers.data_cache import DataCacheProvider
from components.providers.image_settings import ImageSettingsProvider
from components.providers.snapshot import SnapshotProvider
from components.providers.stack_identity import StackIdentityProvider
from sandbox.core.accounts import ACCOUNT_ID
from tests.engine.harness import Cloud, Stack
from tests.states import golden
from tests.states.golden import Golden

PROVIDERS: dict[str, type[ResourceProvider]] = {
    "pulumi-python:dynamic/alibaba:DataCacheCopy": DataCacheProvider,
    "pulumi-python:dynamic/alibaba:ImageSettings": ImageSettingsProvider,
    "pulumi-python:dynamic/replicas:StackIdentity": StackIdentityProvider,
    "pulumi-python:dynamic/tencent:SnapshotCopy": SnapshotProvider,
}
OLD_HOME = "old_home"


@pytest.mark.parametrize("version", golden.versions())
def test_a_golden_state_lives_on(stack: Stack, cloud: Cloud, version: str) -> None:
    """Refresh finds nothing to change, `up` changes in place, destroy leaves nothing of the stack."""
    kept = Golden.read(version)
    golden.restore(stack, cloud, kept)
    rows = ids(stack)

    refreshed = stack.run("refresh", "--expect-no-changes")
    golden.configure(stack, kept, revised())
    updated = stack.up()

    assert refreshed.code == 0, refreshed.text
    assert updated.code == 0, updated.text
    assert set(updated.resources) == {"updated", "unchanged", "created"}, updated.text
    assert updated.resources["updated"] == 6
    assert updated.resources["created"] == 1  # what records whose the image is that had no companion
    assert ids(stack).items() >= rows.items()
    owners = [row["outputs"].get("account") for row in stack.state()["resources"] if row["type"] in OF_OWNED]
    assert owners == [ACCOUNT_ID] * 6  # recorded by the refresh, which saw them
    found = {entry["id"]: entry for entries in golden.listed(cloud).values() for entry in entries}
    of_stack = [entry for entry in found.values() if entry.get("copied_from")]
    assert {entry["tags"]["team"] for entry in of_stack if "tags" in entry} == {"changed"}
    assert len(of_stack) == 6

    destroyed = stack.destroy()

    assert destroyed.code == 0, destroyed.text
    assert golden.listed(cloud) == sources(kept)


@pytest.mark.parametrize("version", golden.versions())
def test_a_moved_module_heals(stack: Stack, cloud: Cloud, version: str, old_references: dict[str, str]) -> None:
    """A state names the modules of providers: `up` writes their new places, and then the old ones are not needed."""
    kept = Golden.read(version)
    today = {type_: serialize_provider(provider()) for type_, provider in PROVIDERS.items()}
    moved = 0
    for row in kept.state["deployment"]["resources"]:
        if row["type"] in PROVIDERS:
            moved += 1
            row["inputs"]["__provider"] = row["outputs"]["__provider"] = old_references[row["type"]]
    assert moved == 6
    golden.restore(stack, cloud, kept)
    shim = stack.directory / f"{OLD_HOME}.py"
    names = [f"from {provider.__module__} import {provider.__name__}" for provider in PROVIDERS.values()]
    shim.write_text("\n".join(names) + "\n")

    healed = stack.up()
    shim.unlink()
    destroyed_from = stack.state()["resources"]
    destroyed = stack.destroy()

    assert healed.code == 0, healed.text
    renamed = 1  # the encrypted image: since 0.1.0 its name hangs on that, too
    assert healed.resources["updated"] == moved + renamed, healed.text
    assert {row["outputs"]["__provider"] for row in destroyed_from if row["type"] in PROVIDERS} == set(today.values())
    assert destroyed.code == 0, destroyed.text
    assert golden.listed(cloud) == sources(kept)


@pytest.fixture
def old_references() -> Iterator[dict[str, str]]:
    """Type -> `__provider` as a state has it whose providers were in the module `old_home`."""
    home = ModuleType(OLD_HOME)
    sys.modules[OLD_HOME] = home
    found = {}
    for type_, provider in PROVIDERS.items():
        moved = type(provider.__name__, (provider,), {"__module__": OLD_HOME})
        setattr(home, provider.__name__, moved)
        found[type_] = serialize_provider(moved())
    yield found
    del sys.modules[OLD_HOME]


def revised() -> dict[str, Any]:
    """The golden set with a change in place for each replica."""
    declared = golden.declared()
    declared["dataCaches"]["weights"]["defaults"]["tags"] = {"team": "changed"}
    declared["images"]["web"]["defaults"]["tags"] = {"team": "changed"}
    for settings in declared["snapshots"]["orders"]["destinations"].values():
        settings["deadline"] = "2091-01-31T00:00:00+08:00"
    return declared


def sources(kept: Golden) -> dict[str, Any]:
    """What the clouds hold without the stack."""
    return {
        table: [entry for entry in entries if not entry.get("copied_from")] for table, entries in kept.seeds.items()
    }


def ids(stack: Stack) -> dict[str, str]:
    return {row["urn"]: row["id"] for row in stack.state()["resources"] if row.get("id") and row["custom"]}
