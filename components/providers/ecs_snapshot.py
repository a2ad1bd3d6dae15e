"""Where the state of a stack finds the dynamic provider of EcsSnapshotCopy: this path is a promise."""

from components.ecs_snapshot.lifecycle import EcsSnapshotLifecycle
from components.hosts.dynamic import DynamicProvider


class EcsSnapshotProvider(DynamicProvider[EcsSnapshotLifecycle]):
    """Serves `EcsSnapshotLifecycle`."""

    served = EcsSnapshotLifecycle
