"""What of UpdateDataCache loads data again: `size` and the `reload` block, with the rules of its reference.

CopyDataCache knows neither, so a creation only records them; a later change sends them. Judges and completes declared
values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.output import Unknown

from components.model.violations import Violation, is_whole_number

RELOADING = ("size", "reload")
"""The inputs that are recorded at creation and sent when they change."""

MIN_SIZE, MAX_SIZE = 20, 32768
"""GiB. The reference of UpdateDataCache gives no bounds: 20 is the default of CreateDataCache, and the bounds are those
of the disk behind a cache."""

SOURCE_TYPES = ("URL", "NAS", "OSS", "SNAPSHOT")
CHARGE_TYPES = ("PayByBandwidth", "PayByTraffic")
LINES = ("BGP", "BGP_PRO")
MAX_BANDWIDTH = 1000
"""Mbps. The reference gives the default only; this is the most that any way of paying for an EIP allows."""

EIP_DEFAULTS = {"bandwidth": 5, "isp": "BGP"}
"""What the reference says the API takes for what is left out: written out, so that leaving out is no change."""

_ID_PREFIXES = {
    "security_group_id": "sg",
    "v_switch_id": "vsw",
    "eip_instance_id": "eip",
    "eip_create_param.common_bandwidth_package": "cbwp",
    "eip_create_param.public_ip_address_pool_id": "pippool",
}
_KEYS = ("trigger", "data_source", "security_group_id", "v_switch_id", "eip_instance_id", "eip_create_param")
_SOURCE_KEYS = ("type", "options")
_EIP_KEYS = ("bandwidth", "common_bandwidth_package", "internet_charge_type", "public_ip_address_pool_id", "isp")


def completed(reload: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None and write out the defaults of the EIP's parameters."""
    block = _without_none(reload)
    if isinstance(eip := block.get("eip_create_param"), Mapping):
        block["eip_create_param"] = {**EIP_DEFAULTS, **_without_none(eip)}
    if isinstance(source := block.get("data_source"), Mapping):
        block["data_source"] = _without_none(source)
    return block


def violations(known: Mapping[str, Any]) -> Iterator[Violation]:
    """Find what UpdateDataCache would refuse of `size` and `reload`."""
    size = known.get("size")
    if size is not None and not (is_whole_number(size) and MIN_SIZE <= size <= MAX_SIZE):
        yield Violation("size", f"must be a whole number of GiB, {MIN_SIZE} to {MAX_SIZE}, got {size!r}")
    reload = known.get("reload")
    if reload is None:
        return
    if not isinstance(reload, Mapping):
        yield Violation("reload", "must be a map")  # what it is may hold a secret option
        return
    for path, reason in _of_block(_without_none(reload)):
        yield Violation(f"reload.{path}" if path else "reload", reason)


def _of_block(block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _unknown_keys("", block, _KEYS)
    if not any(key != "trigger" for key in block):
        yield "", "says nothing to load: a trigger needs a data_source or network parameters beside it"
    trigger = block.get("trigger")
    if trigger is not None and not isinstance(trigger, str | Unknown):
        yield "trigger", f"must be text, got {trigger!r}: put it in quotes"
    if "eip_instance_id" in block and "eip_create_param" in block:
        yield "eip_create_param", "excludes eip_instance_id: use an existing EIP or create one"
    yield from _of_data_source(block.get("data_source"))
    yield from _of_eip(block.get("eip_create_param"))
    yield from _of_ids("", block)


def _of_data_source(source: Any) -> Iterator[tuple[str, str]]:
    if source is None or isinstance(source, Unknown):
        return
    if not isinstance(source, Mapping):
        yield "data_source", "must be a map"
        return
    source = _without_none(source)
    yield from _unknown_keys("data_source.", source, _SOURCE_KEYS)
    yield from _one_of("data_source.type", source.get("type"), SOURCE_TYPES, required=True)
    options = source.get("options")
    if isinstance(options, Unknown):
        return
    if not isinstance(options, Mapping) or not options:
        yield "data_source.options", "must be a map of at least one option: which ones depends on the type"
        return
    for name, value in options.items():
        if not isinstance(value, str | Unknown):
            # The value is not told: an option may be a secret.
            yield f"data_source.options.{name}", "must be text: put it in quotes"
        if not _is_option_name(name):
            yield f"data_source.options.{name}", "a name that starts with '#' must be '#<its length>#<name>'"
        elif name.startswith("#") and name.split("#", 2)[2] in options:
            yield f"data_source.options.{name}", "is there a second time, without its length in front"


def _of_eip(eip: Any) -> Iterator[tuple[str, str]]:
    if eip is None or isinstance(eip, Unknown):
        return
    if not isinstance(eip, Mapping):
        yield "eip_create_param", f"must be a map, got {eip!r}"
        return
    eip = _without_none(eip)
    yield from _unknown_keys("eip_create_param.", eip, _EIP_KEYS)
    bandwidth = eip.get("bandwidth", 1)
    if not isinstance(bandwidth, Unknown) and not (is_whole_number(bandwidth) and 1 <= bandwidth <= MAX_BANDWIDTH):
        yield "eip_create_param.bandwidth", f"must be a whole number of Mbps, 1 to {MAX_BANDWIDTH}, got {bandwidth!r}"
    yield from _one_of("eip_create_param.internet_charge_type", eip.get("internet_charge_type"), CHARGE_TYPES)
    yield from _one_of("eip_create_param.isp", eip.get("isp"), LINES)
    yield from _of_ids("eip_create_param.", eip)


def _of_ids(prefix: str, block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, kind in _ID_PREFIXES.items():
        section, _, key = path.rpartition(".")
        if prefix.rstrip(".") != section or key not in block or isinstance(block[key], Unknown):
            continue
        if not isinstance(block[key], str) or not re.fullmatch(rf"{kind}-[0-9A-Za-z]+", block[key]):
            yield path, f"must be an id such as '{kind}-2ze81zoc3yl7a3we', got {block[key]!r}"


def _one_of(path: str, value: Any, allowed: tuple[str, ...], *, required: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(value, Unknown) or (value is None and not required):
        return
    if value not in allowed:
        yield path, f"must be one of {', '.join(allowed)}, got {value!r}"


def _unknown_keys(prefix: str, block: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key in block:
        if key not in known:
            yield f"{prefix}{key}", f"is not a setting: known are {', '.join(known)}"


def _is_option_name(name: str) -> bool:
    if not name.startswith("#"):
        return bool(name)
    match = re.fullmatch(r"#([0-9]+)#(.+)", name, re.DOTALL)
    return match is not None and int(match[1]) == len(match[2])


def _without_none(block: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if value is not None}
