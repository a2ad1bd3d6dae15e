"""What kinds share whose copies are known by their names, since the call that starts one takes no token.

Their tags, the copy's mark among them, are put on in a call of their own, after the copy was started: a kill in between
leaves a copy that only its name shows, and the next `up` marks it.
"""

from abc import abstractmethod
from collections.abc import Mapping, Set
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.errors import CloudError, ReplicaError, Transient
from components.clouds.named_service import NamedCopy, NamedService
from components.lifecycle import mark, tag_drift
from components.lifecycle.copy_lifecycle import AdoptionRefused, CopyLifecycle
from components.lifecycle.copy_part import InPlace
from components.lifecycle.default_name import OF_STACK, DefaultNames
from components.lifecycle.results import Properties, Started
from components.lifecycle.start_by_name import Start, only_new_copy
from components.model.field import Change, Field, internal
from components.model.kind import LostCreation
from components.model.tag_rules import REPLICA_TAG
from components.model.tencent_tag_rules import is_reserved

STATE = internal(default_name=Field(Change.RECORDED))
"""What the component adds: the stem of the default name."""

MARK = "mark"
"""Output that says what became of the mark; rows of 0.1.0 have none, and their copies only a name."""

SENT, UNSENT, REFUSED = "sent", "unsent", "refused"


class NamedCopyLifecycle(CopyLifecycle):
    """One copy that is known by its name, and by its mark once it has one."""

    names: ClassVar[DefaultNames]
    """Its default names."""

    cloud: NamedService[Any]

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        """Write out the defaults; the default name ends with the token, so that nothing else can have it."""
        inputs.setdefault("default_name", "replica")
        inputs.setdefault("name", self.names.of(inputs))
        if not inputs.get("tags"):
            inputs.pop("tags", None)  # as rows of 0.1.0 have none

    @override
    def start(self, inputs: Properties) -> Started:
        """Start the copy, and send what the copy itself cannot have: its tags, and what else there is."""
        copy_id = Start(self.cloud, self.names, inputs, self.waiter).once()
        missing: set[str] = set()
        sent: dict[str, Any] = {"region": inputs["region"], "tags": inputs.get("tags")}
        for part in (frozenset({"tags"}), self.to_set_behind(inputs)):
            if not part:
                continue
            try:
                self._put(InPlace(copy_id, inputs, part, ""), has={})
            except ReplicaError as error:
                # The id must not be lost, not even for want of credentials. What the copy has now is recorded, so
                # that the next `up` brings it in line.
                missing |= part
                named = " and ".join(sorted(part))
                print(f"warning: {error.problem}; the next `up` sets the {named} of {inputs['name']}.", flush=True)
            else:
                self.sent(sent, part)
        outputs = self._lacking(inputs, missing, accepted_at=self.clock())
        return Started(copy_id, {**outputs, MARK: sent.get(MARK, UNSENT)})

    @abstractmethod
    def to_set_behind(self, inputs: Properties) -> Set[str]:
        """Return the inputs, besides tags, that the copy itself cannot set: they are sent when it was started."""

    @override
    def recovered(self, inputs: Properties, *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that may not have what is sent when it was started."""
        return self._lacking(inputs, {"tags"} | self.to_set_behind(inputs), accepted_at=accepted_at)

    def _lacking(self, inputs: Properties, missing: Set[str], *, accepted_at: float) -> dict[str, Any]:
        outputs = self.outputs_of(self.without(inputs, missing), accepted_at=accepted_at)
        return {**outputs, MARK: UNSENT} if "tags" in missing else outputs

    def without(self, inputs: Properties, missing: Set[str]) -> Properties:
        """Return what a copy has that was not given some of its inputs."""
        return {key: value for key, value in inputs.items() if key not in missing}

    @override
    def find(self, lost: LostCreation) -> str | None:
        """Find the copy by its name; of an exact name, what has its mark, else what is not older than the creation."""
        if adopted := lost.inputs.get("existing_id"):
            # Nothing was copied. It is this replica's if it was given the mark or the default name.
            found = None if adopted in lost.recorded else self.look(adopted, lost.inputs)
            return adopted if found and self._was_given_to(found, lost.inputs) else None
        others: Set[str] = frozenset()
        if not self.names.has_token(lost.inputs):
            others = self._others(lost) if lost.others is None else lost.others
        return only_new_copy(self.cloud, lost.inputs, others=others, recorded=lost.recorded)

    def _was_given_to(self, found: Any, inputs: Properties) -> bool:
        is_marked = found.tags.get(REPLICA_TAG) == mark.of(inputs)
        return is_marked or (self.names.has_token(inputs) and found.name == inputs["name"])

    def _others(self, lost: LostCreation) -> Set[str]:
        """Find what had the name before: where nobody has noted that, what is older; the service has whole seconds."""
        same_name, now = self.cloud.find_by_name(lost.inputs["region"], lost.inputs["name"]), self.clock()
        return {one.id for one in same_name if one.is_older(int(lost.earliest), now=now)}

    @override
    def verify_adoption(self, id_: str, found: NamedCopy, inputs: Properties) -> None:
        """Refuse what has another stack's mark, or another replica's default name."""
        another = self._another_stacks(found, inputs) or self._anothers_name(found, inputs)
        if another and not self.was_adopted_before(found, inputs):
            raise AdoptionRefused(
                f"adopting {self.thing} {id_} in {inputs['region']}: it is a replica already, {another}",
                "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, rename "
                f"it and remove its tag {REPLICA_TAG}",
            )

    @override
    def mark_of_another(self, found: NamedCopy, props: Properties) -> str:
        """Return another stack's mark, or the default name that an adoption gave it.

        A user's exact name may look like a default one, and is recorded. Of two rows of one stack that hold one thing,
        the last one deletes it, whichever has marked it.
        """
        is_recorded = found.name == props.get("name")
        return self._another_stacks(found, props) or ("" if is_recorded else self._anothers_name(found, props))

    def _another_stacks(self, found: NamedCopy, props: Properties) -> str:
        text = found.tags.get(REPLICA_TAG, "")
        stack, _, token = text.rpartition(".")
        is_ours = stack == str(props.get("stack_id") or "") or token == props["copy_token"]
        return "" if not text or is_ours else (self._anothers_name(found, props) or f"tagged {REPLICA_TAG}={text}")

    def _anothers_name(self, found: NamedCopy, props: Properties) -> str:
        return f"called {found.name!r}" if self.names.is_anothers(found.name, props) else ""

    @override
    def marked(self, region: str, group: str, stack_id: str) -> list[NamedCopy]:
        """List by name and by tag; where the Tag service refuses to look for tags, by name."""
        named = self.cloud.find_by_part_of_name(region, stack_id[:OF_STACK])
        found = {each.id: each for each in named if self.names.is_of_stack(each.name, stack_id)}
        try:
            tagged = self.cloud.find_by_tag_key(region, REPLICA_TAG)
        except CloudError as refused:
            if isinstance(refused, Transient):
                raise
            if refused.code not in self._unlisted:
                self._unlisted.add(refused.code)
                print(f"warning: {refused.problem}; marks in tags are not looked for. Next: {refused.next_step}.")
            return list(found.values())
        return [*(found | {each.id: each for each in tagged if self._token_in_tag(each, stack_id)}).values()]

    @override
    def marked_token(self, found: NamedCopy, inputs: Properties) -> str:
        """Return the token in its tag, else its beginning in a name that is a default one of this replica otherwise."""
        if token := self._token_in_tag(found, inputs.get("stack_id")):
            return token
        shown = self.names.token_in(found.name)
        return shown if found.name == self.names.of({**inputs, "copy_token": shown}) else ""

    @override
    def token_of_stack(self, found: NamedCopy, stack_id: str) -> str:
        token = self._token_in_tag(found, stack_id)
        return token or (self.names.token_in(found.name) if self.names.is_of_stack(found.name, stack_id) else "")

    def _token_in_tag(self, found: NamedCopy, stack_id: Any) -> str:
        return mark.token_of(found.tags.get(REPLICA_TAG, ""), stack_id)

    @override
    def observed(self, props: Properties, found: Any) -> dict[str, Any]:
        # The name that an adopter gave it is not taken for ours, by which a delete would not know it any more.
        is_ours = found.name and not self.mark_of_another(found, props)
        seen = {"name": found.name if is_ours else props.get("name"), **self.observed_settings(props, found)}
        is_adopted_now = "accepted_at" not in props
        if is_adopted_now or props.get(MARK) or props.get("tags"):  # rows of 0.1.0 watch tags once they declare some
            seen["tags"] = tag_drift.seen(found.tags, props, is_reserved) or None
        if is_adopted_now or props.get(MARK) in {SENT, UNSENT}:
            is_there = found.tags.get(REPLICA_TAG) == mark.of(props) or bool(self._another_stacks(found, props))
            seen[MARK] = SENT if is_there else UNSENT
        return seen

    @abstractmethod
    def observed_settings(self, props: Properties, found: Any) -> dict[str, Any]:
        """Read from the cloud what is declared besides name and tags and can change there."""

    @override
    def comparable(self, olds: Properties, news: Properties) -> Properties:
        """Leave out the tags of others that an earlier refresh has recorded."""
        known = tag_drift.without_ignored(olds, news, is_reserved)
        return {**known, "tags": known.get("tags") or None}

    @override
    def adopted_with(self, inputs: Properties) -> Set[str]:
        """Return what an adoption sends: the mark, too, where no tag is declared."""
        return {*super().adopted_with(inputs), "tags"}

    @override
    def to_send_again(self, olds: Properties) -> Set[str]:
        return {"tags"} if olds.get(MARK) == UNSENT else set()

    @override
    def send(self, change: InPlace) -> None:
        """Send what changed: the tags in calls of their own, and the rest in one."""
        has: Mapping[str, str] = {}
        if "tags" in change.changed:
            found = self.look(change.id, change.news)
            has = found.tags if isinstance(found, NamedCopy) else {}
        self._put(change, has=has)

    def _put(self, change: InPlace, *, has: Mapping[str, str]) -> None:
        if "tags" in change.changed:
            self._put_tags(change, has)
        if rest := change.changed - {"tags"}:
            self.send_settings(replace(change, changed=rest))

    @abstractmethod
    def send_settings(self, change: InPlace) -> None:
        """Send what changed in place, besides tags."""

    def _put_tags(self, change: InPlace, has: Mapping[str, str]) -> None:
        """Put on what is declared, and the mark; take off what is neither declared, nor left alone, nor the cloud's."""
        news = change.news
        wanted = {**(news.get("tags") or {}), REPLICA_TAG: mark.of(news)}
        kept = tag_drift.ignored(has, news, is_reserved)
        put = {key: value for key, value in wanted.items() if has.get(key) != value}
        take = {key for key in has if not (key in wanted or key in kept or is_reserved(key))}
        if not put and not take:
            return
        try:
            self.cloud.tag(change.region, change.id, put=put, take=take)
        except CloudError as refused:
            # The mark alone is no reason to fail: the copy is known by its name. What passes is sent again.
            if isinstance(refused, Transient) or take or put.keys() != {REPLICA_TAG}:
                raise
            if change.region not in self._unmarked:
                print(
                    f"warning: {refused.problem}; only their names show whose the copies in {change.region} are. "
                    f"Next: {refused.next_step}.",
                    flush=True,
                )
            self._unmarked.add(change.region)

    @override
    def sent(self, outputs: dict[str, Any], changed: Set[str]) -> None:
        if "tags" in changed:
            outputs[MARK] = REFUSED if outputs.get("region") in self._unmarked and not outputs.get("tags") else SENT

    @cached_property
    def _unmarked(self) -> set[str]:
        """Regions in which the Tag service refuses to tag anything."""
        return set()

    @cached_property
    def _unlisted(self) -> set[str]:
        """Codes for which marks are not looked for, which were reported."""
        return set()
