"""The native alicloud provider of each destination region, made once per stack.

The native image copy writes into the region of its provider, so each region needs one. Where they are shared, and what
they are called, is an API: their names are in the state of every stack with images.
"""

import os
from collections.abc import Mapping

import pulumi_alicloud as alicloud

from components.clouds import endpoints
from components.clouds.alibaba.provider_config import ALICLOUD
from components.clouds.provider_config import ConfigRefused
from components.lifecycle.native_rows import provider_name
from components.replica.native_providers import credentials, place, refused_in_one_line
from components.replica.once import once_per_program
from components.replica.stack_config import raw_config


@once_per_program
def provider_of(region: str) -> alicloud.Provider:
    """Return the provider of a region.

    Raises:
        RunError: A loopbackOnly stack has no loopback endpoint for ECS, or the plugin would act as another account.
    """
    config = raw_config()
    loopback_only = endpoints.is_loopback_only(config)
    with refused_in_one_line():
        _refuse_two_accounts(os.environ)
        given = ALICLOUD.of_config(config)
        protocol, address = place("ecs", region, given.get("protocol"))
    is_local = address is not None and endpoints.is_loopback(address)
    return alicloud.Provider(
        provider_name("alicloud", region),
        region=region,
        protocol=protocol,
        # An endpoint elsewhere is that of ECS only; a loopback endpoint answers for STS, too.
        endpoints=[alicloud.ProviderEndpointArgs(ecs=address, sts=address if is_local else None)] if address else None,
        # What it would ask of other services before the first call: a loopback endpoint does not have them.
        skip_region_validation=True if loopback_only else given.get("skipRegionValidation"),
        account_type="Domestic" if loopback_only else given.get("accountType"),
        **credentials(ALICLOUD, given),
    )


def _refuse_two_accounts(environment: Mapping[str, str]) -> None:
    """Refuse access keys of the environment of which the plugin takes others than everything else here does."""
    variables = [name for ids, *_ in ALICLOUD.key_variables for name in ids]
    found = {name: environment[name] for name in variables if environment.get(name)}
    if len(set(found.values())) > 1:
        raise ConfigRefused(
            f"{' and '.join(found)} hold different access keys, of which the native provider would use another",
            "unset all but one",
        )
