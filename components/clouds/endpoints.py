"""Where the requests of a service go: the environment first, then stack config, then the vendor's own endpoint.

A `loopbackOnly` stack refuses everything that is not on loopback, so that no test and no trial ever reaches a real
cloud. Any other stack refuses a loopback endpoint that only the environment names: it is left over from a trial, and
there every replica of a real cloud looks gone. `{region}` in an endpoint stands for the region that is asked, where
each has a host of its own.
"""

import ipaddress
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from components.clouds.errors import ReplicaError

_GUARDS = ("replicas:loopbackOnly", "replicas:sandbox")
"""The guard, and what it was called in 0.1, which is accepted until 0.3."""

CONFIG_KEYS = ("replicas:endpoints", *_GUARDS)
"""Stack config that is read here."""

IDENTITY = "sts"
"""The service that says whose credentials these are."""


class EndpointRefused(ReplicaError):
    """An endpoint or the guard is malformed, or on loopback where it may not be, or not where it must be."""


def variable(service: str) -> str:
    """Return the environment variable that names a service's endpoint: `REPLICAS_ECI_ENDPOINT`."""
    return f"REPLICAS_{service.upper()}_ENDPOINT"


def find(service: str, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> str | None:
    """Find the endpoint of a service: `http://host:port`, `https://host` or `host`; None for the vendor's own.

    Args:
        service: Short name of the service: `eci`.
        config: Raw stack config, `namespace:key` -> text.
        environment: Environment variables.

    Raises:
        EndpointRefused: `replicas:endpoints` is not a map of text, the endpoint names no host, the stack is
            loopbackOnly and the endpoint is not on loopback, or it is not and only the environment says loopback.
    """
    configured = _configured(service, config)
    endpoint = environment.get(variable(service)) or configured
    loopback_only = is_loopback_only(config)
    on_loopback = f"set {variable(service)} to an endpoint on loopback, such as http://127.0.0.1:8080"
    if loopback_only and not endpoint:
        raise EndpointRefused(
            f"this stack is loopbackOnly and no {service.upper()} endpoint is set, so no cloud is called", on_loopback
        )
    if endpoint and not _host(endpoint):
        raise EndpointRefused(
            f"the {service.upper()} endpoint {endpoint!r} names no host", "write it as host, or http://host:port"
        )
    if loopback_only and not is_loopback(endpoint):
        raise EndpointRefused(
            f"this stack is loopbackOnly and {endpoint} is not a loopback address, so it is not called", on_loopback
        )
    # An explicit provider gets no stack config, so it does not know whether the stack is loopbackOnly.
    if config and not loopback_only and is_loopback(endpoint) and not is_loopback(configured):
        raise EndpointRefused(
            f"this stack is not loopbackOnly, and {variable(service)} alone names {endpoint}, so it is not called",
            f"unset {variable(service)}; where that endpoint is meant, write it to replicas:endpoints and run `up`",
        )
    return endpoint


def find_identity(config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> str | None:
    """Find the endpoint that is asked whose credentials these are, None where none is set for that.

    Raises:
        EndpointRefused: As for any service; see `find`.
    """
    is_set = environment.get(variable(IDENTITY)) or _configured(IDENTITY, config)
    return find(IDENTITY, config, environment) if is_set else None


def is_loopback_only(config: Mapping[str, Any]) -> bool:
    """Return whether the stack may call loopback endpoints only.

    Raises:
        EndpointRefused: It says so in a way that is neither yes nor no.
    """
    given = {key: str(value).lower() for key in _GUARDS if (value := config.get(key)) is not None}
    for key, value in given.items():
        if value not in {"true", "false"}:
            raise EndpointRefused(f"{key} is {repr(value) if value else 'empty'}", "write true or false, or remove it")
    return "true" in given.values()


def is_loopback(endpoint: str | None) -> bool:
    """Return whether the endpoint is on this machine; the vendor's own, None, is not."""
    host = _host(endpoint or "")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def protocol_and_address(endpoint: str, region: str, protocol: str | None = None) -> tuple[str, str]:
    """Split an endpoint as the SDKs want it: `http` or `https`, and `host[:port]`. A bare host means HTTPS.

    Args:
        endpoint: `http://host:port`, `https://host` or `host`.
        region: The region to ask, for an endpoint that has `{region}` in it.
        protocol: That of a bare host, where stack config says another: `HTTP`.
    """
    scheme, _, address = endpoint.replace("{region}", region).rpartition("://")
    return "http" if (scheme or protocol or "").lower() == "http" else "https", address.rstrip("/")


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
