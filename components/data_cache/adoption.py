"""Which DataCache, made by hand, may become a replica."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.alibaba.eci_data_cache import DataCache
from components.data_cache.rules import REPLICA_TAG
from components.lifecycle.lifecycle import AdoptionRefused


def verify_adoption(id_: str, cache: DataCache, inputs: Mapping[str, Any]) -> None:
    """Judge whether these inputs may adopt the DataCache.

    Raises:
        AdoptionRefused: It belongs to another replica, or has another path than declared.
    """
    doing = f"adopting DataCache {id_} in {inputs['region']}"
    owner = cache.tags.get(REPLICA_TAG, inputs["copy_token"])
    if owner != inputs["copy_token"]:
        raise AdoptionRefused(
            f"{doing}: it is a replica already, tagged {REPLICA_TAG}={owner}",
            "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, untag it",
        )
    if inputs.get("path", cache.path) != cache.path:
        raise AdoptionRefused(
            f"{doing}: its path is {cache.path!r}, declared is {inputs['path']!r}, and a path cannot be changed",
            "declare its path, or remove existing_id to make a copy instead",
        )
