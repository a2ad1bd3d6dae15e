"""Tencent Cloud API 3.0: how parameters are written, and what answers look like.

Parameters come as JSON (TC3 by POST) or flat, as Filters.0.Name=encrypt (TC3 by GET, and method v1). Only the form
is here; what an action takes is a `Request`.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from sandbox.core.accounts import AccessKey
from sandbox.core.inventory import Inventory
from sandbox.tencent.errors import unreadable

MAX_DEPTH = 16
REGIONS = frozenset(tomllib.loads(Path(__file__).with_name("regions.toml").read_text(encoding="utf-8"))["regions"])


@dataclass(frozen=True)
class Parameters:
    """The parameters of one call, without the common ones."""

    tree: Mapping[str, Any]
    typed: bool
    """Whether the values have types of their own, as in JSON."""

    def flat(self) -> dict[str, str]:
        """As method v1 spells them: DestinationRegions.0=ap-beijing."""
        return {name: one if isinstance(one, str) else json.dumps(one) for name, one in _leaves("", self.tree)}

    def first_null(self) -> str | None:
        """The name of the first null, which only JSON can hold."""
        return next((name for name, one in _leaves("", self.tree) if one is None), None)


@dataclass(frozen=True)
class Call:
    """One admitted call of one action."""

    service: str
    action: str
    params: Parameters
    region: str
    key: AccessKey
    """Who calls."""
    now: float

    @property
    def account(self) -> str:
        """The account that the key belongs to."""
        return self.key.account


Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Service:
    """A service as the gateway sees it: a version and a table of actions."""

    name: str
    version: str
    actions: Mapping[str, Handler]
    documented: Mapping[str, str]
    """The API reference's errors, code -> message, for faults that give only a code."""
    inventory: Inventory
    """What the service holds at a moment: region -> resources, for the control plane."""
    needs_region: bool = True
    """Whether the common parameter Region is required."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Action -> requests a second where the reference has another limit than the usual one; the setting scales it."""


def from_json(body: bytes) -> Parameters:
    """Parameters of a JSON body; raises ApiError when it is not a JSON object."""
    try:
        tree = json.loads(body or b"{}")
        json.dumps(tree, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise unreadable("The request body is not JSON") from None
    if not isinstance(tree, dict) or _deeper(tree, MAX_DEPTH):
        raise unreadable("The request body is not a JSON object of the expected form")
    return Parameters(tree, typed=True)


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Parameters of a query or a form."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".")
        node = root
        for step in path[:MAX_DEPTH]:
            inner = node.get(step)
            if not isinstance(inner, dict):
                inner = node[step] = {}
            node = inner
        node[last] = value
    return Parameters({name: _with_lists(value) for name, value in root.items()}, typed=False)


def respond(body: dict[str, Any], status: int, request_id: str) -> Response:
    """An answer, be it a success or an error."""
    text = json.dumps({"Response": body | {"RequestId": request_id}})
    # With a charset behind it the vendor's Python SDK does not even look for an error.
    return Response(text, status, content_type="application/json")


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    else:
        yield name, value


def _with_lists(value: Any) -> Any:
    """Objects whose names are all numbers are lists; a gap in the numbers does not count."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    if all(re.fullmatch(r"[0-9]{1,9}", name) for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(one, levels - 1) for one in inner)
