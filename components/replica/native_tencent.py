"""The native tencentcloud provider of each region in which a source is made, made once per stack.

Where they are shared, and what they are called, is an API: their names are in the state of every stack that has one.
"""

import pulumi
import tencentcloud_iac_pulumi as tencentcloud

from components.clouds.tencent.provider_config import TENCENTCLOUD
from components.lifecycle.native_rows import provider_name
from components.replica.native_providers import credentials, place, refused_in_one_line
from components.replica.once import once_per_program
from components.replica.stack_config import raw_config

_KEYS = ("secret_id", "secret_key", "security_token")


def provider_of(region: str, service: str) -> tencentcloud.Provider:
    """Return the provider of a region.

    Args:
        region: The region.
        service: The service that a source is made in: `cbs`.

    Raises:
        RunError: A loopbackOnly stack has no loopback endpoint for it, or its endpoint is on another site than that of
            another service for which the provider was made.
    """
    with refused_in_one_line():
        given = TENCENTCLOUD.of_config(raw_config())
        protocol, address = place(service, region, given.get("protocol"))
    # The plugin puts `cbs.` in front, so a loopback address becomes a name that no host has: no cloud is reached.
    site = protocol, address.removeprefix(f"{service}.") if address else given.get("domain")
    if _sites().setdefault(region, site) != site:
        raise pulumi.RunError(
            f"the endpoints of Tencent Cloud's services in {region} are on different sites, and the native provider "
            f"there knows one. Next: set replicas:endpoints so that that of {service} is where the others are."
        )
    return _provider(region)


@once_per_program
def _sites() -> dict[str, tuple[str | None, str | None]]:
    """Region -> protocol and domain of its provider."""
    return {}


@once_per_program
def _provider(region: str) -> tencentcloud.Provider:
    given = TENCENTCLOUD.of_config(raw_config())
    arguments = credentials(TENCENTCLOUD, given)
    protocol, domain = _sites()[region]
    return tencentcloud.Provider(
        provider_name("tencentcloud", region),
        region=region,
        protocol=protocol,
        domain=domain,
        opts=pulumi.ResourceOptions(transformations=[] if "secret_id" in arguments else [_without_keys]),
        **arguments,
    )


def _without_keys(provider: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Take out the environment's keys: the SDK puts them in, and they would stand in the state.

    The plugin asks the environment by itself.
    """
    props = {key: value for key, value in provider.props.items() if key not in _KEYS}
    return pulumi.ResourceTransformationResult(props, provider.opts)
