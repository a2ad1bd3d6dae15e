"""Where snapshots are kept, by account and region; it decides nothing."""

from collections import defaultdict

from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource_table import ResourceTable
from sandbox.tencent.cbs.snapshot import Snapshot


class Snapshots(ResourceTable[Snapshot]):
    """All snapshots of the sandbox."""

    name = "cbs"
    model = Snapshot

    def destinations(self, account: str, region: str, now: float) -> dict[str, list[str]]:
        """Id of a snapshot of this region -> the regions to which it is being copied."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for copy in self.where(now, "account = ? AND json_extract(body, '$.origin.region') = ?", account, region):
            if copy.origin and copy.copying and copy.copying.running(now):
                found[copy.origin.id].append(copy.region)
        return found

    def inventory(self, now: float) -> Listed:
        """Region -> snapshots, for the control plane: all accounts, also what is not visible yet."""
        snapshots = self.where(now)
        copying_to = {
            place: self.destinations(*place, now) for place in {(one.account, one.region) for one in snapshots}
        }
        return by_region(
            (one.region, one.listed(now, copying_to[one.account, one.region].get(one.id, []))) for one in snapshots
        )
