"""The stack's config as typed settings: every mistake is reported at once, each with its config path.

Reads stack config only. It declares no resource and calls no cloud; rules of the API come from the provider's rules.
"""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi
from pydantic import Field, ValidationError
from pydantic.alias_generators import to_camel

from components.clouds.errors import one_line, summarise
from components.data_cache.settings import DataCacheEntry
from components.image.settings import ImageEntry
from components.replica.stack_config import ReplicaEntry, Section, adopted_by, raw_config
from components.snapshot.settings import SnapshotEntry

__all__ = ["InvalidConfig", "Settings", "load", "raw_config"]

NAMESPACE = "replicas"
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+")
KINDS = ("data_caches", "images", "snapshots")


class EndpointSettings(Section):
    """Service -> endpoint, for private networks and other sites."""

    eci: str | None = None
    ecs: str | None = None
    cbs: str | None = None


class Settings(Section):
    """Everything under the `replicas:` namespace of the stack config."""

    loopback_only: bool = False
    sandbox: bool = False
    endpoints: EndpointSettings = EndpointSettings()
    data_caches: dict[str, DataCacheEntry] = Field(default_factory=dict)
    images: dict[str, ImageEntry] = Field(default_factory=dict)
    snapshots: dict[str, SnapshotEntry] = Field(default_factory=dict)


class InvalidConfig(pulumi.RunError):
    """The stack config has mistakes; the message lists them all."""


def load(config: Mapping[str, str]) -> Settings:
    """Parse the stack config.

    Args:
        config: Raw stack config, `namespace:key` -> text; maps and lists as JSON.

    Raises:
        InvalidConfig: With every mistake, each with its config path.
    """
    values = {
        key.partition(":")[2]: _parsed(text) for key, text in config.items() if key.partition(":")[0] == NAMESPACE
    }
    mistakes = [(path, "is a date: put it in quotes") for path in _dates(values)]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        mistakes += [
            (_path(found["loc"]), _reason(found["msg"], found["type"], found["loc"])) for found in error.errors()
        ]
        settings = _what_is_well_formed(values, error)
    for kind in KINDS:
        mistakes += _broken_rules(to_camel(kind), getattr(settings, kind))
    if mistakes:
        raise _invalid(mistakes)
    return settings


def _dates(value: Any, path: str = "") -> Iterator[str]:
    """Find what YAML has read as a date, which the engine passes on in a form of its own."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _dates(one, f"{path}.{key}".lstrip("."))


def _what_is_well_formed(values: Mapping[str, Any], error: ValidationError) -> Settings:
    """Leave out what is not well-formed, so that the rules of the API can be checked for the rest in the same round."""
    rest = copy.deepcopy(dict(values))
    for found in error.errors():
        *path, last = found["loc"]
        if "source" in found["loc"][2:3]:
            path, last = list(found["loc"][:2]), "source"
        section: Any = rest
        for part in path:
            section = section.get(part, {}) if isinstance(section, dict) else {}
        if last == "source" and isinstance(section, dict):
            section["source"] = {"region": "not-given", "id": "(unknown)"}
        elif isinstance(section, dict):
            section.pop(last, None)
    try:
        return Settings.model_validate(rest)
    except ValidationError:
        return Settings()


def _broken_rules(kind: str, entries: Mapping[str, ReplicaEntry[Any]]) -> Iterator[tuple[str, str]]:
    adopted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, entry in entries.items():
        for path, reason in entry.broken_rules():
            yield f"{kind}.{name}.{path}", reason
        for region, own in entry.destinations.items():
            if (id_ := adopted_by(own)) is not None:
                adopted[region, id_].append(f"{kind}.{name}.destinations.{region}.existingId")
    for (region, id_), places in adopted.items():
        for place in places[1:]:
            yield place, f"{id_} in {region} is adopted by {places[0]} already: two replicas cannot be one thing"


def _parsed(text: Any) -> Any:
    """Turn a config value into what the YAML said: maps, lists, numbers and booleans come as JSON text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _reason(message: str, kind: str, location: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        return f"{str(location[-1])!r} is not a known key here: check its spelling"
    if kind == "missing":
        return "is required"
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _invalid(mistakes: Iterable[tuple[str, str]]) -> InvalidConfig:
    lines = sorted({one_line(f"{NAMESPACE}:{path}: {reason}") for path, reason in mistakes})
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return InvalidConfig(f"the stack config has {count}; nothing was started:\n{summarise(lines)}")
