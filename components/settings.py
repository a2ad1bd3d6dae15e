"""The stack's config as typed settings: every mistake is reported at once, each with its config path.

Reads stack config only. It declares no resource and calls no cloud; rules of the API come from the provider's rules.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from components import durations
from components.clouds.errors import one_line, summarise
from components.data_cache_args import DataCacheDestination, DataCacheReplicaArgs, DataCacheSource
from components.providers.data_cache_rules import violations

NAMESPACE = "replicas"


class _Section(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=False
    )


def _duration(text: str) -> str:
    durations.seconds(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]


class SourceSettings(_Section):
    """Where the artefact is: one `id`, or the `ids` of several generations, newest first."""

    region: str
    id: str | None = None
    ids: list[str] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> SourceSettings:
        if (self.id is None) == (self.ids is None):
            raise ValueError("give either id or ids")
        if self.ids is not None and (not self.ids or len(set(self.ids)) < len(self.ids)):
            raise ValueError("ids: give at least one, and none twice")
        return self

    def args(self) -> DataCacheSource:
        """Turn the section into the component's argument."""
        if self.ids is not None:
            return {"region": self.region, "ids": self.ids}
        return {"region": self.region, "id": self.id or ""}


class DataSourceSettings(_Section):
    """Where a reload loads from."""

    type: str
    options: dict[str, str]


class EipSettings(_Section):
    """An EIP that a reload creates."""

    bandwidth: int | None = None
    common_bandwidth_package: str | None = None
    internet_charge_type: str | None = None
    public_ip_address_pool_id: str | None = None
    isp: str | None = None


class ReloadSettings(_Section):
    """How to load a replica's data again."""

    trigger: str | None = None
    data_source: DataSourceSettings | None = None
    security_group_id: str | None = None
    v_switch_id: str | None = None
    eip_instance_id: str | None = None
    eip_create_param: EipSettings | None = None


class DestinationSettings(_Section):
    """Settings of a replica, for one region or as defaults of all."""

    name: str | None = None
    bucket: str | None = None
    path: str | None = None
    retention_days: int | None = None
    resource_group_id: str | None = None
    tags: dict[str, str] | None = None
    size: int | None = None
    reload: ReloadSettings | None = None
    existing_id: str | None = None


class DataCacheSettings(_Section):
    """One entry of `replicas:dataCaches`."""

    source: SourceSettings
    destinations: dict[str, DestinationSettings | None]
    defaults: DestinationSettings = DestinationSettings()
    ready_timeout: Duration | None = None
    delete_timeout: Duration | None = None
    delete_before_replace: bool = False

    def destination(self, region: str) -> DataCacheDestination:
        """Merge the defaults with what the region sets; tags are merged key by key."""
        own = self.destinations[region] or DestinationSettings()
        merged = {**self.defaults.model_dump(exclude_none=True), **own.model_dump(exclude_none=True)}
        if self.defaults.tags and own.tags:
            merged["tags"] = {**self.defaults.tags, **own.tags}
        return cast("DataCacheDestination", merged)

    def options(self) -> pulumi.ResourceOptions:
        """Turn the entry into the component's options."""
        # False would overrule the provider, which has a failed copy deleted before it is made again.
        return pulumi.ResourceOptions(delete_before_replace=self.delete_before_replace or None)

    def args(self) -> DataCacheReplicaArgs:
        """Turn the entry into the component's arguments."""
        args = DataCacheReplicaArgs(
            source=self.source.args(),
            destinations={region: self.destination(region) for region in self.destinations},
        )
        if self.ready_timeout:
            args["ready_timeout"] = self.ready_timeout
        if self.delete_timeout:
            args["delete_timeout"] = self.delete_timeout
        return args


class EndpointSettings(_Section):
    """Service -> endpoint, for private networks and other sites."""

    eci: str | None = None


class Settings(_Section):
    """Everything under the `replicas:` namespace of the stack config."""

    sandbox: bool = False
    endpoints: EndpointSettings = EndpointSettings()
    data_caches: dict[str, DataCacheSettings] = Field(default_factory=dict)


class InvalidConfig(pulumi.RunError):
    """The stack config has mistakes; the message lists them all."""


def raw_config() -> dict[str, str]:
    """Return the whole stack config of this program as `namespace:key` -> text, secrets decrypted: never log it."""
    return {**get_config_env(), **CONFIG.get()}


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
    mistakes: list[tuple[str, str]] = []
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        mistakes += [
            (_path(found["loc"]), _reason(found["msg"], found["type"], found["loc"])) for found in error.errors()
        ]
        settings = _what_is_well_formed(values, error)
    mistakes += _broken_rules(settings)
    if mistakes:
        raise _invalid(mistakes)
    return settings


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


def _broken_rules(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, entry in settings.data_caches.items():
        for region in entry.destinations:
            declared = entry.destination(region)
            own = entry.destinations[region] or DestinationSettings()
            plural = "" if entry.source.ids is None else "s"
            if entry.defaults.existing_id is not None:
                yield f"dataCaches.{name}.defaults.existingId", "belongs to one region: set it there"
            if entry.source.ids is not None and own.existing_id is not None:
                yield f"dataCaches.{name}.destinations.{region}.existingId", "cannot be used with source.ids"
            for source_id in entry.source.ids or [entry.source.id or ""]:
                properties = {
                    **declared,
                    "source_region": entry.source.region,
                    "source_id": source_id,
                    "region": region,
                }
                for found in violations(properties):
                    yield _place(name, region, own, found.property, plural=plural), found.reason


def _place(name: str, region: str, own: DestinationSettings, property_: str, *, plural: str) -> str:
    """Find the config path of a property: where the region sets it, else in the defaults, the source, or the region."""
    head, _, key = property_.partition(".")
    entry = f"dataCaches.{name}"
    if head in {"source_region", "source_id"}:
        return f"{entry}.source.{head.removeprefix('source_')}{plural}"
    if head == "region":
        return f"{entry}.destinations.{region}"
    of_region = getattr(own, head, None)
    # Tags are merged one by one, everything else as a whole.
    is_own = of_region is not None and (head != "tags" or not key or key in of_region)
    section = f"destinations.{region}" if is_own else "defaults"
    if head == "tags":
        return f"{entry}.{section}.{property_}"
    above, options, option = property_.partition(".options.")  # the names of options are the user's own
    return f"{entry}.{section}.{'.'.join(to_camel(part) for part in above.split('.'))}{options}{option}"


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


def _invalid(mistakes: Any) -> InvalidConfig:
    lines = sorted({one_line(f"{NAMESPACE}:{path}: {reason}") for path, reason in mistakes})
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return InvalidConfig(f"the stack config has {count}; nothing was started:\n{summarise(lines)}")
