"""The native tencentcloud provider of each source region in which a snapshot is made of a disk, made once per stack.

Where they are shared, and what they are called, is an API: their names are in the state of every stack that has one.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
import tencentcloud_iac_pulumi as tencentcloud

from components.clouds import endpoints
from components.stack_config import raw_config

_ARGUMENTS = {"secret_id": "secretId", "secret_key": "secretKey", "security_token": "securityToken"}

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, tencentcloud.Provider]] = WeakKeyDictionary()


def provider_of(region: str) -> tencentcloud.Provider:
    """Return the provider of a region in the program that runs in the current event loop; the first call declares it.

    Raises:
        EndpointRefused: A sandbox stack has no loopback endpoint for CBS.
    """
    providers = _of_loop.setdefault(asyncio.get_event_loop(), {})
    if region not in providers:
        providers[region] = _declare(region)
    return providers[region]


def _declare(region: str) -> tencentcloud.Provider:
    config = raw_config()
    endpoint = endpoints.find("cbs", config)
    protocol, address = endpoints.protocol_and_address(endpoint) if endpoint else ("https", None)
    keys = _configured_keys(config)
    return tencentcloud.Provider(
        f"replicas-tencentcloud-{region}",
        region=region,
        protocol=protocol.upper() if endpoint else None,
        # The plugin puts `cbs.` in front, so that of a sandbox it makes a name that nobody has: no cloud is reached.
        domain=address.removeprefix("cbs.") if address else None,
        opts=pulumi.ResourceOptions(transformations=[] if keys else [_without_keys]),
        **keys,
    )


def _configured_keys(config: dict[str, str]) -> dict[str, Any]:
    if os.environ.get("TENCENTCLOUD_SECRET_ID"):
        return {}
    return {
        argument: pulumi.Output.secret(config[f"tencentcloud:{key}"])
        for argument, key in _ARGUMENTS.items()
        if config.get(f"tencentcloud:{key}")
    }


def _without_keys(provider: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Take out the environment's keys: the SDK puts them in, and they would stand in the state.

    The plugin asks the environment by itself.
    """
    props = {key: value for key, value in provider.props.items() if key not in _ARGUMENTS}
    return pulumi.ResourceTransformationResult(props, provider.opts)
