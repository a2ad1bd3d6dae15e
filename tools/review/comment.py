"""Posts a report as one comment of a pull request or merge request, which the next run edits.

A comment is found again by a hidden marker for its stack. Only comments of the token's own account count: anybody can
write a marker, and one from the future would silence all reviews.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from components.clouds.errors import ReplicaError
from tools.review import markdown
from tools.review.github_comments import GitHub
from tools.review.gitlab_comments import GitLab
from tools.review.host_answers import NOT_FOUND, CommentRefused
from tools.review.hosts import Comment, Host
from tools.review.report import Report

LONGEST = 60_000
"""Bytes of a comment; GitHub takes 65,536 characters, and other tools quote comments."""

_MARKER = re.compile(r"<!-- replicas-review (\{[^<>]*\}) -->\s*\Z")


class Mode(Enum):
    """What becomes of an earlier comment."""

    EDIT = "edit"
    """It becomes this one."""

    NEW = "new"
    """It stays as it is, above."""

    HIDE = "hide"
    """It is folded as out of date, above."""


@dataclass(frozen=True)
class Marker:
    """What a comment says of itself, where people do not see it.

    Attributes:
        about: Project, stack and mode of the report: comments about others are never touched.
        made_at: When the report was made.
        content: Hash of all that the report says, its time apart.
    """

    about: str
    made_at: str
    content: str

    @classmethod
    def of(cls, report: Report) -> "Marker":
        """Make the marker of a report."""
        content = report.model_dump_json(exclude={"made_at"})
        about = f"{report.project}/{report.stack}/{report.mode}"
        return cls(about, report.made_at, hashlib.sha256(content.encode()).hexdigest()[:16])

    @classmethod
    def find(cls, body: str) -> "Marker | None":
        """Read the marker at the end of a comment, None where there is none."""
        found = _MARKER.search(body)
        try:
            marker = cls(**json.loads(found[1])) if found else None
            if marker:
                _ = marker.moment
        except (ValueError, TypeError):
            return None
        return marker

    @property
    def moment(self) -> float:
        """When the report was made, in Unix seconds."""
        return datetime.fromisoformat(self.made_at).timestamp()

    def covers(self, other: "Marker") -> bool:
        """Whether a comment with it makes another one needless: it says the same, or is newer."""
        return self.content == other.content or self.moment >= other.moment

    def __str__(self) -> str:
        # No name may end the HTML comment that it stands in.
        written = json.dumps(self.__dict__).replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
        return f"<!-- replicas-review {written} -->"


def body_of(report: Report, longest: int = LONGEST) -> str:
    """Return the comment of a report: its Markdown, and the marker."""
    marker = f"\n\n{Marker.of(report)}"
    text: str = markdown.render(report, longest - len(marker.encode()))
    return text.rstrip() + marker


def post(report: Report, host: Host, mode: Mode = Mode.EDIT) -> str:
    """Post a report, and return what was done, for people.

    Two runs may post at once: then the earlier of the two comments stays and gets what is newer. An earlier comment
    that says the same, or more recent things, is left alone; where nothing changes and there is none, none is made.
    """
    posting = _Posting(report, host)
    earlier = posting.find()
    if earlier and posting.is_covered_by(earlier[-1]):
        return f"left alone: the comment there says the same, or is newer {earlier[-1].url}".rstrip()
    if not earlier and report.is_empty and not report.findings and not report.problems:
        return "not posted: nothing changes, and there is no earlier comment to correct"
    if earlier and mode is Mode.EDIT and posting.edit(earlier[-1]):
        return f"edited {earlier[-1].url}".rstrip()
    made = posting.create(earlier)
    if mode is Mode.HIDE and earlier:  # those before the last are folded already
        host.hide(earlier[-1])
    return f"posted {made.url}".rstrip()


class _Posting:
    """One report on its way to a host."""

    def __init__(self, report: Report, host: Host) -> None:
        self._host = host
        self._marker = Marker.of(report)
        self._body = body_of(report, min(LONGEST, host.longest))
        self._author = host.author()

    def find(self) -> list[Comment]:
        """List this stack's comments of the same account, the latest last."""
        return sorted(filter(self._is_ours, self._host.comments()), key=lambda comment: comment.id)

    def is_covered_by(self, comment: Comment) -> bool:
        """Whether a comment says the same, or is newer."""
        marker = Marker.find(comment.body)
        return bool(marker and marker.covers(self._marker))

    def edit(self, comment: Comment) -> bool:
        """Replace a comment; False if it was deleted meanwhile."""
        try:
            self._host.edit(comment, self._body)
        except CommentRefused as error:
            if error.status != NOT_FOUND:
                raise
            return False
        return True

    def create(self, earlier: list[Comment]) -> Comment:
        """Write a comment, and give way to one that another run has written since the search."""
        known = {comment.id for comment in earlier}
        made = self._host.create(self._body, lambda it: it.id not in known and Marker.find(it.body) == self._marker)
        first = next((comment for comment in self.find() if comment.id not in known), made)
        if first.id >= made.id:
            return made
        if not self.is_covered_by(first) and not self.edit(first):
            return made
        self._host.delete(made)
        return first

    def _is_ours(self, comment: Comment) -> bool:
        marker = Marker.find(comment.body)
        if marker is None or marker.about != self._marker.about:
            return False
        return not self._author or _is_same(comment.author, self._author)


def _is_same(login: str, author: str) -> bool:
    """Whether a comment is of an account; GitHub's GraphQL API may name that of an app without its `[bot]`."""
    return login in {author, f"{author}[bot]"}


def host_of(environment: Mapping[str, str] = os.environ, *, repository: str = "", number: int | None = None) -> Host:
    """Find out where to post, as the variables of a pipeline say it.

    Args:
        environment: Of the pipeline's job.
        repository: Instead of the one that the pipeline runs for.
        number: Instead of that of the pull or merge request that the pipeline runs for.

    Raises:
        ReplicaError: It is no pipeline of a pull request, or there is no token.
    """
    if environment.get("GITLAB_CI") or (environment.get("CI_API_V4_URL") and not environment.get("GITHUB_ACTIONS")):
        return _gitlab(environment, repository, number)
    if environment.get("GITHUB_ACTIONS") or environment.get("GITHUB_TOKEN"):
        return _github(environment, repository, number)
    raise ReplicaError(
        "this is no pipeline of GitHub or GitLab, and there is no token for either",
        "set GITHUB_TOKEN and give --repository OWNER/NAME --number N; or CI_API_V4_URL and GITLAB_TOKEN",
    )


def _github(environment: Mapping[str, str], repository: str, number: int | None) -> GitHub:
    token = _needed(environment, "GITHUB_TOKEN", "add `env: GITHUB_TOKEN: ${{ github.token }}` to the step")
    repository = repository or _needed(environment, "GITHUB_REPOSITORY", "give --repository OWNER/NAME")
    number = number or _pull_request(environment)
    return GitHub(repository, number, environment.get("GITHUB_API_URL") or "https://api.github.com", token)


def _gitlab(environment: Mapping[str, str], repository: str, number: int | None) -> GitLab:
    own = environment.get("GITLAB_TOKEN", "")
    token = own or _needed(environment, "CI_JOB_TOKEN", "set GITLAB_TOKEN (project access token, scope `api`)")
    project = repository or _needed(environment, "CI_PROJECT_ID", "give --repository GROUP/NAME")
    number = number or int(
        _needed(environment, "CI_MERGE_REQUEST_IID", "run it in a merge request pipeline, or give --number")
    )
    api = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    return GitLab(project, number, api, token, is_of_job=not own, user=environment.get("GITLAB_USER_LOGIN", ""))


def _needed(environment: Mapping[str, str], name: str, next_step: str) -> str:
    if value := environment.get(name, "").strip():
        return value
    raise ReplicaError(f"{name} is not set", next_step)


def _pull_request(environment: Mapping[str, str]) -> int:
    """Read the pull request's number from the event that started the workflow, or from the name of what it checks."""
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    issue = event.get("issue") or {}
    about = event.get("pull_request") or (issue if "pull_request" in issue else {})
    if number := about.get("number"):
        return int(number)
    if found := re.fullmatch(r"refs/pull/(\d+)/(merge|head)", environment.get("GITHUB_REF", "")):
        return int(found[1])
    raise ReplicaError("this run is about no pull request", "run it on the event `pull_request`, or give --number N")


def _event(path: str) -> dict[str, Any]:
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}
