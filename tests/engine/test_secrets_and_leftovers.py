"""Credentials are found nowhere but in memory, secrets stay encrypted, and a run leaves no process behind."""

from __future__ import annotations

from pathlib import Path

import psutil

from sandbox.core.accounts import ACCOUNT_ID
from tests.engine.harness import Cloud, Stack, image, replica, wait_for
from tests.engine.kills import processes

KEY, SECRET = "canaryAccessKeyId4711", "canaryAccessKeySecret0815"
TOKEN = "canaryRepositoryToken"
TOKEN_PATH = 'replicas:dataCaches.weights.destinations["cn-hangzhou"].reload.dataSource.options.token'


def test_credentials_are_nowhere(stack: Stack, cloud: Cloud) -> None:
    keys = [{"access_key_id": KEY, "access_key_secret": SECRET}]
    cloud.server.control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "keys": keys}]})
    cloud.fault("copy_fails", params={"DestinationRegionId": "cn-shanghai"})
    cloud.fault("error", code="Forbidden.SubUser", status=403, params={"DestinationRegionId": "cn-shenzhen"})
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen")}, loopbackOnly=False)
    canary = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}

    runs = [stack.up(**canary), stack.up("--diff", **canary), stack.run("report", **canary)]

    assert [done.code for done in runs][1:] == [0, 0]
    assert not any(secret in done.text for done in runs for secret in (KEY, SECRET))
    files = [path for path in (stack.directory / ".pulumi-state").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files for secret in (KEY, SECRET) if secret.encode() in path.read_bytes()] == []


def test_no_process_is_left(stack: Stack) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    assert stack.up().code == 0

    left = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == stack.directory:
                left.append(process.cmdline())
        except psutil.Error:
            continue
    assert left == []


def test_credentials_of_the_stack_config(stack: Stack, cloud: Cloud) -> None:
    """Used where the environment has none, in the program and in the provider; encrypted in the state."""
    keys = [{"access_key_id": KEY, "access_key_secret": SECRET}]
    cloud.server.control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "keys": keys}]})
    stack.config({"weights": replica("cn-hangzhou")}, loopbackOnly=False)
    stack.plain("stack", "init", "test")
    for name, value in (("alicloud:accessKey", KEY), ("alicloud:secretKey", SECRET)):
        assert stack.plain("config", "set", "--secret", name, value).code == 0
    nothing = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}

    done = stack.up(**nothing)

    assert done.code == 0, done.text
    assert SECRET not in done.text
    files = [path for path in stack.directory.rglob("*") if path.is_file() and ".venv" not in path.parts]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def declare_with_secret_option(stack: Stack) -> None:
    source = {"type": "URL", "options": {"repoSource": "HuggingFace/Model", "repoId": "org/model"}}
    stack.config({"weights": replica("cn-hangzhou", path="/v1", reload={"trigger": "1", "dataSource": source})})
    stack.plain("stack", "init", "test")
    done = stack.plain("config", "set", "--secret", "--path", TOKEN_PATH, TOKEN)
    assert done.code == 0, done.text


def holding_token(stack: Stack) -> list[str]:
    files = [path for path in stack.directory.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [str(path) for path in files if TOKEN.encode() in path.read_bytes()]


def test_secret_option_of_the_stack_config(stack: Stack) -> None:
    declare_with_secret_option(stack)

    done = stack.up()

    assert done.code == 0, done.text
    assert TOKEN not in done.text
    assert holding_token(stack) == []
    options = stack.rows()[0]["inputs"]["reload"]["data_source"]["options"]
    assert all("ciphertext" in option for option in options.values())
    assert stack.up("--expect-no-changes").code == 0


def test_secret_option_of_a_creation_that_was_killed(stack: Stack, cloud: Cloud) -> None:
    """The journal has no secret: the copy is recorded without it, and the next run records it and loads nothing.

    It finds the journal although it spells the stack's name and the backend's URL in another way.
    """
    declare_with_secret_option(stack)
    cloud.fault("delay", when="after", seconds=2)
    run = stack.start("up", "--yes")
    provider = processes(run, stack, "provider")[0]
    wait_for(cloud.replicas)
    provider.kill()
    run.communicate(timeout=120)
    left = list((stack.directory / ".replicas").glob("*.json"))
    assert len(left) == 1

    stack.name = "organization/replicas/test"
    stack.environment["PULUMI_BACKEND_URL"] = "file://./.pulumi-state/"
    done = stack.up()

    assert done.code == 0, done.text
    assert "found edc-" in done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"]
    assert cloud.calls("UpdateDataCache") == []
    assert holding_token(stack) == []
    assert "token" in stack.rows()[0]["inputs"]["reload"]["data_source"]["options"]
    assert stack.up("--expect-no-changes").code == 0


OWNER = "canaryOwnerOfTheTags"
WHERE = {"dataCaches": ("weights", "cn-hangzhou", "cn-shanghai"), "images": ("golden", "cn-beijing", "cn-shenzhen")}


def declare_with_secret_tags(stack: Stack, regions: int, **tags: str) -> None:
    """Settings that are secrets beside others that are not, for every kind whose settings may be."""
    entries = {section: (name, regions_[:regions]) for section, (name, *regions_) in WHERE.items()}
    plain = {"tags": {"stage": "prod", **tags}}
    (weights, caches), (golden, images) = entries["dataCaches"], entries["images"]
    stack.config({weights: replica(*caches, **plain)}, images={golden: image(*images, **plain)})
    for section, (name, declared) in entries.items():
        for region in declared:
            place = f'replicas:{section}.{name}.destinations["{region}"]'
            done = stack.plain("config", "set", "--secret", "--path", f"{place}.tags.owner", OWNER)
            assert done.code == 0, done.text


def holding(stack: Stack, text: str) -> list[str]:
    files = [path for path in stack.directory.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [str(path) for path in files if text.encode() in path.read_bytes()]


def test_secret_tag_of_the_stack_config(stack: Stack, cloud: Cloud, ecs: Cloud) -> None:
    """Encrypted after an `up`, a refresh, a change of another tag, and a repair from the journal; the cloud gets it."""
    stack.plain("stack", "init", "test")
    declare_with_secret_tags(stack, 1, team="red")
    runs = [stack.up(), stack.run("refresh")]
    declare_with_secret_tags(stack, 1, team="blue")
    runs += [stack.preview("--diff"), stack.up()]
    assert runs[2].resources["to update"] == 2
    found = [holding(stack, OWNER)]

    declare_with_secret_tags(stack, 2, team="blue")
    for kind in (cloud, ecs):
        kind.fault("delay", when="after", seconds=3)
    killed = stack.start("up", "--yes")
    wait_for(lambda: len(cloud.replicas()) + len(ecs.replicas()) == 4)
    for role in ("provider", "plugin"):
        for process in processes(killed, stack, role):
            process.kill()
    text, _ = killed.communicate(timeout=120)
    found.append(holding(stack, OWNER))
    assert list((stack.directory / ".replicas").glob("*.json"))
    for command in (["repair"], ["refresh"], ["up", "--yes"], ["up", "--yes", "--expect-no-changes"]):
        runs.append(stack.run(*command))
        found.append(holding(stack, OWNER))

    assert found == [[]] * len(found)
    assert OWNER not in text
    assert [run.code for run in runs] == [0] * len(runs)
    assert not any(OWNER in run.text for run in runs)
    assert [each["tags"]["owner"] for kind in (cloud, ecs) for each in kind.replicas()] == [OWNER] * 4
    assert [each["tags"]["team"] for kind in (cloud, ecs) for each in kind.replicas()] == ["blue"] * 4
    for row in stack.rows():
        for properties in (row["inputs"], row["outputs"]):
            assert "ciphertext" in properties["tags"]["owner"]
