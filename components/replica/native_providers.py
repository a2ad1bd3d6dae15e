"""What the native providers of all vendors share: one per region and program, and keys only where there are no others.

Which provider that is, and what it is called, is its vendor's module's own.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import pulumi

P = TypeVar("P", bound=pulumi.ProviderResource)


class OnePerRegion(Generic[P]):
    """Gives the provider of a region in the program that runs in the current event loop; the first call declares it.

    Args:
        declare: Declares the provider of a region. What it raises reaches the caller.
    """

    def __init__(self, declare: Callable[[str], P]) -> None:
        self._declare = declare
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, P]] = WeakKeyDictionary()

    def __call__(self, region: str) -> P:
        """Return the provider of a region."""
        providers = self._of_loop.setdefault(asyncio.get_event_loop(), {})
        if region not in providers:
            providers[region] = self._declare(region)
        return providers[region]


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
