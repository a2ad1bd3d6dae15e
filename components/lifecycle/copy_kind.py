"""What a kind of copy tells the lifecycle: its names, its rules, and the calls that only it knows.

A new kind is a subclass of `lifecycle.CopyProvider` that fills in what is declared here. Nothing here decides when a
call is made: that is the lifecycle's part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set
from typing import Any, ClassVar

from pulumi.dynamic import CreateResult, ResourceProvider

from components.model.violations import Violation


class CopyKind(ResourceProvider):
    """One kind of copy: its names, its rules, its calls.

    Pickled by reference into the state, so an instance holds nothing: the connection is made in `configure`.
    """

    serialize_as_secret_always = False

    thing: ClassVar[str]
    """What messages call the copy: `DataCache`."""
    config_keys: ClassVar[tuple[str, ...]]
    """Stack config that a connection is made from."""
    identity: ClassVar[tuple[str, ...]]
    """Inputs that say what a copy is: a change makes another copy."""
    in_place: ClassVar[tuple[str, ...]]
    """Inputs that an update sends."""
    only_recorded: ClassVar[tuple[str, ...]] = ("delete_timeout",)
    """Inputs whose change touches the state only."""
    not_removable: ClassVar[Mapping[str, str]] = {}
    """Inputs that can be set but not taken away -> why."""
    output_only: ClassVar[tuple[str, ...]]
    """Properties of the state that nobody declares."""

    renewal: ClassVar[str] = "the next `up` copies it again"
    """The next step where a copy has expired."""

    cloud: Any
    sleep: Callable[[float], None] = staticmethod(time.sleep)
    clock: Callable[[], float] = staticmethod(time.time)

    def connect(self, config: Mapping[str, Any]) -> None:
        """Connect to the cloud with raw stack config and the environment."""
        raise NotImplementedError

    def broken_rules(self, inputs: Mapping[str, Any]) -> list[Violation]:
        """Find every rule of the API reference that the inputs break."""
        raise NotImplementedError

    def complete(self, inputs: dict[str, Any]) -> None:
        """Write out the defaults, so that leaving an input out and declaring its default are no change."""
        raise NotImplementedError

    def start(self, inputs: Mapping[str, Any]) -> CreateResult:
        """Start the copy exactly once, whatever the network does, and return its id and outputs."""
        raise NotImplementedError

    def outputs_of(self, inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that was accepted at `accepted_at` (Unix seconds)."""
        raise NotImplementedError

    def recovered(self, inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy whose creation was cut off: without what it may not have come to."""
        return self.outputs_of(inputs, accepted_at=accepted_at)

    def find(self, inputs: Mapping[str, Any], *, started: float, recorded: Set[str]) -> str | None:
        """Find the copy that a creation with these inputs started, None where the cloud lists none.

        Args:
            inputs: What the creation was started with.
            started: When (Unix seconds), at the earliest.
            recorded: Ids that the state knows already.
        """
        raise NotImplementedError

    def verify_adoption(self, id_: str, found: Any, inputs: Mapping[str, Any]) -> None:
        """Raise AdoptionRefused where the kind forbids to adopt what was found."""
        raise NotImplementedError

    def observed(self, props: Mapping[str, Any], found: Any) -> dict[str, Any]:
        """Take from the cloud what is declared and can change there; what is not declared is not ours to watch.

        None stands for what is declared and not there any more.
        """
        raise NotImplementedError

    def adopted_with(self, inputs: Mapping[str, Any]) -> Set[str]:
        """Return the inputs that an adoption sends."""
        return inputs.keys() & set(self.in_place)

    def send(self, id_: str, news: Mapping[str, Any], changed: Set[str], token: str) -> None:
        """Send what changed in place."""
        raise NotImplementedError

    def sent(self, outputs: dict[str, Any], changed: Set[str]) -> None:
        """Note in the outputs what an update has just sent."""

    def to_send_again(self, olds: Mapping[str, Any]) -> Set[str]:
        """Return the inputs to send although they are unchanged, since they failed in the cloud."""
        del olds
        return set()

    def only_recorded_now(self, olds: Mapping[str, Any]) -> Set[str]:
        """Return the inputs that are new to a repaired state only because they are secret: nothing is to be sent."""
        del olds
        return set()

    def warn_after_update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
        """Print a warning where the cloud did not do all that an accepted update asked for."""

    def request_deletion(self, id_: str, props: Mapping[str, Any], token: str) -> None:
        """Ask the cloud to delete the copy."""
        raise NotImplementedError

    def is_gone(self, found: Any | None) -> bool:
        """Tell whether what a look found, None for nothing, is deleted as far as this stack is concerned."""
        return found is None

    def expires(self, props: Mapping[str, Any]) -> float | None:
        """Return when the copy expires at the latest (Unix seconds), None for never."""
        raise NotImplementedError

    def group(self, props: Mapping[str, Any]) -> str:
        """Return the namespace that the copy lives in (see `CopyService.look_up`)."""
        del props
        return ""
