"""Arguments of DataCacheReplica. The text under each attribute is its documentation in the published schema."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class DataCacheSource(TypedDict):
    """The DataCache to copy."""

    region: str
    """Region id of the source: `cn-beijing`. A plain value."""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `edc-...`."""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region. Plain values: they name children
    `<name>-<region>-<source id>`."""


class DataCacheDataSource(TypedDict):
    """Where UpdateDataCache loads the data from."""

    type: pulumi.Input[str]
    """`URL`, `NAS`, `OSS` or `SNAPSHOT`."""

    options: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """At least one option; which ones depends on the type: `{"repoSource": "HuggingFace/Model", "repoId": "..."}`.
    Names as the vendor's guide lists them, with or without their `#<length>#`."""


class DataCacheEip(TypedDict):
    """An elastic IP address that is created for loading through a VPC without a NAT gateway."""

    bandwidth: NotRequired[pulumi.Input[int]]
    """Mbps, 1 to 1000."""

    common_bandwidth_package: NotRequired[pulumi.Input[str]]
    """Id of an existing shared bandwidth package: `cbwp-...`."""

    internet_charge_type: NotRequired[pulumi.Input[str]]
    """`PayByBandwidth` or `PayByTraffic`."""

    public_ip_address_pool_id: NotRequired[pulumi.Input[str]]
    """Id of an address pool: `pippool-...`."""

    isp: NotRequired[pulumi.Input[str]]
    """`BGP` or `BGP_PRO`."""


class DataCacheReload(TypedDict):
    """How to reload the replica's data. Recorded when the replica is created, sent when it changes.

    It holds a data source, network parameters, or both.
    """

    trigger: NotRequired[pulumi.Input[str]]
    """Any text; a changed one reloads with equal settings."""

    data_source: NotRequired[pulumi.Input[DataCacheDataSource]]
    """What to load."""

    security_group_id: NotRequired[pulumi.Input[str]]
    """Security group of the loading instance: `sg-...`."""

    v_switch_id: NotRequired[pulumi.Input[str]]
    """vSwitch of the loading instance: `vsw-...`."""

    eip_instance_id: NotRequired[pulumi.Input[str]]
    """An existing EIP to load through: `eip-...`. Excludes `eip_create_param`."""

    eip_create_param: NotRequired[pulumi.Input[DataCacheEip]]
    """An EIP to create and load through. Excludes `eip_instance_id`."""


class DataCacheDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica, 128 characters at most; with `ids`, `{source_id}` stands for the generation."""

    bucket: NotRequired[pulumi.Input[str]]
    """Bucket of the replica, 128 characters at most, not `eci-system`."""

    path: NotRequired[pulumi.Input[str]]
    """Path of the data in the bucket, starting with `/`; with `ids`, `{source_id}` stands for the generation."""

    retention_days: NotRequired[pulumi.Input[int]]
    """Days after which the cloud deletes the replica, 1 to 36500."""

    resource_group_id: NotRequired[pulumi.Input[str]]
    """Resource group: `rg-...`."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 19 tags."""

    ignore_tags: NotRequired[Sequence[str]]
    """Patterns of tags that others put on, such as `cost-*`: they are no drift, and an update keeps them. Declared tags
    are never ignored. A plain value."""

    size: NotRequired[pulumi.Input[int]]
    """Size in GiB, 20 to 32768. A copy has its source's size: this is recorded when the replica is created, and sent
    when it changes, which reloads the data."""

    reload: NotRequired[pulumi.Input[DataCacheReload]]
    """How to reload the data; recorded when the replica is created, sent when it changes. The old data is served until
    that succeeded."""

    existing_id: NotRequired[str]
    """Take this DataCache of the region over instead of copying: from then on it is this replica, and is destroyed
    with it. A plain value, not with `ids`."""


class DataCacheReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: DataCacheSource
    """The DataCache to copy."""

    destinations: Mapping[str, DataCacheDestination]
    """Region id -> settings. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`."""

    delete_timeout: NotRequired[str]
    """How long a delete or a change waits for a running copy to end, and a delete to be done."""
