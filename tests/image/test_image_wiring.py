"""What ImageReplica declares, with mocked registrations: names, types, inputs, options, refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pulumi_alicloud as alicloud
import pytest

from components import ImageReplica
from components.replica import component as replica
from components.replica.component import InvalidArgs
from components.replica.stack_identity import unique_name
from tests.replica.fakes import Clock, FakeService, Mocks, mocked, run

IMAGE_COPY = "alicloud:ecs/imageCopy:ImageCopy"
SOURCE = {"region": "cn-hangzhou", "id": "m-source"}
ARGS: Any = {
    "source": SOURCE,
    "destinations": {
        "cn-beijing": {
            "name": "golden",
            "description": "golden machine",
            "encrypted": True,
            "kms_key_id": "key-1",
            "tags": {"team": "web"},
            "resource_group_id": "rg-1",
            "force_delete": True,
            "delete_auto_snapshot": True,
        },
        "cn-shenzhen": {},
    },
    "ready_timeout": "90m",
    "delete_timeout": "30m",
}


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Mocks]:
    service = FakeService(Clock())
    monkeypatch.setattr(replica, "_service", lambda *_: service)
    monkeypatch.setattr("components.replica.poller.GATHERING", 0)
    with mocked(preview=getattr(request, "param", False)) as mocks:
        yield mocks


def declared(source: Any = SOURCE, **destinations: dict[str, Any]) -> Any:
    return {
        "source": source,
        "destinations": {region.replace("_", "-"): settings for region, settings in destinations.items()},
    }


def names(mocks: Mocks, *args: Any) -> list[str]:
    """The names of these replicas' images, in order."""
    run(lambda: pulumi.Output.all(*(ImageReplica(f"golden-{n}", each).ids for n, each in enumerate(args))))
    images = {name: one.inputs["imageName"] for name, one in mocks.registered.items() if one.typ == IMAGE_COPY}
    return [images[name] for name in sorted(images)]


def test_children(mocks: Mocks) -> None:
    run(lambda: ImageReplica("golden", ARGS).ids)

    assert {name: args.typ for name, args in mocks.registered.items()} == {
        "golden": "replicas:index:ImageReplica",
        "golden-cn-beijing": IMAGE_COPY,
        "golden-cn-beijing-settings": "pulumi-python:dynamic/alibaba:ImageSettings",
        "golden-cn-shenzhen": IMAGE_COPY,
        "golden-cn-shenzhen-settings": "pulumi-python:dynamic/alibaba:ImageSettings",
        "replicas-alicloud-cn-beijing": "pulumi:providers:alicloud",
        "replicas-alicloud-cn-shenzhen": "pulumi:providers:alicloud",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
    }
    assert mocks.registered["golden"].inputs == {}


def test_inputs(mocks: Mocks) -> None:
    run(lambda: ImageReplica("golden", ARGS).ids)

    inputs = dict(mocks.registered["golden-cn-beijing"].inputs)
    assert re.fullmatch(r"golden-[0-9a-f]{8}", inputs.pop("imageName"))
    assert inputs == {
        "sourceImageId": "m-source",
        "sourceRegionId": "cn-hangzhou",
        "description": "golden machine",
        "encrypted": True,
        "kmsKeyId": "key-1",
        "tags": {"team": "web"},
        "force": True,
        "deleteAutoSnapshot": True,
    }
    plain = dict(mocks.registered["golden-cn-shenzhen"].inputs)
    assert re.fullmatch(r"golden-cn-shenzhen-[0-9a-f]{8}", plain.pop("imageName"))
    assert plain == {"sourceImageId": "m-source", "sourceRegionId": "cn-hangzhou"}


def test_companion(mocks: Mocks) -> None:
    """Each image has one, which says whose it is; it says no more where the native resource can say the rest."""
    run(lambda: ImageReplica("golden", ARGS).ids)

    inputs = dict(mocks.registered["golden-cn-beijing-settings"].inputs)
    assert inputs.pop("__provider")
    assert inputs == {
        "image_id": "id-golden-cn-beijing",
        "region": "cn-beijing",
        "resource_group_id": "rg-1",
        "encrypted": True,
    }
    plain = dict(mocks.registered["golden-cn-shenzhen-settings"].inputs)
    assert plain.keys() == {"__provider", "image_id", "region"}


def test_provider_of_its_own_region(mocks: Mocks) -> None:
    run(lambda: ImageReplica("golden", ARGS).ids)

    for region in ("cn-beijing", "cn-shenzhen"):
        assert f"::replicas-alicloud-{region}::" in str(mocks.registered[f"golden-{region}"].provider)


def test_one_provider_and_one_identity_for_several_components(mocks: Mocks) -> None:
    run(lambda: pulumi.Output.all(*(ImageReplica(name, declared(cn_beijing={})).ids for name in ("a", "b"))))

    types = [args.typ for args in mocks.registered.values()]
    assert types.count("pulumi:providers:alicloud") == 1
    assert types.count("pulumi-python:dynamic/replicas:StackIdentity") == 1
    assert types.count(IMAGE_COPY) == 2


def test_name_changes_with_source_and_region_and_not_with_settings(mocks: Mocks) -> None:
    same: dict[str, Any] = {}
    newer = {**SOURCE, "id": "m-newer"}
    elsewhere = {**SOURCE, "region": "cn-qingdao"}
    first, settings, region, source, source_region = names(
        mocks,
        declared(cn_beijing=same),
        declared(cn_beijing={**same, "description": "text", "tags": {"a": "b"}, "resource_group_id": "rg-1"}),
        declared(cn_shenzhen=same),
        declared(newer, cn_beijing=same),
        declared(elsewhere, cn_beijing=same),
    )

    assert len({first, region, source, source_region}) == 4
    assert settings.rpartition("-")[2] == first.rpartition("-")[2]


def test_an_exact_name_differs_by_entry_too(mocks: Mocks) -> None:
    """An entry that is renamed makes its new image while the old one is there: ECS allows a name once in a region."""
    args = declared(cn_beijing={"name": "golden"})
    run(lambda: pulumi.Output.all(*(ImageReplica(name, args).ids for name in ("web", "portal"))))

    made = [one.inputs["imageName"] for one in mocks.registered.values() if one.typ == IMAGE_COPY]
    assert len(set(made)) == 2
    assert all(re.fullmatch("golden-[0-9a-f]{8}", name) for name in made)


def test_longest_name_has_room_for_its_hash(mocks: Mocks) -> None:
    (name,) = names(mocks, declared(cn_beijing={"name": "n" * 119}))

    assert len(name) == 128


def test_default_names_of_long_names_differ(mocks: Mocks) -> None:
    components = [f"{'n' * 120}-{end}" for end in "ab"]

    run(lambda: pulumi.Output.all(*(ImageReplica(name, declared(cn_beijing={})).ids for name in components)))

    made = {one.inputs["imageName"] for one in mocks.registered.values() if one.typ == IMAGE_COPY}
    assert len(made) == 2
    assert {len(name) for name in made} == {128}
    assert all("-cn-beijing-" in name for name in made)


def test_generations(mocks: Mocks) -> None:
    source = {"region": "cn-hangzhou", "ids": ["m-2", "m-1"]}

    run(lambda: ImageReplica("golden", declared(source, cn_beijing={"name": "web-{source_id}"})).ids)

    made = {name: args.inputs["imageName"] for name, args in mocks.registered.items() if args.typ == IMAGE_COPY}
    assert made.keys() == {"golden-cn-beijing-m-2", "golden-cn-beijing-m-1"}
    assert made["golden-cn-beijing-m-1"].startswith("web-m-1-")


def test_timeouts_reach_the_native_resource(monkeypatch: pytest.MonkeyPatch, mocks: Mocks) -> None:
    del mocks
    seen: list[Any] = []
    native = alicloud.ecs.ImageCopy

    def listen(name: str, **inputs: Any) -> Any:
        seen.append(inputs["opts"].custom_timeouts)
        return native(name, **inputs)

    monkeypatch.setattr(alicloud.ecs, "ImageCopy", listen)

    run(lambda: ImageReplica("golden", ARGS).ids)

    assert {(each.create, each.delete) for each in seen} == {("5400s", "1800s")}


def test_outputs(mocks: Mocks) -> None:
    del mocks
    seen: dict[str, Any] = {}

    def program() -> Any:
        replica = ImageReplica("golden", ARGS)
        return pulumi.Output.all(
            replica.ids,
            replica.ready.apply(lambda ready: ready is replica),
            replica.regions["cn-beijing"].ready.apply(lambda copy: copy is replica.regions["cn-beijing"].resource),
        ).apply(lambda values: seen.update(values=values))

    run(program)
    ids = {"cn-beijing": "id-golden-cn-beijing", "cn-shenzhen": "id-golden-cn-shenzhen"}
    assert seen["values"] == [ids, True, True]


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        ({"name": "1st"}, "name: begins with a letter "),
        ({"kms_key_id": "key-1"}, "kms_key_id: needs `encrypted: true` beside it"),
        ({"tags": {f"key-{n}": "" for n in range(21)}}, "tags: 21 tags, at most 20"),
        ({"description": "x", "encrypted": "yes"}, "description: has 2 to 256 .*; encrypted: must be true or false"),
    ],
)
def test_plain_violations_are_refused(mocks: Mocks, settings: dict[str, Any], reported: str) -> None:
    def program() -> None:
        with pytest.raises(InvalidArgs, match=f"ImageReplica golden-cn-beijing: .*{reported}"):
            ImageReplica("golden", declared(cn_beijing=settings))

    run(program)
    assert IMAGE_COPY not in {args.typ for args in mocks.registered.values()}


def test_source_region_as_destination_is_refused(mocks: Mocks) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match="region: 'cn-hangzhou' is the source region"):
            ImageReplica("golden", declared(cn_hangzhou={}))

    run(program)


def test_name_of_an_image_is_no_secret(mocks: Mocks) -> None:
    """Repair looks for it, and the journal holds no secrets."""
    del mocks
    found: list[Any] = []

    async def is_secret() -> Any:
        return await unique_name("golden", pulumi.Output.secret("m-other")).is_secret()

    run(lambda: pulumi.Output.from_input(is_secret()).apply(found.append))

    assert found == [False]


def test_values_of_other_resources_are_left_to_the_cloud(mocks: Mocks) -> None:
    source = {**SOURCE, "id": pulumi.Output.from_input("m-other")}
    settings = {
        "description": pulumi.Output.from_input("x"),
        "kms_key_id": "k",
        "encrypted": pulumi.Output.from_input(1),
        "tags": {"commit": pulumi.Output.from_input("abc")},
    }

    run(lambda: ImageReplica("golden", declared(source, cn_beijing=settings)).ids)

    assert mocks.registered["golden-cn-beijing"].inputs["sourceImageId"] == "m-other"


@pytest.mark.parametrize("mocks", [True], indirect=True)
def test_preview_asks_nothing(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    del mocks
    monkeypatch.setattr(replica, "_service", lambda *_: pytest.fail("a preview must not ask a cloud"))

    run(lambda: ImageReplica("golden", ARGS).ids)


def test_wrong_timeout(mocks: Mocks) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match="ImageReplica golden: ready_timeout: 'soon' is not a duration"):
            ImageReplica("golden", cast("Any", {**ARGS, "ready_timeout": "soon"}))

    run(program)


@pytest.mark.parametrize("name", ["9team/x y", "9", "团队 a", "aliyun-golden"])
@pytest.mark.usefixtures("mocks")
def test_default_name_goes_through_the_rules(name: str) -> None:
    def program() -> None:
        with pytest.raises(
            InvalidArgs, match=f"^ImageReplica {name}-cn-beijing: name: the default is '{name}-cn-beijin"
        ):
            ImageReplica(name, declared(cn_beijing={}))
        ImageReplica(name, declared(cn_beijing={"name": "golden"}))

    run(program)


@pytest.mark.parametrize("name", ["金色镜像", "n" * 200])
@pytest.mark.usefixtures("mocks")
def test_default_name_that_the_reference_allows(name: str) -> None:
    run(lambda: ImageReplica(name, declared(cn_beijing={})).ids)
