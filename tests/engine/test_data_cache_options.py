"""Pulumi's resource options on the component, and adoption: what reaches the children and what they do."""

from __future__ import annotations

from typing import Any

from tests.engine.harness import SOURCE, Cloud, Stack, replica

PROGRAM = """
    import pulumi
    from components import DataCacheReplica
    from components.settings import load, raw_config
    DataCacheReplica({name!r}, load(raw_config()).data_caches["weights"].args(), pulumi.ResourceOptions({options}))
    """


def declare(stack: Stack, options: str, entry: dict[str, Any], name: str = "weights") -> None:
    stack.program(PROGRAM.format(name=name, options=options))
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


def test_retain_on_delete(stack: Stack, cloud: Cloud) -> None:
    declare(stack, "retain_on_delete=True", replica("cn-hangzhou"))
    stack.up()

    done = stack.destroy()

    assert done.code == 0, done.text
    assert len(cloud.replicas()) == 1
    assert cloud.calls("DeleteDataCache") == []


def test_protect(stack: Stack, cloud: Cloud) -> None:
    declare(stack, "protect=True", replica("cn-hangzhou"))
    stack.up()

    done = stack.destroy()

    assert done.code != 0
    assert "protected" in done.text
    assert len(cloud.replicas()) == 1


def test_aliases(stack: Stack, cloud: Cloud) -> None:
    """A renamed component keeps its replicas."""
    declare(stack, "", replica("cn-hangzhou", name="fixed"))
    stack.up()
    before = cloud.replicas()
    declare(stack, 'aliases=[pulumi.Alias(name="weights")]', replica("cn-hangzhou", name="fixed"), name="renamed")

    done = stack.up()

    assert done.code == 0, done.text
    assert cloud.replicas() == before
    assert len(cloud.calls("CopyDataCache")) == 1


def test_ignore_changes(stack: Stack, cloud: Cloud) -> None:
    declare(stack, 'ignore_changes=["tags"]', replica("cn-hangzhou", tags={"team": "ml"}))
    stack.up()
    stack.config({"weights": replica("cn-hangzhou", tags={"team": "other"})})

    assert stack.up("--expect-no-changes").code == 0
    assert cloud.replicas()[0]["tags"]["team"] == "ml"


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


def test_explicit_provider(stack: Stack, cloud: Cloud) -> None:
    """A provider of its own is a process of its own; it gets the environment, not the stack config."""
    options = 'providers={"pulumi-python": pulumi.ProviderResource("pulumi-python", "own", {})}'
    declare(stack, options, replica("cn-hangzhou"))

    done = stack.up()

    assert done.code == 0, done.text
    assert "::own::" in stack.rows()[0]["provider"]
    assert stack.destroy().code == 0
    assert cloud.replicas() == []


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
