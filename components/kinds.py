"""The list of replica kinds. Whatever differs from kind to kind is reached from here, and from nowhere else.

An entry names; it imports no room and no SDK of a cloud. How to add one: CONTRIBUTING.md.
"""

from collections.abc import Mapping
from functools import cache

from components.model.kind import Actions, Kind, Place, Rows, Service

ECI = Service("eci", Place("components.clouds.alibaba.eci:Eci"))
ECS = Service("ecs", Place("components.clouds.alibaba.ecs:Ecs"))
ECS_SNAPSHOTS = Service("ecs", Place("components.clouds.alibaba.ecs_snapshots:EcsSnapshots"))
TAG = Place("components.clouds.tencent.tag:Tag")
CBS = Service("cbs", Place("components.clouds.tencent.cbs:Cbs"), beside=(TAG,))
CVM = Service("cvm", Place("components.clouds.tencent.cvm:Cvm"), beside=(TAG,))

KINDS: tuple[Kind, ...] = (
    Kind(
        name="data_cache",
        section="dataCaches",
        thing="DataCache",
        service=ECI,
        component=Place("components.data_cache.component:DataCacheReplica"),
        fields="components.data_cache.fields",
        type="pulumi-python:dynamic/alibaba:DataCacheCopy",
        rows=Place("components.data_cache.lifecycle:ROWS"),
        sample=Place("components.data_cache.sample:SAMPLE"),
        actions=Actions("CopyDataCache", "DescribeDataCaches", "UpdateDataCache", "DeleteDataCache"),
    ),
    Kind(
        name="image",
        section="images",
        thing="Image",
        service=ECS,
        component=Place("components.image.component:ImageReplica"),
        fields="components.image.fields",
        type="alicloud:ecs/imageCopy:ImageCopy",
        rows=Place("components.image.rows:ROWS"),
        sample=Place("components.image.sample:SAMPLE"),
        actions=Actions("CopyImage", "DescribeImages", "ModifyImageAttribute", "DeleteImage"),
        companion="pulumi-python:dynamic/alibaba:ImageSettings",
        holds_a_slot=True,
    ),
    Kind(
        name="snapshot",
        section="snapshots",
        thing="Snapshot",
        service=CBS,
        component=Place("components.snapshot.component:SnapshotReplica"),
        fields="components.snapshot.fields",
        type="pulumi-python:dynamic/tencent:SnapshotCopy",
        rows=Place("components.snapshot.lifecycle:ROWS"),
        sample=Place("components.snapshot.sample:SAMPLE"),
        actions=Actions("CopySnapshotCrossRegions", "DescribeSnapshots", "ModifySnapshotAttribute", "DeleteSnapshots"),
        sources={"tencentcloud:Cbs/snapshot:Snapshot": Place("components.snapshot.lifecycle:DISK_ROWS")},
        second_name="CbsSnapshotReplica",
    ),
    Kind(
        name="cvm_image",
        section="cvmImages",
        thing="CvmImage",
        service=CVM,
        component=Place("components.cvm_image.component:CvmImageReplica"),
        fields="components.cvm_image.fields",
        type="pulumi-python:dynamic/tencent:CvmImageCopy",
        rows=Place("components.cvm_image.lifecycle:ROWS"),
        sample=Place("components.cvm_image.sample:SAMPLE"),
        actions=Actions("SyncImages", "DescribeImages", "ModifyImageAttribute", "DeleteImages"),
        sources={"tencentcloud:Image/instance:Instance": Place("components.cvm_image.lifecycle:INSTANCE_ROWS")},
    ),
    Kind(
        name="ecs_snapshot",
        section="ecsSnapshots",
        thing="EcsSnapshot",
        service=ECS_SNAPSHOTS,
        component=Place("components.ecs_snapshot.component:EcsSnapshotReplica"),
        fields="components.ecs_snapshot.fields",
        type="pulumi-python:dynamic/alibaba:EcsSnapshotCopy",
        rows=Place("components.ecs_snapshot.lifecycle:ROWS"),
        sample=Place("components.ecs_snapshot.sample:SAMPLE"),
        actions=Actions("CopySnapshot", "DescribeSnapshots", "ModifySnapshotAttribute", "DeleteSnapshot"),
        sources={"alicloud:ecs/ecsSnapshot:EcsSnapshot": Place("components.ecs_snapshot.lifecycle:DISK_ROWS")},
    ),
)

SERVICES: Mapping[str, Service] = {kind.service.name: kind.service for kind in KINDS}
"""Name -> service: those whose endpoints can be set."""

VENDORS: Mapping[str, Place] = {
    "alicloud": Place("components.clouds.alibaba.provider_config:ALICLOUD"),
    "tencentcloud": Place("components.clouds.tencent.provider_config:TENCENTCLOUD"),
}
"""Namespace of a vendor's Pulumi provider in stack config -> what is honoured of it."""

OF_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
"""Name -> kind."""

OF_TYPE: Mapping[str, Kind] = {kind.type: kind for kind in KINDS}
"""Resource type of copies -> kind."""


OF_OWNED: Mapping[str, Kind] = {kind.companion or kind.type: kind for kind in KINDS}
"""Resource type whose rows record whose the copies are -> kind."""


@cache
def rows() -> Mapping[str, Rows]:
    """Return resource type -> what reads its rows, for all that can be repaired."""
    return {type_: reader for kind in KINDS for type_, reader in kind.resources()}
