"""The properties of a change that are printed: those that the tables of the kind declare, and no secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.output import Unknown
from pydantic.alias_generators import to_camel

from components.model.copy_fields import COPY
from components.model.field import Change as FieldChange
from components.model.field import Field
from components.review.replicas import Action, Change, Replica
from tools.review.report import NOT_KNOWN, SECRET, UNDECLARED, PropertyChange

_PLAIN = Field()
"""What the keys of a map are: the user's own."""


def of(change: Change) -> Iterator[PropertyChange]:
    """Yield what differs; of a new replica, what it is made with."""
    one = change.replica
    if change.action is Action.CREATE:
        for name, setting in one.of_kind.settings.items():
            if not _is_default(one, setting) and setting.change is not FieldChange.AT_CREATION:
                yield from _lines(_name(name), setting, None, one.value(name), replaces=False)
        return
    before, after = change.before, change.after
    if before is None or after is None:
        return
    is_replaced = change.action is Action.REPLACE
    for name in change.properties:
        setting = one.of_kind.settings.get(name) or COPY[name]
        if name == "name" and is_replaced and str(after.value(name)).startswith(one.name):
            continue  # made for the new one
        replaces = is_replaced and setting.change is FieldChange.REPLACES
        values = (before.value(name), after.value(name))
        # What is masked may differ or not: it is shown where nothing else is what differs.
        shown = [*_lines(_name(name), setting, *values, replaces=replaces)]
        yield from shown or _lines(_name(name), setting, *values, replaces=replaces, masked=True)


def _is_default(one: Replica, setting: Field) -> bool:
    value = one.value(setting.name)
    if value is None or value == {}:
        return True
    if setting.name == "name":
        return str(value).startswith(one.name)
    return isinstance(value, str | bool) and setting.default.startswith(text(value) or " ")


def _lines(
    name: str, setting: Field, old: Any, new: Any, *, replaces: bool, masked: bool = False
) -> Iterator[PropertyChange]:
    """Yield a property, or its parts where it has some: fields of a block, keys of a map.

    With `masked`, that includes what is masked before and after.
    """
    if old == new and not (masked and _has_secret(old)):
        return
    is_map = {isinstance(value, Mapping) for value in (old, new) if value is not None} == {True}
    if setting.secret or not is_map:
        yield PropertyChange(
            name=name, old=text(old, hidden=setting.secret), new=text(new, hidden=setting.secret), replaces=replaces
        )
        return
    olds, news = old or {}, new or {}
    for key in sorted(olds.keys() | news.keys()):
        if setting.fields is None:  # a map, whose keys are the user's
            yield from _lines(f"{name}.{key}", _PLAIN, olds.get(key), news.get(key), replaces=replaces, masked=masked)
        elif key in setting.fields:
            below = f"{name}.{to_camel(key)}"
            yield from _lines(
                below, setting.fields[key], olds.get(key), news.get(key), replaces=replaces, masked=masked
            )


def _has_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_secret, value.values()))
    return bool(value == SECRET)


def text(value: Any, *, hidden: bool = False) -> str | None:
    """Write a value; None for none."""
    if value is None or value == {}:
        return None
    if isinstance(value, Unknown):
        return NOT_KNOWN
    if hidden:
        return SECRET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(text(each) or "" for each in value)
    return UNDECLARED if isinstance(value, Mapping) else str(value)


def _name(name: str) -> str:
    """Return the key in stack config: `retentionDays`, `source.id`."""
    return f"source.{name.removeprefix('source_')}" if name.startswith("source_") else to_camel(name)
