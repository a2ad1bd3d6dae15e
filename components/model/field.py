"""The table of fields of a kind: for each setting its type, its default, its rule and what a change of it does.

The TypedDict that people write gives name, type and documentation; a `Field` adds the rest. From the table come the
stack config and its JSON Schema, the checks, the identity of a copy, what an update sends, what drift reads and the
pages. Nothing here reads a state or asks a cloud.
"""

from __future__ import annotations

import ast
import collections.abc
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from pulumi.output import Output, Unknown


class Violation(NamedTuple):
    """A property that breaks a rule: `property` is a property path such as `tags.team`."""

    property: str
    reason: str


def is_blank(value: Any) -> bool:
    """Report whether a value is text of nothing but white space."""
    return isinstance(value, str) and not value.strip()


def is_whole_number(value: Any) -> bool:
    """Report whether a value is a whole number; the wire makes floats of them, and Python booleans numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given and known: missing, None and not known yet judge nothing."""
    return {key: value for key, value in properties.items() if value is not None and not isinstance(value, Unknown)}


def exactly_one(keys: Sequence[str]) -> str:
    """Say that exactly one of these is wanted: `either id or ids`, `one of id, ids and diskId`."""
    return f"either {' or '.join(keys)}" if len(keys) == 2 else f"one of {', '.join(keys[:-1])} and {keys[-1]}"


Rule = Callable[[Any], Iterable[tuple[str, str]]]
"""Judges a known value: yields the path below the field (`.team`; "" for the field itself) and the reason."""


class Change(Enum):
    """What a change of a field does to a replica that exists."""

    REPLACES = "replaces"
    IN_PLACE = "in place"
    RECORDED = "in the state only"
    AT_CREATION = "none: read only at creation"


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        change: What a change of it does.
        default: What holds where it is left out.
        effect: What a change does, for people, where `change` does not say it.
        api: The vendor's name of it: `RetentionDays`.
        rule: What the API demands of a known value.
        unset: Why it cannot be unset once it is set, "" where it can.
        only_raised: Why a number can be neither lowered nor set later, "" where it can.
        merged: A map, of which a region adds to the defaults entry by entry.
        may_be_blank: A text that says nothing is a text, too.
        template: `{source_id}` in it stands for the generation.
        longest: For a name: characters that a default may have.
        secret: Its texts are secrets as a rule: credentials of a source.
        answer: Name of what the cloud's description of a copy says of it; "" where it cannot be read there.
        native: Name of the native resource's argument, for a kind that is copied by one.
        name: Its name in Python and in the state; in stack config it is the same in camelCase.
        type: Its plain Python type.
        owner: The TypedDict that declares it, None for what nobody declares in a destination.
        required: Whether it must be given.
        is_plain: It takes no Output.
        fields: The table of a block's own fields.
    """

    change: Change = Change.IN_PLACE
    default: str = ""
    effect: str = ""
    api: str = ""
    rule: Rule | None = None
    unset: str = ""
    only_raised: str = ""
    merged: bool = False
    may_be_blank: bool = False
    template: bool = False
    longest: int = 0
    secret: bool = False
    answer: str = ""
    native: str = ""
    name: str = ""
    type: Any = str
    owner: type | None = None
    required: bool = False
    is_plain: bool = False
    fields: Mapping[str, Field] | None = None

    @property
    def doc(self) -> str:
        """What it means: the text under the attribute of the TypedDict."""
        return _texts_under_attributes(self.owner).get(self.name, "") if self.owner else ""

    @property
    def consequence(self) -> str:
        """What a change of it does, for people."""
        limits = {"cannot be unset": self.unset, "can only be raised": self.only_raised}
        return "; ".join([self.effect or self.change.value, *(limit for limit, holds in limits.items() if holds)])

    @property
    def description(self) -> str:
        """What it means, its default, what a change of it does and the vendor's name of it: for a schema."""
        parts = [self.doc, f"Default: {self.default}." if self.default else "", f"A change: {self.consequence}."]
        return " ".join([*filter(None, parts), f"({self.api})" if self.api else ""]).strip()

    @property
    def may_be_secret(self) -> bool:
        """Whether stack config may hold its texts as secrets; all others have to be shown."""
        return self.secret or self.type == dict[str, str]

    def violations(self, value: Any) -> Iterator[Violation]:
        """Judge a given value; one that is not known yet passes. No reason quotes what may be a secret."""
        if value is None or isinstance(value, Unknown):
            return
        if self.type is str and not isinstance(value, str):
            yield Violation(
                self.name, "must be text: put it in quotes" if self.may_be_secret else f"must be text, got {value!r}"
            )
        elif is_blank(value) and not self.may_be_blank:
            yield Violation(self.name, "must not be empty: leave it out to use the default")
        elif self.type is bool and not isinstance(value, bool):
            yield Violation(self.name, f"must be true or false, got {value!r}")
        elif self.rule:
            for path, reason in self.rule(value):
                yield Violation(f"{self.name}{path}", reason)


Table = Mapping[str, Field]


def table(declared: type, /, **fields: Field) -> dict[str, Field]:
    """Make the table of a TypedDict.

    Args:
        declared: The TypedDict.
        fields: What else is to be said of each of its keys, by name; the order is the pages'.

    Raises:
        TypeError: A key is in one of both only.
    """
    hints = get_type_hints(declared, localns={"Output": Output, "T": Any}, include_extras=True)  # of pulumi.Input
    if odd := hints.keys() ^ fields.keys():
        raise TypeError(f"{declared.__name__} and its table differ in {', '.join(sorted(odd))}")
    return {
        name: replace(
            field,
            name=name,
            type=_plain(hints[name]),
            owner=declared,
            required=get_origin(hints[name]) is not NotRequired,
            is_plain="Output" not in str(hints[name]),
        )
        for name, field in fields.items()
    }


def internal(**fields: Field) -> dict[str, Field]:
    """Make the table of what the program adds to the settings of a destination by itself."""
    return {name: replace(field, name=name) for name, field in fields.items()}


def named(fields: Table, change: Change) -> tuple[str, ...]:
    """Return the names of the fields whose change does that."""
    return tuple(name for name, field in fields.items() if field.change is change)


def _plain(hint: Any) -> Any:
    """Strip `NotRequired` and `pulumi.Input`: the type as plain values have it."""
    if get_origin(hint) is NotRequired:
        return _plain(get_args(hint)[0])
    arguments = get_args(hint)
    if any(get_origin(each) is Output for each in arguments):
        return _plain(arguments[0])
    if get_origin(hint) is collections.abc.Mapping:
        return dict[str, _plain(arguments[1])]  # type: ignore[misc]  # made while the program runs
    if get_origin(hint) is collections.abc.Sequence:
        return list[_plain(arguments[0])]  # type: ignore[misc]  # as above
    return dict if is_typeddict(hint) else hint


@cache
def _texts_under_attributes(declared: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(declared))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - what the source of a class is
    texts = {}
    for attribute, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            texts[attribute.target.id] = " ".join(str(text.value.value).split()) if is_text else ""  # type: ignore[attr-defined]  # as above
    return texts
