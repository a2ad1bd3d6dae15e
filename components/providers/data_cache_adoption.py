"""Which DataCache, made by hand, may become a replica."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.copies import Phase
from components.clouds.eci_data_cache import DataCache
from components.clouds.errors import ReplicaError
from components.providers.data_cache_rules import REPLICA_TAG


class AdoptionRefused(ReplicaError):
    """The DataCache named by `existing_id` cannot become this replica."""


def adoptable(id_: str, cache: DataCache | None, inputs: Mapping[str, Any]) -> DataCache:
    """Return the DataCache if these inputs may adopt it.

    Raises:
        AdoptionRefused: It does not exist, belongs to another replica, has failed, or has another path than declared.
    """
    doing = f"adopting DataCache {id_} in {inputs['region']}"
    if cache is None:
        raise AdoptionRefused(
            f"{doing}: there is no such DataCache", "correct existing_id, or remove it to make a copy instead"
        )
    owner = cache.tags.get(REPLICA_TAG, inputs["copy_token"])
    if owner != inputs["copy_token"]:
        raise AdoptionRefused(
            f"{doing}: it is a replica already, tagged {REPLICA_TAG}={owner}",
            "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, untag it",
        )
    if cache.state.phase is Phase.FAILED:
        raise AdoptionRefused(f"{doing}: it is {cache.status}", "remove existing_id to make a copy instead")
    if inputs.get("path", cache.path) != cache.path:
        raise AdoptionRefused(
            f"{doing}: its path is {cache.path!r}, declared is {inputs['path']!r}, and a path cannot be changed",
            "declare its path, or remove existing_id to make a copy instead",
        )
    return cache
