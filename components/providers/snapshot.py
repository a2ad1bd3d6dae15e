"""Where the state of every stack finds the provider of SnapshotCopy: the path is a promise, the code is elsewhere."""

from __future__ import annotations

from components.snapshot.lifecycle import SnapshotProvider as _SnapshotProvider


class SnapshotProvider(_SnapshotProvider):
    """See the base class."""
