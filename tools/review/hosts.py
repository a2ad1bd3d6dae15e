"""Comments of pull requests on GitHub and of merge requests on GitLab, over their HTTP APIs.

A token goes to the API that it is for and nowhere else: redirects are not followed, and no error shows it.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from typing_extensions import override

from components.clouds import sessions
from components.clouds.errors import ReplicaError
from tools.review.report import printable

ATTEMPTS = 5
"""Of one request, where a host has too many or is broken for the moment."""

LONGEST_ASKED_PAUSE = 120.0

PAGE = 100
"""Comments of one answer; both hosts give no more."""

MOST_PAGES = 100

TIMEOUT = 30

NOT_FOUND = 404

_backoff = wait_exponential_jitter(initial=1, max=20)


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


class _Again(Exception):
    """The same request may be answered later.

    Attributes:
        maybe_done: It may have been carried out all the same.
    """

    def __init__(self, problem: str, *, pause: float | None = None, maybe_done: bool) -> None:
        super().__init__(problem)
        self.pause = pause
        self.maybe_done = maybe_done


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
                return self._comment(self._create(body))
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
            yield from _rows(answer)
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
            raise _Again(f"no connection to {_site(url)}: {_words(error)}", maybe_done=True) from None
        except requests.exceptions.Timeout:
            raise _Again(f"no answer from {_site(url)} within {TIMEOUT} s", maybe_done=True) from None
        except (requests.exceptions.RequestException, ValueError) as error:
            raise CommentRefused(
                f"{self.name} at {url} cannot be asked: {_words(error)}", "correct the address of the API"
            ) from None
        if answer.status_code == 429 or (answer.status_code == 403 and _is_limited(answer)):
            raise _Again(_reason(answer), pause=_asked_pause(answer), maybe_done=False)
        if answer.status_code >= 500:
            raise _Again(_reason(answer), pause=_asked_pause(answer), maybe_done=True)
        if answer.status_code >= 300:
            self._refuse(method, answer)
        return answer

    def _refuse(self, method: str, answer: requests.Response) -> NoReturn:
        doing = {"GET": "reading", "DELETE": "deleting"}.get(method, "writing")
        raise CommentRefused(
            f"{doing} a comment on {self.name}: {_reason(answer)}",
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
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=self._sleep,
            retry_error_callback=raise_last,
        )


class GitHub(Host):
    """The comments of a pull request on github.com or on an own server.

    Args:
        repository: `owner/name`.
        number: Of the pull request.
        api: `https://api.github.com`, or `https://<server>/api/v3`.
        token: Of a workflow, an app or a person.
        sleep: Injected by tests.
    """

    name = "GitHub"
    longest = 65_536

    def __init__(
        self, repository: str, number: int, api: str, token: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "replicas",
        }
        super().__init__(api, headers, sleep=sleep)
        self._repository = f"repos/{quote(repository)}"
        self._list = f"{self._repository}/issues/{number}/comments"

    @override
    def comments(self) -> Iterator[Comment]:
        return map(self._comment, self._pages(self._list))

    @override
    def author(self) -> str:
        try:
            return str(self._graphql("query{viewer{login}}", {})["viewer"]["login"])
        except (CommentRefused, KeyError, TypeError):
            return ""

    @override
    def edit(self, comment: Comment, body: str) -> None:
        self._ask("PATCH", f"{self._repository}/issues/comments/{comment.id}", json={"body": body})

    @override
    def delete(self, comment: Comment) -> None:
        _unless_gone(lambda: self._ask("DELETE", f"{self._repository}/issues/comments/{comment.id}"))

    @override
    def hide(self, comment: Comment) -> None:
        self._graphql(
            "mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED})"
            "{minimizedComment{isMinimized}}}",
            {"id": comment.node},
        )

    @override
    def _create(self, body: str) -> Any:
        return _object(self._once("POST", self._list, json={"body": body}))

    @override
    def _comment(self, row: Mapping[str, Any]) -> Comment:
        return Comment(
            id=int(row["id"]),
            body=str(row["body"] or ""),
            author=str((row.get("user") or {}).get("login", "")),  # of an account that was deleted there is none
            node=str(row["node_id"]),
            url=str(row["html_url"]),
        )

    @override
    def _next_step(self, answer: requests.Response) -> str:
        if answer.status_code == 403:
            return (
                "give the job `permissions: pull-requests: write`; what comes from a fork gets a token that may only "
                "read, so post its comment from a workflow of the repository itself"
            )
        return super()._next_step(answer)

    def _graphql(self, query: str, variables: Mapping[str, str]) -> Any:
        url = f"{self._api.removesuffix('/v3')}/graphql"
        answer = _object(self._ask("POST", "", url=url, json={"query": query, "variables": variables}))
        if errors := answer.get("errors"):
            raise CommentRefused(
                f"writing a comment on {self.name}: {printable(str(errors[0].get('message')))}",
                "give a token that may write pull requests",
            )
        return answer["data"]


class GitLab(Host):
    """The notes of a merge request on gitlab.com or on an own server.

    Args:
        project: Its number, or `group/name`.
        number: Of the merge request in its project (iid).
        api: `https://<server>/api/v4`.
        token: Of a project, a group or a person with the scope `api`; or of a job.
        is_of_job: It is `CI_JOB_TOKEN`.
        user: Login of the account that a job runs for.
        sleep: Injected by tests.
    """

    name = "GitLab"
    longest = 1_000_000

    def __init__(
        self,
        project: str,
        number: int,
        api: str,
        token: str,
        *,
        is_of_job: bool = False,
        user: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(api, {"JOB-TOKEN" if is_of_job else "PRIVATE-TOKEN": token}, sleep=sleep)
        self._notes = f"projects/{quote(project, safe='')}/merge_requests/{number}/notes"
        self._is_of_job = is_of_job
        self._user = user

    @override
    def comments(self) -> Iterator[Comment]:
        rows = self._pages(self._notes, sort="asc", order_by="created_at")
        return (self._comment(row) for row in rows if not row["system"])

    @override
    def author(self) -> str:
        if self._is_of_job:
            return self._user
        try:
            return str(_object(self._ask("GET", "user"))["username"])
        except (CommentRefused, KeyError):
            return ""

    @override
    def edit(self, comment: Comment, body: str) -> None:
        self._ask("PUT", f"{self._notes}/{comment.id}", json={"body": body})

    @override
    def delete(self, comment: Comment) -> None:
        _unless_gone(lambda: self._ask("DELETE", f"{self._notes}/{comment.id}"))

    @override
    def hide(self, comment: Comment) -> None:
        start, end = "<details><summary>Out of date: a newer review is below</summary>\n\n", "\n\n</details>"
        if not comment.body.startswith(start):
            self.edit(comment, f"{start}{comment.body}{end}")

    @override
    def _create(self, body: str) -> Any:
        return _object(self._once("POST", self._notes, json={"body": body}))

    @override
    def _comment(self, row: Mapping[str, Any]) -> Comment:
        return Comment(id=int(row["id"]), body=str(row["body"]), author=str(row["author"]["username"]))

    @override
    def _next_step(self, answer: requests.Response) -> str:
        if self._is_of_job and answer.status_code in {401, 403, 404}:
            return "set GITLAB_TOKEN (project access token, scope `api`): few servers let CI_JOB_TOKEN comment"
        if answer.status_code == 403:
            return "give the token the scope `api` and at least the role Reporter"
        return super()._next_step(answer)


def _with_headers(request: requests.PreparedRequest, headers: Mapping[str, str]) -> requests.PreparedRequest:
    request.headers.update(headers)
    return request


def _unless_gone(delete: Callable[[], requests.Response]) -> None:
    try:
        delete()
    except CommentRefused as error:
        if error.status != NOT_FOUND:
            raise


def _rows(answer: requests.Response) -> list[Mapping[str, Any]]:
    rows = _json(answer)
    if not isinstance(rows, list):
        raise _not_this_api(answer)
    return rows


def _object(answer: requests.Response) -> Mapping[str, Any]:
    row = _json(answer)
    if not isinstance(row, dict):
        raise _not_this_api(answer)
    return row


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise _not_this_api(answer) from None


def _not_this_api(answer: requests.Response) -> CommentRefused:
    return CommentRefused(
        f"{_site(answer.url)} answers, but not as the API of comments does", "correct the address of the API"
    )


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, _Again) else None
    return min(asked, LONGEST_ASKED_PAUSE) if asked is not None else _backoff(state)


def _is_limited(answer: requests.Response) -> bool:
    """Whether GitHub refuses because there were too many requests, which it says with the status of a refusal."""
    return "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"


def _asked_pause(answer: requests.Response) -> float | None:
    """Return the seconds that the host asks to wait, None where it does not say."""
    try:
        if (after := answer.headers.get("Retry-After")) is not None:
            return max(0.0, float(after))
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            return max(0.0, float(answer.headers["X-RateLimit-Reset"]) - time.time())
    except (KeyError, ValueError):
        pass
    return None


def _reason(answer: requests.Response) -> str:
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


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _words(error: Exception) -> str:
    """Return the last words of the HTTP library's account: what it was about is named already."""
    return printable(str(error)).rsplit(": ", 1)[-1].strip("')\" ")[:200]
