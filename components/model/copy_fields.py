"""The fields that every copy has, the rules across the fields of one replica, and the settings of one generation."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi

from components.model import rules
from components.model.field import Change, Field, Table, Violation, exactly_one, given, internal, table

DEFAULT_READY_TIMEOUT = "2h"
DEFAULT_DELETE_TIMEOUT = "2h"

COPY = internal(
    source_region=Field(Change.REPLACES, rule=rules.region, required=True),
    source_id=Field(Change.REPLACES, required=True),
    region=Field(Change.REPLACES, rule=rules.region, required=True),
    delete_timeout=Field(Change.RECORDED, rule=rules.duration),
    ready_timeout=Field(Change.AT_CREATION, rule=rules.duration),
)
"""What says which copy it is, and how long it and its delete may take."""


def source_table(declared: type, *, region_api: str, id_api: str, **more: Field) -> dict[str, Field]:
    """Make the table of a source: its region, and one id or several."""
    everything = "replaces all replicas"
    return table(
        declared,
        region=Field(Change.REPLACES, effect=everything, api=region_api),
        id=Field(Change.REPLACES, effect=everything, api=id_api),
        ids=Field(effect="adds or deletes one generation in every region"),
        **more,
    )


def args_table(declared: type, *, ready_timeout: str) -> dict[str, Field]:
    """Make the table of a component's arguments; `ready_timeout` is the default of the field of that name."""
    return table(
        declared,
        source=Field(Change.REPLACES, effect="replaces all replicas"),
        destinations=Field(effect="adds or deletes the replica of that region only"),
        ready_timeout=Field(
            Change.RECORDED, effect="none: used while waiting", default=ready_timeout, rule=rules.duration
        ),
        delete_timeout=Field(Change.RECORDED, default=DEFAULT_DELETE_TIMEOUT, rule=rules.duration),
    )


def source_violations(
    source: Table, declared: Mapping[str, Any], spell: Callable[[str], str] = str
) -> Iterator[Violation]:
    """Find every rule that a declared source breaks.

    Args:
        source: The table of sources of the kind.
        declared: What is declared; None means not given, and an Output passes.
        spell: Spells the names of fields for the reader.
    """
    ways = [name for name in source if name != "region"]
    if sum(declared.get(name) is not None for name in ways) != 1:
        yield Violation("", f"give {exactly_one([spell(name) for name in ways])}")
    ids = declared.get("ids")
    if ids is not None and (not ids or len(set(ids)) < len(ids)):
        yield Violation("ids", "give at least one, and none twice")
    for name, field in source.items():
        if field.rule and isinstance(declared.get(name), str):
            yield from (Violation(spell(found.property), found.reason) for found in field.violations(declared[name]))


def violations(settings: Table, properties: Mapping[str, Any]) -> list[Violation]:
    """Find every rule of a table that one replica breaks.

    Args:
        settings: The table of a destination's settings.
        properties: Properties of one replica, by their names in state; missing and None mean not given.
    """
    found = []
    for name, field in {**COPY, **settings}.items():
        if field.required and properties.get(name) is None:
            found.append(Violation(name, "is required"))
        found += field.violations(properties.get(name))
    known = given(properties)
    if known.get("region") is not None and known.get("region") == known.get("source_region"):
        reason = f"{known['region']!r} is the source region: a replica needs another region than its source"
        found.append(Violation("region", reason))
    return found


def of_generation(fields: Table, settings: Mapping[str, Any], source_id: str) -> dict[str, Any]:
    """Put the source's id in place of `{source_id}`, in the settings that are templates.

    Args:
        fields: The table of the settings.
        settings: Settings of a destination, plain or Outputs.
        source_id: Id of the generation's source.
    """
    own = {name: _with_id(settings[name], source_id) for name in settings if name in fields and fields[name].template}
    return {**settings, **own}


def _with_id(value: Any, source_id: str) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(lambda text: _with_id(text, source_id))
    return value.replace("{source_id}", source_id) if isinstance(value, str) else value
