"""The section `replicas:dataCaches` of the stack config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime.config import is_config_secret

from components.data_cache import rules as data_cache_rules
from components.data_cache.args import DataCacheReplicaArgs
from components.model.violations import Violation
from components.replica.stack_config import AdoptableSettings, ReplicaEntry, Section

SECTION = "dataCaches"


class DataSourceSettings(Section):
    """Where a reload loads from."""

    type: str
    options: dict[str, str]


class EipSettings(Section):
    """An EIP that a reload creates."""

    bandwidth: int | None = None
    common_bandwidth_package: str | None = None
    internet_charge_type: str | None = None
    public_ip_address_pool_id: str | None = None
    isp: str | None = None


class ReloadSettings(Section):
    """How to load a replica's data again."""

    trigger: str | None = None
    data_source: DataSourceSettings | None = None
    security_group_id: str | None = None
    v_switch_id: str | None = None
    eip_instance_id: str | None = None
    eip_create_param: EipSettings | None = None


class DataCacheDestinationSettings(AdoptableSettings):
    """Settings of a DataCache replica."""

    name: str | None = None
    bucket: str | None = None
    path: str | None = None
    retention_days: int | None = None
    resource_group_id: str | None = None
    tags: dict[str, str] | None = None
    size: int | None = None
    reload: ReloadSettings | None = None


class DataCacheEntry(ReplicaEntry[DataCacheDestinationSettings]):
    """One entry of `replicas:dataCaches`."""

    merged = frozenset({"tags"})

    def violations(self, properties: Mapping[str, Any]) -> list[Violation]:
        """See `ReplicaEntry`."""
        return data_cache_rules.violations(properties)

    def args(self) -> DataCacheReplicaArgs:
        """Turn the entry into the component's arguments.

        The engine says only which whole sections hold secrets: then all options are, and none is plain in the state.
        """
        args = self.plain_args()
        if is_config_secret(f"replicas:{SECTION}"):
            for settings in args["destinations"].values():
                if source := settings.get("reload", {}).get("data_source"):
                    source["options"] = {name: pulumi.Output.secret(text) for name, text in source["options"].items()}
        return cast("DataCacheReplicaArgs", args)
