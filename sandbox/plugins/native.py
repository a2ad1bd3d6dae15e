"""What a stand-in has to know of a native resource: its properties, and what can be done with it in the cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

Values = dict[str, Any]
"""Properties by their names in the engine (camelCase)."""


@dataclass(frozen=True)
class Property:
    """An input of a resource.

    Attributes:
        required: Whether a program must give it.
        replaces: Whether another value means another resource.
        computed: Whether leaving it out keeps what the cloud has, instead of unsetting it.
        default: What it is when a program leaves it out.
    """

    required: bool = False
    replaces: bool = False
    computed: bool = False
    default: Any = None


class Failed(Exception):
    """An expected error: one line for a person."""


class InitFailed(Exception):
    """The resource exists but did not become usable: the engine records it, with the error, and the run fails."""

    def __init__(self, resource_id: str, outputs: Values, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs


class NativeResource(Protocol):
    """A kind of resource in the region and account that the provider is configured for.

    Every method raises Failed where the cloud refuses or cannot be asked.
    """

    PLUGIN: ClassVar[str]
    """The plugin's name: `alicloud`."""
    PACKAGE: ClassVar[str]
    """The Python package that asks the engine for the plugin; both have the same version."""
    TOKEN: ClassVar[str]
    PROPERTIES: ClassVar[Mapping[str, Property]]

    @classmethod
    def from_config(cls, config: Values, environment: Mapping[str, str]) -> Self:
        """Read the provider's config; raises Failed when it cannot be used or names another machine."""

    @classmethod
    def check(cls, inputs: Values) -> list[tuple[str, str]]:
        """Name the properties that the plugin refuses before any call, each with the reason."""

    def create(self, inputs: Values, timeout: float) -> tuple[str, Values]:
        """Make it, wait until it is usable, and return its id and outputs.

        Args:
            inputs: Checked properties.
            timeout: Seconds that a custom timeout gives; 0 for the plugin's own.

        Raises:
            InitFailed: It was made and did not become usable.
        """

    def read(self, resource_id: str, outputs: Values) -> Values | None:
        """Return the outputs as the cloud has them now, on top of the recorded ones; None when it is gone."""

    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        """Change what can be changed in place, and return the outputs."""

    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        """Delete it, and wait until it is gone."""
