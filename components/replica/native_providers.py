"""What the native providers of all vendors share: keys only where the environment has none."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi


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
