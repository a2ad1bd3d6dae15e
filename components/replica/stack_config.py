"""One entry of a kind in stack config: models made of the kind's table of fields, and the rules that they must obey.

Where a rule is broken is said with its config path. It declares no resource and calls no cloud.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, Any, ClassVar, Self, cast

import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import AfterValidator, BaseModel, ConfigDict, create_model, model_validator
from pydantic import Field as ModelField
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

from components.model import durations
from components.model.copy_fields import of_generation, source_violations
from components.model.field import Table
from components.model.kind import Kind
from components.replica.secret_texts import hidden

NAMESPACE = "replicas"


def raw_config() -> dict[str, str]:
    """Return the whole stack config of this program as `namespace:key` -> text, secrets decrypted: never log it."""
    return {**get_config_env(), **CONFIG.get()}


class Section(BaseModel):
    """A map of the stack config, with keys in camelCase; an unknown key is a mistake."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=False
    )


class WithoutTitles(GenerateJsonSchema):
    """Makes schemas without titles, which would repeat the keys."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Say no; see the base class."""
        return False


def config_name(name: str) -> str:
    """Return how stack config spells the name of a field."""
    return to_camel(name)


def config_path(fields: Table, property_: str) -> list[str]:
    """Return the keys in stack config of a property path of the state, such as `reload.data_source.options.x`."""
    head, _, key = property_.partition(".")
    if not key or fields[head].merged:
        return [to_camel(head), *([key] if key else [])]
    above, options, option = property_.partition(".options.")  # the names of options are the user's own
    return [*(to_camel(part) for part in above.split(".")), *(["options", option] if options else [])]


def reason_of(message: str, kind: str, location: tuple[int | str, ...], given: Any) -> str:
    """Say what is wrong with a value, in our words rather than in pydantic's."""
    if kind == "extra_forbidden":
        return f"{str(location[-1])!r} is not a known key here: check its spelling"
    if kind == "missing":
        return "is required"
    is_map = kind in {"dict_type", "model_type"}
    if given is None or given == "":  # the engine passes a key without a value as one of these
        return f"is empty: {'write `{}` for none' if is_map else 'give it a value'}, or remove the key"
    if is_map:
        return "should be a map"
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _duration(text: str) -> str:
    durations.seconds(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]


def section(name: str, fields: Table, base: type[Section] = Section) -> type[Section]:
    """Make the model of a table of fields."""
    models: dict[str, Any] = {}
    for field in fields.values():
        type_ = section(f"{name}{field.name.title().replace('_', '')}", field.fields) if field.fields else field.type
        if field.merged:
            type_ = dict[str, str | None]  # null deletes what a lower layer says
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

    def destination(self, region: str) -> dict[str, Any]:
        """Merge the defaults with what the region sets; its null deletes a default."""
        defaults, own = _given(self.defaults), _given(self.destinations[region])
        deleted = _deleted(self.destinations[region])
        merged = {key for key in defaults.keys() & own.keys() if self.kind.settings[key].merged}
        both = {**defaults, **own, **{key: {**defaults[key], **own[key]} for key in merged}}
        return {
            key: {name: text for name, text in value.items() if text is not None}
            if self.kind.settings[key].merged
            else value
            for key, value in both.items()
            if key not in deleted
        }

    def options(self) -> pulumi.ResourceOptions:
        """Turn the entry into the component's options."""
        # False would overrule the provider, which has a failed copy deleted before it is made again.
        return pulumi.ResourceOptions(delete_before_replace=self.delete_before_replace or None)

    def args(self) -> dict[str, Any]:
        """Turn the entry into the component's arguments.

        The engine reports only which whole sections hold secrets: then all texts that may be one are secret, and none
        of them is plain in the state.
        """
        args = {
            "source": self.source.model_dump(exclude_none=True),
            "destinations": {region: self.destination(region) for region in self.destinations},
            "ready_timeout": self.ready_timeout,
            "delete_timeout": self.delete_timeout,
        }
        if any(is_config_secret(f"{NAMESPACE}:{key}") for key in (self.kind.section, "select")):
            destinations = cast("dict[str, dict[str, Any]]", args["destinations"])
            args["destinations"] = {
                region: hidden(self.kind.settings, settings) for region, settings in destinations.items()
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
        yield from self._idle_nulls()
        for child, replica in self.replicas(name):
            region = replica["region"]
            if "name" not in replica:
                for reason in self.kind.unusable_default_name(child, region):
                    yield f"destinations.{region}.name", f"{reason}; set a name, or rename the entry"
            for found in self.kind.violations(replica):
                yield self.place(region, found.property), found.reason

    def replicas(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield name and properties of each replica of the entry of this name: one a region and generation."""
        for region in self.destinations:
            for source_id in self.source.known_ids:
                source = {"source_region": self.source.region, "source_id": source_id, "region": region}
                settings = self.destination(region)
                child = f"{name}-{region}"
                if self.source.ids is not None:
                    settings = of_generation(self.kind.settings, settings, source_id)
                    child += f"-{source_id}"
                yield child, {**settings, **source}

    def place(self, region: str, property_: str) -> str:
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
        return ".".join([place, *config_path(self.kind.settings, property_)])

    def _idle_nulls(self) -> Iterator[tuple[str, str]]:
        """Find keys without a value in maps, such as tags, that delete nothing: somebody has forgotten the value."""
        reason = "is empty: give it a value, or remove the key"
        defaults = _given(self.defaults)
        for name in (name for name, field in self.kind.settings.items() if field.merged):
            texts = defaults.get(name, {})
            for key in (key for key, text in texts.items() if text is None):
                yield f"defaults.{to_camel(name)}.{key}", reason
            for region, settings in self.destinations.items():
                own = _given(settings).get(name, {})
                for key in (key for key, text in own.items() if text is None and texts.get(key) is None):
                    yield f"destinations.{region}.{to_camel(name)}.{key}", reason


@cache
def destination_of(kind: Kind) -> Any:
    """Make the model of the settings of a kind's destinations; None says nothing."""
    return section(f"{kind.component_name.removesuffix('Replica')}Destination", kind.settings) | None


def entry_of(kind: Kind) -> type[Entry]:
    """Make the model of a kind's entries."""
    name = kind.component_name.removesuffix("Replica")
    source = section(f"{name}Source", kind.source_fields, Source)
    destination: Any = destination_of(kind)
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
    """Return what is set; in maps of texts, nulls stay."""
    if settings is None:
        return {}
    given = settings.model_dump(exclude_none=True)
    for name in given:
        if isinstance(texts := getattr(settings, name), dict):
            given[name] = dict(texts)
    return given


def _deleted(settings: Section | None) -> set[str]:
    """Return what is null."""
    return (
        set() if settings is None else {name for name in settings.model_fields_set if getattr(settings, name) is None}
    )
