"""What hosts of code answer: rows, a refusal in their own words, or that they want to be asked again later."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from components.clouds.errors import ReplicaError
from tools.review.report import printable

NOT_FOUND = 404


class CommentRefused(ReplicaError):
    """A host did not do what it was asked.

    Args:
        problem: What happened.
        next_step: What to do now.
        status: Of the host's answer, 0 without one.
    """

    def __init__(self, problem: str, next_step: str, *, status: int = 0) -> None:
        super().__init__(problem, next_step)
        self.status = status


class Again(Exception):
    """The same request may be answered later; it may have been carried out all the same.

    Args:
        problem: What happened.
        pause: Seconds that the host asks to wait, None where it does not say.
    """

    def __init__(self, problem: str, *, pause: float | None = None) -> None:
        super().__init__(problem)
        self.pause = pause


def rows(answer: requests.Response) -> list[Mapping[str, Any]]:
    """Read an answer that is a list."""
    listed = _json(answer)
    if not isinstance(listed, list):
        raise not_this_api(answer.url)
    return listed


def row(answer: requests.Response) -> Mapping[str, Any]:
    """Read an answer that is one thing."""
    found = _json(answer)
    if not isinstance(found, dict):
        raise not_this_api(answer.url)
    return found


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise not_this_api(answer.url) from None


def not_this_api(url: str) -> CommentRefused:
    """Make the error of an answer that has another shape."""
    return CommentRefused(f"{site(url)} answers, but not as the API of comments does", "correct the address of the API")


def is_limited(answer: requests.Response) -> bool:
    """Whether GitHub refuses because there were too many requests, which it says with the status of a refusal."""
    return "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"


def asked_pause(answer: requests.Response) -> float | None:
    """Return the seconds that the host asks to wait, None where it does not say."""
    try:
        if (after := answer.headers.get("Retry-After")) is not None:
            return max(0.0, float(after))
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            return max(0.0, float(answer.headers["X-RateLimit-Reset"]) - time.time())
    except (KeyError, ValueError):
        pass
    return None


def reason(answer: requests.Response) -> str:
    """Return the status and the host's words, which hold nothing of the request."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    words = printable("; ".join(_said(said)))[:300]
    status = f"{answer.status_code} {answer.reason or ''}".strip()
    request = answer.headers.get("X-GitHub-Request-Id") or answer.headers.get("X-Request-Id")
    return ": ".join(filter(None, (status, words))) + (f" (request {printable(request)})" if request else "")


def _said(answer: Any) -> Iterator[str]:
    """Find the messages in a refusal: GitHub's list of errors names the cause, GitLab's `message` may be a map."""
    if not isinstance(answer, dict):
        return
    yield from (str(answer[key]) for key in ("message", "error", "error_description") if answer.get(key))
    errors = answer.get("errors")
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, dict) and each.get("message"):
            yield str(each["message"])


def site(url: str) -> str:
    """Name the server of an address."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def words(error: Exception) -> str:
    """Return the last words of the HTTP library's account: what it was about is named already."""
    return printable(str(error)).rsplit(": ", 1)[-1].strip("')\" ")[:200]
