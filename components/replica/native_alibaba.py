"""The native alicloud provider of each destination region, made once per stack.

The native image copy writes into the region of its provider, so each region needs one. Where they are shared, and what
they are called, is an API: their names are in the state of every stack with images.
"""

import pulumi_alicloud as alicloud

from components.clouds import endpoints
from components.clouds.alibaba.connection import Connection
from components.lifecycle.native_rows import provider_name
from components.replica.native_providers import configured_keys, place
from components.replica.once import once_per_program
from components.replica.stack_config import raw_config

_KEY_VARIABLES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID")
_ARGUMENTS = dict(zip(("access_key", "secret_key", "security_token"), Connection.config_keys, strict=True))


@once_per_program
def provider_of(region: str) -> alicloud.Provider:
    """Return the provider of a region.

    Raises:
        EndpointRefused: A loopbackOnly stack has no loopback endpoint for ECS.
    """
    config = raw_config()
    loopback_only = endpoints.is_loopback_only(config)
    protocol, address = place("ecs", region)
    is_local = address is not None and endpoints.is_loopback(address)
    return alicloud.Provider(
        provider_name("alicloud", region),
        region=region,
        protocol=protocol,
        # An endpoint elsewhere is that of ECS only; a loopback endpoint answers for STS, too.
        endpoints=[alicloud.ProviderEndpointArgs(ecs=address, sts=address if is_local else None)] if address else None,
        # What it would ask of other services before the first call: a loopback endpoint does not have them.
        skip_region_validation=True if loopback_only else None,
        account_type="Domestic" if loopback_only else config.get("alicloud:accountType"),
        **configured_keys(config, _ARGUMENTS, _KEY_VARIABLES),
    )
