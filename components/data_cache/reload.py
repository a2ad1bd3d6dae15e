"""What of UpdateDataCache loads data again: `size` and the `reload` block, with the rules of its reference.

CopyDataCache knows neither, so a creation only records them; a later change sends them. Judges and completes declared
values only: no cloud is asked, and a value that is not known yet passes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.output import Unknown

from components.data_cache.args import DataCacheDataSource, DataCacheEip, DataCacheReload
from components.model import rules
from components.model.field import Field, Rule, table

RELOADING = ("size", "reload")
"""The inputs that are recorded at creation and sent when they change."""

MIN_SIZE, MAX_SIZE = 20, 32768
"""GiB. The reference of UpdateDataCache gives no bounds: 20 is the default of CreateDataCache, and the bounds are those
of the disk behind a cache."""

MAX_BANDWIDTH = 1000
"""Mbps. The reference gives the default only; this is the most that any way of paying for an EIP allows."""

EIP_DEFAULTS = {"bandwidth": 5, "isp": "BGP"}
"""What the reference says the API takes for what is left out: written out, so that leaving out is no change."""


def completed(reload: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None and write out the defaults of the EIP's parameters."""
    block = _without_none(reload)
    if isinstance(eip := block.get("eip_create_param"), Mapping):
        block["eip_create_param"] = {**EIP_DEFAULTS, **_without_none(eip)}
    if isinstance(source := block.get("data_source"), Mapping):
        block["data_source"] = _without_none(source)
    return block


def _options(options: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(options, Mapping) or not options:
        yield "", "must be a map of at least one option: which ones depends on the type"
        return
    for name, value in options.items():
        if not isinstance(value, str | Unknown):
            yield f".{name}", "must be text: put it in quotes"  # without the value: an option may be a secret
        if not _is_option_name(name):
            yield f".{name}", "a name that starts with '#' must be '#<its length>#<name>'"
        elif name.startswith("#") and name.split("#", 2)[2] in options:
            yield f".{name}", "is there a second time, without its length in front"


def _is_option_name(name: str) -> bool:
    if not name.startswith("#"):
        return bool(name)
    match = re.fullmatch(r"#([0-9]+)#(.+)", name, re.DOTALL)
    return match is not None and int(match[1]) == len(match[2])


def _an_id(prefix: str) -> Rule:
    return rules.an_id(rf"{prefix}-[0-9A-Za-z]+", f"{prefix}-2ze81zoc3yl7a3we")


DATA_SOURCE = table(
    DataCacheDataSource,
    type=Field(api="Type", rule=rules.one_of("URL", "NAS", "OSS", "SNAPSHOT")),
    options=Field(api="Options", rule=_options, secret=True),
)
EIP = table(
    DataCacheEip,
    bandwidth=Field(default="5", api="Bandwidth", rule=rules.whole_number(1, MAX_BANDWIDTH, "Mbps")),
    common_bandwidth_package=Field(api="CommonBandwidthPackage", rule=_an_id("cbwp")),
    internet_charge_type=Field(
        default="the cloud's choice", api="InternetChargeType", rule=rules.one_of("PayByBandwidth", "PayByTraffic")
    ),
    public_ip_address_pool_id=Field(api="PublicIpAddressPoolId", rule=_an_id("pippool")),
    isp=Field(default="BGP", api="ISP", rule=rules.one_of("BGP", "BGP_PRO")),
)


def _whole(block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not block.keys() - {"trigger"}:
        yield "", "says nothing to load: a trigger needs a data_source or network parameters beside it"
    if "eip_instance_id" in block and "eip_create_param" in block:
        yield ".eip_create_param", "excludes eip_instance_id: use an existing EIP or create one"


RELOAD = table(
    DataCacheReload,
    trigger=Field(may_be_blank=True),
    data_source=Field(
        default="the source that the DataCache records",
        api="DataSource",
        rule=rules.block(DATA_SOURCE),
        fields=DATA_SOURCE,
    ),
    security_group_id=Field(api="SecurityGroupId", rule=_an_id("sg")),
    v_switch_id=Field(api="VSwitchId", rule=_an_id("vsw")),
    eip_instance_id=Field(api="EipInstanceId", rule=_an_id("eip")),
    eip_create_param=Field(api="EipCreateParam", rule=rules.block(EIP), fields=EIP),
)

violations = rules.block(RELOAD, _whole)
"""Finds what UpdateDataCache would refuse of a reload block."""


def _without_none(block: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if value is not None}
