"""Cloud Block Storage: snapshots and disks."""
