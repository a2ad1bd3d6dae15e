"""The comments of a pull request on GitHub."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests
from typing_extensions import override

from tools.review import host_answers
from tools.review.host_answers import CommentRefused
from tools.review.hosts import Comment, Host, unless_gone
from tools.review.report import printable


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
        return map(self._read, self._pages(self._list))

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
        unless_gone(lambda: self._ask("DELETE", f"{self._repository}/issues/comments/{comment.id}"))

    @override
    def hide(self, comment: Comment) -> None:
        self._graphql(
            "mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED})"
            "{minimizedComment{isMinimized}}}",
            {"id": comment.node},
        )

    @override
    def _create(self, body: str) -> Any:
        return host_answers.row(self._once("POST", self._list, json={"body": body}))

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
        answer = host_answers.row(self._ask("POST", "", url=url, json={"query": query, "variables": variables}))
        if errors := answer.get("errors"):
            raise CommentRefused(
                f"writing a comment on {self.name}: {printable(str(errors[0].get('message')))}",
                "give a token that may write pull requests",
            )
        return answer["data"]
