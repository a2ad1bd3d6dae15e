"""What stands for the secrets of a creation that a repair records: the engine masks them in its events.

A repaired row has other secrets in their places. So the engine knows where secrets are, and what the next refresh reads
there from the cloud is encrypted before it is written anywhere. The next `up` puts the declared ones there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_camel

from components import kinds

MASK = "[secret]"
"""What the engine writes for a secret in its events."""

_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def is_one(value: Any) -> bool:
    """Report whether a value of an event is masked as a whole."""
    return value == MASK or (isinstance(value, Mapping) and value.get(_SIGNATURE) == _SECRET)


def holds_one(value: Any) -> bool:
    """Report whether there is a mask in a value of an event."""
    return MASK in json.dumps(value)


def with_placeholders(type_: str, inputs: Mapping[str, Any], masked: Sequence[str]) -> dict[str, Any]:
    """Return the inputs of a row with secrets in place of masks; the engine encrypts them when it imports the state.

    Args:
        type_: The resource's type.
        inputs: Its inputs, without those that are masked as a whole.
        masked: Names of the inputs that are, or hold, secrets.
    """
    whole = {name: _placeholder(type_, name) for name in masked if name not in inputs}
    within = {name: _replaced(inputs[name]) for name in masked if name in inputs}
    return {**inputs, **within, **{name: _secret(value) for name, value in whole.items() if value is not None}}


def _placeholder(type_: str, name: str) -> Any:
    """Return a value of an input's type, None where that is not known or any value would mean something."""
    kind = kinds.OF_TYPE.get(type_)
    for field in kind.settings.values() if kind else ():
        if name in {field.name, to_camel(field.native)}:
            return MASK if field.may_be_secret and field.type is str else {} if _is_map(field.type) else None
    return None


def _is_map(type_: Any) -> bool:
    return type_ is dict or getattr(type_, "__origin__", None) is dict


def _replaced(value: Any) -> Any:
    if is_one(value):
        return _secret(MASK)
    if isinstance(value, Mapping):
        return {key: _replaced(each) for key, each in value.items()}
    return [_replaced(each) for each in value] if isinstance(value, list) else value


def _secret(value: Any) -> dict[str, str]:
    return {_SIGNATURE: _SECRET, "plaintext": json.dumps(value)}
