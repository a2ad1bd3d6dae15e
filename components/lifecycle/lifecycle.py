"""The lifecycle that all kinds of copies share: check, diff, create, read, update and delete of one copy.

`create` only starts the copy: a provider process has four workers, keeps nothing of a create that raises, and a kill
inside create loses the id, so nothing here waits for the copying itself. Readiness is waited for by the program. What
differs from kind to kind is in the subclass, and nowhere else.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from components.clouds.copies import EXPIRY_TOLERANCE, Copy, Phase
from components.clouds.errors import CloudError, InvalidInput, NotFound, NotReady, ReplicaError, TimedOut
from components.hosts.expected_errors import tell_in_one_line
from components.lifecycle.copy_kind import CopyKind
from components.lifecycle.copy_state import MASKED, declared, same
from components.model import durations

DEFAULT_DELETE_TIMEOUT = "2h"

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two looks at something that is not done yet: they grow by half each time."""

OUTCOME_UNKNOWN = "whether the copy was started is not known"
"""Stands in the error of exactly those creations that may have left a copy behind: the stack runner looks for it."""


_adopted_here: dict[tuple[str, str, str], str] = {}
"""Thing, region and id of what this run has adopted -> token of the replica that did. The row that had it before, under
another name or to be replaced, is deleted later in the same run."""


class OutcomeUnknown(ReplicaError):
    """A copy was asked for and no answer ever came: it may exist without being recorded."""


class CopyHasFailed(ReplicaError):
    """A change was asked of a copy that has failed, which nobody has recorded yet: nothing can change it."""


class AdoptionRefused(ReplicaError):
    """The thing named by `existing_id` cannot become this replica."""


class CopyProvider(CopyKind):
    """Check, diff, create, read, update and delete of one copy in one destination region."""

    def configure(self, req: ConfigureRequest) -> None:
        """Connect with the environment and the stack config, once per provider process."""
        tell_in_one_line()
        self.connect({key: req.config.get(key) for key in self.config_keys})

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Complete the inputs and report every broken rule of the API reference."""
        olds = declared(_olds)
        inputs = {key: value for key, value in news.items() if value is not None}
        failures = [CheckFailure(found.property, found.reason) for found in self.broken_rules(inputs)]
        failures += [
            CheckFailure(
                key,
                f"cannot be taken away once set (it was {olds[key]!r}): {why}; "
                "set another value, or remove this region in one `up` and add it again in the next",
            )
            for key, why in self.not_removable.items()
            if key in olds
            and key not in inputs
            and all(same(olds.get(each), inputs.get(each)) for each in self.identity)
        ]
        # The engine passes no olds for a new instance, so each create, replacement included, has a token of its own,
        # and writes it to the state before create runs: a lost create can be found again.
        inputs["copy_token"] = _olds.get("copy_token") or uuid.uuid4().hex
        inputs.setdefault("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        self.complete(inputs)
        return CheckResult(inputs, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Replace for another identity, or for a failed copy, delete first; update for anything else."""
        replaces = [key for key in self.identity if not same(_olds.get(key), _news.get(key))]
        changeable = (*self.in_place, *self.only_recorded)
        changed = [key for key in changeable if not same(_olds.get(key), _news.get(key))]
        is_adopted = _news.get("existing_id") == _id
        # While existing_id names it, only its removal has it made again: the wait tells that. A refusal would end every
        # refresh, with inputs that are still the old ones.
        failed = bool(_olds.get("failure")) and not is_adopted
        if replaces and is_adopted:
            raise AdoptionRefused(
                f"replacing {self.thing} {_id} in {_olds.get('region')}: its existing_id still names it",
                "remove existing_id, so that the replacement is a copy of its own",
            )
        moved = _olds.get("__provider") != _news.get("__provider")  # a moved module: update rewrites the reference
        return DiffResult(
            changes=bool(replaces or changed or failed or moved or self.to_send_again(_olds)),
            replaces=[*replaces, *(["failure"] if failed else [])],
            delete_before_replace=failed,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Start the copy, or adopt `existing_id`, and return its id."""
        inputs = declared(props)
        return self._adopt(inputs["existing_id"], inputs) if "existing_id" in inputs else self.start(inputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Compare with the destination region; gone only where the cloud definitely does not list the copy."""
        listed = self.cloud.find(props["region"], id_, group=self.group(props))
        found = listed or self._await_listing(id_, props)
        if found is None:
            print(self._obituary(id_, props), flush=True)  # the engine shows what a provider prints
            return ReadResult("", {}, {})
        state = found.state
        failure = (state.reason or state.status) if state.phase is Phase.FAILED else ""
        outputs = declared({**props, **self.observed(declared(props), found), "failure": failure})
        return ReadResult(id_, outputs, self.inputs_of(outputs))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Send what changed in place, in one call."""
        olds, news = declared(_olds), declared(_news)
        outputs = {**{key: olds[key] for key in self.output_only if key in olds and key != MASKED}, **news}
        changed = {key for key in self.in_place if not same(olds.get(key), news.get(key))} | self.to_send_again(olds)
        changed -= self.only_recorded_now(olds)
        if changed:
            self.once_settled(
                _id,
                f"updating {self.thing} {_id} in {news['region']}",
                news,
                lambda token: self.send(_id, news, changed, token),
                failed_is_final=True,
            )
            self.warn_after_update(_id, olds, news)
        self.sent(outputs, changed)
        return UpdateResult(outputs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the copy and watch it disappear, within `delete_timeout`."""
        props = declared(_props)
        if _adopted_here.get((self.thing, props["region"], _id), props["copy_token"]) != props["copy_token"]:
            print(f"warning: {_id} in {props['region']} is kept: another replica has just adopted it.", flush=True)
            return
        doing = f"deleting {self.thing} {_id} in {props['region']}"
        deadline = self.clock() + durations.seconds(props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT))
        self._await_listing(_id, props)
        try:
            self.once_settled(_id, doing, props, lambda token: self.request_deletion(_id, props, token))
        except (NotFound, InvalidInput):
            # Not every reference names the code for an unknown id, so the listing decides.
            if self.is_gone(self.look(_id, props)):
                return
            raise
        pauses = pauses_between_looks()
        while (found := self.look(_id, props)) and not self.is_gone(found):
            if self.clock() >= deadline:
                timeout = props.get("delete_timeout")
                raise TimedOut(
                    f"{doing}: accepted, but it is still listed as {found.state.status} after {timeout}",
                    "look at it in the console; when it is gone, run the same command again",
                )
            self.sleep(next(pauses))

    def inputs_of(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that these outputs echo."""
        return {key: value for key, value in declared(outputs).items() if key not in self.output_only}

    def once_settled(
        self,
        id_: str,
        doing: str,
        props: Mapping[str, Any],
        send: Callable[[str], None],
        *,
        failed_is_final: bool = False,
    ) -> None:
        """Send a change; while the copy is in a state that forbids it, wait, within `delete_timeout`.

        Not every reference names the code of such a refusal, so a copy that is still busy makes any refusal one.
        With `failed_is_final`, a copy that has failed is not waited for: it never becomes anything else.
        """
        timeout = props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        started = self.clock()
        pauses = pauses_between_looks()
        told = ""
        while True:
            try:
                # A refusal did nothing, so the next try is a new invocation with a token of its own.
                send(uuid.uuid4().hex)
            except (NotReady, InvalidInput) as error:
                found = self.look(id_, props)
                phase = found.state.phase if found else None
                if isinstance(error, InvalidInput) and phase is not Phase.COPYING:
                    raise
                if failed_is_final and phase is Phase.FAILED:
                    raise CopyHasFailed(
                        f"{doing}: {error.code}: {error.message}",
                        "run `pulumi up --refresh`, which replaces a copy that has failed",
                    ) from None
                if self.clock() - started >= durations.seconds(timeout):
                    raise TimedOut(
                        f"{doing}: {error.code}: {error.message}; waited {timeout} for the running copy",
                        "run the same command again when the copy has ended, or raise delete_timeout",
                    ) from None
                status = found.state.status if found else error.code
                if status != told:
                    told = status
                    print(f"{doing}: waiting, within {timeout}, while it is {status}", flush=True)
                self.sleep(next(pauses))
            else:
                return

    def look(self, id_: str, props: Mapping[str, Any]) -> Copy | None:
        """Ask the cloud for the copy itself."""
        found: Copy | None = self.cloud.describe(props["region"], {id_: self.group(props)}).get(id_)
        return found

    def _adopt(self, id_: str, inputs: dict[str, Any]) -> CreateResult:
        """Take over what somebody made by hand: from then on it is this replica."""
        found = self.look(id_, inputs)
        doing = f"adopting {self.thing} {id_} in {inputs['region']}"
        if found is None:
            raise AdoptionRefused(
                f"{doing}: there is no such {self.thing}", "correct existing_id, or remove it to make a copy instead"
            )
        if found.state.phase is Phase.FAILED:
            raise AdoptionRefused(f"{doing}: it is {found.state.status}", "remove existing_id to make a copy instead")
        self.verify_adoption(id_, found, inputs)
        outputs = self.outputs_of(inputs, accepted_at=self.clock())
        changed = self.adopted_with(inputs)
        try:
            self.send(id_, inputs, changed, uuid.uuid4().hex)
        except NotReady:
            # It is still being copied. What it has now is recorded, so that the next `up` brings it in line.
            outputs = {key: value for key, value in outputs.items() if key not in changed}
            outputs |= self.observed(inputs, found)
        except CloudError as error:
            if not error.maybe_done:
                raise
            # It may be marked as this replica's by now, which would keep the next adoption from it.
            raise OutcomeUnknown(
                f"{error.problem}; {OUTCOME_UNKNOWN}", "run the runner's `up`, which looks for it first"
            ) from None
        else:
            self.sent(outputs, changed)
        _adopted_here[self.thing, inputs["region"], id_] = inputs["copy_token"]
        return CreateResult(id_, outputs)

    def _obituary(self, id_: str, props: Mapping[str, Any]) -> str:
        expires = self.expires(props)
        how, next_step = "is gone, deleted by somebody else", CopyKind.renewal
        if expires is not None and self.clock() >= expires - EXPIRY_TOLERANCE:
            how, next_step = "has expired", self.renewal
        if props.get("existing_id") == id_:
            next_step = "remove existing_id, which names it, and the next `up` makes a copy instead"
        return f"warning: {props.get('name')}: {id_} in {props['region']} {how}. Next: {next_step}."

    def _await_listing(self, id_: str, props: Mapping[str, Any]) -> Copy | None:
        """Look at a copy; while it is so new that it may be listed late, look again."""
        pauses = pauses_between_looks()
        while (found := self.look(id_, props)) is None and self._is_fresh(props):
            self.sleep(next(pauses))
        return found

    def _is_fresh(self, props: Mapping[str, Any]) -> bool:
        return self.clock() - float(props.get("accepted_at", 0)) < consistency_seconds()


def consistency_seconds() -> float:
    """Tell for how long a copy that was accepted may not be listed: an empty answer is no definite one before that."""
    return float(os.environ.get("REPLICAS_CONSISTENCY_SECONDS") or 60)


def pauses_between_looks() -> Iterator[float]:
    """Yield how long to sleep before each further look."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
