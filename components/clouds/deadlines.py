"""A limit for a whole call: the vendors' SDKs limit single waits for a socket, which a slow server never exceeds."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

CALL_SECONDS = 30.0
"""For one request and its whole answer, credentials that are renewed for it included."""

CREDENTIALS_SECONDS = 20.0
"""For finding credentials: a metadata service or STS may be asked."""


class Overrun(Exception):
    """A call did not end in time. It continues, so what it asks for may still be done."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns, or stop waiting for it.

    Args:
        seconds: For how long to wait.
        call: It runs in a thread of its own, which ends by itself and never keeps the process alive.

    Raises:
        Overrun: It has not ended.
    """
    ended: Future[T] = Future()

    def run() -> None:
        try:
            ended.set_result(call())
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            ended.set_exception(error)

    thread = Thread(target=run, name="a call with a deadline", daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended.done():
        raise Overrun(f"no end within {seconds:g} s")
    return ended.result()
