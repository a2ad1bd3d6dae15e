"""The stack's config as this program gets it, and what all its sections have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from components.model import durations
from components.model.violations import Violation, one_of
from components.replica.generations import of_generation


def raw_config() -> dict[str, str]:
    """Return the whole stack config of this program as `namespace:key` -> text, secrets decrypted: never log it."""
    return {**get_config_env(), **CONFIG.get()}


class Section(BaseModel):
    """A map of the stack config, with keys in camelCase; an unknown key is a mistake."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=False
    )


def _duration(text: str) -> str:
    durations.seconds(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]


class SourceSettings(Section):
    """Where the artefact is: one `id`, or the `ids` of several generations, newest first."""

    region: str
    id: str | None = None
    ids: list[str] | None = None

    @property
    def known_ids(self) -> Sequence[Any]:
        """The ids of all generations; unknown where the source is made in the same run."""
        return self.ids or [UNKNOWN if self.id is None else self.id]

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        keys = [key for key in type(self).model_fields if key != "region"]
        if sum(getattr(self, key) is not None for key in keys) != 1:
            raise ValueError(f"give {one_of([to_camel(key) for key in keys])}")
        if self.ids is not None and (not self.ids or len(set(self.ids)) < len(self.ids)):
            raise ValueError("ids: give at least one, and none twice")
        return self


class DestinationSettings(Section):
    """Settings of a replica, for one region or as defaults of all."""


class AdoptableSettings(DestinationSettings):
    """The same, of a kind that can take over what was made by hand."""

    existing_id: str | None = None


D = TypeVar("D", bound=DestinationSettings)


class ReplicaEntry(Section, Generic[D]):
    """One entry of a kind of replicas."""

    source: SourceSettings
    destinations: dict[str, D | None]
    defaults: D | None = None
    ready_timeout: Duration | None = None
    delete_timeout: Duration | None = None
    delete_before_replace: bool = False

    merged: ClassVar[frozenset[str]] = frozenset()
    """Settings that are maps, of which a region adds to the defaults entry by entry."""

    def violations(self, properties: Mapping[str, Any]) -> list[Violation]:
        """Find every rule of the API that the properties of one replica break."""
        raise NotImplementedError

    def destination(self, region: str) -> dict[str, Any]:
        """Merge the defaults with what the region sets."""
        defaults, own = _given(self.defaults), _given(self.destinations[region])
        maps = {key: {**defaults[key], **own[key]} for key in self.merged & defaults.keys() & own.keys()}
        return {**defaults, **own, **maps}

    def options(self) -> pulumi.ResourceOptions:
        """Turn the entry into the component's options."""
        # False would overrule the provider, which has a failed copy deleted before it is made again.
        return pulumi.ResourceOptions(delete_before_replace=self.delete_before_replace or None)

    def plain_args(self) -> dict[str, Any]:
        """Turn the entry into the component's arguments."""
        args = {
            "source": self.source.model_dump(exclude_none=True),
            "destinations": {region: self.destination(region) for region in self.destinations},
            "ready_timeout": self.ready_timeout,
            "delete_timeout": self.delete_timeout,
        }
        return {key: value for key, value in args.items() if value is not None}

    def broken_rules(self) -> Iterator[tuple[str, str]]:
        """Find what each replica breaks, with its config path below the entry."""
        if adopted_by(self.defaults) is not None:
            yield "defaults.existingId", "belongs to one region: set it there"
        for region, own in self.destinations.items():
            if self.source.ids is not None and adopted_by(own) is not None:
                yield f"destinations.{region}.existingId", "cannot be used with source.ids"
            for source_id in self.source.known_ids:
                source = {"source_region": self.source.region, "source_id": source_id, "region": region}
                settings = self.destination(region)
                if self.source.ids is not None:
                    settings = of_generation(settings, source_id)
                for found in self.violations({**settings, **source}):
                    yield self._place(region, found.property), found.reason

    def _place(self, region: str, property_: str) -> str:
        """Find where a property is set: by the region, else in the defaults, the source, or by the region's key."""
        head, _, key = property_.partition(".")
        if head in {"source_region", "source_id"}:
            return (
                f"source.{head.removeprefix('source_')}{'' if self.source.ids is None or head != 'source_id' else 's'}"
            )
        if head == "region":
            return f"destinations.{region}"
        defaults, own = _given(self.defaults), _given(self.destinations[region])
        merges = head in self.merged and bool(key)
        is_own = key in own.get(head, {}) if merges else head in own or head not in defaults
        section = f"destinations.{region}" if is_own else "defaults"
        if head in self.merged:
            return f"{section}.{property_}"
        above, options, option = property_.partition(".options.")  # the names of options are the user's own
        return f"{section}.{'.'.join(to_camel(part) for part in above.split('.'))}{options}{option}"


def _given(section: DestinationSettings | None) -> dict[str, Any]:
    return {} if section is None else section.model_dump(exclude_none=True)


def adopted_by(section: DestinationSettings | None) -> str | None:
    """Return the id that a section takes over, None for none."""
    return section.existing_id if isinstance(section, AdoptableSettings) else None
