"""The native alicloud provider of each destination region, made once per stack.

The native image copy writes into the region of its provider, so each region needs one. Where they are shared, and what
they are called, is an API: their names are in the state of every stack with images.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
import pulumi_alicloud as alicloud

from components.clouds import endpoints
from components.stack_config import raw_config

_KEY_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID")

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, alicloud.Provider]] = WeakKeyDictionary()


def provider_of(region: str) -> alicloud.Provider:
    """Return the provider of a region in the program that runs in the current event loop; the first call declares it.

    Raises:
        EndpointRefused: A sandbox stack has no loopback endpoint for ECS.
    """
    providers = _of_loop.setdefault(asyncio.get_event_loop(), {})
    if region not in providers:
        providers[region] = _declare(region)
    return providers[region]


def _declare(region: str) -> alicloud.Provider:
    config = raw_config()
    endpoint = endpoints.find("ecs", config)
    sandbox = endpoints.is_sandbox(config)
    protocol, address = endpoints.protocol_and_address(endpoint) if endpoint else ("https", None)
    # Without keys of its own the provider asks the environment, and nothing of it comes into the state.
    keys: dict[str, Any] = {} if any(os.environ.get(name) for name in _KEY_VARIABLES) else _configured_keys(config)
    return alicloud.Provider(
        f"replicas-alicloud-{region}",
        region=region,
        protocol=protocol.upper() if endpoint else None,
        endpoints=[alicloud.ProviderEndpointArgs(ecs=address, sts=address)] if address else None,
        # A sandbox answers neither for regions nor for the account's site.
        skip_region_validation=True if sandbox else None,
        account_type="Domestic" if sandbox else config.get("alicloud:accountType"),
        **keys,
    )


def _configured_keys(config: dict[str, str]) -> dict[str, Any]:
    names = {"access_key": "accessKey", "secret_key": "secretKey", "security_token": "securityToken"}
    return {
        argument: pulumi.Output.secret(config[f"alicloud:{key}"])
        for argument, key in names.items()
        if config.get(f"alicloud:{key}")
    }
