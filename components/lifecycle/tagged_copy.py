"""What kinds share whose copies can have tags: the tag that marks a copy, how it is found by that, and tags of others.

A kind of this sort is a subclass whose cloud finds by tag and whose Copy has `tags`. What is sent, and in which calls,
is the kind's part.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from components.clouds.copies import TaggedCopy
from components.clouds.errors import CloudError, ReplicaError
from components.lifecycle import mark, tag_drift
from components.lifecycle.copy_lifecycle import OUTCOME_UNKNOWN, AdoptionRefused, CopyLifecycle
from components.lifecycle.copy_part import InPlace
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.results import Properties
from components.lifecycle.waiting import consistency_seconds
from components.model.kind import LostCreation
from components.model.tag_rules import REPLICA_TAG, is_reserved


class TaggedCopyLifecycle(CopyLifecycle):
    """A copy that is marked by one of its tags; its cloud has `find_by_tag(region, key, value, group=)`."""

    @abstractmethod
    def verify_what_was_found(self, id_: str, found: Any, inputs: Properties) -> None:
        """Raise AdoptionRefused where what is to be adopted cannot become what is declared, by its own properties."""

    def started_once(self, inputs: Properties, copy: Callable[[], str]) -> str:
        """Start a copy by a call that carries its token and its mark, and return its id.

        Raises:
            CloudError: The cloud refused.
            OutcomeUnknown: No answer ever came, and no copy with the mark is listed.
        """
        try:
            return copy()
        except CloudError as error:
            if not error.maybe_done:
                raise
            found = self._find_listed(inputs)
            if not found:
                raise OutcomeUnknown(
                    f"{error.problem}; {OUTCOME_UNKNOWN}",
                    f"run the runner's `up`, which looks for it first; without the runner, delete the {self.thing} "
                    f"tagged {REPLICA_TAG}={mark.of(inputs)} in {inputs['region']} if there is one",
                ) from None
            return found

    @override
    def find(self, lost: LostCreation) -> str | None:
        return self._bearing_token(lost.inputs)

    def _bearing_token(self, inputs: Properties) -> str | None:
        """Find the copy that has the mark of these inputs: nothing else is needed to tell it from others."""
        region, group = inputs["region"], self.group(inputs)
        copies = self.cloud.find_by_tag(region, REPLICA_TAG, mark.of(inputs), group=group)
        return str(copies[0].id) if copies else None

    def _find_listed(self, inputs: Properties) -> str | None:
        """Find a copy that may just have been accepted, and may be listed late; None where the cloud does not say."""
        try:
            return self.waiter.until(lambda: self._bearing_token(inputs), deadline=self.clock() + consistency_seconds())
        except ReplicaError:
            return None  # the caller says that the outcome is unknown, which is the more important news

    @override
    def verify_adoption(self, id_: str, found: TaggedCopy, inputs: Properties) -> None:
        another = self.mark_of_another(found, inputs)
        if another and not self.was_adopted_before(found, inputs):
            raise AdoptionRefused(
                f"adopting {self.thing} {id_} in {inputs['region']}: it is a replica already, {another}",
                "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, untag it",
            )
        self.verify_what_was_found(id_, found, inputs)

    @override
    def mark_of_another(self, found: TaggedCopy, props: Properties) -> str:
        text = found.tags.get(REPLICA_TAG, "")
        return f"tagged {REPLICA_TAG}={text}" if mark.token_of(text) not in {"", props["copy_token"]} else ""

    @override
    def marked(self, region: str, group: str, stack_id: str) -> Sequence[TaggedCopy]:
        tagged: Sequence[TaggedCopy] = self.cloud.find_by_tag(region, REPLICA_TAG, group=group)
        return [one for one in tagged if mark.token_of(one.tags[REPLICA_TAG], stack_id)]

    @override
    def marked_token(self, found: TaggedCopy, inputs: Properties) -> str:
        return mark.token_of(found.tags.get(REPLICA_TAG, ""), inputs.get("stack_id"))

    @override
    def token_of_stack(self, found: TaggedCopy, stack_id: str) -> str:
        return mark.token_of(found.tags.get(REPLICA_TAG, ""), stack_id)

    @override
    def comparable(self, olds: Properties, news: Properties) -> Properties:
        return tag_drift.without_ignored(olds, news, is_reserved)

    def tags_there(self, change: InPlace) -> Mapping[str, str]:
        """Return the tags that the copy of a change has; none where it is not listed."""
        found = self.look(change.id, change.news)
        return found.tags if isinstance(found, TaggedCopy) else {}


def all_tags(inputs: Properties) -> dict[str, str]:
    """Return the declared tags and the one that marks the copy."""
    return {**inputs.get("tags", {}), REPLICA_TAG: mark.of(inputs)}
