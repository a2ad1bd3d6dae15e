"""Arguments of DataCacheReplica. The text under each attribute is its documentation in the published schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class DataCacheSource(TypedDict):
    """The DataCache to copy."""

    region: str
    """Region id of the source: `cn-beijing`. A plain value. (CopyDataCache `RegionId`)"""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `edc-...`. Either this or `ids`. A change replaces all replicas. (`DataCacheId`)"""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region, and one that leaves the list is deleted.
    Plain values: they name children `<name>-<region>-<source id>`."""


class DataCacheDataSource(TypedDict):
    """Where UpdateDataCache loads the data from."""

    type: pulumi.Input[str]
    """`URL`, `NAS`, `OSS` or `SNAPSHOT`. (UpdateDataCache `DataSource.Type`)"""

    options: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """At least one option; which ones depends on the type: `{"repoSource": "HuggingFace/Model", "repoId": "..."}`.
    Names as the vendor's guide lists them, with or without their `#<length>#`. (`DataSource.Options`)"""


class DataCacheEip(TypedDict):
    """An elastic IP address that is created for loading through a VPC without a NAT gateway."""

    bandwidth: NotRequired[pulumi.Input[int]]
    """Mbps, 1 to 1000. Default 5. (`EipCreateParam.Bandwidth`)"""

    common_bandwidth_package: NotRequired[pulumi.Input[str]]
    """Id of an existing shared bandwidth package: `cbwp-...`. (`EipCreateParam.CommonBandwidthPackage`)"""

    internet_charge_type: NotRequired[pulumi.Input[str]]
    """`PayByBandwidth` or `PayByTraffic`. Default: the cloud's choice. (`EipCreateParam.InternetChargeType`)"""

    public_ip_address_pool_id: NotRequired[pulumi.Input[str]]
    """Id of an address pool: `pippool-...`. (`EipCreateParam.PublicIpAddressPoolId`)"""

    isp: NotRequired[pulumi.Input[str]]
    """`BGP` or `BGP_PRO`. Default `BGP`. (`EipCreateParam.ISP`)"""


class DataCacheReload(TypedDict):
    """How to load the replica's data again. Recorded when the replica is created, sent when it changes.

    It holds a data source, network parameters, or both.
    """

    trigger: NotRequired[pulumi.Input[str]]
    """Any text; a changed one loads again with equal settings."""

    data_source: NotRequired[pulumi.Input[DataCacheDataSource]]
    """What to load. Default: the source that the DataCache records."""

    security_group_id: NotRequired[pulumi.Input[str]]
    """Security group of the loading instance: `sg-...`. (UpdateDataCache `SecurityGroupId`)"""

    v_switch_id: NotRequired[pulumi.Input[str]]
    """vSwitch of the loading instance: `vsw-...`. (`VSwitchId`)"""

    eip_instance_id: NotRequired[pulumi.Input[str]]
    """An existing EIP to load through: `eip-...`. Excludes `eip_create_param`. (`EipInstanceId`)"""

    eip_create_param: NotRequired[pulumi.Input[DataCacheEip]]
    """An EIP to create and load through. Excludes `eip_instance_id`. (`EipCreateParam`)"""


class DataCacheDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica; with `ids`, `{source_id}` stands for the generation. Default: the child's name. Changed in
    place. (CopyDataCache `Name`)"""

    bucket: NotRequired[pulumi.Input[str]]
    """Bucket of the replica. Default `default`. Changed in place. (CopyDataCache `Bucket`)"""

    path: NotRequired[pulumi.Input[str]]
    """Path of the data in the bucket; with `ids`, `{source_id}` stands for the generation. Default: the cloud's choice.
    A change replaces the replica. (CopyDataCache `Path`)"""

    retention_days: NotRequired[pulumi.Input[int]]
    """Days after which the cloud deletes the replica, 1 or more. Default: kept for ever. Changed in place, cannot be
    taken away again. (CopyDataCache `RetentionDays`)"""

    resource_group_id: NotRequired[pulumi.Input[str]]
    """Resource group. Default: the account's. Changed in place, cannot be taken away again.
    (CopyDataCache `ResourceGroupId`)"""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 19 tags. Default: none. Changed in place. (CopyDataCache `Tag`)"""

    size: NotRequired[pulumi.Input[int]]
    """Size in GiB, 20 to 32768. A copy has its source's size: this is recorded when the replica is created, and sent
    when it changes, which loads the data again. (UpdateDataCache `Size`)"""

    reload: NotRequired[pulumi.Input[DataCacheReload]]
    """How to load the data again; recorded when the replica is created, sent when it changes. The old data is served
    until that succeeded. Default: the data is what was copied."""

    existing_id: NotRequired[str]
    """Take this DataCache of the region over instead of copying: from then on it is this replica, and is destroyed with
    it. Only read when the replica is created. Not with `ids`. Default: copy."""


class DataCacheReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: DataCacheSource
    """The DataCache to copy."""

    destinations: Mapping[str, DataCacheDestination]
    """Region id -> settings. Adding or removing a region adds or removes exactly one replica. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`. Default `2h`."""

    delete_timeout: NotRequired[str]
    """How long a delete or a change waits for a running copy to end, and a delete to be done. Default `2h`."""
