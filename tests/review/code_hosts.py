"""Stand-ins of GitHub's and GitLab's APIs of comments, over HTTP on loopback, as strict as the vendors' pages.

Both refuse a request without the right token, path, content type or shape, and give at most 100 comments of a page.
"""

import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

TOKEN = "a-token-that-must-not-be-shown"
ROBOT = "robot[bot]"


@dataclass
class Remark:
    """A comment on a stand-in."""

    id: int
    body: str
    author: str = ROBOT
    is_system: bool = False
    is_hidden: bool = False


@dataclass
class CodeHost:
    """What both stand-ins do: one pull or merge request, number 7."""

    remarks: list[Remark] = field(default_factory=list)
    failures: deque[Response] = field(default_factory=deque)
    """Answers to give before the next requests that write are carried out."""
    lost: int = 0
    """How many creations are carried out and answered with 502."""
    before_create: Callable[[], object] = lambda: None
    """Called once a creation is asked for, before it is carried out."""
    asked: list[str] = field(default_factory=list)
    page_size: int = 100
    url: str = ""
    _lock: Lock = field(default_factory=Lock)

    def write(self, body: str, **more: Any) -> Remark:
        with self._lock:
            remark = Remark(id=(self.remarks[-1].id if self.remarks else 100) + 1, body=body, **more)
            self.remarks.append(remark)
            return remark

    @property
    def bodies(self) -> list[str]:
        return [remark.body for remark in self.remarks]

    def application(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.path}")
        if not self.is_allowed(request):
            return _refusal(401, "Bad credentials")
        if request.method in {"POST", "PUT", "PATCH"} and request.mimetype != "application/json":
            return _refusal(415, "Unsupported Media Type")
        if request.method != "GET" and not request.path.endswith("graphql") and self.failures:
            return self.failures.popleft()
        return self.answer(request)

    def is_allowed(self, request: Request) -> bool:
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        raise NotImplementedError

    def row(self, remark: Remark) -> dict[str, Any]:
        raise NotImplementedError

    def listed(self, request: Request) -> Response:
        size = min(int(request.args.get("per_page", 30)), self.page_size)
        page = int(request.args.get("page", 1))
        rows = self.remarks[(page - 1) * size : page * size]
        answer = _json([self.row(remark) for remark in rows])
        if page * size < len(self.remarks):
            # As behind a proxy: an address that cannot be reached, and not the path that was asked.
            query = urlencode({**request.args, "page": page + 1})
            answer.headers["Link"] = (
                f'<https://unreachable.invalid/other?{query}>; rel="next", <https://unreachable.invalid/x>; rel="last"'
            )
        return answer

    def created(self, request: Request, limit: int) -> Response:
        body = request.get_json()["body"]
        if len(body) > limit:
            return _refusal(422, "Validation Failed", f"body is too long (maximum is {limit} characters)")
        self.before_create()
        remark = self.write(body)
        if self.lost:
            self.lost -= 1
            return Response("<html>Bad gateway</html>", 502, mimetype="text/html")
        return _json(self.row(remark), 201)

    def changed(self, request: Request, id_: str) -> Response:
        remark = next((remark for remark in self.remarks if remark.id == int(id_)), None)
        if remark is None:
            return _refusal(404, "Not Found")
        if request.method == "DELETE":
            self.remarks.remove(remark)
            return Response(status=204)
        remark.body = request.get_json()["body"]
        return _json(self.row(remark))


@dataclass
class GitHubStandIn(CodeHost):
    """github.com as the REST API 2022-11-28 and the GraphQL API describe it."""

    viewer: str = ROBOT

    def is_allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {TOKEN}" and "User-Agent" in request.headers

    def answer(self, request: Request) -> Response:
        if request.path == "/graphql" and request.method == "POST":
            return self._graphql(request.get_json())
        if request.headers.get("Accept") != "application/vnd.github+json":
            return _refusal(415, "Unsupported 'Accept' header")
        match request.method, request.path:
            case "GET", "/repos/octo/replicas/issues/7/comments":
                return self.listed(request)
            case "POST", "/repos/octo/replicas/issues/7/comments":
                return self.created(request, 65_536)
        found = re.fullmatch(r"/repos/octo/replicas/issues/comments/(\d+)", request.path)
        if found and request.method in {"PATCH", "DELETE"}:
            return self.changed(request, found[1])
        return _refusal(404, "Not Found")

    def row(self, remark: Remark) -> dict[str, Any]:
        return {
            "id": remark.id,
            "node_id": f"IC_{remark.id}",
            "html_url": f"https://github.com/octo/replicas/pull/7#issuecomment-{remark.id}",
            "body": remark.body,
            "user": {"login": remark.author},
        }

    def _graphql(self, asked: dict[str, Any]) -> Response:
        if "viewer" in asked["query"]:
            if not self.viewer:
                return _json({"errors": [{"message": "Resource not accessible by integration"}]})
            return _json({"data": {"viewer": {"login": self.viewer}}})
        node = asked["variables"]["id"]
        remark = next(remark for remark in self.remarks if f"IC_{remark.id}" == node)
        remark.is_hidden = "minimizeComment" in asked["query"] and "OUTDATED" in asked["query"]
        return _json({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": remark.is_hidden}}}})


@dataclass
class GitLabStandIn(CodeHost):
    """A GitLab server as the REST API v4 describes it."""

    takes_job_tokens: bool = False

    def is_allowed(self, request: Request) -> bool:
        if "JOB-TOKEN" in request.headers:
            return self.takes_job_tokens and request.headers["JOB-TOKEN"] == TOKEN
        return request.headers.get("PRIVATE-TOKEN") == TOKEN

    def answer(self, request: Request) -> Response:
        if (request.method, request.path) == ("GET", "/api/v4/user"):
            return _json({"id": 1, "username": ROBOT})
        raw = request.environ["RAW_URI"].split("?")[0]  # a slash in a project's name must stay encoded
        notes = re.fullmatch(r"/api/v4/projects/(?:42|group%2Freplicas)/merge_requests/7/notes(?:/(\d+))?", raw)
        if not notes:
            return _refusal(404, "404 Not Found")
        match request.method, notes[1]:
            case "GET", None:
                assert request.args["sort"] == "asc"
                return self.listed(request)
            case "POST", None:
                return self.created(request, 1_000_000)
            case "PUT" | "DELETE", str(id_):
                return self.changed(request, id_)
        return _refusal(405, "Method Not Allowed")

    def row(self, remark: Remark) -> dict[str, Any]:
        return {
            "id": remark.id,
            "body": remark.body,
            "system": remark.is_system,
            "author": {"id": 1, "username": remark.author},
        }


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        pass


@contextmanager
def served(host: CodeHost) -> Iterator[None]:
    """Serve a stand-in while the block runs."""
    server = make_server("127.0.0.1", 0, Request.application(host.application), threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def too_many(**headers: str) -> Response:
    """Return GitHub's answer to too many requests."""
    answer = _refusal(403, "You have exceeded a secondary rate limit.")
    answer.headers.extend({key.replace("_", "-"): value for key, value in headers.items()})
    return answer


def in_seconds(seconds: float) -> str:
    """Write a moment as GitHub's `X-RateLimit-Reset` does."""
    return str(int(time.time() + seconds))


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json")


def _refusal(status: int, message: str, cause: str = "") -> Response:
    answer = _json({"message": message, **({"errors": [{"message": cause}]} if cause else {})}, status)
    answer.headers["X-GitHub-Request-Id"] = "AB12:34"
    return answer
