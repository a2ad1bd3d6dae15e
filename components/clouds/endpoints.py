"""Where the requests of a service go: the environment first, then stack config, then the vendor's own endpoint.

A stack of the local sandbox refuses everything that is not on loopback, so that no test and no trial ever reaches a
real cloud. `{region}` in an endpoint stands for the region that is asked, where each has a host of its own.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from components.clouds.errors import ReplicaError

GUARD_KEYS = ("replicas:loopbackOnly", "replicas:sandbox")
"""The guard of a stack, and its deprecated alias."""


class EndpointRefused(ReplicaError):
    """The endpoint is malformed, or a sandbox stack would have called something that is not a sandbox."""


def variable(service: str) -> str:
    """Return the environment variable that names a service's endpoint: `REPLICAS_ECI_ENDPOINT`."""
    return f"REPLICAS_{service.upper()}_ENDPOINT"


def find(service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> str | None:
    """Find the endpoint of a service: `http://host:port`, `https://host` or `host`; None for the vendor's own.

    Args:
        service: `eci`, `ecs` or `cbs`.
        config: Raw stack config, `namespace:key` -> text.
        environment: Environment variables.

    Raises:
        EndpointRefused: `replicas:endpoints` is not a map of text, or a sandbox stack has no loopback endpoint.
    """
    endpoint = environment.get(variable(service)) or _configured(service, config)
    verify(service, endpoint, sandbox=is_sandbox(config))
    return endpoint


def is_sandbox(config: Mapping[str, Any]) -> bool:
    """Tell whether the stack belongs to the local sandbox."""
    return any(str(config.get(key, "")).lower() == "true" for key in GUARD_KEYS)


def verify(service: str, endpoint: str | None, *, sandbox: bool) -> None:
    """Refuse what must not be called.

    Raises:
        EndpointRefused: See the class.
    """
    if sandbox and not endpoint:
        raise EndpointRefused(
            "this is a sandbox stack and no sandbox endpoint is set, so no cloud is called",
            f"run `make sandbox`, or set {variable(service)} with `eval $(make -s sandbox-env)`",
        )
    if endpoint and not _host(endpoint):
        raise EndpointRefused(
            f"the {service.upper()} endpoint {endpoint!r} names no host", "write it as host, or http://host:port"
        )
    if sandbox and endpoint and not is_loopback(endpoint):
        raise EndpointRefused(
            f"this is a sandbox stack and {endpoint} is not a loopback address, so it is not called",
            f"point {variable(service)} at the sandbox on 127.0.0.1",
        )


def is_loopback(endpoint: str) -> bool:
    """Tell whether the endpoint is on this machine."""
    host = _host(endpoint)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def protocol_and_address(endpoint: str, region: str) -> tuple[str, str]:
    """Split an endpoint as the SDKs want it: `http` or `https`, and `host[:port]`. A bare host means HTTPS.

    Args:
        endpoint: `http://host:port`, `https://host` or `host`.
        region: The region to ask, for an endpoint that has `{region}` in it.
    """
    scheme, _, address = endpoint.replace("{region}", region).rpartition("://")
    return "http" if scheme == "http" else "https", address.rstrip("/")


def _host(endpoint: str) -> str:
    return urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}").hostname or ""


def _configured(service: str, config: Mapping[str, Any]) -> str | None:
    text = config.get("replicas:endpoints")
    if not text:
        return None
    try:
        endpoints = json.loads(text) if isinstance(text, str) else text
        endpoint = endpoints.get(service)
    except (ValueError, AttributeError):
        endpoint = text
    if (endpoint is not None and not isinstance(endpoint, str)) or endpoint == text:
        raise EndpointRefused(
            "replicas:endpoints is not a map of service to endpoint", f"write it as `{service}: http://host:port`"
        )
    return endpoint
