"""The notes of a merge request on GitLab."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests
from typing_extensions import override

from tools.review import host_answers
from tools.review.host_answers import CommentRefused
from tools.review.hosts import Comment, Host, unless_gone


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
        return (self._read(row) for row in rows if not row.get("system"))

    @override
    def author(self) -> str:
        if self._is_of_job:
            return self._user
        try:
            return str(host_answers.row(self._ask("GET", "user"))["username"])
        except (CommentRefused, KeyError):
            return ""

    @override
    def edit(self, comment: Comment, body: str) -> None:
        self._ask("PUT", f"{self._notes}/{comment.id}", json={"body": body})

    @override
    def delete(self, comment: Comment) -> None:
        unless_gone(lambda: self._ask("DELETE", f"{self._notes}/{comment.id}"))

    @override
    def hide(self, comment: Comment) -> None:
        start, end = "<details><summary>Out of date: a newer review is below</summary>\n\n", "\n\n</details>"
        if not comment.body.startswith(start):
            self.edit(comment, f"{start}{comment.body}{end}")

    @override
    def _create(self, body: str) -> Any:
        return host_answers.row(self._once("POST", self._notes, json={"body": body}))

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
