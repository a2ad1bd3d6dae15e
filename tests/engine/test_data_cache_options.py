"""Pulumi's resource options on the component, and adoption: what reaches the children and what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import SOURCE, Cloud, Finished, Stack, replica

PROGRAM = """
    import pulumi
    from components import DataCacheReplica
    from components.settings import load, raw_config
    DataCacheReplica("weights", load(raw_config()).data_caches["weights"].args(), pulumi.ResourceOptions({options}))
    """


def declare(stack: Stack, options: str, entry: dict[str, Any]) -> None:
    stack.program(PROGRAM.format(options=options))
    stack.config({"weights": entry})


def test_adopt(stack: Stack, cloud: Cloud) -> None:
    """existing_id takes a copy over, brings it in line, and means nothing once that is done."""
    made_by_hand = {"region": "cn-hangzhou", "id": "edc-bp1madebyhand0000001", "path": "/models/v1", "size": 20}
    cloud.server.control.post("seed", {"data_caches": [{**made_by_hand, "tags": {"by": "hand"}}]})
    stack.config({"weights": replica("cn-hangzhou", path="/models/v1", existingId=made_by_hand["id"])})

    done = stack.up()

    assert done.code == 0, done.text
    assert cloud.calls("CopyDataCache") == []
    assert [row["id"] for row in stack.rows()] == [made_by_hand["id"]]
    adopted = cloud.server.control.get("inventory")["eci"]["cn-hangzhou"][0]
    assert adopted["name"] == "weights-cn-hangzhou"
    assert adopted["tags"] == {"pulumi-replica": stack.rows()[0]["inputs"]["copy_token"]}
    stack.config({"weights": replica("cn-hangzhou", path="/models/v1")})
    assert stack.up("--expect-no-changes").code == 0
    assert stack.destroy().code == 0
    assert "cn-hangzhou" not in cloud.server.control.get("inventory")["eci"]


OPTIONS = """
    import pulumi
    from components import DataCacheReplica
    from components.settings import load, raw_config
    entries = load(raw_config()).data_caches
    own = pulumi.ProviderResource("pulumi-python", "own", {})
    options = {
        "retained": pulumi.ResourceOptions(retain_on_delete=True),
        "guarded": pulumi.ResourceOptions(protect=True),
        "old-name": pulumi.ResourceOptions(),
        "new-name": pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old-name")]),
        "ignoring": pulumi.ResourceOptions(ignore_changes=["tags"]),
        "apart": pulumi.ResourceOptions(providers={"pulumi-python": own}),
    }
    for name, entry in entries.items():
        DataCacheReplica(name, entry.args(), options[name])
    """


@dataclass
class Outcome:
    """Three runs of replicas with an option each: the first `up`, one after changes, and `destroy`."""

    up: Finished
    changed: Finished
    destroy: Finished
    before: dict[str, str]
    """Name -> id, after the first."""
    rows: dict[str, dict[str, Any]]
    """Name -> row, after the second."""
    tags: dict[str, dict[str, str]]
    """Id -> tags, after the second."""
    left: set[str]
    """Ids after `destroy`."""


@pytest.fixture(scope="module")
def outcome(shared_stack: Stack, shared_cloud: Cloud) -> Outcome:
    stack, cloud = shared_stack, shared_cloud

    def rows() -> dict[str, dict[str, Any]]:
        return {row["urn"].rpartition("::")[2].removesuffix("-cn-hangzhou"): row for row in stack.rows()}

    entries = {
        name: replica("cn-hangzhou", path=f"/{name}", name=name, tags={"team": "ml"})
        for name in ("retained", "guarded", "old-name", "ignoring", "apart")
    }
    stack.program(OPTIONS)
    stack.config(entries)
    up = stack.up()
    before = {name: str(row["id"]) for name, row in rows().items()}
    entries["new-name"] = entries.pop("old-name")
    entries["ignoring"] = replica("cn-hangzhou", path="/ignoring", name="ignoring", tags={"team": "other"})
    del entries["retained"], entries["guarded"]
    stack.config(entries)
    changed = stack.up()
    later = rows()
    tags = {copy["id"]: copy["tags"] for copy in cloud.replicas()}
    return Outcome(up, changed, stack.destroy(), before, later, tags, {copy["id"] for copy in cloud.replicas()})


def test_retain_on_delete(outcome: Outcome) -> None:
    assert "retained" not in outcome.rows
    assert outcome.before["retained"] in outcome.left


def test_protect(outcome: Outcome) -> None:
    assert outcome.changed.code != 0
    assert "protected" in outcome.changed.text
    assert "guarded" in outcome.rows
    assert outcome.destroy.code != 0
    assert outcome.before["guarded"] in outcome.left


def test_aliases(outcome: Outcome) -> None:
    """A renamed component keeps its replicas."""
    assert outcome.rows["new-name"]["id"] == outcome.before["old-name"]
    assert "old-name" not in outcome.rows


def test_ignore_changes(outcome: Outcome) -> None:
    assert "ignoring-cn-hangzhou" not in outcome.changed.operations
    assert outcome.tags[outcome.before["ignoring"]]["team"] == "ml"


def test_explicit_provider(outcome: Outcome) -> None:
    """A provider of its own is a process of its own; it gets the environment, not the stack config."""
    assert outcome.up.code == 0, outcome.up.text
    assert "::own::" in outcome.rows["apart"]["provider"]
    assert outcome.rows["apart"]["id"] == outcome.before["apart"]


def test_delete_before_replace(stack: Stack, cloud: Cloud) -> None:
    """The way out where one bucket and path may hold only one cache."""
    cloud.settings(unique_paths=True)
    newer = {"region": "cn-beijing", "id": "edc-2zetestsource0000002"}
    declare(stack, "", replica("cn-hangzhou", path="/v1"))
    stack.up()
    declare(stack, "", replica("cn-hangzhou", path="/v1", source=newer))
    refused = stack.up()
    declare(stack, "delete_before_replace=True", replica("cn-hangzhou", path="/v1", source=newer))

    done = stack.up()

    assert refused.code != 0
    assert any("Next: use a new path for each source, or deleteBeforeReplace" in error for error in refused.errors)
    assert done.code == 0, done.text
    assert [copy["copied_from"] for copy in cloud.replicas()] == [newer]


def test_generations(stack: Stack, cloud: Cloud) -> None:
    first, second, third = (f"edc-2zegeneration000000{n}" for n in (1, 2, 3))
    caches = [{"region": "cn-beijing", "id": id_, "path": "/x"} for id_ in (first, second, third)]
    cloud.server.control.post("seed", {"data_caches": caches})

    def keep(*ids: str) -> dict[str, Any]:
        settings = {"path": "/models/{source_id}"}
        return {"source": {"region": "cn-beijing", "ids": list(ids)}, "destinations": {"cn-hangzhou": settings}}

    stack.config({"weights": keep(second, first)})
    assert stack.up().resources == {"created": 4}
    stack.config({"weights": keep(third, second)})
    assert stack.preview().resources == {"to create": 1, "to delete": 1, "unchanged": 3}
    done = stack.up()

    assert done.code == 0, done.text
    assert {copy["path"] for copy in cloud.replicas()} == {f"/models/{third}", f"/models/{second}"}
    names = {row["urn"].rpartition("::")[2] for row in stack.rows()}
    assert names == {f"weights-cn-hangzhou-{third}", f"weights-cn-hangzhou-{second}"}
    output = stack.state()["resources"][0]["outputs"]["replicas"]["dataCaches"]["weights"]["cn-hangzhou"]
    assert output["source"] == {**SOURCE, "id": third}
    assert [older["source"]["id"] for older in output["older"]] == [second]
