"""The stack's config as typed settings: every mistake is reported at once, each with its config path.

Reads stack config only. It declares no resource and calls no cloud; rules of the API come from the kinds' tables.
"""

import copy
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import is_config_secret
from pydantic import Field, ValidationError, create_model
from pydantic.json_schema import GenerateJsonSchema

from components.clouds.errors import one_line
from components.clouds.provider_config import ProviderConfig, Setting
from components.kinds import KINDS, SERVICES, VENDORS
from components.model.kind import Kind
from components.replica import secret_texts, stack_file
from components.replica.stack_config import NAMESPACE, Entry, Section, entry_of, raw_config

__all__ = ["InvalidConfig", "Settings", "json_schema", "load", "raw_config"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+")


@dataclass(frozen=True)
class Settings:
    """Everything under the `replicas:` namespace of the stack config.

    Attributes:
        loopback_only: No request may leave this machine.
        entries: Section -> name -> entry, for every kind.
    """

    loopback_only: bool
    entries: Mapping[str, Mapping[str, Entry]]


class InvalidConfig(pulumi.RunError):
    """The stack config has mistakes; the message lists them all."""


class _Guards(Section):
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
    return create_model("Replicas", __base__=_Guards, **sections)


class _WithoutTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False  # it would repeat the key


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a stack's config file, for editors: completion, descriptions and checks."""
    schema = _model().model_json_schema(by_alias=True, schema_generator=_WithoutTitles)
    definitions = schema.pop("$defs", {})
    properties = {f"{NAMESPACE}:{name}": each for name, each in schema["properties"].items()}
    for each in properties.values():
        if each.get("type") == "boolean":  # `pulumi config set` writes it as text
            del each["type"]
            each["enum"] = [True, False, "true", "false"]
    text = {"type": "string"}
    definitions["Encrypted"] = {"type": "object", "properties": {"secure": text}, "additionalProperties": False}
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
            }
        },
        "$defs": definitions,
    }


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


def load(config: Mapping[str, str], *, project: str = NAMESPACE, stack: str = "") -> Settings:
    """Parse the stack config.

    Args:
        config: Raw stack config, `namespace:key` -> text; maps and lists as JSON.
        project: The project's name, which is a namespace, too.
        stack: The stack's name, by which its config file is found; it is read where the config holds secrets.

    Raises:
        InvalidConfig: With every mistake, each with its config path.
    """
    values = {
        key.partition(":")[2]: _parsed(text) for key, text in config.items() if key.partition(":")[0] == NAMESPACE
    }
    elsewhere = [*_of_other_namespaces(config, project), *_of_vendors(config)]
    secret = [name for name in values if is_config_secret(f"{NAMESPACE}:{name}")]
    written = stack_file.config(Path.cwd(), stack) if secret and stack else {}
    kinds = {kind.section: kind for kind in KINDS}
    if found := [
        each
        for name in secret
        for each in secret_texts.refused(written.get(f"{NAMESPACE}:{name}"), kinds.get(name), f"{NAMESPACE}:{name}")
    ]:
        raise _invalid([*elsewhere, *found])  # and nothing else, which might quote them
    mistakes = [(path, "is a date: put it in quotes") for path in _dates(values)]
    try:
        parsed = _model().model_validate(values)
    except ValidationError as error:
        mistakes += [
            (_path(found["loc"]), _reason(found["msg"], found["type"], found["loc"], found["input"]))
            for found in error.errors()
        ]
        parsed = _what_is_well_formed(values, error)
    entries: dict[str, dict[str, Entry]] = {kind.section: getattr(parsed, kind.section) for kind in KINDS}
    for kind in KINDS:
        mistakes += _broken_rules(kind, entries[kind.section])
    if mistakes or elsewhere:
        raise _invalid([*elsewhere, *((f"{NAMESPACE}:{path}", reason) for path, reason in mistakes)])
    if values.get("sandbox"):
        pulumi.log.warn(
            f"{NAMESPACE}:sandbox is now called {NAMESPACE}:loopbackOnly; the old name is accepted until 0.3. "
            "Next: rename it in the stack's config file."
        )
    for name in kinds.keys() & secret:
        for entry_name, entry in entries[name].items():
            entry.hide(secret_texts.at(written, f"{NAMESPACE}:{name}", entry_name))
    return Settings(loopback_only=bool(values.get("loopbackOnly") or values.get("sandbox")), entries=entries)


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


def _reason(message: str, kind: str, location: tuple[int | str, ...], given: Any) -> str:
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


def _invalid(mistakes: Iterable[tuple[str, str]]) -> InvalidConfig:
    lines = sorted({one_line(f"{path}: {reason}") for path, reason in mistakes})
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return InvalidConfig(
        f"the stack config has {count}; nothing was started:\n" + "\n".join(f"  {line}" for line in lines)
    )
