"""Starts exactly one copy with an API that has no idempotency token.

A copy is known by its name. The default name holds the token of its instance, so nothing else can have it. Under a
user's exact name there may be others already: they are listed before, and only a new one is ours.
"""

from collections.abc import Iterator, Set
from typing import Any

from components.clouds.errors import (
    CloudError,
    CredentialsMissing,
    NotReady,
    ReplicaError,
    Throttled,
    TimedOut,
    Unreachable,
)
from components.clouds.named_service import NamedService
from components.clouds.retries import CHANGE_PATIENCE, UNREACHABLE_ATTEMPTS
from components.lifecycle import mark, outcome
from components.lifecycle.copy_lifecycle import OUTCOME_UNKNOWN
from components.lifecycle.default_name import DefaultNames
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.results import Properties
from components.lifecycle.waiting import Waiter, consistency_seconds, growing_pauses
from components.model import durations
from components.model.copy_fields import DEFAULT_DELETE_TIMEOUT
from components.model.tag_rules import REPLICA_TAG


class SeveralCopies(OutcomeUnknown):
    """More than one new snapshot has the name: which one is ours is not known."""


def only_new_copy(
    cloud: NamedService[Any], inputs: Properties, *, others: Set[str], recorded: Set[str] = frozenset()
) -> str | None:
    """Find the copy of this name that has this creation's mark, else that has none; None where the cloud lists none.

    Args:
        cloud: The cloud.
        inputs: What is declared, token and name included.
        others: Ids of what has no mark and is not ours.
        recorded: Ids that belong to a row.

    Raises:
        SeveralCopies: There are several.
    """
    region, name = inputs["region"], inputs["name"]
    named = [one for one in cloud.find_by_name(region, name) if one.is_copied and one.id not in recorded]
    ours = [one for one in named if one.tags.get(REPLICA_TAG) == mark.of(inputs)]
    copies = ours or [one for one in named if REPLICA_TAG not in one.tags and one.id not in others]
    if len(copies) > 1:
        ids = ", ".join(one.id for one in copies)
        doing = cloud.copying(inputs["source_region"], inputs["source_id"], region)
        raise SeveralCopies(
            f"{doing}: several new copies are called {name!r}: {ids}; {OUTCOME_UNKNOWN}",
            "delete or rename those that are not this stack's, then run the runner's `up`",
        )
    return copies[0].id if copies else None


class Start:
    """One creation: attempts until the copy is started, and what they may have left.

    Args:
        cloud: The cloud.
        names: The default names of the kind.
        inputs: What is declared, token and name included.
        waiter: Waits between attempts.
    """

    def __init__(self, cloud: NamedService[Any], names: DefaultNames, inputs: Properties, waiter: Waiter) -> None:
        self._cloud = cloud
        self._names = names
        self._inputs = inputs
        self._waiter = waiter
        self._begun = waiter.clock()
        self._others: Set[str] = frozenset()
        self._maybe_started = False
        self._unreachable = 0
        self._reported = False
        self._needs_pause = True

    def once(self) -> str:
        """Start the copy and return its id.

        Raises:
            CloudError: The cloud refused.
            TimedOut: Another copy of the same source ran to this region for longer than `delete_timeout`.
            OutcomeUnknown: No answer ever came.
        """
        # Two creations of one name would take each other's copies for their own.
        with self._cloud.naming(self._inputs["region"], self._inputs["name"]):
            if not self._names.has_token(self._inputs):
                same_name = self._cloud.find_by_name(self._inputs["region"], self._inputs["name"])
                self._others = {each.id for each in same_name}
                outcome.write_others(self._inputs["copy_token"], self._others)
            ended = self._waiter.until(
                self._attempt,
                done=lambda seen: isinstance(seen, str),
                deadline=float("inf"),  # `_refuse_final` decides when to stop
                pauses=self._pauses(),
            )
            return str(ended)

    def _attempt(self) -> str | CloudError:
        """Send the request once; return the copy's id, or the error after which another attempt makes sense."""
        try:
            return self._cloud.start_copy(
                source_region=self._inputs["source_region"],
                source_id=self._inputs["source_id"],
                region=self._inputs["region"],
                name=self._inputs["name"],
            )
        except CredentialsMissing as error:
            raise (self._unknown(error) if self._maybe_started else error) from None
        except CloudError as error:
            self._unreachable = self._unreachable + 1 if isinstance(error, Unreachable) else 0
            if found := self._of_this_attempt(error):
                return found
            try:
                self._refuse_final(error)
            except ReplicaError as final:
                # What one attempt may have started, no later refusal undoes.
                raise (self._unknown(final) if self._maybe_started else final) from None
            self._needs_pause = not error.maybe_done  # after a lost answer, the search has been the pause
            return error

    def _pauses(self) -> Iterator[float]:
        growing = growing_pauses()
        while True:
            yield next(growing) if self._needs_pause else 0.0

    def _of_this_attempt(self, error: CloudError) -> str | None:
        """Find the copy that an attempt without a clear answer started.

        What is busy may be so with that copy, and a name that is taken may be that copy's.
        """
        self._maybe_started = self._maybe_started or error.maybe_done
        may_be_ours = isinstance(error, NotReady) or error.code in self._cloud.name_is_taken
        if not error.maybe_done and not (may_be_ours and self._maybe_started):
            return None
        try:
            return self._waiter.until(
                lambda: only_new_copy(self._cloud, self._inputs, others=self._others),
                deadline=self._waiter.clock() + consistency_seconds(),
            )
        except SeveralCopies:
            raise
        except ReplicaError:
            raise self._unknown(error) from None

    def _refuse_final(self, error: CloudError) -> None:
        """Raise where another attempt makes no sense."""
        waited = self._waiter.clock() - self._begun
        if error.code in self._cloud.waits_for and self._is_copied_elsewhere():
            timeout = self._inputs.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
            if waited >= durations.seconds(timeout):
                raise TimedOut(
                    f"{error.problem}; waited {timeout} for that copy, which is not this replica's",
                    "run the same command again when it has ended, or raise delete_timeout",
                ) from None
            if not self._reported:
                self._reported = True
                print(f"{error.doing}: waiting, within {timeout}, for {self._cloud.other_copy}", flush=True)
            return
        may_be_repeated = waited < CHANGE_PATIENCE and (error.maybe_done or isinstance(error, Throttled | NotReady))
        if not may_be_repeated and not 0 < self._unreachable < UNREACHABLE_ATTEMPTS:
            raise error

    def _is_copied_elsewhere(self) -> bool:
        try:
            return self._cloud.is_copied_elsewhere(self._inputs["source_region"], self._inputs["source_id"])
        except CloudError:
            return True  # the next attempt says more

    def _unknown(self, error: ReplicaError) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{error.problem}; {OUTCOME_UNKNOWN}",
            "run the runner's `up`, which looks for it first; without the runner, delete the new "
            f"{self._cloud.thing} called "
            f"{self._inputs['name']!r} in {self._inputs['region']} if there is one",
        )
