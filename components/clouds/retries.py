"""When a request is sent again, and how long after.

The vendors' SDKs make one attempt; this is the only place that repeats a request. A request that starts something must
carry the same idempotency token on every attempt: that is the caller's part.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_any, wait_random_exponential
from tenacity.stop import stop_base

from components.clouds.errors import CloudError, ReplicaError, Transient, Unreachable

T = TypeVar("T")

CHANGE_PATIENCE = 300.0
"""Seconds to repeat a request whose outcome is unknown: giving up early could leave a copy that nobody records."""

READ_PATIENCE = 30.0

UNREACHABLE_ATTEMPTS = 4
"""A dead endpoint or a mistyped one is reported within seconds: nothing was sent, so nothing is lost."""

LONGEST_ASKED_PAUSE = 60.0

_backoff = wait_random_exponential(multiplier=0.5, max=8)


def call(attempt: Callable[[], T], *, patience: float, sleep: Callable[[float], None] = time.sleep) -> T:
    """Call `attempt` until it answers, fails for good, or patience runs out.

    Args:
        attempt: Sends one request; raises `Transient` where sending it again makes sense.
        patience: Seconds after which the last error is raised, counted over attempts and pauses.
        sleep: Injected by tests.

    Raises:
        CloudError: The error of the last attempt; its `maybe_done` says whether any attempt may have been carried out.
    """
    unclear: CloudError | None = None

    def remembering() -> T:
        nonlocal unclear
        try:
            return attempt()
        except CloudError as error:
            # What one attempt may have done, no later refusal undoes.
            if error.maybe_done:
                unclear = error
            error.maybe_done = unclear is not None
            raise
        except ReplicaError:  # nothing to sign with any more
            if unclear is None:
                raise
            raise unclear from None

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, Transient)),
        stop=stop_any(_out_of_patience(patience), _no_connection()),
        wait=_pause,
        sleep=sleep,
        reraise=True,
    )
    return retrying(remembering)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, Transient) else None
    return min(asked, LONGEST_ASKED_PAUSE) if asked is not None else _backoff(state)


class _out_of_patience(stop_base):  # noqa: N801 - tenacity's own naming
    def __init__(self, patience: float) -> None:
        self.patience = patience

    def __call__(self, retry_state: RetryCallState) -> bool:
        # Pauses are counted by what was asked of sleep, so that an injected sleep runs the policy out as well.
        return max(retry_state.idle_for, retry_state.seconds_since_start or 0.0) >= self.patience


class _no_connection(stop_base):  # noqa: N801 - tenacity's own naming
    def __init__(self) -> None:
        self.in_a_row = 0

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        self.in_a_row = self.in_a_row + 1 if isinstance(error, Unreachable) else 0
        return self.in_a_row >= UNREACHABLE_ATTEMPTS
