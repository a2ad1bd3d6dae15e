"""One entry of a kind in stack config: models made of the kind's table of fields, and the rules that they must obey.

Where a rule is broken is said with its config path. It declares no resource and calls no cloud.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Self, cast

import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import AfterValidator, BaseModel, ConfigDict, create_model, model_validator
from pydantic import Field as ModelField
from pydantic.alias_generators import to_camel

from components.model import durations
from components.model.copy_fields import of_generation, source_violations
from components.model.field import Table
from components.model.kind import Kind
from components.replica.secret_texts import at, hidden

NAMESPACE = "replicas"


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


def section(name: str, fields: Table, base: type[Section] = Section) -> type[Section]:
    """Make the model of a table of fields."""
    models: dict[str, Any] = {}
    for field in fields.values():
        type_ = section(f"{name}{field.name.title().replace('_', '')}", field.fields) if field.fields else field.type
        given = (type_, ModelField(description=field.description))
        models[field.name] = (
            given if field.required else (type_ | None, ModelField(default=None, description=field.description))
        )
    return cast("type[Section]", create_model(name, __base__=base, **models))


class Source(Section):
    """Where the artefact is: its region, and one id, the ids of several generations, or what it is made of."""

    kind: ClassVar[Kind]

    region: str
    id: str | None = None
    ids: list[str] | None = None

    @property
    def known_ids(self) -> Sequence[Any]:
        """The ids of all generations; unknown where the source is made in the same run."""
        return self.ids or [UNKNOWN if self.id is None else self.id]

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        # What a text breaks is reported at its own path, with the rules of the replicas.
        for found in source_violations(self.kind.source_fields, self.model_dump(), to_camel):
            if found.property in {"", "ids"}:
                raise ValueError(f"{found.property}{': ' * bool(found.property)}{found.reason}")
        return self


class Entry(Section):
    """One entry of a kind: a source, and where its replicas are kept."""

    kind: ClassVar[Kind]

    source: Source
    destinations: dict[str, Any]
    defaults: Any = None
    ready_timeout: Duration | None = None
    delete_timeout: Duration | None = None
    delete_before_replace: bool = False

    _written: Any = None
    """What the stack's config file says of it, where texts of it may be secrets."""
    _holds_secrets: bool = False

    def hide(self, written: Any) -> None:
        """Have every text be a secret that may be one and that the stack's config file does not hold in plain.

        Args:
            written: What the file says of the entry.
        """
        self._holds_secrets, self._written = True, written

    def destination(self, region: str) -> dict[str, Any]:
        """Merge the defaults with what the region sets, all in plain."""
        return self._merged(_given(self.defaults), _given(self.destinations[region]))

    def _hidden(self, region: str) -> dict[str, Any]:
        """Merge the same, with Outputs in place of secrets."""
        if not self._holds_secrets:
            return self.destination(region)
        defaults = hidden(self.kind.settings, _given(self.defaults), at(self._written, "defaults"))
        written = at(self._written, "destinations", region)
        return self._merged(defaults, hidden(self.kind.settings, _given(self.destinations[region]), written))

    def _merged(self, defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
        merged = {key for key in defaults.keys() & own.keys() if self.kind.settings[key].merged}
        return {**defaults, **own, **{key: {**defaults[key], **own[key]} for key in merged}}

    def options(self) -> pulumi.ResourceOptions:
        """Turn the entry into the component's options."""
        # False would overrule the provider, which has a failed copy deleted before it is made again.
        return pulumi.ResourceOptions(delete_before_replace=self.delete_before_replace or None)

    def args(self) -> dict[str, Any]:
        """Turn the entry into the component's arguments."""
        args = {
            "source": self.source.model_dump(exclude_none=True),
            "destinations": {region: self._hidden(region) for region in self.destinations},
            "ready_timeout": self.ready_timeout,
            "delete_timeout": self.delete_timeout,
        }
        return {key: value for key, value in args.items() if value is not None}

    def adopted(self) -> Iterator[tuple[str, str]]:
        """Yield region and id of each existing thing that is to be taken over."""
        for region, own in self.destinations.items():
            if (id_ := _given(own).get("existing_id")) is not None:
                yield region, id_

    def broken_rules(self, name: str) -> Iterator[tuple[str, str]]:
        """Find what each replica of the entry of this name breaks, with its config path below the entry."""
        if "existing_id" in _given(self.defaults):
            yield "defaults.existingId", "belongs to one region: set it there"
        if self.source.ids is not None:
            for region, _ in self.adopted():
                yield f"destinations.{region}.existingId", "cannot be used with source.ids"
        for found in source_violations(self.kind.source_fields, self.source.model_dump(), to_camel):
            yield f"source.{found.property}", found.reason
        for region in self.destinations:
            for source_id in self.source.known_ids:
                source = {"source_region": self.source.region, "source_id": source_id, "region": region}
                settings = self.destination(region)
                child = f"{name}-{region}"
                if self.source.ids is not None:
                    settings = of_generation(self.kind.settings, settings, source_id)
                    child += f"-{source_id}"
                if "name" not in settings:
                    for reason in self.kind.unusable_default_name(child, region):
                        yield f"destinations.{region}.name", f"{reason}; set a name, or rename the entry"
                for found in self.kind.violations({**settings, **source}):
                    yield self._place(region, found.property), found.reason

    def _place(self, region: str, property_: str) -> str:
        """Find where a property is set: by the region, else in the defaults, the source, or by the region's key."""
        head, _, key = property_.partition(".")
        if head in {"source_region", "source_id"}:
            is_list = self.source.ids is not None and head == "source_id"
            return f"source.{head.removeprefix('source_')}{'s' * is_list}"
        if head == "region":
            return f"destinations.{region}"
        defaults, own = _given(self.defaults), _given(self.destinations[region])
        is_merged = self.kind.settings[head].merged
        is_own = key in own.get(head, {}) if is_merged and key else head in own or head not in defaults
        place = f"destinations.{region}" if is_own else "defaults"
        if is_merged:
            return f"{place}.{property_}"
        above, options, option = property_.partition(".options.")  # the names of options are the user's own
        return f"{place}.{'.'.join(to_camel(part) for part in above.split('.'))}{options}{option}"


def entry_of(kind: Kind) -> type[Entry]:
    """Make the model of a kind's entries."""
    name = kind.component_name.removesuffix("Replica")
    source = section(f"{name}Source", kind.source_fields, Source)
    destination: Any = section(f"{name}Destination", kind.settings) | None
    described = {key: ModelField(description=kind.args_fields[key].description) for key in ("source", "destinations")}
    fields: dict[str, Any] = {
        "source": (source, described["source"]),
        "destinations": (dict[str, destination], described["destinations"]),
        "defaults": (destination, None),
    }
    entry = create_model(f"{name}Entry", __base__=Entry, **fields)
    source.kind = entry.kind = kind  # type: ignore[attr-defined]  # a Source
    return entry


def _given(settings: Section | None) -> dict[str, Any]:
    return {} if settings is None else settings.model_dump(exclude_none=True)
