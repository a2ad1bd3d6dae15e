"""What an action takes, as pydantic models: one class for each action, its rules beside its parameters.

A call is refused for the first of these that is wrong: a parameter that the action does not have (UnknownParameter),
one that is needed and absent (MissingParameter), a wrong type (InvalidParameter), and then the rules in the order of
the fields. JSON has its own types, so "1" is no integer there, and null is no value of any type; a flat 1 is one.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic.alias_generators import to_pascal

from sandbox.core.api_error import ApiError
from sandbox.tencent.api import Call, Handler
from sandbox.tencent.errors import bad_value, common


class Request(BaseModel):
    """The parameters of an action, under the API's names: `snapshot_id` is SnapshotId."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_pascal)

    @classmethod
    def of(cls, call: Call) -> Self:
        """The parameters of a call; raises ApiError when they do not fit."""
        if null := call.params.first_null():
            raise common("InvalidParameter", null)
        try:
            return cls.model_validate(call.params.tree, context=call)
        except ValidationError as invalid:
            raise _first_problem(invalid) from None


R = TypeVar("R", bound=Request)


def action(request: type[R], handler: Callable[[Call, R], dict[str, Any]]) -> tuple[str, Handler]:
    """An action's name, which its request has, and the handler that the gateway calls."""
    return request.__name__, lambda call: handler(call, request.of(call))


def rule(holds: Callable[[Any], object], reason: str) -> AfterValidator:
    """A rule for one parameter: InvalidParameterValue unless it holds."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if not holds(value):
            raise bad_value(name_of(info), reason)
        return value

    return AfterValidator(check)


def one_of(*values: str) -> AfterValidator:
    """A parameter with listed values."""
    return rule(values.__contains__, f"it must be {' or '.join(values)}")


def name_of(info: ValidationInfo) -> str:
    """The API's name of the parameter that is being validated."""
    return to_pascal(info.field_name or "")


def call_of(info: ValidationInfo) -> Call:
    """The call whose parameters are being validated."""
    call: Call = info.context  # type: ignore[assignment]  # it may be anything to pydantic
    return call


def _read_flat(value: Any, info: ValidationInfo) -> Any:
    """The value that a text of a flat request stands for; JSON is left as it is."""
    if call_of(info).params.typed or not isinstance(value, str):
        return value
    if value in {"true", "false", "True", "False"}:  # the Python SDK writes them its own way
        return value.lower() == "true"
    return int(value) if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value) else value


_CODES = {"extra_forbidden": (0, "UnknownParameter"), "missing": (1, "MissingParameter")}
"""What pydantic finds -> its rank and code; everything else is a wrong type, and rules come last."""
Whole = Annotated[int, BeforeValidator(_read_flat)]
Truth = Annotated[bool, BeforeValidator(_read_flat)]


def _first_problem(invalid: ValidationError) -> ApiError:
    problems = []
    for error in invalid.errors():
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, ApiError):
            problems.append((3, cause))
        else:
            rank, code = _CODES.get(error["type"], (2, "InvalidParameter"))
            problems.append((rank, common(code, ".".join(map(str, error["loc"])))))
    return min(problems, key=lambda problem: problem[0])[1]
