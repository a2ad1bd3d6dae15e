"""What a catalog file may say: its typed model, its JSON Schema, and everything that is wrong with one file alone.

Secrets are refused: a catalog is a plain file, for which no engine keeps a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import Field, ValidationError, create_model

from components.kinds import KINDS
from components.model.field import Table
from components.model.kind import Kind
from components.replica.stack_config import (
    NAMESPACE,
    Duration,
    Section,
    WithoutTitles,
    config_name,
    config_path,
    destination_of,
    reason_of,
    section,
)
from components.replica.written import Mistake, Written
from components.review.policies import Policies

CATALOG, SELECT = "catalog", "select"
"""Keys of a stack's config: which files, and which of their entries."""

SECRET_NAME = re.compile(r"secret|password|passwd|token|credential|(access|private).?key", re.IGNORECASE)
"""How options and settings that hold secrets are called."""

_ACCESS_KEY = re.compile(r"\b(LTAI[0-9A-Za-z]{12,30}|AKID[0-9A-Za-z]{13,40})\b")
"""How the ids of access keys begin at the vendors."""

SHARED = "x-"
"""How a key of a catalog begins that holds anchors only, and is not read itself."""

Labels = dict[str, str]


class _Entry(Section):
    """What the entries of all kinds may say; all of it is optional, since another file may say the rest."""

    labels: Labels | None = Field(default=None, description="Labels by which stacks select it. They are not tags.")
    ready_timeout: Duration | None = None
    delete_timeout: Duration | None = None
    delete_before_replace: bool | None = None


class _Selection(Section):
    labels: Labels = Field(description="Every entry that has all of these labels is kept; `{}` selects all entries.")


@cache
def entry_of(kind: Kind) -> type[Section]:
    """Make the model of a kind's entries in a catalog."""
    name = kind.component_name.removesuffix("Replica")
    optional = {key: replace(each, required=False) for key, each in kind.source_fields.items()}
    destination: Any = destination_of(kind)
    fields: dict[str, Any] = {
        "source": (
            section(f"{name}CatalogSource", optional) | None,
            Field(default=None, description="What is copied; a stack needs not repeat it."),
        ),
        "defaults": (destination, Field(default=None, description="Settings of all regions.")),
        "regions": (
            dict[str, destination] | None,
            Field(default=None, description="Region -> its settings, for the stacks that keep a replica there."),
        ),
    }
    return create_model(f"{name}CatalogEntry", __base__=_Entry, **fields)


@cache
def selection() -> type[Section]:
    """Make the model of `replicas:select`."""
    fields: dict[str, Any] = {}
    for kind in KINDS:
        name = f"{kind.component_name.removesuffix('Replica')}Selection"
        regions: Any = (dict[str, destination_of(kind)], Field(description="Region id -> settings, as in an entry."))  # type: ignore[misc]  # made while the program runs
        one = create_model(name, __base__=_Selection, destinations=regions)
        fields[kind.section] = (list[one], Field(default=[], alias=kind.section))  # type: ignore[valid-type]  # as above
    return create_model("Selections", __base__=Section, **fields)


@cache
def model(policies: Any = dict[str, Any]) -> type[Section]:
    """Make the model of a whole catalog.

    Args:
        policies: Type of its policies: loose by default, since only all files together have to say all of them.
    """
    sections: dict[str, Any] = {
        kind.section: (dict[str, entry_of(kind)] | None, Field(default=None, alias=kind.section))  # type: ignore[misc]  # as above
        for kind in KINDS
    }
    text = f"What the stacks of this catalog demand of their replicas, as {NAMESPACE}:policies of a stack does."
    sections["policies"] = (policies | None, Field(default=None, description=text))
    return create_model("Catalog", __base__=Section, **sections)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of catalogs, for editors."""
    schema = model(Policies).model_json_schema(by_alias=True, schema_generator=WithoutTitles)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Catalog of the replicas project",
        **schema,
        "patternProperties": {f"^{SHARED}": {}},
    }


def mistakes(file: Written) -> Iterator[Mistake]:
    """Find everything that is wrong with one catalog, whichever stack uses it."""
    broken: set[tuple[Any, ...]] = set()
    plain = {key: each for key, each in file.plain().items() if not key.startswith(SHARED)}
    try:
        model().model_validate(plain)
    except ValidationError as error:
        for found in error.errors():
            location = found["loc"]
            broken.add(location[:2])
            reason = reason_of(found["msg"], found["type"], location, found["input"])
            yield _at(file, [str(part) for part in location], reason)
    for kind in KINDS:
        for name, entry in (plain.get(kind.section) or {}).items():
            if (kind.section, name) not in broken:
                for path, reason in _broken_rules(kind, entry_of(kind).model_validate(entry)):
                    yield _at(file, [kind.section, name, *path], reason)


def _at(file: Written, path: list[str], reason: str) -> Mistake:
    depth, found = file.find(path)
    return Mistake(found.place.below(*path[depth:]), reason)


def _broken_rules(kind: Kind, entry: Any) -> Iterator[tuple[list[str], str]]:
    """Judge each setting by itself; what several break together is judged where a stack has all of them."""
    blocks: dict[tuple[str, ...], Any] = {("defaults",): entry.defaults}
    blocks |= {("regions", region): each for region, each in (entry.regions or {}).items()}
    for path, block in blocks.items():
        given = block.model_dump(exclude_none=True) if block else {}
        for name, value in given.items():
            is_merged = kind.settings[name].merged
            known = {key: text for key, text in value.items() if text is not None} if is_merged else value
            for found in kind.settings[name].violations(known):
                yield [*path, *config_path(kind.settings, found.property)], found.reason


def without_secrets(file: Written) -> tuple[list[Mistake], Written]:
    """Find what is, or may be, a secret, and return the catalog without it."""
    found: list[Mistake] = []
    options = {kind.section: set(_secret_fields(kind.settings)) for kind in KINDS}

    def judged(each: Written) -> Written | None:
        path = each.place.path
        may_hold_one = path[:1] and any(field in path[:-1] for field in options.get(path[0], ()))
        if isinstance(each.value, dict) and each.value.keys() == {"secure"}:
            found.append(_refused(each, "is an encrypted value"))
        elif isinstance(each.value, str) and (
            _ACCESS_KEY.search(each.value) or (may_hold_one and SECRET_NAME.search(path[-1]))
        ):
            found.append(_refused(each, "may be a secret"))
            return replace(each, value="[secret]")
        elif isinstance(each.value, dict):
            inner = {key: judged(one) for key, one in each.value.items()}
            return each.holding({key: one for key, one in inner.items() if one is not None})
        elif isinstance(each.value, list):
            return replace(each, value=[one for one in map(judged, each.value) if one is not None])
        else:
            return each
        return None

    return found, judged(file) or file.holding({})


def _refused(each: Written, what: str) -> Mistake:
    first, *rest = each.place.path or ("",)
    path = ".".join(rest).replace("regions.", "destinations.", 1)
    return Mistake(
        each.place,
        f"{what}, and catalogs are plain files: remove it here, and set it in each stack that needs it: "
        f"`pulumi config set --secret --path '{NAMESPACE}:{first}.{path}' -s STACK`",
    )


def _secret_fields(fields: Table) -> Iterator[str]:
    for name, each in fields.items():
        if each.secret:
            yield config_name(name)
        yield from _secret_fields(each.fields or {})
