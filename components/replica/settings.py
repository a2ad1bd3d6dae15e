"""The stack's config as typed settings: every mistake is reported at once, each with its config path.

Reads stack config only. It declares no resource and calls no cloud; rules of the API come from the kinds' tables.
"""

import copy
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pulumi
from pulumi.runtime.config import is_config_secret
from pydantic import Field, ValidationError, WithJsonSchema, create_model

from components.clouds.errors import one_line
from components.clouds.provider_config import ProviderConfig, Setting
from components.kinds import KINDS, OF_NAME, SERVICES, VENDORS
from components.model.kind import Kind
from components.replica import catalog, catalog_model, secret_texts
from components.replica.stack_config import (
    NAMESPACE,
    Entry,
    Section,
    WithoutTitles,
    entry_of,
    raw_config,
    reason_of,
)
from components.replica.written import Mistake, Place
from components.review.declared import findings
from components.review.policies import Policies, Severity

__all__ = ["InvalidConfig", "PolicyViolated", "Settings", "json_schema", "load", "raw_config"]

REVIEWED = "REPLICAS_REVIEWED"
"""Set by a review, whose report judges the policies itself and shows what they forbid, too; only a preview heeds it."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+")


@dataclass(frozen=True)
class Settings:
    """Everything under the `replicas:` namespace of the stack config.

    Attributes:
        loopback_only: No request may leave this machine.
        entries: Section -> name -> entry, for every kind.
        policies: What is demanded of the replicas.
    """

    loopback_only: bool
    entries: Mapping[str, Mapping[str, Entry]]
    policies: Policies = field(default_factory=Policies)


class InvalidConfig(pulumi.RunError):
    """The stack config has mistakes; the message lists them all."""


_CatalogNames = Annotated[
    Any,  # judged where the files are read
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class PolicyViolated(pulumi.RunError):
    """The stack config breaks mandatory policies; the message lists them all."""


class _Guards(Section):
    catalog: _CatalogNames = Field(
        default=None, description="Catalog file, or a list of them, relative to the project; a later one wins."
    )
    loopback_only: bool = Field(default=False, description="Refuse every endpoint that is not a loopback address.")
    sandbox: bool = Field(default=False, description="Old name of loopbackOnly, accepted until 0.3.", deprecated=True)


@cache
def _model() -> type[Section]:
    """Make the model of the namespace: what every stack may say, and a section for each kind."""
    sections: dict[str, Any] = {
        kind.section: (dict[str, entry_of(kind)], Field(default_factory=dict, alias=kind.section))  # type: ignore[misc]  # made while the program runs
        for kind in KINDS
    }
    services: dict[str, Any] = dict.fromkeys(SERVICES, (str | None, None))
    endpoints = create_model("Endpoints", __base__=Section, **services)
    text = "Service -> endpoint (host or http://host:port; {region} stands for the region)."
    sections["endpoints"] = (endpoints, Field(default=endpoints(), description=text))
    select = Field(default=None, description="Which entries of the catalogs are kept, by their labels, and where.")
    sections["select"] = (catalog_model.selection() | None, select)
    text = "What is demanded of the replicas; a mandatory violation stops `preview` and `up` (docs/review.md)."
    sections["policies"] = (Policies, Field(default=Policies(), description=text))
    return create_model("Replicas", __base__=_Guards, **sections)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a stack's config file, for editors: completion, descriptions and checks."""
    schema = _model().model_json_schema(by_alias=True, schema_generator=WithoutTitles)
    definitions = schema.pop("$defs", {})
    properties = {f"{NAMESPACE}:{name}": each for name, each in schema["properties"].items()}
    for each in properties.values():
        if each.get("type") == "boolean":  # `pulumi config set` writes it as text
            del each["type"]
            each["enum"] = [True, False, "true", "false"]
    text = {"type": "string"}
    definitions["Encrypted"] = {"type": "object", "properties": {"secure": text}, "additionalProperties": False}
    whole = {f"{NAMESPACE}:{kind.section}": _whole(kind, properties, definitions) for kind in KINDS}
    for namespace, place in VENDORS.items():
        honoured = place.load().settings
        properties |= {f"{namespace}:{name}": _schema_of(setting) for name, setting in honoured.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack config of the replicas project",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": properties,
                "patternProperties": {"^pulumi:": {}},
                "additionalProperties": False,
                # What a catalog says, an entry need not repeat.
                "if": {"not": {"required": [f"{NAMESPACE}:{catalog_model.CATALOG}"]}},
                "then": {"properties": whole},
            }
        },
        "$defs": definitions,
    }


def _unfit_secrets(config: Mapping[str, str], files: catalog.StackFiles) -> Iterator[tuple[str, str]]:
    """Find what the stack's config file keeps secret and what cannot be a secret."""
    kinds = {kind.section: kind for kind in KINDS}
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE and name != catalog_model.SELECT and is_config_secret(key):
            depth, written = files.config.find([key])
            yield from secret_texts.refused(written.plain() if depth else None, kinds.get(name), key)


def _whole(kind: Kind, properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Take out of the schema what an entry must say, which a catalog may say for it, and return it by itself."""
    name = kind.component_name.removesuffix("Replica")
    section = properties[f"{NAMESPACE}:{kind.section}"]
    section["additionalProperties"] = {"anyOf": [section["additionalProperties"], {"type": "null"}]}
    source = {"required": definitions[f"{name}Source"].pop("required")}
    entry = {
        "type": "object",
        "required": definitions[f"{name}Entry"].pop("required"),
        "properties": {"source": source},
    }
    return {"additionalProperties": entry}


def _schema_of(setting: Setting) -> dict[str, Any]:
    """Return the schema of a key of a vendor's provider, whose value may be encrypted."""
    value: dict[str, Any] = {"type": "string"}
    if setting.fields:
        fields = {name: _schema_of(each) for name, each in setting.fields.items()}
        required = [name for name, each in setting.fields.items() if each.required]
        value = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    elif setting.bounds:
        value = {"type": ["integer", "string"], "minimum": setting.bounds[0], "maximum": setting.bounds[1]}
    elif setting.is_flag:
        value = {"enum": [True, False, "true", "false"]}
    elif setting.choices:
        value = {"enum": list(setting.choices)}
    described = {"description": setting.description} if setting.description else {}
    return {**described, "anyOf": [value, {"$ref": "#/$defs/Encrypted"}]}


def parsed(config: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of our own namespace by their keys, as the YAML said them."""
    return {key.partition(":")[2]: _parsed(text) for key, text in config.items() if key.partition(":")[0] == NAMESPACE}


def load(
    config: Mapping[str, str], *, project: str = NAMESPACE, directory: Path | None = None, stack: str | None = None
) -> Settings:
    """Parse the stack config, and what it takes from catalogs.

    Args:
        config: Raw stack config, `namespace:key` -> text; maps and lists as JSON.
        project: The project's name, which is a namespace, too.
        directory: The project's directory; None for that of the program that runs.
        stack: The stack's name, by which mistakes name its file; None for that of the program that runs.

    Raises:
        InvalidConfig: With every mistake, each with its config path, and its file and line where they are known.
        PolicyViolated: With every mandatory policy that is broken, in the same way.
    """
    files = catalog.StackFiles(directory or catalog.project_directory(), pulumi.get_stack() if stack is None else stack)
    declared = catalog.declared(parsed(config), files)
    values = declared.values
    elsewhere = [*_of_other_namespaces(config, project), *_of_vendors(config)]
    if refused := list(_unfit_secrets(config, files)):
        # And nothing else, which might quote them.
        raise _invalid([Mistake(_in_stack_file(files, path), reason) for path, reason in refused])
    mistakes = [(path, "is a date: put it in quotes") for path in _dates(values)]
    try:
        well_formed = _model().model_validate(values)
    except ValidationError as error:
        mistakes += [
            (_path(found["loc"]), reason_of(found["msg"], found["type"], found["loc"], found["input"]))
            for found in error.errors()
        ]
        well_formed = _what_is_well_formed(values, error)
    entries: dict[str, dict[str, Entry]] = {kind.section: getattr(well_formed, kind.section) for kind in KINDS}
    for kind in KINDS:
        mistakes += _broken_rules(kind, entries[kind.section])
    if mistakes or elsewhere or declared.mistakes:
        placed = _placed(declared, mistakes)
        placed += [Mistake(_in_stack_file(files, path), reason) for path, reason in elsewhere]
        placed += [Mistake(files.located(place), reason) for place, reason in declared.mistakes]
        raise _invalid(placed)
    if values.get("sandbox"):
        pulumi.log.warn(
            f"{NAMESPACE}:sandbox is now called {NAMESPACE}:loopbackOnly; the old name is accepted until 0.3. "
            "Next: rename it in the stack's config file."
        )
    policies: Policies = well_formed.policies  # type: ignore[attr-defined]  # as above
    is_judged_there = bool(os.environ.get(REVIEWED)) and pulumi.runtime.is_dry_run()
    if violated := [] if is_judged_there else list(_violated(entries, policies)):
        lines = _lines(_placed(declared, violated))
        count = "1 violation" if len(lines) == 1 else f"{len(lines)} violations"
        raise PolicyViolated("\n".join([f"{count} of mandatory policies; nothing was started:", *lines]))
    loopback_only = bool(values.get("loopbackOnly") or values.get("sandbox"))
    return Settings(loopback_only=loopback_only, entries=entries, policies=policies)


def _violated(entries: Mapping[str, Mapping[str, Entry]], policies: Policies) -> Iterator[tuple[str, str]]:
    """Find every mandatory finding in what is declared, with its config path."""
    declared = [
        (kind, name, [replica for _, replica in entry.replicas(name)])
        for kind in KINDS
        for name, entry in entries[kind.section].items()
    ]
    for finding in findings(declared, policies):
        if finding.severity is Severity.MANDATORY:
            section = OF_NAME[finding.kind].section
            entry = entries[section][finding.entry]
            place = entry.place(finding.region, finding.property or "region") if finding.region else "destinations"
            message = f"{finding.message} ({finding.rule.value}). Next: {finding.next_step}."
            yield f"{section}.{finding.entry}.{place}", message


def _placed(declared: catalog.Declared, mistakes: Iterable[tuple[str, str]]) -> list[Mistake]:
    return [Mistake(declared.place(declared.root.keys_of(path)), reason) for path, reason in mistakes]


def _in_stack_file(files: catalog.StackFiles, path: str) -> Place:
    return files.located(Place(files.shown, 0, tuple(files.config.keys_of(path))))


def _of_other_namespaces(config: Mapping[str, str], project: str) -> Iterator[tuple[str, str]]:
    """Find keys that nothing reads: ignored, a misspelt namespace would leave its replicas out, or delete them."""
    ours = {field.alias or name for name, field in _model().model_fields.items()}
    known = sorted({NAMESPACE, "pulumi", *VENDORS, project})
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace not in known:
            yield key, f"{namespace!r} is not a namespace that is read here ({', '.join(known)}): correct or remove it"
        elif namespace == project != NAMESPACE and name.partition(".")[0] in ours:
            yield key, f"is not read under this name: write it as {NAMESPACE}:{name}"


def _of_vendors(config: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Find what the vendors' namespaces hold that cannot be honoured; warn of what the environment overrules."""
    for place in VENDORS.values():
        vendor: ProviderConfig = place.load()
        yield from vendor.parse(config)[1]
        if unused := vendor.overruled(config, os.environ):
            pulumi.log.warn(
                f"{', '.join(unused)} of the stack config is not used: the environment has an access key. "
                "Next: unset that, or remove it from the stack config."
            )


def _dates(value: Any, path: str = "") -> Iterator[str]:
    """Find what YAML has read as a date, which the engine passes on in a form of its own."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _dates(one, f"{path}.{key}".lstrip("."))


def _what_is_well_formed(values: Mapping[str, Any], error: ValidationError) -> Section:
    """Leave out what is not well-formed, so that the rules of the API can be checked for the rest in the same round."""
    rest = copy.deepcopy(dict(values))
    for found in error.errors():
        *path, last = found["loc"]
        if found["loc"][0] == "policies":
            path, last = [], "policies"
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
        return _model().model_validate(rest)
    except ValidationError:
        return _model()()


def _broken_rules(kind: Kind, entries: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    adopted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, entry in entries.items():
        if not name.strip():
            yield f"{kind.section}.{name}", "an entry needs a name"
        for path, reason in entry.broken_rules(name):
            yield f"{kind.section}.{name}.{path}", reason
        for region, id_ in entry.adopted():
            adopted[region, id_].append(f"{kind.section}.{name}.destinations.{region}.existingId")
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


def _invalid(mistakes: Iterable[Mistake]) -> InvalidConfig:
    lines = _lines(mistakes)
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return InvalidConfig("\n".join([f"the stack config has {count}; nothing was started:", *lines]))


def _lines(mistakes: Iterable[Mistake]) -> list[str]:
    """Write mistakes down in the order of their lines, each once."""
    lines = {
        (place.file, place.line, one_line(": ".join(filter(None, [str(place), ".".join(place.path), reason]))))
        for place, reason in mistakes
    }
    return [f"  {line}" for *_, line in sorted(lines)]
