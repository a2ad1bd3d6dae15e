"""What CBS snapshots add to the lifecycle: one copy of a snapshot in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER
from components.clouds.errors import ReplicaError
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cbs_snapshot import RECYCLED, ZONES, Snapshot
from components.clouds.tencent.connection import Connection
from components.lifecycle.copy_lifecycle import AdoptionRefused, CopyLifecycle
from components.lifecycle.copy_part import InPlace
from components.lifecycle.copy_rows import CopyRows
from components.lifecycle.native_rows import NativeRows
from components.lifecycle.results import MASKED, UNSEEN, Checked, Properties, Started
from components.model.field import Violation
from components.model.kind import Cloud, Found, LostCreation, Row
from components.snapshot import fields
from components.snapshot.default_name import SHOWN, default_name, has_token, is_anothers, stack_in
from components.snapshot.fields import parsed_deadline
from components.snapshot.start import Start, only_new_copy

LIFETIME = ("is_permanent", "deadline")
"""What the copy itself cannot set: it is sent right after."""

ROUNDING = timedelta(minutes=1)
"""By how much the service may round a deadline."""


class SnapshotLifecycle(CopyLifecycle):
    """One snapshot copy."""

    thing = "Snapshot"
    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)
    fields: ClassVar = {**fields.SETTINGS, **fields.STATE}
    output_only = ("accepted_at", "failure", *OWNER, MASKED, UNSEEN)

    cloud: Cbs

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = Cbs(Connection.from_config("cbs", config))

    @override
    def violations(self, inputs: Properties) -> list[Violation]:
        return fields.violations(inputs)

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        """Write out the defaults; the default name ends with the token, so that nothing else can have it."""
        inputs.setdefault("default_name", "replica")
        inputs.setdefault("name", default_name(inputs))
        if isinstance(text := inputs.get("deadline"), str):
            try:
                inputs["deadline"] = _written(parsed_deadline(text))
            except ValueError:
                return  # a broken rule, and reported as one
        inputs.setdefault("is_permanent", "deadline" not in inputs)
        inputs.setdefault("delete_bound_images", False)

    @override
    def check(self, olds: Properties, news: Properties) -> Checked:
        """Complete the inputs and report every broken rule; a new deadline must be in the future."""
        checked = super().check(olds, news)
        text = checked.inputs.get("deadline")
        is_new = text != olds.get("deadline")
        if is_new and isinstance(text, str) and not checked.violations and self._has_passed(text):
            passed = Violation("deadline", f"{text} has passed: set a later one, or remove this region")
            return Checked(checked.inputs, [passed])
        return checked

    def _has_passed(self, deadline: str) -> bool:
        return parsed_deadline(deadline).timestamp() <= self.clock()

    @override
    def start(self, inputs: Properties) -> Started:
        """Start the copy, and give it its deadline, which the copy itself cannot have."""
        copy_id = Start(self.cloud, inputs, self.waiter).once()
        outputs = self.outputs_of(inputs, accepted_at=self.clock())
        if not inputs["is_permanent"]:
            try:
                self.send(InPlace(copy_id, inputs, set(LIFETIME), ""))
            except ReplicaError as error:
                # The id must not be lost, not even for want of credentials. What the copy has now is recorded, so
                # that the next `up` brings it in line.
                outputs = self.recovered(inputs, accepted_at=self.clock())
                print(f"warning: {error.problem}; the next `up` sets the deadline of {inputs['name']}.", flush=True)
        return Started(copy_id, outputs)

    @override
    def recovered(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that may not have been given its deadline yet: copies are permanent."""
        outputs = self.outputs_of({**inputs, "is_permanent": True}, accepted_at=accepted_at)
        outputs.pop("deadline", None)
        return outputs

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
    def verify_adoption(self, id_: str, found: Snapshot, inputs: Properties) -> None:
        """Refuse what has another replica's default name: the API has no tag to tell an owner by."""
        if is_anothers(found.name, inputs) and not self.was_adopted_before(found, inputs):
            raise AdoptionRefused(
                f"adopting {self.thing} {id_} in {inputs['region']}: it is a replica already, called {found.name!r}",
                "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, rename it",
            )

    @override
    def mark_of_another(self, found: Snapshot, props: Properties) -> str:
        """Return the default name that an adoption gave it; a user's exact name may look like one, and is recorded."""
        is_recorded = found.name == props.get("name")
        return f"called {found.name!r}" if not is_recorded and is_anothers(found.name, props) else ""

    @override
    def marked(self, region: str, group: str, stack_id: str) -> list[Snapshot]:
        return [
            each for each in self.cloud.find_by_part_of_name(region, stack_id[:SHOWN]) if stack_in(each.name, stack_id)
        ]

    @override
    def marked_token(self, found: Snapshot, inputs: Properties) -> str:
        """Return the beginning of the token in a name that is a default one of this replica in all else."""
        shown = found.name[-SHOWN:]
        return shown if found.name == default_name({**inputs, "copy_token": shown}) else ""

    @override
    def token_of_stack(self, found: Snapshot, stack_id: str) -> str:
        return found.name[-SHOWN:] if stack_in(found.name, stack_id) else ""

    @override
    def observed(self, props: Properties, found: Snapshot) -> dict[str, Any]:
        lifetime: dict[str, Any] = {"is_permanent": found.is_permanent, "deadline": None}
        if not found.is_permanent:
            text = props.get("deadline")
            lifetime["deadline"] = text if _is_same_moment(text, found.deadline) else _written(found.deadline)
        # The name that an adopter gave it is not taken for ours, by which a delete would not know it any more.
        is_ours = found.name and not self.mark_of_another(found, props)
        return {"name": found.name if is_ours else props.get("name"), **lifetime}

    @override
    def send(self, change: InPlace) -> None:
        """Send what changed in one ModifySnapshotAttribute; the API has no token, and repeating it changes nothing."""
        sent = change.changed | (set(LIFETIME) if change.changed & set(LIFETIME) else set())
        settings = {self.fields[name].api: change.news.get(name) for name in sent}
        self.cloud.modify_snapshot(change.region, change.id, settings=settings)

    @override
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        """Ask for the deletion; the API has no token, and answers not found where it is deleted already."""
        with_images = bool(props.get("delete_bound_images", False))
        self.cloud.delete_snapshot(props["region"], id_, with_bound_images=with_images)

    @override
    def is_gone(self, found: Snapshot | None) -> bool:
        """Report whether it is deleted: the cloud itself empties its recycle bin, and refuses to on request."""
        return found is None or found.status == RECYCLED

    @override
    def renewal(self) -> str:
        return "set a later deadline, or remove the region"

    @override
    def expires(self, props: Properties) -> float | None:
        return parsed_deadline(props["deadline"]).timestamp() if props.get("deadline") else None


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _is_same_moment(text: Any, moment: datetime | None) -> bool:
    if not isinstance(text, str) or moment is None:
        return False
    return any(abs(moment + shift - parsed_deadline(text)) <= ROUNDING for shift in ZONES)


class DiskSnapshotRows(NativeRows):
    """Rows of `tencentcloud.cbs.Snapshot`."""

    name = "snapshotName"
    made_of = ("storageId",)
    errors = Cbs.errors.rules

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        cbs = Cbs(Connection.from_config("cbs", config))

        def named(region: str, name: str) -> list[Found]:
            return [Found(each.id) for each in cbs.find_by_name(region, name)]

        def delete(region: str, id_: str, _inputs: Row) -> None:
            cbs.delete_snapshot(region, id_, with_bound_images=False)

        return Cloud(cbs, self._finder(named), delete)


ROWS = CopyRows(SnapshotLifecycle)
DISK_ROWS = DiskSnapshotRows()
