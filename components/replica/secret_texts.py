"""Which texts of stack config are secrets, and which settings cannot be one.

A program sees only which whole keys hold secrets, `replicas:dataCaches`. So every text of such a key that
may be a secret counts as one. What says which copy it is may be none: the state, reports and repairs have to show it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pydantic.alias_generators import to_camel

from components.model.field import Field, Table
from components.model.kind import Kind

_NEVER = "cannot be a secret: the state, reports and repairs have to show it; set it with --plaintext"
_WHOLE = "cannot be a secret as a whole; set the texts in it that are, each with --secret --path"


def hidden(fields: Table, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make secrets of the texts of settings that may be one.

    Args:
        fields: The table of the settings.
        settings: Setting -> its plain value.
    """
    return {name: _hidden(fields[name], value) for name, value in settings.items()}


def _hidden(field: Field, value: Any) -> Any:
    if field.fields and isinstance(value, Mapping):
        return hidden(field.fields, value)
    if not field.may_be_secret:
        return value
    if isinstance(value, Mapping):
        return {key: pulumi.Output.secret(text) for key, text in value.items()}
    return pulumi.Output.secret(value)


def refused(written: Any, kind: Kind | None, path: str) -> Iterator[tuple[str, str]]:
    """Find the secrets of a key that cannot be kept.

    Args:
        written: What the stack's config file says there.
        kind: The kind whose entries the key holds, None for a key whose texts are all shown.
        path: The key.

    Yields:
        Config path and reason.
    """
    if kind is None:
        yield from _within(written, path)
        return
    if _is_encrypted(written):
        yield path, _WHOLE
    for name, entry in _parts(written):
        if _is_encrypted(entry):
            yield f"{path}.{name}", _WHOLE
        for part, value in _parts(entry):
            yield from _of_entry(kind, part, value, f"{path}.{name}.{part}")


def _of_entry(kind: Kind, part: str, written: Any, path: str) -> Iterator[tuple[str, str]]:
    if part == "defaults":
        yield from _of_settings(kind.settings, written, path)
    elif part == "destinations" and not _is_encrypted(written):
        for region, settings in _parts(written):
            yield from _of_settings(kind.settings, settings, f"{path}.{region}")
    elif _is_encrypted(written) and part in {"destinations", "source"}:
        yield path, _WHOLE
    else:
        yield from _within(written, path)


def _of_settings(fields: Table, written: Any, path: str) -> Iterator[tuple[str, str]]:
    if _is_encrypted(written):
        yield path, _WHOLE
        return
    known = {to_camel(name): field for name, field in fields.items()}
    for name, value in _parts(written):
        field, place = known.get(name), f"{path}.{name}"
        if field and field.fields:
            yield from _of_settings(field.fields, value, place)
        elif not (field and field.may_be_secret):
            yield from _within(value, place)
        elif field.type is not str and _is_encrypted(value):
            yield place, _WHOLE


def _within(written: Any, path: str) -> Iterator[tuple[str, str]]:
    """Find every secret in what must hold none."""
    if _is_encrypted(written):
        yield path, _NEVER
        return
    items = enumerate(written) if isinstance(written, list) else _parts(written)
    for key, value in items:
        yield from _within(value, f"{path}.{key}")


def _parts(written: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(written, Mapping) and not _is_encrypted(written):
        yield from ((str(key), value) for key, value in written.items())


def _is_encrypted(written: Any) -> bool:
    """Report whether the engine takes a map for a secret."""
    return isinstance(written, Mapping) and written.keys() == {"secure"} and isinstance(written["secure"], str)
