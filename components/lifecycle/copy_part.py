"""What a kind of copy adds to the lifecycle: its rules, and the calls that only it knows.

A new kind is a subclass of `copy_lifecycle.CopyLifecycle` that fills in what is declared here. Nothing here decides
when a call is made: that is the lifecycle's part.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, ClassVar

from components.clouds.copies import Copy
from components.lifecycle.results import Lifecycle, Properties, Started, declared
from components.lifecycle.waiting import Waiter
from components.model.copy_fields import COPY
from components.model.field import Change, Table, Violation, named
from components.model.kind import LostCreation


@dataclass(frozen=True)
class InPlace:
    """One change of a copy that exists.

    Attributes:
        id: The copy.
        news: What is declared now.
        changed: The inputs to send.
        token: The same on every retry of one request; new after a refusal.
    """

    id: str
    news: Properties
    changed: Set[str]
    token: str

    @property
    def region(self) -> str:
        """The region that the copy is in."""
        return str(self.news["region"])


class CopyPart(Lifecycle):
    """One kind of copy: its names, its rules, its calls. An instance is connected once, and then only asked."""

    thing: ClassVar[str]
    """What messages call the copy: `DataCache`."""
    fields: ClassVar[Table]
    """Every input but those that each copy has (`copy_fields.COPY`)."""
    output_only: ClassVar[tuple[str, ...]]
    """Properties of the state that are never declared."""

    cloud: Any
    sleep: Callable[[float], None] = staticmethod(time.sleep)
    clock: Callable[[], float] = staticmethod(time.time)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if fields := getattr(cls, "fields", None):
            inputs = {**COPY, **fields}
            cls.identity = named(inputs, Change.REPLACES)
            cls.in_place = named(inputs, Change.IN_PLACE)
            cls.only_recorded = named(inputs, Change.RECORDED)

    identity: ClassVar[tuple[str, ...]]
    """Inputs that say what a copy is: a change makes another copy."""
    in_place: ClassVar[tuple[str, ...]]
    """Inputs that an update sends."""
    only_recorded: ClassVar[tuple[str, ...]]
    """Inputs whose change touches the state only."""

    @property
    def waiter(self) -> Waiter:
        """Waits by this instance's clock."""
        return Waiter(self.clock, self.sleep)

    @abstractmethod
    def violations(self, inputs: Properties) -> list[Violation]:
        """Find every rule of the API reference that the inputs break."""

    @abstractmethod
    def complete(self, inputs: dict[str, Any]) -> None:
        """Write out the defaults, so that leaving an input out and declaring its default are no change."""

    @abstractmethod
    def start(self, inputs: Properties) -> Started:
        """Start the copy exactly once, whatever the network does, and return its id and outputs."""

    @abstractmethod
    def find(self, lost: LostCreation) -> str | None:
        """Find the copy that a creation started, None where the cloud lists none."""

    @abstractmethod
    def verify_adoption(self, id_: str, found: Any, inputs: Properties) -> None:
        """Raise AdoptionRefused where the kind forbids to adopt what was found."""

    @abstractmethod
    def mark_of_another(self, found: Any, props: Properties) -> str:
        """Return what marks a thing that these properties record as another replica's by now, "" for nothing."""

    @abstractmethod
    def marked(self, region: str, group: str, stack_id: str) -> Sequence[Copy]:
        """List the copies of a region that have a stack's mark."""

    @abstractmethod
    def marked_token(self, found: Any, inputs: Properties) -> str:
        """Return what the mark shows of the token, "" where it is not the mark of a copy with such inputs."""

    @abstractmethod
    def token_of_stack(self, found: Any, stack_id: str) -> str:
        """Return what a mark of this stack shows of the token, whatever the copy is called; "" for no such mark."""

    @abstractmethod
    def observed(self, props: Properties, found: Any) -> dict[str, Any]:
        """Read from the cloud what is declared and can change there; nothing else is watched.

        None stands for what is declared and not there any more.
        """

    @abstractmethod
    def send(self, change: InPlace) -> None:
        """Send what changed in place."""

    @abstractmethod
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        """Ask the cloud to delete the copy; the token is for an API that takes one."""

    @abstractmethod
    def expires(self, props: Properties) -> float | None:
        """Return when the copy expires at the latest (Unix seconds), None for never."""

    def outputs_of(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that was accepted at `accepted_at` (Unix seconds)."""
        return {**declared(inputs), "accepted_at": int(accepted_at), "failure": ""}

    def recovered(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy whose creation was cut off: without what it may not have come to."""
        return self.outputs_of(inputs, accepted_at=accepted_at)

    def identity_of(self, inputs: Properties) -> Sequence[Any]:
        """Return what a copy with these inputs is a copy of, and where."""
        return [inputs.get(key) for key in self.identity]

    def renewal(self) -> str:
        """Return the next step where a copy has expired."""
        return "the next `up` copies it again"

    def comparable(self, olds: Properties, _news: Properties) -> Properties:
        """Return what is recorded without what others have changed, and may: that is no change of ours."""
        return olds

    def adopted_with(self, inputs: Properties) -> Set[str]:
        """Return the inputs that an adoption sends."""
        return inputs.keys() & set(self.in_place)

    def sent(self, outputs: dict[str, Any], changed: Set[str]) -> None:
        """Note in the outputs what an update has just sent."""

    def to_send_again(self, _olds: Properties) -> Set[str]:
        """Return the inputs to send although they are unchanged, since they failed in the cloud."""
        return set()

    def only_recorded_now(self, _olds: Properties) -> Set[str]:
        """Return the inputs that are new to a repaired state only because they are secret: nothing is to be sent."""
        return set()

    def warn_after_update(self, change: InPlace, olds: Properties) -> None:
        """Print a warning where the cloud did not do all that an accepted update asked for."""

    def is_gone(self, found: Any | None) -> bool:
        """Report whether what a look found, None for nothing, is deleted as far as this stack is concerned."""
        return found is None

    def group(self, _props: Properties) -> str:
        """Return the namespace that the copy lives in (see `CopyService.look_up`)."""
        return ""
