"""How a call's flat parameters become a typed request: one pydantic model for each action.

Fields stand in the order in which the cloud checks them, and the first broken rule is answered. A rule with a code of
its own raises an `ApiError`; a required parameter that is absent or empty is answered as `missing` says, and everything
else as `invalid` says. A parameter that no field names is ignored, as the real gateway does.

The alias of a field is the parameter's name on the wire. An alias that ends with a dot takes every parameter that
begins so (and the bare name), as a map of what follows the name: Tag.1.Key=a is {".1.Key": "a"} under `Tag.`. So the
names inside such a map begin with a dot, also those of a request inside a request.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError, ValidationInfo, model_validator
from pydantic.alias_generators import to_pascal
from pydantic_core import ErrorDetails

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.alibaba.rpc import Call
from sandbox.core.api_error import ApiError

LAST_ENTRY = 9999
"""No list has more entries."""
Broken = Callable[[Any, dict[str, Any]], object]
"""Whether a value breaks a rule, next to the values of the fields before it."""


class Request(BaseModel):
    """The parameters of an action."""

    model_config = {"alias_generator": to_pascal, "strict": True, "frozen": True}
    missing = staticmethod(alibaba_errors.missing_parameter)
    """The error for a required parameter that is absent or empty."""
    invalid = staticmethod(alibaba_errors.invalid_parameter)
    """The error for a broken rule that has no code of its own."""

    @classmethod
    def read(cls, call: Call) -> Self:
        """The request of a call; raises ApiError for the first broken rule."""
        try:
            return cls.model_validate(call.params)
        except ValidationError as broken:
            raise cls._refusal(broken.errors()[0]) from None

    @classmethod
    def _refusal(cls, broken: ErrorDetails) -> ApiError:
        error = broken.get("ctx", {}).get("error")
        if isinstance(error, ApiError):
            return error
        name = ".".join(str(part).strip(".") for part in broken["loc"])
        if broken["type"] == "missing":
            return cls.missing(name)
        if broken["type"] == "literal_error":
            allowed = broken["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            return cls.invalid(name, f"it must be one of {allowed}")
        return cls.invalid(name, str(error or broken["msg"]).replace("{name}", name))

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, sent: dict[str, str]) -> dict[str, Any]:
        gathered: dict[str, Any] = dict(sent)
        for field in cls.model_fields.values():
            alias = field.alias or ""
            if field.is_required() and gathered.get(alias) == "":
                del gathered[alias]
            name = alias.removesuffix(".")
            if name != alias and (parts := {n: value for n, value in sent.items() if n == name or n.startswith(alias)}):
                gathered[alias] = {n.removeprefix(name): value for n, value in parts.items()}
        return gathered


def _known_region(region: str, info: ValidationInfo) -> str:
    if region not in REGION_NAMES:
        raise alibaba_errors.unknown_region(to_pascal(info.field_name or ""))
    return region


def _truth(sent: str) -> bool:
    if sent.lower() not in {"", "true", "false"}:
        raise ValueError("it must be true or false")
    return sent.lower() == "true"


def _map(sent: dict[str, str]) -> dict[str, str]:
    return {_map_key(suffix[1:]): value for suffix, value in sent.items() if suffix}


def _map_key(written: str) -> str:
    if not written.startswith("#"):
        return written
    match = re.fullmatch(r"#([0-9]{1,4})#(.+)", written, re.DOTALL)
    if match is None or int(match[1]) != len(match[2]):
        raise ValueError(f"the length in the key {written} is not the key's")
    return match[2]


def _entries(sent: dict[str, str], form: str) -> list[dict[str, str]]:
    """The entries of a list by number, of what has a form; any other spelling of a number is refused."""
    entries: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for suffix, value in sent.items():
        if not suffix:
            raise ValueError("it is a list: {name}.1 and so on")
        match = re.fullmatch(rf"\.([0-9]+){form}", suffix)
        if match and (match[1].startswith("0") or int(match[1][:9]) > LAST_ENTRY):
            raise ValueError(f"its entries are numbered from 1, not {match[1][:20]}")
        if match:
            entries[int(match[1])][match[2]] = value
    return [entries[number] for number in sorted(entries)]


def pairs(sent: dict[str, str]) -> list[dict[str, str]]:
    """A list of Key and Value: Name.1.Key, Name.1.Value and so on, by number; a gap in the numbers does not count."""
    return _entries(sent, r"\.(Key|Value)")


def whole(low: int, high: int) -> BeforeValidator:
    """A whole number within bounds, both included."""

    def read(sent: str) -> int:
        if not re.fullmatch("-?[0-9]{1,18}", sent) or not low <= int(sent) <= high:
            raise ValueError(f"it must be an integer from {low} to {high}")
        return int(sent)

    return BeforeValidator(read)


def rule(error: Callable[[], ValueError], broken: Broken) -> AfterValidator:
    """A rule with an error of its own."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if broken(value, info.data):
            raise error()
        return value

    return AfterValidator(check)


def forbid(reason: str, broken: Broken) -> AfterValidator:
    """A rule without an error of its own; `reason` says in words what is expected."""
    return rule(partial(ValueError, reason), broken)


def matching(pattern: str, form: str) -> AfterValidator:
    """A text of a pattern; `form` says in words what is expected."""
    return forbid(f"it must be {form}", lambda sent, _: not re.fullmatch(pattern, sent, re.DOTALL))


Region = Annotated[str, AfterValidator(_known_region)]
"""A region that exists."""
Truth = Annotated[bool, BeforeValidator(_truth)]
"""The Python SDK sends True, the Go SDK true."""
Flag = Annotated[bool | None, BeforeValidator(lambda sent: _truth(sent) if sent else None)]
"""A truth value for which empty is the same as absent."""
Texts = Annotated[list[str], BeforeValidator(lambda sent: [entry[""] for entry in _entries(sent, "()")])]
"""A list: Name.1, Name.2 and so on, by number; a gap in the numbers does not count."""
Map = Annotated[dict[str, str], BeforeValidator(_map)]
"""A map: Name.<key>, where a key may be written as #<length of the key>#<key>."""
Sent = Annotated[bool, BeforeValidator(bool)]
"""Whether anything of a parameter was sent, of which no more is read."""
