"""The lifecycle that all kinds of copies share: check, diff, create, read, update and delete of one copy.

`create` only starts the copy: a provider process may have few workers, keeps nothing of a create that raises, and a
kill inside create loses the id, so nothing here waits for the copying itself. Readiness is waited for by the program.
What differs from kind to kind is in the subclass, and nowhere else. No host is known here.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from components.clouds.account import verify_owner
from components.clouds.copies import EXPIRY_TOLERANCE, Copy, Phase
from components.clouds.errors import CloudError, InvalidInput, NotFound, NotReady, ReplicaError, TimedOut
from components.lifecycle import holders, known, mark, outcome
from components.lifecycle.copy_part import CopyPart, InPlace
from components.lifecycle.lost_copies import LostCopies
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.reading import Reading, RegionSilent
from components.lifecycle.results import (
    MASKED,
    UNSEEN,
    Checked,
    Difference,
    Present,
    Properties,
    Started,
    declared,
    same,
)
from components.lifecycle.waiting import consistency_seconds
from components.model import durations
from components.model.copy_fields import DEFAULT_DELETE_TIMEOUT, DEFAULT_READY_TIMEOUT
from components.model.field import Violation, is_whole_number

OUTCOME_UNKNOWN = "whether the copy was started is not known"
"""Said in the error of a creation that may have left a copy behind, for people."""

OF_CREATION = ("stack_id", "copy_token", "asked_at", "ready_timeout")
"""Inputs that a creation is known by: the stack's id, the instance's, the moment (Unix seconds) that it cannot have
begun before, and for how long it may take to be usable. No change of them is one of the copy."""

_holders = holders.of_this_run()


class CopyHasFailed(ReplicaError):
    """A change was asked of a copy that has failed, which is not recorded yet: nothing can change it."""


class AdoptionRefused(ReplicaError):
    """The thing named by `existing_id` cannot become this replica."""


class CopyLifecycle(CopyPart):
    """Check, diff, create, read, update and delete of one copy in one destination region."""

    def check(self, olds: Properties, news: Properties) -> Checked:
        """Complete the inputs and report every broken rule of the API reference."""
        before = declared(olds)
        inputs = {key: value for key, value in news.items() if value is not None}
        found = [*self.violations(inputs), *self._impossible(before, inputs)]
        # The engine passes no olds for a new instance, so each create, replacement included, has a token of its own,
        # and writes it to the state before create runs: a lost create can be found again. What belongs to the creation
        # stays as it was then: a copy keeps the mark that it was made with.
        token = mark.new_token(inputs.get("stack_id"), self.identity_of(inputs))
        created = {**inputs, "copy_token": token, "asked_at": int(self.clock())}
        of = olds if olds.get("copy_token") else created
        made = {key: of.get(key) for key in OF_CREATION}
        inputs = {key: value for key, value in {**inputs, **made}.items() if value is not None}
        inputs.setdefault("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        self.complete(inputs)
        return Checked(inputs, found)

    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Replace for another identity, or for a failed copy, delete first; update for anything else."""
        _holders.add(str(olds.get("region")), id_, str(olds.get("copy_token")))
        replaces = [key for key in self.identity if not same(olds.get(key), news.get(key))]
        before = self.comparable(olds, news)
        changed = any(not same(before.get(key), news.get(key)) for key in (*self.in_place, *self.only_recorded))
        is_adopted = news.get("existing_id") == id_
        # While existing_id names it, only its removal has it made again: the wait reports that. A refusal would end
        # every refresh, with inputs that are still the old ones.
        failed = bool(olds.get("failure")) and not is_adopted
        if replaces and is_adopted:
            raise AdoptionRefused(
                f"replacing {self.thing} {id_} in {olds.get('region')}: its existing_id still names it",
                "remove existing_id, so that the replacement is a copy of its own",
            )
        return Difference(
            changes=bool(replaces or changed or failed or self.to_send_again(olds)),
            replaces=[*replaces, *(["failure"] if failed else [])],
            delete_first=failed,
        )

    def create(self, inputs: Properties) -> Started:
        """Start the copy, or adopt `existing_id`, and return its id."""
        wanted = declared(inputs)
        owner = self.cloud.caller(wanted["region"]).owner  # before there is an id, which must not wait for it
        outcome.write_owner(str(wanted.get("copy_token") or ""), owner)
        if "existing_id" in wanted:
            started = self._adopt(wanted["existing_id"], wanted)
        elif lost := self._lost_copy(wanted):
            started = self._taken_over(*lost, wanted)
        else:
            started = self.start(wanted)
            owner = {**owner, UNSEEN: True}
        return replace(started, outputs={**started.outputs, **owner})

    def read(self, id_: str, outputs: Properties) -> Present | None:
        """Compare with the destination region; gone only where the owner's cloud definitely does not list the copy.

        Where the region gives no answer, and for what it may list late, what is recorded stays.
        """
        region, doing = outputs["region"], self._doing("reading", id_, outputs)
        try:
            found = self._reading.ask(doing, region, outputs, lambda: self._seen(doing, id_, outputs))
        except RegionSilent:
            return self._present(id_, declared(outputs))
        if found is None and self.clock() < self._listed_late_until(id_, outputs):
            print(
                f"warning: {outputs.get('name')}: {id_} in {outputs['region']} is not listed yet. It is kept, and "
                f"waited for until {outputs.get('ready_timeout', DEFAULT_READY_TIMEOUT)} after its start.",
                flush=True,
            )
            return self._present(id_, declared(outputs))
        if found is None:
            print(self._gone_warning(id_, outputs), flush=True)  # the engine shows what a provider prints
            return None
        state = found.state
        failure = (state.reason or state.status) if state.phase is Phase.FAILED else ""
        owner = {} if outputs.get("account") else self.cloud.caller(region).owner
        observed = self.observed(declared(outputs), found)
        return self._present(id_, declared({**owner, **outputs, **observed, "failure": failure, UNSEEN: None}))

    def update(self, id_: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Send what changed in place, in one call."""
        before = declared(olds)
        # The copy keeps its mark, also one that was taken over from an earlier creation.
        now = declared(news) | {key: before[key] for key in OF_CREATION if key in before}
        doing = self._doing("updating", id_, now)
        verify_owner(self.cloud, doing, now["region"], before)
        outputs = {**{key: before[key] for key in self.output_only if key in before and key != MASKED}, **now}
        comparable = self.comparable(before, now)
        changed = {key for key in self.in_place if not same(comparable.get(key), now.get(key))}
        changed = (changed | self.to_send_again(before)) - self.only_recorded_now(before)
        if changed:
            change = InPlace(id_, now, changed, "")
            self._once_settled(
                id_,
                doing,
                now,
                lambda token: self.send(InPlace(id_, now, changed, token)),
                failed_is_final=True,
            )
            self.warn_after_update(change, before)
        self.sent(outputs, changed)
        return outputs

    def delete(self, id_: str, outputs: Properties) -> None:
        """Delete the copy and watch it disappear, within `delete_timeout`."""
        props = declared(outputs)
        doing = self._doing("deleting", id_, props)
        verify_owner(self.cloud, doing, props["region"], props)
        if _holders.release(props["region"], id_, props["copy_token"]):
            print(f"{id_} in {props['region']} is kept: another replica of this stack holds it", flush=True)
            return
        timeout = props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        deadline = self.clock() + durations.seconds(timeout)
        try:
            found = self._reading.ask(doing, props["region"], props, lambda: self._listed(doing, id_, props, deadline))
        except RegionSilent as silent:
            raise ReplicaError(
                f"{doing}: {silent.problem}", "run the same command again when the region answers"
            ) from None
        if found is not None and (another := self.mark_of_another(found, props)):
            print(
                f"warning: {id_} in {props['region']} is kept: it is another replica's, {another}. "
                "Next: if no stack declares it, delete it in the console.",
                flush=True,
            )
            return
        try:
            self._once_settled(id_, doing, props, lambda token: self.request_deletion(id_, props, token))
        except (NotFound, InvalidInput):
            # Not every reference names the code for an unknown id, so the listing decides.
            if self.is_gone(self.look(id_, props)):
                return
            raise
        found = self.waiter.until(lambda: self.look(id_, props), done=self.is_gone, deadline=deadline)
        if found is not None and not self.is_gone(found):
            raise TimedOut(
                f"{doing}: accepted, but it is still listed as {found.state.status} after {timeout}",
                "look at it in the console; when it is gone, run the same command again",
            )

    def look(self, id_: str, props: Properties) -> Copy | None:
        """Ask the cloud for the copy itself: where it is recorded, then where a killed update may have moved it."""
        region, recorded = props["region"], self.group(props)
        groups = dict.fromkeys([recorded, *known.current().groups.get(region, ())])
        found = (self.cloud.describe(region, {id_: group}).get(id_) for group in groups)
        return next(filter(None, found), None)

    def _doing(self, what: str, id_: str, props: Properties) -> str:
        return f"{what} {self.thing} {id_} in {props['region']}"

    @cached_property
    def _reading(self) -> Reading:
        return Reading(self.cloud, self.clock)

    def _seen(self, doing: str, id_: str, outputs: Properties) -> Copy | None:
        listed: Copy | None = self.cloud.find(outputs["region"], id_, group=self.group(outputs))
        if listed is not None:
            return listed
        verify_owner(self.cloud, doing, outputs["region"], outputs)  # before anything is waited for
        since = self._first_miss.setdefault(outputs["region"], self.clock())
        return self._await_listing(id_, outputs, since=0 if self._has_expired(outputs) else since)

    def _listed(self, doing: str, id_: str, props: Properties, deadline: float) -> Copy | None:
        """Look at what is to be deleted; what is not listed yet cannot be, and taking that for gone leaves it behind.

        Raises:
            TimedOut: It may still be listed late when `deadline` is reached.
        """
        if self.clock() < (late := self._listed_late_until(id_, props)):
            listed = self.waiter.until(lambda: self.look(id_, props), deadline=min(late, deadline))
            if listed is None and self.clock() < late:
                raise TimedOut(
                    f"{doing}: it is not listed yet; waited {props.get('delete_timeout', DEFAULT_DELETE_TIMEOUT)}",
                    "run the same command again, or raise delete_timeout",
                )
        return self._await_listing(id_, props)

    def _present(self, id_: str, read: dict[str, Any]) -> Present:
        return Present(id_, read, {key: value for key, value in read.items() if key not in self.output_only})

    def _impossible(self, before: Properties, inputs: Properties) -> list[Violation]:
        """Find changes that the API cannot make; another copy has nothing to change."""
        if not all(same(before.get(each), inputs.get(each)) for each in self.identity):
            return []
        instead = "set another value, or remove this region in one `up` and add it again in the next"
        found = []
        for name, field in self.fields.items():
            old, new = before.get(name), inputs.get(name)
            if field.unset and old is not None and new is None:
                was = "" if field.may_be_secret else f" (it was {old!r})"
                found.append(Violation(name, f"cannot be unset{was}: {field.unset}; {instead}"))
            is_lower = is_whole_number(new) and (old is None or (is_whole_number(old) and new < old))
            if field.only_raised and is_lower:
                was = field.default if old is None else repr(old)
                found.append(Violation(name, f"can only be raised (it was {was}): {field.only_raised}; {instead}"))
        return found

    def _once_settled(
        self, id_: str, doing: str, props: Properties, send: Callable[[str], None], *, failed_is_final: bool = False
    ) -> None:
        """Send a change; while the copy is in a state that forbids it, wait, within `delete_timeout`.

        Not every reference names the code of such a refusal, so a copy that is still busy makes any refusal one.
        With `failed_is_final`, a copy that has failed is not waited for: it never becomes anything else.
        """
        timeout = props.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        reported = ""

        def attempt() -> CloudError | None:
            try:
                # A refusal did nothing, so the next try is a new invocation with a token of its own.
                send(uuid.uuid4().hex)
            except (NotReady, InvalidInput) as error:
                return error
            return None

        def waiting(error: CloudError | None, _left: float) -> None:
            nonlocal reported
            if error is None:
                return
            found = self.look(id_, props)
            phase = found.state.phase if found else None
            if isinstance(error, InvalidInput) and phase is not Phase.COPYING:
                raise error
            if failed_is_final and phase is Phase.FAILED:
                raise CopyHasFailed(
                    f"{doing}: {error.code}: {error.message}",
                    "run `pulumi up --refresh`, which replaces a copy that has failed",
                ) from None
            status = found.state.status if found else error.code
            if status != reported:
                reported = status
                print(f"{doing}: waiting, within {timeout}, while it is {status}", flush=True)

        deadline = self.clock() + durations.seconds(timeout)
        error = self.waiter.until(attempt, done=lambda refusal: refusal is None, deadline=deadline, waiting=waiting)
        if error is not None:
            waiting(error, 0)
            raise TimedOut(
                f"{doing}: {error.code}: {error.message}; waited {timeout} for the running copy",
                "run the same command again when the copy has ended, or raise delete_timeout",
            )

    def _adopt(self, id_: str, inputs: dict[str, Any]) -> Started:
        """Take over what was made by hand: from then on it is this replica."""
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
            self.send(InPlace(id_, inputs, changed, uuid.uuid4().hex))
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
        _holders.add(inputs["region"], id_, inputs["copy_token"])
        return Started(id_, outputs)

    def _taken_over(self, copy: Copy, token: str, wanted: Properties) -> Started:
        """Record a copy that an earlier run has started; what is declared otherwise by now, the next `up` sends."""
        print(
            f"{wanted.get('name')}: using {copy.id} in {wanted['region']}, which an earlier run has started",
            flush=True,
        )
        recovered = self.recovered({**wanted, "copy_token": token}, accepted_at=self.clock())
        return Started(copy.id, declared({**recovered, **self.observed(recovered, copy)}))

    def _lost_copy(self, wanted: Properties) -> tuple[Copy, str] | None:
        now = known.current()
        if now.recorded is None or "stack_id" not in wanted:
            return None
        return self._lost_copies.take(wanted, {*now.recorded, *now.adopted})

    @cached_property
    def _lost_copies(self) -> LostCopies:
        return LostCopies(self)

    def was_adopted_before(self, found: Copy, inputs: Properties) -> bool:
        """Report whether an earlier run has adopted what was found for this replica, and came not to record that."""
        recorded, stack_id = known.current().recorded, str(inputs.get("stack_id") or "")
        if recorded is None or found.id in recorded or not stack_id:
            return False
        return mark.is_copy_of(self.token_of_stack(found, stack_id), stack_id, self.identity_of(inputs))

    def _has_expired(self, props: Properties) -> bool:
        expires = self.expires(props)
        return expires is not None and self.clock() >= expires - EXPIRY_TOLERANCE

    def _gone_warning(self, id_: str, props: Properties) -> str:
        how, next_step = "is gone, deleted by somebody else", CopyPart.renewal(self)
        if self._has_expired(props):
            how, next_step = "has expired", self.renewal()
        if props.get("existing_id") == id_:
            next_step = "remove existing_id, which names it, and the next `up` makes a copy instead"
        return f"warning: {props.get('name')}: {id_} in {props['region']} {how}. Next: {next_step}."

    def _await_listing(self, id_: str, props: Properties, *, since: float = 0) -> Copy | None:
        """Look at a copy; look again while it may be listed late: since it was accepted, or else missed first."""
        settled = max(float(props.get("accepted_at", 0)), since) + consistency_seconds()
        return self.waiter.until(lambda: self.look(id_, props), done=lambda seen: seen is not None, deadline=settled)

    @cached_property
    def _first_miss(self) -> dict[str, float]:
        """Region -> when a copy was first missed there: all that are missing are looked for in the same minute."""
        return {}

    def _listed_late_until(self, id_: str, props: Properties) -> float:
        """Return the moment until which a copy that no look has ever found is taken for one that is listed late."""
        if not props.get(UNSEEN) or known.was_usable(id_):
            return 0
        timeout = str(props.get("ready_timeout", DEFAULT_READY_TIMEOUT))
        return float(props.get("accepted_at", 0)) + durations.seconds(timeout)
