"""Starts exactly one copy of a snapshot with an API that has no idempotency token.

A copy is known by its name. The default name holds the token of its instance, so nothing else can bear it. Under an
exact name of the user's there may be others already: they are listed before, and only a new one is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
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
from components.clouds.retries import CHANGE_PATIENCE, UNREACHABLE_ATTEMPTS
from components.clouds.tencent.cbs import Cbs, copying
from components.clouds.tencent.cbs_errors import CONFLICT
from components.lifecycle.lifecycle import (
    DEFAULT_DELETE_TIMEOUT,
    OUTCOME_UNKNOWN,
    OutcomeUnknown,
    consistency_seconds,
    pauses_between_looks,
)
from components.model import durations

TOKEN_LENGTH = 8
"""Characters of the token that stand in a default name."""


class SeveralCopies(ReplicaError):
    """More than one new snapshot bears the name: which one is ours cannot be told."""


def bears_token(inputs: Mapping[str, Any]) -> bool:
    """Tell whether the name holds this instance's own token."""
    return str(inputs["name"]).endswith(inputs["copy_token"][:TOKEN_LENGTH])


def newcomer(cloud: Cbs, inputs: Mapping[str, Any], *, others: Set[str]) -> str | None:
    """Find the copy of this name that is none of `others`, None where the cloud lists none.

    Raises:
        SeveralCopies: There are several.
    """
    region, name = inputs["region"], inputs["name"]
    copies = [one for one in cloud.find_by_name(region, name) if one.is_copied and one.id not in others]
    if len(copies) > 1:
        ids = ", ".join(one.id for one in copies)
        raise SeveralCopies(
            f"{copying(inputs['source_region'], inputs['source_id'], region)}: several new copies are called {name!r}: "
            f"{ids}; {OUTCOME_UNKNOWN}",
            "delete or rename those that are not this stack's, then run the runner's `up`",
        )
    return copies[0].id if copies else None


class Start:
    """One creation: attempts until the copy is started, and what they may have left.

    Args:
        cloud: The cloud.
        inputs: What is declared, token and name included.
        sleep: Seconds to sleep; injected by tests.
        clock: Unix seconds; injected by tests.
    """

    def __init__(
        self,
        cloud: Cbs,
        inputs: Mapping[str, Any],
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._cloud = cloud
        self._inputs = inputs
        self._sleep = sleep
        self._clock = clock
        self._begun = clock()
        self._others: Set[str] = frozenset()
        self._maybe_started = False
        self._told = False

    def once(self) -> str:
        """Start the copy and return its id.

        Raises:
            CloudError: The cloud refused.
            TimedOut: Another copy of the same source ran to this region for longer than `delete_timeout`.
            OutcomeUnknown: No answer ever came.
        """
        # Two creations of one name would take each other's copies for their own.
        with self._cloud.naming(self._inputs["region"], self._inputs["name"]):
            if not bears_token(self._inputs):
                named = self._cloud.find_by_name(self._inputs["region"], self._inputs["name"])
                self._others = {snapshot.id for snapshot in named}
            return self._attempts()

    def _attempts(self) -> str:
        pauses = pauses_between_looks()
        unreachable = 0
        while True:
            try:
                return self._cloud.copy_snapshot(
                    source_region=self._inputs["source_region"],
                    source_id=self._inputs["source_id"],
                    region=self._inputs["region"],
                    name=self._inputs["name"],
                )
            except CredentialsMissing as error:
                raise (self._unknown(error) if self._maybe_started else error) from None
            except CloudError as error:
                unreachable = unreachable + 1 if isinstance(error, Unreachable) else 0
                if found := self._of_this_attempt(error):
                    return found
                try:
                    self._judge(error, unreachable)
                except ReplicaError as final:
                    # What one attempt may have started, no later refusal undoes.
                    raise (self._unknown(final) if self._maybe_started else final) from None
                if not error.maybe_done:  # after a lost answer, the search has been the pause
                    self._sleep(next(pauses))

    def _of_this_attempt(self, error: CloudError) -> str | None:
        """Find the copy that an attempt without a clear answer started; what is busy may be so with that copy."""
        self._maybe_started = self._maybe_started or error.maybe_done
        if error.maybe_done or (isinstance(error, NotReady) and self._maybe_started):
            return self._search(error)
        return None

    def _search(self, error: CloudError) -> str | None:
        pauses = pauses_between_looks()
        until = self._clock() + consistency_seconds()
        while True:
            too_late = self._clock() >= until
            try:
                found = newcomer(self._cloud, self._inputs, others=self._others)
            except SeveralCopies:
                raise
            except ReplicaError:
                raise self._unknown(error) from None
            if found or too_late:
                return found
            self._sleep(next(pauses))

    def _judge(self, error: CloudError, unreachable: int) -> None:
        """Raise where another attempt makes no sense."""
        waited = self._clock() - self._begun
        if error.code == CONFLICT:
            timeout = self._inputs.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
            if waited >= durations.seconds(timeout):
                raise TimedOut(
                    f"{error.problem}; waited {timeout} for that copy, which is not this replica's",
                    "run the same command again when it has ended, or raise delete_timeout",
                ) from None
            if not self._told:
                self._told = True
                print(f"{error.doing}: waiting, within {timeout}, for another copy of it to this region", flush=True)
        elif error.maybe_done:
            if waited >= CHANGE_PATIENCE:
                raise error
        elif not (isinstance(error, Throttled | NotReady) and waited < CHANGE_PATIENCE) and not (
            0 < unreachable < UNREACHABLE_ATTEMPTS
        ):
            raise error

    def _unknown(self, error: ReplicaError) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{error.problem}; {OUTCOME_UNKNOWN}",
            "run the runner's `up`, which looks for it first; without the runner, delete the new snapshot called "
            f"{self._inputs['name']!r} in {self._inputs['region']} if there is one",
        )
