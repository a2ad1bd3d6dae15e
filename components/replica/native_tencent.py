"""The native tencentcloud provider of each source region in which a snapshot is made of a disk, made once per stack.

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


@once_per_program
def provider_of(region: str) -> tencentcloud.Provider:
    """Return the provider of a region.

    Raises:
        RunError: A loopbackOnly stack has no loopback endpoint for CBS.
    """
    with refused_in_one_line():
        given = TENCENTCLOUD.of_config(raw_config())
        protocol, address = place("cbs", region, given.get("protocol"))
    arguments = credentials(TENCENTCLOUD, given)
    return tencentcloud.Provider(
        provider_name("tencentcloud", region),
        region=region,
        protocol=protocol,
        # The plugin puts `cbs.` in front, so a loopback address becomes a name that no host has: no cloud is reached.
        domain=address.removeprefix("cbs.") if address else given.get("domain"),
        opts=pulumi.ResourceOptions(transformations=[] if "secret_id" in arguments else [_without_keys]),
        **arguments,
    )


def _without_keys(provider: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Take out the environment's keys: the SDK puts them in, and they would stand in the state.

    The plugin asks the environment by itself.
    """
    props = {key: value for key, value in provider.props.items() if key not in _KEYS}
    return pulumi.ResourceTransformationResult(props, provider.opts)
