"""What kinds share whose copies are known by their names, since the call that starts one takes no token."""

from abc import abstractmethod
from collections.abc import Set
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.errors import ReplicaError
from components.clouds.named_service import NamedCopy, NamedService
from components.lifecycle.copy_lifecycle import AdoptionRefused, CopyLifecycle
from components.lifecycle.copy_part import InPlace
from components.lifecycle.default_name import SHOWN, default_name, has_token, is_anothers, stack_in
from components.lifecycle.results import Properties, Started
from components.lifecycle.start_by_name import Start, only_new_copy
from components.model.field import Change, Field, internal
from components.model.kind import LostCreation

STATE = internal(default_name=Field(Change.RECORDED))
"""What the component adds: the stem of the default name."""


class NamedCopyLifecycle(CopyLifecycle):
    """One copy that is known by its name."""

    source_prefix: ClassVar[str]
    """How ids of sources begin: `snap`."""

    cloud: NamedService[Any]

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        """Write out the defaults; the default name ends with the token, so that nothing else can have it."""
        inputs.setdefault("default_name", "replica")
        inputs.setdefault("name", default_name(inputs))

    @override
    def start(self, inputs: Properties) -> Started:
        """Start the copy, and send what the copy itself cannot have."""
        copy_id = Start(self.cloud, inputs, self.waiter).once()
        outputs = self.outputs_of(inputs, accepted_at=self.clock())
        if changed := self.to_set_behind(inputs):
            try:
                self.send(InPlace(copy_id, inputs, changed, ""))
            except ReplicaError as error:
                # The id must not be lost, not even for want of credentials. What the copy has now is recorded, so
                # that the next `up` brings it in line.
                outputs = self.recovered(inputs, accepted_at=self.clock())
                named = " and ".join(sorted(changed)).replace("_", " ")
                print(f"warning: {error.problem}; the next `up` sets the {named} of {inputs['name']}.", flush=True)
        return Started(copy_id, outputs)

    @abstractmethod
    def to_set_behind(self, inputs: Properties) -> Set[str]:
        """Return the inputs that the copy itself cannot set: they are sent when it was started."""

    @override
    def recovered(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that may not have what is sent when it was started."""
        missing = self.to_set_behind(inputs)
        kept = {key: value for key, value in inputs.items() if key not in missing}
        return self.outputs_of(kept, accepted_at=accepted_at)

    @override
    def find(self, lost: LostCreation) -> str | None:
        """Find the copy by its name; under a user's exact name, only what is not older than the creation."""
        if adopted := lost.inputs.get("existing_id"):
            # Nothing was copied. It is this replica's if it was given the default name; an exact one says nothing.
            found = None if adopted in lost.recorded else self.look(adopted, lost.inputs)
            return adopted if found and has_token(lost.inputs) and found.name == lost.inputs["name"] else None
        others = set(lost.recorded)
        if not has_token(lost.inputs):
            others |= self._others(lost) if lost.others is None else lost.others
        return only_new_copy(self.cloud, lost.inputs, others=others)

    def _others(self, lost: LostCreation) -> Set[str]:
        """Find what had the name before: where nobody has noted that, what is older; the service has whole seconds."""
        same_name, now = self.cloud.find_by_name(lost.inputs["region"], lost.inputs["name"]), self.clock()
        return {one.id for one in same_name if one.is_older(int(lost.earliest), now=now)}

    @override
    def verify_adoption(self, id_: str, found: NamedCopy, inputs: Properties) -> None:
        """Refuse what has another replica's default name."""
        if self._is_anothers(found, inputs) and not self.was_adopted_before(found, inputs):
            raise AdoptionRefused(
                f"adopting {self.thing} {id_} in {inputs['region']}: it is a replica already, called {found.name!r}",
                "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, rename it",
            )

    @override
    def mark_of_another(self, found: NamedCopy, props: Properties) -> str:
        """Return the default name that an adoption gave it; a user's exact name may look like one, and is recorded."""
        is_recorded = found.name == props.get("name")
        return f"called {found.name!r}" if not is_recorded and self._is_anothers(found, props) else ""

    @override
    def marked(self, region: str, group: str, stack_id: str) -> list[NamedCopy]:
        return [
            each for each in self.cloud.find_by_part_of_name(region, stack_id[:SHOWN]) if stack_in(each.name, stack_id)
        ]

    @override
    def marked_token(self, found: NamedCopy, inputs: Properties) -> str:
        """Return the beginning of the token in a name that is a default one of this replica in all else."""
        shown = found.name[-SHOWN:]
        return shown if found.name == default_name({**inputs, "copy_token": shown}) else ""

    @override
    def token_of_stack(self, found: NamedCopy, stack_id: str) -> str:
        return found.name[-SHOWN:] if stack_in(found.name, stack_id) else ""

    def observed_name(self, props: Properties, found: NamedCopy) -> Any:
        """Return the name to record: one that an adopter gave is not ours, and a delete would not know it any more."""
        return found.name if found.name and not self.mark_of_another(found, props) else props.get("name")

    def _is_anothers(self, found: NamedCopy, props: Properties) -> bool:
        return is_anothers(found.name, props, self.source_prefix)
