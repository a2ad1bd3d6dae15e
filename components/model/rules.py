"""Rules that fields of several kinds share: each makes a function that judges one known value.

Lengths and forms are those of an API reference; the caller's table says which. No cloud is asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from components.model import durations
from components.model.field import Rule, Table, is_whole_number

REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")


def saying(judge: Callable[[Any], str]) -> Rule:
    """Make a rule of a function that returns the reason, "" where there is none."""

    def rule(value: Any) -> Iterator[tuple[str, str]]:
        if reason := judge(value):
            yield "", reason

    return rule


def every(*rules: Rule) -> Rule:
    """Make one rule of several."""
    return lambda value: (found for rule in rules for found in rule(value))


def at_most(characters: int) -> Rule:
    """Limit a text's length."""
    return saying(
        lambda text: f"has at most {characters} characters, this one {len(text)}" if len(text) > characters else ""
    )


def an_id(pattern: str, example: str) -> Rule:
    """Demand the form of an id."""
    return saying(
        lambda text: "" if re.fullmatch(pattern, text) else f"must be an id such as {example!r}, got {text!r}"
    )


def whole_number(least: int, most: int, unit: str, otherwise: str = "") -> Rule:
    """Demand a whole number in bounds.

    Args:
        least: The smallest.
        most: The largest.
        unit: What is counted: `days`.
        otherwise: Said behind the reason.
    """

    def judge(value: Any) -> str:
        if is_whole_number(value) and least <= value <= most:
            return ""
        return f"must be a whole number of {unit}, {least} to {most}, got {value!r}{otherwise}"

    return saying(judge)


def _duration(text: Any) -> str:
    try:
        durations.seconds(str(text))
    except ValueError as error:
        return str(error)
    return ""


def _region(text: str) -> str:
    # Which regions exist is not listed here: new ones come, and the cloud reports a wrong one soon enough.
    return "" if REGION.fullmatch(text) else f"{text!r} is not a region id such as 'cn-hangzhou'"


duration = saying(_duration)
region = saying(_region)


def one_of(*allowed: str) -> Rule:
    """Demand one of some texts."""
    return saying(lambda text: "" if text in allowed else f"must be one of {', '.join(allowed)}, got {text!r}")


def description(*, least: int, most: int) -> Rule:
    """Demand a text of some length that is no address."""

    def length(text: str) -> str:
        return "" if least <= len(text) <= most else f"has {least} to {most} characters, this one {len(text)}"

    def start(text: str) -> str:
        address = text.lower().startswith(("http://", "https://"))
        return "must not begin with http:// or https://" if address else ""

    return every(saying(length), saying(start))


def block(fields: Table, *across: Rule) -> Rule:
    """Judge a map by the table of its own fields.

    Args:
        fields: The table.
        across: Rules that see the whole map, without what is None.
    """

    def rule(value: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(value, Mapping):
            yield "", "must be a map"  # what it is may hold a secret
            return
        given = {key: each for key, each in value.items() if each is not None}
        for key in given.keys() - fields.keys():
            yield f".{key}", f"is not a setting: known are {', '.join(fields)}"
        for name, field in fields.items():
            if field.required and name not in given:
                yield f".{name}", "is required"
            yield from ((f".{found.property}", found.reason) for found in field.violations(given.get(name)))
        for each in across:
            yield from each(given)

    return rule
