"""Comments of pull requests on GitHub and of merge requests on GitLab, over their HTTP APIs.

A token goes to the API that it is for and nowhere else: redirects are not followed, and no error shows it.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qsl, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from components.clouds import sessions
from tools.review import host_answers
from tools.review.host_answers import NOT_FOUND, Again, CommentRefused

ATTEMPTS = 5
"""Of one request, where a host has too many or is broken for the moment."""

LONGEST_ASKED_PAUSE = 120.0

PAGE = 100
"""Comments of one answer; both hosts give no more."""

MOST_PAGES = 100

TIMEOUT = 30

_backoff = wait_exponential_jitter(initial=1, max=20)


@dataclass(frozen=True)
class Comment:
    """A comment that exists.

    Attributes:
        id: The host's number; a later comment has a higher one.
        body: Its Markdown.
        author: Login of the account that wrote it.
        node: The id for GitHub's GraphQL API.
        url: Where people read it.
    """

    id: int
    body: str
    author: str
    node: str = ""
    url: str = ""


class Host(ABC):
    """Where the comments of one pull or merge request are.

    Args:
        api: Base URL of the host's API.
        headers: What each request is sent with, the token included.
        sleep: Injected by tests.
    """

    name: ClassVar[str]
    longest: ClassVar[int]
    """Bytes of a comment that the host takes."""

    def __init__(self, api: str, headers: Mapping[str, str], *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api.rstrip("/")
        self._sleep = sleep
        self._session = sessions.Session()
        # As `auth`, not as headers of the session: else what ~/.netrc says of the host would replace the token.
        self._session.auth = lambda request: _with_headers(request, headers)

    @abstractmethod
    def comments(self) -> Iterator[Comment]:
        """List all comments, in the order in which they were made."""

    @abstractmethod
    def author(self) -> str:
        """Return whose comments are made with the token, "" where the host does not say it."""

    @abstractmethod
    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""

    @abstractmethod
    def delete(self, comment: Comment) -> None:
        """Delete a comment; it is no error if it does not exist any more."""

    @abstractmethod
    def hide(self, comment: Comment) -> None:
        """Fold a comment that is out of date."""

    @abstractmethod
    def _create(self, body: str) -> Any: ...

    @abstractmethod
    def _comment(self, row: Mapping[str, Any]) -> Comment: ...

    def _read(self, row: Mapping[str, Any]) -> Comment:
        try:
            return self._comment(row)
        except (KeyError, TypeError, ValueError):
            raise host_answers.not_this_api(self._api) from None

    def create(self, body: str, is_it: Callable[[Comment], bool]) -> Comment:
        """Write a comment.

        Args:
            body: Its Markdown.
            is_it: Whether a comment is this one: an answer may be lost after the comment was made, so it is searched
                for before it is sent once more.
        """
        for attempt in self._retrying():
            with attempt:
                if attempt.retry_state.attempt_number > 1 and (made := next(filter(is_it, self.comments()), None)):
                    return made
                return self._read(self._create(body))
        raise AssertionError  # the last attempt raises

    def _ask(self, method: str, path: str, **data: Any) -> Any:
        """Send a request that may be sent twice, until it is answered."""
        for attempt in self._retrying():
            with attempt:
                return self._once(method, path, **data)
        raise AssertionError  # the last attempt raises

    def _pages(self, path: str, **asked: str) -> Iterator[Mapping[str, Any]]:
        """Return the rows of all pages; the host says in a `Link` header which one is next."""
        asked["per_page"] = str(PAGE)
        for _ in range(MOST_PAGES):
            answer = self._ask("GET", path, params=asked)
            yield from host_answers.rows(answer)
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            # Of that address only what it asks for: behind a proxy, hosts give names that cannot be reached.
            asked = dict(parse_qsl(urlsplit(following).query))

    def _once(self, method: str, path: str, *, url: str = "", **data: Any) -> requests.Response:
        url = url or f"{self._api}/{path}"
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **data)
        except requests.exceptions.ConnectionError as error:
            raise Again(f"no connection to {host_answers.site(url)}: {host_answers.words(error)}") from None
        except requests.exceptions.Timeout:
            raise Again(f"no answer from {host_answers.site(url)} within {TIMEOUT} s") from None
        except (requests.exceptions.RequestException, ValueError) as error:
            raise CommentRefused(
                f"{self.name} at {url} cannot be asked: {host_answers.words(error)}", "correct the address of the API"
            ) from None
        if answer.status_code == 429 or (answer.status_code == 403 and host_answers.is_limited(answer)):
            raise Again(host_answers.reason(answer), pause=host_answers.asked_pause(answer))
        if answer.status_code >= 500:
            raise Again(host_answers.reason(answer), pause=host_answers.asked_pause(answer))
        if answer.status_code >= 300:
            self._refuse(method, answer)
        return answer

    def _refuse(self, method: str, answer: requests.Response) -> NoReturn:
        doing = {"GET": "reading", "DELETE": "deleting"}.get(method, "writing")
        raise CommentRefused(
            f"{doing} a comment on {self.name}: {host_answers.reason(answer)}",
            self._next_step(answer),
            status=answer.status_code,
        )

    def _next_step(self, answer: requests.Response) -> str:
        """Return what to do about a refusal."""
        match answer.status_code:
            case 401:
                return "renew the token: it is wrong or expired"
            case status if status == NOT_FOUND:
                return "check the repository, the number, and that the token may read them"
            case code if code < 400:
                return "name the repository as it is called now, and the API as it is reached without a redirect"
            case _:
                return "correct what the message names, and run it again"

    def _retrying(self) -> Retrying:
        def raise_last(state: RetryCallState) -> NoReturn:
            error = state.outcome.exception() if state.outcome else None
            raise CommentRefused(
                f"{self.name} does not answer: {error} ({ATTEMPTS} attempts)", "run it again later"
            ) from None

        return Retrying(
            retry=retry_if_exception_type(Again),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=self._sleep,
            retry_error_callback=raise_last,
        )


def _with_headers(request: requests.PreparedRequest, headers: Mapping[str, str]) -> requests.PreparedRequest:
    request.headers.update(headers)
    return request


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, Again) else None
    return min(asked, LONGEST_ASKED_PAUSE) if asked is not None else _backoff(state)


def unless_gone(delete: Callable[[], requests.Response]) -> None:
    """Delete a comment that may have been deleted already."""
    try:
        delete()
    except CommentRefused as error:
        if error.status != NOT_FOUND:
            raise
