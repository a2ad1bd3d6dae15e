"""Alibaba Cloud's RPC style: what a call and a service are.

How the parameters of a call become a typed request is in `request`, what answers look like in `gateway`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.alibaba.errors import gateway_error
from sandbox.core.accounts import AccessKey
from sandbox.core.api_error import ApiError
from sandbox.core.inventory import Inventory


@dataclass(frozen=True)
class Call:
    """One admitted call of one action."""

    service: str
    action: str
    params: dict[str, str]
    """As they were sent, in the query and the form body together."""
    key: AccessKey
    """Who calls."""
    now: float

    @property
    def account(self) -> str:
        """The account that the key belongs to."""
        return self.key.account


Handler = Callable[[Call], dict[str, Any]]
Documented = Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Service:
    """A service as the gateway sees it: a version and a table of actions."""

    name: str
    product: str
    host: str
    version: str
    actions: Mapping[str, Handler]
    inventory: Inventory
    """What the service holds at a moment: region -> resources, for the control plane."""
    documented: Documented = field(default_factory=dict)
    """The API reference's errors, code -> status and message, for faults that give only a code."""
    denied: Callable[[str], ApiError] = field(default=lambda _action: gateway_error("Forbidden.SubUser"))
    """The error for a RAM user to whom an action is denied."""
