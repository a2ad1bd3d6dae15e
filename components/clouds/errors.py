"""What can go wrong between this project and a cloud, as types that a person can act on.

Every error here prints as one line that ends with the next step. It never holds a credential.
"""

import re
from typing import NamedTuple

_NEVER_SENT = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Connection refused|Tunnel connection failed", re.IGNORECASE
)


def one_line(text: str) -> str:
    """Fold white space, so that a vendor's multi-line message stays one line of the display."""
    return " ".join(str(text).split())


class ReplicaError(Exception):
    """An expected failure: what happened, and what the reader can do about it.

    Args:
        problem: What happened, to which thing, in which region. Folded to one line.
        next_step: What to do now, as an imperative without a full stop.
    """

    def __init__(self, problem: str, next_step: str) -> None:
        self.problem = one_line(problem).rstrip(".")
        self.next_step = one_line(next_step).rstrip(".")
        super().__init__(f"{self.problem}. Next: {self.next_step}.")


class CredentialsMissing(ReplicaError):
    """No access key was found in the environment, the default chain or the stack config."""


class TimedOut(ReplicaError):
    """A bounded wait ended before the cloud was done."""


class CloudError(ReplicaError):
    """An answer of the cloud that is an error, or the lack of an answer.

    Args:
        doing: Gerund, thing, id and region: `deleting DataCache edc-1 in cn-hangzhou`.
        code: The cloud's code, exactly as sent.
        message: The cloud's message.
        request_id: The cloud's request id, when it sent one.
        next_step: What to do now.
        retry_after: Seconds the cloud asked to wait, when it did.

    Attributes:
        maybe_done: The request, or an earlier attempt of it, may have been carried out all the same.
    """

    maybe_done = False

    def __init__(
        self,
        *,
        doing: str,
        code: str,
        message: str,
        next_step: str,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.doing = doing
        self.code = code
        self.message = one_line(message).rstrip(".")
        self.request_id = request_id
        self.retry_after = retry_after
        request = f" (request {request_id})" if request_id else ""
        super().__init__(f"{doing}: {code}: {self.message}{request}", next_step)


class InvalidInput(CloudError):
    """The request cannot succeed as declared: fix an input."""


class NotFound(CloudError):
    """The cloud says that the thing does not exist."""


class PermissionDenied(CloudError):
    """The credentials are wrong, expired, or may not do this."""


class CredentialsExpired(PermissionDenied):
    """A temporary credential ran out: a rebuilt client may have a fresh one."""


class QuotaReached(CloudError):
    """A quota or a stock limit of the account or region is used up."""


class AccountBlocked(CloudError):
    """Unpaid bills, a missing activation or a risk check: only the account's owner can fix that."""


class NotReady(CloudError):
    """The thing is in a state that forbids this for now: wait, then ask again."""


class Transient(CloudError):
    """Throttled or broken for the moment: the same request may be sent again."""


class Throttled(Transient):
    """The cloud refused the request because there were too many: nothing was done."""


class Unavailable(Transient):
    """The cloud answered with a fault of its own: the request may or may not have been done."""

    maybe_done = True


class Unreachable(Transient):
    """No connection could be made: the request was never sent."""


class NoAnswer(Transient):
    """The connection was lost after the request was sent: it may or may not have been done."""

    maybe_done = True


def was_never_sent(text: str) -> bool:
    """Whether the HTTP library's words of a failure say that there was no connection, so that nothing was sent."""
    return _NEVER_SENT.search(text) is not None


def proxy_of(text: str) -> str:
    """Return ` through the proxy <host>` where the words of a failure name one (see `clouds.sessions`), else ""."""
    found = re.search(r"through the proxy [^\s:]+(:\d+)?", text)
    return f" {found[0]}" if found else ""


class Rule(NamedTuple):
    """How a code is treated, and what the reader should do."""

    kind: type[CloudError]
    next_step: str
