"""Stack config: what is read, what is merged, and every mistake with its path."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pulumi
import pulumi_alicloud
import pytest
import tencentcloud_iac_pulumi
from hypothesis import given
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel

from components.kinds import KINDS, VENDORS
from components.replica.settings import InvalidConfig, Settings, load
from components.replica.stack_config import Entry

ENTRY: dict[str, Any] = {
    "source": {"region": "cn-beijing", "id": "edc-1"},
    "destinations": {"cn-hangzhou": {"retentionDays": 7, "tags": {"tier": "silver"}}, "cn-shanghai": None},
    "defaults": {"path": "/v1", "retentionDays": 30, "tags": {"team": "ml", "tier": "gold"}},
    "readyTimeout": "3h",
}


def loaded(**keys: Any) -> Settings:
    return load({f"replicas:{key}": json.dumps(value) for key, value in keys.items()})


def mistakes(**keys: Any) -> list[str]:
    with pytest.raises(InvalidConfig) as raised:
        loaded(**keys)
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


def mistakes_of(config: dict[str, str]) -> list[str]:
    with pytest.raises(InvalidConfig) as raised:
        load(config)
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


def test_basic() -> None:
    settings = loaded(dataCaches={"weights": ENTRY}, sandbox=True)

    assert settings.loopback_only
    assert settings.entries["dataCaches"]["weights"].args() == {
        "source": {"region": "cn-beijing", "id": "edc-1"},
        "destinations": {
            "cn-hangzhou": {"path": "/v1", "retention_days": 7, "tags": {"team": "ml", "tier": "silver"}},
            "cn-shanghai": {"path": "/v1", "retention_days": 30, "tags": {"team": "ml", "tier": "gold"}},
        },
        "ready_timeout": "3h",
    }


def test_reload() -> None:
    block = {
        "trigger": "2026-11",
        "dataSource": {"type": "OSS", "options": {"bucket": "models", "ramRole": "Reader"}},
        "securityGroupId": "sg-1",
        "vSwitchId": "vsw-1",
        "eipCreateParam": {
            "bandwidth": 10,
            "commonBandwidthPackage": "cbwp-1",
            "internetChargeType": "PayByTraffic",
            "publicIpAddressPoolId": "pippool-1",
            "isp": "BGP",
        },
    }
    entry = {**ENTRY, "destinations": {"cn-hangzhou": {"size": 40, "reload": block}}}

    (destination,) = loaded(dataCaches={"w": entry}).entries["dataCaches"]["w"].args()["destinations"].values()

    assert destination["size"] == 40
    assert destination["reload"] == {
        "trigger": "2026-11",
        "data_source": {"type": "OSS", "options": {"bucket": "models", "ramRole": "Reader"}},
        "security_group_id": "sg-1",
        "v_switch_id": "vsw-1",
        "eip_create_param": {
            "bandwidth": 10,
            "common_bandwidth_package": "cbwp-1",
            "internet_charge_type": "PayByTraffic",
            "public_ip_address_pool_id": "pippool-1",
            "isp": "BGP",
        },
    }


SNAPSHOTS: dict[str, Any] = {
    "source": {"region": "ap-guangzhou", "id": "snap-1"},
    "destinations": {"ap-beijing": {"name": "dr", "isPermanent": True}, "ap-shanghai": None},
    "defaults": {"deleteBoundImages": True},
    "deleteTimeout": "3h",
}
DEADLINE = "2099-01-31T00:00:00+08:00"


def test_snapshots() -> None:
    entry = {**SNAPSHOTS, "destinations": {**SNAPSHOTS["destinations"], "ap-tokyo": {"deadline": DEADLINE}}}

    settings = loaded(snapshots={"disk": entry}, endpoints={"cbs": "cbs.internal.example"})

    assert settings.entries["snapshots"]["disk"].args() == {
        "source": {"region": "ap-guangzhou", "id": "snap-1"},
        "destinations": {
            "ap-beijing": {"name": "dr", "is_permanent": True, "delete_bound_images": True},
            "ap-shanghai": {"delete_bound_images": True},
            "ap-tokyo": {"deadline": DEADLINE, "delete_bound_images": True},
        },
        "delete_timeout": "3h",
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"defaults": {"name": "n" * 61}}, "defaults.name: has at most 60 characters, this one 61"),
        ({"defaults": {"deadline": "soon"}}, "defaults.deadline: 'soon' is not a time such as"),
        ({"defaults": {"deadline": "2099-01-31"}}, "defaults.deadline: '2099-01-31' is not a time such as"),
        ({"defaults": {"deadline": DEADLINE}}, "destinations.ap-beijing.isPermanent: excludes a deadline"),
        ({"defaults": {"isPermanent": "yes"}}, "defaults.isPermanent: should be a valid boolean"),
        (
            {"destinations": {"ap-beijing": {"isPermanent": False}}},
            "destinations.ap-beijing.deadline: is required for a replica that is not permanent",
        ),
        ({"destinations": {"ap-beijing": {"retentionDays": 7}}}, "'retentionDays' is not a known key here"),
        ({"destinations": {"ap-beijing": {"deleteBoundImages": 1}}}, "deleteBoundImages: should be a valid boolean"),
        ({"destinations": {"ap-guangzhou": {}}}, "destinations.ap-guangzhou: 'ap-guangzhou' is the source region"),
        ({"source": {"region": "ap-guangzhou"}}, "source: give one of id, ids and diskId"),
        (
            {"source": {"region": "ap-guangzhou", "id": "snap-1", "diskId": "disk-1"}},
            "source: give one of id, ids and diskId",
        ),
        (
            {"source": {"region": "ap-guangzhou", "diskId": "snap-1"}},
            "source.diskId: must be an id such as 'disk-lh0rgsqk', got 'snap-1'",
        ),
        (
            {"source": {"region": "ap-guangzhou", "diskId": "disk-1"}, "destinations": {"ap-guangzhou": {}}},
            "destinations.ap-guangzhou: 'ap-guangzhou' is the source region",
        ),
        ({"deleteTimeout": "soon"}, "deleteTimeout: 'soon' is not a duration such as"),
        (
            {
                "source": {"region": "ap-guangzhou", "ids": ["snap-1", "snap-2"]},
                "destinations": {"ap-beijing": {"existingId": "snap-3"}},
            },
            "destinations.ap-beijing.existingId: cannot be used with source.ids",
        ),
    ],
)
def test_mistake_in_snapshots(changed: dict[str, Any], expected: str) -> None:
    found = mistakes(snapshots={"disk": {**SNAPSHOTS, **changed}})

    assert any(expected in line for line in found), found
    assert all(line.startswith("replicas:snapshots.disk.") for line in found)


@pytest.mark.parametrize(
    ("kind", "entry", "region"), [("dataCaches", ENTRY, "cn-hangzhou"), ("snapshots", SNAPSHOTS, "ap-beijing")]
)
def test_one_thing_cannot_be_adopted_twice(kind: str, entry: dict[str, Any], region: str) -> None:
    adopting = {**entry, "destinations": {region: {"existingId": "made-by-hand"}}}

    assert mistakes(**{kind: {"a": adopting, "b": adopting, "c": adopting}}) == [
        f"replicas:{kind}.{name}.destinations.{region}.existingId: made-by-hand in {region} is adopted by "
        f"{kind}.a.destinations.{region}.existingId already: two replicas cannot be one thing"
        for name in ("b", "c")
    ]


def test_same_id_in_another_region_is_another_thing() -> None:
    regions = {region: {"existingId": "snap-2"} for region in ("ap-beijing", "ap-shanghai")}

    assert loaded(snapshots={"disk": {**SNAPSHOTS, "destinations": regions}})


def test_delete_before_replace_is_left_to_the_provider_unless_asked_for() -> None:
    settings = loaded(dataCaches={"a": ENTRY, "b": {**ENTRY, "deleteBeforeReplace": True}})

    assert settings.entries["dataCaches"]["a"].options().delete_before_replace is None
    assert settings.entries["dataCaches"]["b"].options().delete_before_replace is True


def test_nothing() -> None:
    nothing = Settings(loopback_only=False, entries={kind.section: {} for kind in KINDS})
    assert load({}) == nothing
    assert (
        load({"pulumi:tags": "{}", "alicloud:region": "cn-beijing", "my-copies:note": "x"}, project="my-copies")
        == nothing
    )


@pytest.mark.parametrize("namespace", ["replica", "Replicas", "aliclould", "aliyun", "tencent", "aws", ""])
def test_namespace_that_is_not_read(namespace: str) -> None:
    known = "alicloud, pulumi, replicas, tencentcloud"

    assert mistakes_of({f"{namespace}:dataCaches": "{}"}) == [
        f"{namespace}:dataCaches: '{namespace}' is not a namespace that is read here ({known}): correct or remove it"
    ]


def test_section_under_the_name_of_the_project() -> None:
    """`pulumi config set dataCaches` puts it there, and nothing would read it."""
    with pytest.raises(
        InvalidConfig, match=r"my-copies:dataCaches: is not read under this name: write it as replicas:"
    ):
        load({"my-copies:dataCaches": "{}"}, project="my-copies")


def test_mistakes_of_all_namespaces_at_once() -> None:
    config = {
        "alicloud:endpoints": "[]",
        "alicloud:assumeRole": '{"rolArn": "x"}',
        "tencentcloud:secretId": "id",
        "replica:images": "{}",
        "replicas:image": "{}",
    }

    assert [line.partition(": ")[0] for line in mistakes_of(config)] == [
        "alicloud:assumeRole.rolArn",
        "alicloud:assumeRole.roleArn",
        "alicloud:endpoints",
        "replica:images",
        "replicas:image",
        "tencentcloud:secretKey",
    ]


@pytest.mark.parametrize(
    ("namespace", "arguments"),
    [("alicloud", pulumi_alicloud.ProviderArgs), ("tencentcloud", tencentcloud_iac_pulumi.ProviderArgs)],
)
def test_every_key_of_a_vendors_provider_is_honoured_or_refused_by_name(namespace: str, arguments: Any) -> None:
    _, *names = inspect.signature(arguments.__init__).parameters
    keys = {to_camel(name) for name in names}
    honoured = VENDORS[namespace].load().settings.keys()

    refused = mistakes_of({f"{namespace}:{key}": "x" for key in keys - honoured})

    assert honoured <= keys
    assert [line.partition(": is not supported here; supported are ")[0] for line in refused] == sorted(
        f"{namespace}:{key}" for key in keys - honoured
    )


def test_what_the_environment_overrules_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "canary")

    load({"alicloud:profile": "other", "alicloud:region": "cn-beijing"})

    (line,) = warned
    assert line.startswith("alicloud:profile of the stack config is not used: the environment has an access key. Next:")


def test_last_region_may_go() -> None:
    assert (
        loaded(dataCaches={"weights": {**ENTRY, "destinations": {}}})
        .entries["dataCaches"]["weights"]
        .args()["destinations"]
        == {}
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"source": {"region": "cn-beijing"}}, "dataCaches.w.source: give either id or ids"),
        (
            {"source": {"region": "cn-beijing", "ids": ["a", "a"]}},
            "dataCaches.w.source: ids: give at least one, and none",
        ),
        ({"source": {"id": "edc-1"}}, "dataCaches.w.source.region: is required"),
        (
            {"defaults": {"existingId": "edc-2"}},
            "dataCaches.w.defaults.existingId: belongs to one region: set it there",
        ),
        ({"destination": {}}, "dataCaches.w.destination: 'destination' is not a known key here: check its spelling"),
        ({"destinations": ["cn-hangzhou"]}, "dataCaches.w.destinations: should be a map"),
        (
            {"destinations": {"cn-hangzhou": {"path": 7}}},
            "dataCaches.w.destinations.cn-hangzhou.path: should be a valid string",
        ),
        ({"destinations": {"cn-hangzhou": {"retention_days": 7}}}, "'retention_days' is not a known key here"),
        ({"readyTimeout": "soon"}, "dataCaches.w.readyTimeout: 'soon' is not a duration such as 90s, 45m, 2h or 1h30m"),
        ({"readyTimeout": 3}, "dataCaches.w.readyTimeout: should be a valid string"),
        (
            {"defaults": {"retentionDays": 0}, "destinations": {"cn-hangzhou": {}}},
            "dataCaches.w.defaults.retentionDays: must be",
        ),
        ({"defaults": {"tags": {"acs:x": "1"}}}, "dataCaches.w.defaults.tags.acs:x: a key must not start with"),
        ({"source": {"region": "cn-beijing", "id": ""}}, "dataCaches.w.source.id: must not be empty"),
        (
            {"destinations": {"cn-hangzhou": {"reload": {"eipCreateParam": {"isp": "X"}}}}},
            "dataCaches.w.destinations.cn-hangzhou.reload.eipCreateParam.isp: must be one of BGP, BGP_PRO",
        ),
        (
            {"defaults": {"reload": {"dataSource": {"type": "URL", "options": {"#9#some_key": "x"}}}}},
            "dataCaches.w.defaults.reload.dataSource.options.#9#some_key: a name that starts with",
        ),
        (
            {"defaults": {"reload": {"vswitchId": "vsw-1"}}},
            "dataCaches.w.defaults.reload.vswitchId: 'vswitchId' is not",
        ),
        ({"source": {"region": "East US 2", "id": "edc-1"}}, "dataCaches.w.source.region: 'East US 2' is not a region"),
        (
            {"destinations": {"cn-beijing": {}}},
            "dataCaches.w.destinations.cn-beijing: 'cn-beijing' is the source region",
        ),
    ],
)
def test_mistake(changed: dict[str, Any], expected: str) -> None:
    found = mistakes(dataCaches={"w": {**ENTRY, **changed}})

    assert any(expected in line for line in found), found
    assert all(line.startswith("replicas:dataCaches.w.") for line in found)


def test_all_mistakes_at_once() -> None:
    wrong = {"source": {"region": "cn-beijing"}, "destinations": {"cn-hangzhou": {"path": 7}}}

    assert len(mistakes(dataCaches={"a": wrong, "b": wrong}, sandbx=True)) == 5


def test_shapes_and_rules_in_one_round() -> None:
    wrong = {
        "source": {"region": "cn-beijing"},
        "destinations": {"cn-hangzhou": {"pth": "/x", "retentionDays": 0}, "cn-shanghai": {"path": "x"}},
    }

    days = "must be a whole number of days, 1 to 36500, got 0: leave it out and the replica never expires"
    assert mistakes(dataCaches={"a": wrong}) == [
        "replicas:dataCaches.a.destinations.cn-hangzhou.pth: 'pth' is not a known key here: check its spelling",
        f"replicas:dataCaches.a.destinations.cn-hangzhou.retentionDays: {days}",
        "replicas:dataCaches.a.destinations.cn-shanghai.path: 'x' must start with '/'",
        "replicas:dataCaches.a.source: give either id or ids",
    ]


def test_known_keys_of_the_namespace() -> None:
    assert mistakes(dataCache={}) == ["replicas:dataCache: 'dataCache' is not a known key here: check its spelling"]


def test_not_a_map() -> None:
    assert mistakes(dataCaches="weights") == ["replicas:dataCaches: should be a map"]


@pytest.mark.parametrize("empty", ["", None])
def test_empty_key_says_what_to_write(empty: Any) -> None:
    """As the engine passes a key without a value, now and in a later version."""
    for section in ("dataCaches", "images", "snapshots", "endpoints"):
        assert mistakes(**{section: empty}) == [
            f"replicas:{section}: is empty: write `{{}}` for none, or remove the key"
        ]
    assert mistakes(loopbackOnly=empty) == ["replicas:loopbackOnly: is empty: give it a value, or remove the key"]
    entry = {"source": empty, "destinations": {"cn-hangzhou": {}}}
    assert mistakes(images={"web": entry}) == [
        "replicas:images.web.source: is empty: write `{}` for none, or remove the key"
    ]


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["w", "source", "region", "id", "destinations", "cn-hangzhou", "tags", "defaults", "path"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["dataCaches", "snapshots", "sandbox", "endpoints", "x"]), yaml_values, max_size=3)
)
def test_any_yaml_is_settings_or_mistakes(values: dict[str, Any]) -> None:
    try:
        settings = load({f"replicas:{key}": json.dumps(value) for key, value in values.items()})
    except InvalidConfig as error:
        lines = str(error).splitlines()[1:]
    else:
        entries: list[Entry] = [entry for entries in settings.entries.values() for entry in entries.values()]
        lines = [f"  replicas:{entry.args()['source']['region']}" for entry in entries]
    assert all(line.startswith("  replicas:") for line in lines)


IMAGES = {
    "source": {"region": "cn-hangzhou", "id": "m-1"},
    "defaults": {"description": "golden machine", "tags": {"team": "web", "tier": "gold"}},
    "destinations": {
        "cn-beijing": {"tags": {"tier": "silver"}, "resourceGroupId": "rg-one", "encrypted": True, "kmsKeyId": "key-1"},
        "cn-shenzhen": {"name": "golden", "forceDelete": True, "deleteAutoSnapshot": True},
    },
    "readyTimeout": "8h",
}


def test_images() -> None:
    settings = loaded(images={"golden": IMAGES}, endpoints={"ecs": "ecs.internal.example"})

    assert settings.entries["images"]["golden"].args() == {
        "source": {"region": "cn-hangzhou", "id": "m-1"},
        "destinations": {
            "cn-beijing": {
                "description": "golden machine",
                "tags": {"team": "web", "tier": "silver"},
                "resource_group_id": "rg-one",
                "encrypted": True,
                "kms_key_id": "key-1",
            },
            "cn-shenzhen": {
                "name": "golden",
                "description": "golden machine",
                "tags": {"team": "web", "tier": "gold"},
                "force_delete": True,
                "delete_auto_snapshot": True,
            },
        },
        "ready_timeout": "8h",
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"defaults": {"name": "1st"}}, "defaults.name: begins with a letter"),
        ({"defaults": {"description": "x"}}, "defaults.description: has 2 to 256 characters, this one 1"),
        ({"defaults": {"kmsKeyId": "key-1"}}, "defaults.kmsKeyId: needs `encrypted: true` beside it"),
        ({"defaults": {"tags": {"acs:x": ""}}}, "defaults.tags.acs:x: a key must not start with"),
        ({"defaults": {"encrypted": "yes"}}, "defaults.encrypted: should be a valid boolean"),
        ({"destinations": {"cn-beijing": {"resourceGroupId": "one"}}}, "cn-beijing.resourceGroupId: must be an id"),
        ({"destinations": {"cn-beijing": {"existingId": "m-2"}}}, "'existingId' is not a known key here"),
        ({"destinations": {"cn-hangzhou": {}}}, "destinations.cn-hangzhou: 'cn-hangzhou' is the source region"),
        ({"source": {"region": "cn-hangzhou"}}, "source: give either id or ids"),
        ({"source": {"region": "cn-hangzhou", "diskId": "disk-1"}}, "'diskId' is not a known key here"),
        ({"readyTimeout": "soon"}, "readyTimeout: 'soon' is not a duration such as"),
    ],
)
def test_mistake_in_images(changed: dict[str, Any], expected: str) -> None:
    found = mistakes(images={"golden": {**IMAGES, **changed}})

    assert any(expected in line for line in found), found
    assert all(line.startswith("replicas:images.golden.") for line in found)


def test_snapshots_of_a_disk() -> None:
    source = {"region": "ap-guangzhou", "diskId": "disk-orders"}

    settings = loaded(snapshots={"disk": {**SNAPSHOTS, "source": source}})

    assert settings.entries["snapshots"]["disk"].args()["source"] == {
        "region": "ap-guangzhou",
        "disk_id": "disk-orders",
    }


def test_dates_are_put_in_quotes() -> None:
    """YAML takes one without quotes for a date, and the engine hands it on in a form of its own."""
    entry = {
        "source": {"region": "ap-guangzhou", "id": "snap-ckgjwkqh"},
        "destinations": {"ap-shanghai": {"deadline": "2099-01-31 00:00:00 +0000 UTC"}},
    }
    reported = mistakes(snapshots={"disk": entry})

    assert "replicas:snapshots.disk.destinations.ap-shanghai.deadline: is a date: put it in quotes" in reported


def test_template_is_judged_as_each_generation_has_it() -> None:
    source = {"region": "cn-hangzhou", "ids": ["m-bp1aaaaaaaaaaaaaaaaa", "m-bp1bbbbbbbbbbbbbbbbb"]}
    entry = {"source": source, "destinations": {"cn-beijing": {"name": "golden-{source_id}"}}}

    assert loaded(images={"golden": entry}).entries["images"]["golden"].args()["destinations"] == {
        "cn-beijing": {"name": "golden-{source_id}"}
    }
    with_one = {**entry, "source": {"region": "cn-hangzhou", "id": source["ids"][0]}}
    assert len(mistakes(images={"golden": with_one})) == 1


SECTIONS = {
    "dataCaches": ({"region": "cn-beijing", "id": "edc-1"}, "cn-hangzhou"),
    "images": ({"region": "cn-hangzhou", "id": "m-1"}, "cn-beijing"),
    "snapshots": ({"region": "ap-guangzhou", "id": "snap-1"}, "ap-beijing"),
}


def named(section: str, entry: str, **settings: Any) -> dict[str, Any]:
    """An entry of that name, of which nothing else is wrong."""
    source, region = SECTIONS[section]
    return {section: {entry: {"source": source, "destinations": {region: settings}}}}


@pytest.mark.parametrize(
    ("section", "name", "reason"),
    [
        ("images", "9team/x y", "begins with a letter (A to Z or Chinese), followed by letters, digits, '.'"),
        ("images", "9", "begins with a letter"),
        ("images", "团队 a", "begins with a letter"),
        ("images", "aliyun-golden", "must not begin with 'aliyun' or 'acs:'"),
        ("images", "a-http://x", "must not contain 'http://' or 'https://'"),
    ],
)
def test_default_name_goes_through_the_rules(section: str, name: str, reason: str) -> None:
    region = SECTIONS[section][1]

    (line,) = mistakes(**named(section, name))

    assert line.startswith(
        f"replicas:{section}.{name}.destinations.{region}.name: the default is '{name}-{region}', which {reason}"
    )
    assert line.endswith("; set a name, or rename the entry")


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("images", "金色镜像"),
        ("images", "n" * 200),
        ("snapshots", "9team/x y"),
        ("snapshots", "n" * 200),
        ("dataCaches", "9团队/x y"),
    ],
)
def test_default_name_that_the_kind_allows(section: str, name: str) -> None:
    """The names of images and snapshots are shortened."""
    assert loaded(**named(section, name))


def test_default_name_does_not_matter_where_a_name_is_set() -> None:
    assert loaded(**named("images", "9team/x y", name="golden"))


@pytest.mark.parametrize("section", SECTIONS)
def test_entry_without_a_name(section: str) -> None:
    assert f"replicas:{section}. : an entry needs a name" in mistakes(**named(section, " "))
