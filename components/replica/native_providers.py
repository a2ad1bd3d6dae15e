"""What the native providers of all vendors share: keys only where the environment has none."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from components.clouds import endpoints
from components.replica.stack_config import raw_config


def place(service: str, region: str) -> tuple[str | None, str | None]:
    """Return protocol and address of a service's endpoint as a native provider takes them, None for the vendor's own.

    Raises:
        EndpointRefused: A loopbackOnly stack has no loopback endpoint for it.
    """
    if not (endpoint := endpoints.find(service, raw_config())):
        return None, None
    protocol, address = endpoints.protocol_and_address(endpoint, region)
    return protocol.upper(), address


def configured_keys(
    config: Mapping[str, str], arguments: Mapping[str, str], variables: Iterable[str]
) -> dict[str, Any]:
    """Return the keys of the stack config as secret arguments, unless the environment has any.

    Without keys of its own a plugin asks the environment, and nothing of it comes into the state.

    Args:
        config: Raw stack config, `namespace:key` -> text.
        arguments: The provider's argument -> the config key that holds it.
        variables: Environment variables of which one means that the environment has keys.
    """
    if any(os.environ.get(name) for name in variables):
        return {}
    return {argument: pulumi.Output.secret(config[key]) for argument, key in arguments.items() if config.get(key)}
