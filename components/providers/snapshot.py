"""Where the state of a stack finds the dynamic provider of SnapshotCopy: this path is a promise."""

from components.hosts.dynamic import DynamicProvider
from components.snapshot.lifecycle import SnapshotLifecycle


class SnapshotProvider(DynamicProvider[SnapshotLifecycle]):
    """Serves `SnapshotLifecycle`."""

    served = SnapshotLifecycle
