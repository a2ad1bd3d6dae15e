"""Pulumi's resource options on the component, and adoption: what reaches the children and what they do."""

from __future__ import annotations

from typing import Any

import pytest

from components.lifecycle import mark
from tests.engine.harness import SOURCE, Cloud, Finished, Seen, Stack, replica

PROGRAM = """
    import pulumi
    from components import DataCacheReplica
    from components.replica.settings import load, raw_config
    weights = load(raw_config()).entries["dataCaches"]["weights"]
    DataCacheReplica("weights", weights.args(), pulumi.ResourceOptions({options}))
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
    assert adopted["tags"] == {"pulumi-replica": mark.of(stack.rows()[0]["inputs"])}
    stack.config({"weights": replica("cn-hangzhou", path="/models/v1")})
    assert stack.up("--expect-no-changes").code == 0
    assert stack.destroy().code == 0
    assert "cn-hangzhou" not in cloud.server.control.get("inventory")["eci"]


OPTIONS = """
    import pulumi
    from components import DataCacheReplica
    from components.replica.settings import load, raw_config
    entries = load(raw_config()).entries["dataCaches"]
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


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cloud: Cloud) -> list[Seen]:
    """Three runs of replicas with an option each: the first `up`, one after changes, and `destroy`."""
    stack, cloud = shared_stack, shared_cloud

    def look(run: Finished) -> Seen:
        rows = {name.removesuffix("-cn-hangzhou"): row for name, row in stack.named_rows().items()}
        return Seen(run, {copy["id"]: copy for copy in cloud.replicas()}, rows, cloud.take_calls())

    entries = {
        name: replica("cn-hangzhou", path=f"/{name}", name=name, tags={"team": "ml"})
        for name in ("retained", "guarded", "old-name", "ignoring", "apart")
    }
    stack.program(OPTIONS)
    stack.config(entries)
    up = look(stack.up())
    entries["new-name"] = entries.pop("old-name")
    entries["ignoring"] = replica("cn-hangzhou", path="/ignoring", name="ignoring", tags={"team": "other"})
    del entries["retained"], entries["apart"]
    stack.config(entries)
    return [up, look(stack.up()), look(stack.destroy())]


def calls(run: Seen, action: str) -> int:
    return [call["action"] for call in run.calls].count(action)


def test_nothing_else_is_copied(seen: list[Seen]) -> None:
    up, changed, _ = seen

    assert up.run.code == 0, up.run.text
    assert changed.run.code == 0, changed.run.text
    assert (calls(up, "CopyDataCache"), calls(changed, "CopyDataCache")) == (5, 0)


def test_retain_on_delete(seen: list[Seen]) -> None:
    up, changed, destroy = seen
    kept = up.rows["retained"]["id"]

    assert "retained" not in changed.rows
    assert up.cloud[kept] == changed.cloud[kept] == destroy.cloud[kept]
    assert calls(changed, "DeleteDataCache") == 1  # that of `apart`


def test_protect(seen: list[Seen]) -> None:
    up, _, destroy = seen

    assert destroy.run.code != 0
    assert "protected" in destroy.run.text
    assert up.rows["guarded"]["id"] in destroy.cloud


def test_aliases(seen: list[Seen]) -> None:
    """A renamed component keeps its replicas."""
    up, changed, _ = seen
    kept = up.rows["old-name"]["id"]

    assert changed.rows["new-name"]["id"] == kept
    assert "old-name" not in changed.rows
    assert changed.cloud[kept] == up.cloud[kept]


def test_ignore_changes(seen: list[Seen]) -> None:
    up, changed, _ = seen

    assert "ignoring-cn-hangzhou" not in changed.run.operations
    assert changed.cloud[up.rows["ignoring"]["id"]]["tags"]["team"] == "ml"
    assert calls(changed, "UpdateDataCache") == 0


def test_explicit_provider(seen: list[Seen]) -> None:
    """A provider of its own is a process of its own; it gets the environment, not the stack config."""
    up, changed, _ = seen
    apart = up.rows["apart"]

    assert "::own::" in apart["provider"]
    assert apart["id"] in up.cloud
    assert apart["id"] not in changed.cloud


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
    assert stack.up().resources == {"created": 5}
    stack.config({"weights": keep(third, second)})
    assert stack.preview().resources == {"to create": 1, "to delete": 1, "unchanged": 4}
    done = stack.up()

    assert done.code == 0, done.text
    assert {copy["path"] for copy in cloud.replicas()} == {f"/models/{third}", f"/models/{second}"}
    assert set(stack.named_rows()) == {f"weights-cn-hangzhou-{third}", f"weights-cn-hangzhou-{second}"}
    output = stack.state()["resources"][0]["outputs"]["replicas"]["dataCaches"]["weights"]["cn-hangzhou"]
    assert output["source"] == {**SOURCE, "id": third}
    assert [older["source"]["id"] for older in output["older"]] == [second]
