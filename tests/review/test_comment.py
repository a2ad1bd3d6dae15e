import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Response

from components.clouds.errors import ReplicaError
from tests.review.code_hosts import (
    ROBOT,
    TOKEN,
    CodeHost,
    GitHubStandIn,
    GitLabStandIn,
    in_seconds,
    served,
    too_many,
)
from tools.review.comment import LONGEST, Marker, Mode, body_of, host_of, post
from tools.review.github_comments import GitHub
from tools.review.gitlab_comments import GitLab
from tools.review.host_answers import CommentRefused
from tools.review.hosts import Host
from tools.review.report import Action, Cost, ReplicaChange, Report

CHANGE = ReplicaChange(
    action=Action.CREATE,
    kind="data_cache",
    thing="DataCache",
    entry="weights",
    name="weights-cn-beijing",
    urn="urn:pulumi:prod::replicas::x::weights-cn-beijing",
    source_region="cn-hangzhou",
    source_id="edc-1",
    region="cn-beijing",
)


def report(minute: int = 0, verdict: str = "1 replica added", **more: Any) -> Report:
    settings: dict[str, Any] = {
        "mode": "review",
        "project": "replicas",
        "stack": "prod",
        "file": "stacks/Pulumi.prod.yaml",
        "made_at": f"2026-11-26T10:{minute:02}:00+00:00",
        "engine": "3.272.0",
        "verdict": verdict,
        "changes": [CHANGE],
        "unchanged": 0,
        "findings": [],
        "cost": Cost(),
        "edges": [],
        "regions": [],
    }
    return Report(**(settings | more))


Connected = tuple[CodeHost, Host]


def github(stand_in: CodeHost, sleep: Callable[[float], None] = lambda _: None) -> GitHub:
    return GitHub("octo/replicas", 7, stand_in.url, TOKEN, sleep=sleep)


def gitlab(stand_in: CodeHost) -> GitLab:
    return GitLab("group/replicas", 7, f"{stand_in.url}/api/v4", TOKEN, sleep=lambda _: None)


@pytest.fixture(params=[(GitHubStandIn, github), (GitLabStandIn, gitlab)], ids=["GitHub", "GitLab"])
def connected(request: pytest.FixtureRequest) -> Iterator[Connected]:
    make, connect = request.param
    stand_in: CodeHost = make()
    with served(stand_in):
        yield stand_in, connect(stand_in)


@pytest.fixture
def on_github() -> Iterator[GitHubStandIn]:
    stand_in = GitHubStandIn()
    with served(stand_in):
        yield stand_in


def test_first_run_posts_and_the_next_one_edits(connected: Connected) -> None:
    stand_in, host = connected

    assert post(report(), host).startswith("posted")
    assert post(report(1, "2 replicas added"), host).startswith("edited")

    assert stand_in.bodies == [body_of(report(1, "2 replicas added"))]


def test_earlier_comment_is_found_on_a_later_page_and_others_are_left_alone(connected: Connected) -> None:
    stand_in, host = connected
    stand_in.page_size = 2
    stand_in.write("Looks good to me")
    other = stand_in.write(body_of(report(stack="dev")))
    stand_in.write("Label added", is_system=True)
    stand_in.write("Who approves?")
    ours = stand_in.write(body_of(report()))
    stand_in.write("I do")

    post(report(1, "2 replicas added"), host)

    assert len(stand_in.remarks) == 6
    assert ours.body == body_of(report(1, "2 replicas added"))
    assert other.body == body_of(report(stack="dev"))


def test_same_content_is_not_written_again(connected: Connected) -> None:
    stand_in, host = connected
    post(report(), host)

    assert post(report(5), host).startswith("left alone")

    assert stand_in.bodies == [body_of(report())]


def test_newer_comment_is_not_overwritten_by_a_run_that_was_slow(connected: Connected) -> None:
    stand_in, host = connected
    post(report(9, "2 replicas added"), host)

    assert post(report(3), host).startswith("left alone")

    assert stand_in.bodies == [body_of(report(9, "2 replicas added"))]


def test_new_leaves_the_earlier_comment_above(connected: Connected) -> None:
    stand_in, host = connected
    post(report(), host)

    post(report(1, "2 replicas added"), host, Mode.NEW)

    assert stand_in.bodies == [body_of(report()), body_of(report(1, "2 replicas added"))]


def test_hide_folds_the_earlier_comment(connected: Connected) -> None:
    stand_in, host = connected
    post(report(), host)

    post(report(1, "2 replicas added"), host, Mode.HIDE)
    post(report(2, "3 replicas added"), host, Mode.HIDE)

    folded = [remark.is_hidden or remark.body.startswith("<details>") for remark in stand_in.remarks]
    assert folded == [True, True, False]
    assert stand_in.bodies[-1] == body_of(report(2, "3 replicas added"))


def test_nothing_is_posted_where_nothing_changes_but_an_earlier_comment_is_corrected(connected: Connected) -> None:
    stand_in, host = connected
    empty = report(1, "No changes", changes=[])

    assert post(empty, host).startswith("not posted")
    assert stand_in.remarks == []
    post(report(), host)
    post(empty, host)

    assert stand_in.bodies == [body_of(empty)]


def test_comment_whose_answer_was_lost_is_not_posted_twice(connected: Connected) -> None:
    stand_in, host = connected
    stand_in.lost = 1

    post(report(), host)

    assert stand_in.bodies == [body_of(report())]


@pytest.mark.parametrize(("minute", "stays"), [(1, 2), (3, 3)], ids=["the other is newer", "the other is older"])
def test_two_runs_at_once_leave_one_comment(connected: Connected, minute: int, stays: int) -> None:
    stand_in, host = connected
    other = report(2, "of the other run")
    stand_in.before_create = lambda: stand_in.write(body_of(other))

    post(report(minute), host)

    assert stand_in.bodies == [body_of(other if stays == 2 else report(minute))]


def test_comment_that_was_deleted_meanwhile_is_posted_again(on_github: GitHubStandIn) -> None:
    on_github.write(body_of(report()))
    host = github(on_github)
    edit = host.edit

    def deleted_first(comment: Any, body: str) -> None:
        on_github.remarks.clear()
        edit(comment, body)

    host.edit = deleted_first  # type: ignore[method-assign]

    assert post(report(1, "2 replicas added"), host).startswith("posted")
    assert len(on_github.remarks) == 1


def test_marker_that_somebody_else_wrote_does_not_count(connected: Connected) -> None:
    stand_in, host = connected
    forged = stand_in.write(body_of(report(made_at="2999-01-01T00:00:00+00:00")), author="mallory")

    assert post(report(), host).startswith("posted")

    assert [remark.author for remark in stand_in.remarks] == ["mallory", ROBOT]
    assert Marker.find(forged.body)


@pytest.mark.parametrize("viewer", ["robot", ""], ids=["named without [bot]", "not named"])
def test_own_comments_are_found_as_github_names_the_account(on_github: GitHubStandIn, viewer: str) -> None:
    on_github.viewer = viewer
    post(report(), github(on_github))

    post(report(1, "2 replicas added"), github(on_github))

    assert len(on_github.remarks) == 1


def test_limits_of_the_host_are_waited_for(on_github: GitHubStandIn) -> None:
    on_github.failures.extend(
        [too_many(Retry_After="7"), too_many(X_RateLimit_Remaining="0", X_RateLimit_Reset=in_seconds(30))]
    )
    pauses: list[float] = []

    post(report(), github(on_github, pauses.append))

    assert pauses[0] == 7
    assert 25 < pauses[1] <= 30
    assert len(on_github.remarks) == 1


def test_host_that_stays_broken_is_one_line_without_the_token(on_github: GitHubStandIn) -> None:
    on_github.failures.extend(Response("<html>Bad gateway</html>", 502) for _ in range(9))

    with pytest.raises(CommentRefused) as refused:
        post(report(), github(on_github))

    assert str(refused.value) == ("GitHub does not answer: 502 BAD GATEWAY (5 attempts). Next: run it again later.")


def test_refusal_says_what_the_host_says_and_what_to_do(on_github: GitHubStandIn) -> None:
    refused = GitHub("octo/replicas", 7, on_github.url, "wrong-token", sleep=lambda _: None)

    with pytest.raises(CommentRefused) as error:
        post(report(), refused)

    assert str(error.value) == (
        "reading a comment on GitHub: 401 UNAUTHORIZED: Bad credentials (request AB12:34). "
        "Next: renew the token: it is wrong or expired."
    )


def test_token_of_a_job_that_the_server_refuses_names_the_other_one() -> None:
    stand_in = GitLabStandIn()
    with served(stand_in):
        host = GitLab("42", 7, f"{stand_in.url}/api/v4", TOKEN, is_of_job=True, user=ROBOT)
        with pytest.raises(CommentRefused, match="set GITLAB_TOKEN"):
            post(report(), host)
        stand_in.takes_job_tokens = True
        assert post(report(), host).startswith("posted")


def test_redirect_is_refused_so_that_the_token_stays_with_its_host(on_github: GitHubStandIn) -> None:
    on_github.failures.append(Response(status=307, headers={"Location": "https://elsewhere.invalid/"}))

    with pytest.raises(CommentRefused, match="name the repository as it is called now"):
        post(report(), github(on_github))


def test_login_of_a_netrc_file_does_not_replace_the_token(
    on_github: GitHubStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert post(report(), github(on_github)).startswith("posted")


def test_address_without_the_api_is_one_line() -> None:
    with pytest.raises(CommentRefused, match=r"does not answer: no connection to 127\.0\.0\.1:1"):
        post(report(), GitHub("octo/replicas", 7, "http://127.0.0.1:1", TOKEN, sleep=lambda _: None))


def test_answer_of_another_shape_is_one_line(on_github: GitHubStandIn) -> None:
    on_github.write("hello")
    on_github.row = lambda remark: {"number": remark.id}  # type: ignore[method-assign]

    with pytest.raises(CommentRefused, match="answers, but not as the API of comments does"):
        post(report(), github(on_github))


def test_comment_fits_with_its_marker() -> None:
    changes = [
        CHANGE.model_copy(update={"name": f"weights-{number}", "entry": f"weights-{number}"}) for number in range(3000)
    ]

    assert len(body_of(report(changes=changes)).encode()) <= LONGEST


@pytest.mark.parametrize("stack", ["a--b", "--><script>", "c'\"\\"])
def test_no_name_ends_the_hidden_marker(stack: str) -> None:
    marker = Marker.of(report(stack=stack))

    assert str(marker).count("--") == 2
    assert str(marker).count(">") == 1
    assert Marker.find(f"text\n\n{marker}") == marker


@pytest.mark.parametrize("text", ["{}", '{"about": 1}', "[1]", '{"about": "a", "made_at": "soon", "content": "c"}'])
def test_marker_of_another_version_is_none(text: str) -> None:
    assert Marker.find(f"<!-- replicas-review {text} -->") is None


def event(tmp_path: Path, content: Any) -> str:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("content", "ref"),
    [
        ({"pull_request": {"number": 7}}, "refs/heads/main"),
        ({"issue": {"number": 7, "pull_request": {}}}, "refs/heads/main"),
        ({}, "refs/pull/7/merge"),
        ([], "refs/pull/7/head"),
    ],
)
def test_github_says_which_pull_request_it_is(on_github: GitHubStandIn, tmp_path: Path, content: Any, ref: str) -> None:
    host = host_of(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "octo/replicas",
            "GITHUB_API_URL": on_github.url,
            "GITHUB_EVENT_PATH": event(tmp_path, content),
            "GITHUB_REF": ref,
        }
    )

    assert post(report(), host).startswith("posted")


def test_gitlab_says_which_merge_request_it_is() -> None:
    stand_in = GitLabStandIn(takes_job_tokens=False)
    with served(stand_in):
        host = host_of(
            {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{stand_in.url}/api/v4",
                "CI_PROJECT_ID": "42",
                "CI_MERGE_REQUEST_IID": "7",
                "CI_JOB_TOKEN": "of the job, which few servers take",
                "GITLAB_TOKEN": TOKEN,
            }
        )
        assert post(report(), host).startswith("posted")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "this is no pipeline of GitHub or GitLab"),
        ({"GITHUB_ACTIONS": "true"}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "x", "GITHUB_REPOSITORY": "a/b"}, "about no pull request"),
        ({"GITLAB_CI": "true"}, "CI_JOB_TOKEN is not set"),
        ({"GITLAB_CI": "true", "GITLAB_TOKEN": "x", "CI_PROJECT_ID": "1"}, "CI_MERGE_REQUEST_IID is not set"),
    ],
)
def test_pipeline_that_is_of_no_pull_request_is_one_line(environment: dict[str, str], words: str) -> None:
    with pytest.raises(ReplicaError, match=words):
        host_of(environment)
