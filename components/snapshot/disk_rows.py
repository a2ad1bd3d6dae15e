"""How rows of native snapshots of disks, from which replicas are copied, are read in a state and found again."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.connection import Connection
from components.lifecycle.native_rows import NativeRows
from components.model.kind import Cloud, Found


class DiskSnapshotRows(NativeRows):
    """Rows of `tencentcloud.cbs.Snapshot`."""

    name = "snapshotName"
    made_of = ("storageId",)
    errors = Cbs.errors.rules

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        cbs = Cbs(Connection.from_config("cbs", config))
        return Cloud(
            cbs, self._finder(lambda region, name: [Found(each.id) for each in cbs.find_by_name(region, name)])
        )


ROWS = DiskSnapshotRows()
