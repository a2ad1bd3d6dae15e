"""What the native providers of all vendors share: endpoints, and the credentials that everything else uses, too."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime.config import is_config_secret

from components.clouds import endpoints
from components.clouds.errors import ReplicaError
from components.clouds.provider_config import ProviderConfig
from components.replica.stack_config import raw_config

_SNAKE = re.compile("(?<=[a-z])(?=[A-Z])")


@contextmanager
def refused_in_one_line() -> Iterator[None]:
    """Turn an expected error into one that ends a program without a traceback."""
    try:
        yield
    except ReplicaError as error:
        raise pulumi.RunError(str(error)) from None


def place(service: str, region: str, protocol: str | None = None) -> tuple[str | None, str | None]:
    """Return protocol and address of a service's endpoint as a native provider takes them, None for the vendor's own.

    Args:
        service: Short name of the service: `ecs`.
        region: The region to ask.
        protocol: What stack config says of the protocol.

    Raises:
        EndpointRefused: A loopbackOnly stack has no loopback endpoint for it.
    """
    if not (endpoint := endpoints.find(service, raw_config())):
        return protocol, None
    protocol, address = endpoints.protocol_and_address(endpoint, region, protocol)
    return protocol.upper(), address


def credentials(vendor: ProviderConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stack config says of credentials as arguments of a native provider, access keys as secrets.

    Nothing that the environment has comes into the state: a plugin asks it by itself. With an access key of the
    environment, only a role that is assumed with it is left.

    Args:
        vendor: The vendor's provider.
        given: What stack config says of it.
    """
    names = ["assumeRole"]
    if vendor.environment_key(os.environ) is None:
        names += [*vendor.keys, *vendor.sources]
    arguments = {}
    for name in names:
        if name in given:
            is_secret = name in vendor.keys or is_config_secret(f"{vendor.namespace}:{name}")
            arguments[_SNAKE.sub("_", name).lower()] = pulumi.Output.secret(given[name]) if is_secret else given[name]
    return arguments
