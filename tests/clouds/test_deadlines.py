"""Every call has an end: a server that never stops answering, and credentials that never come."""

from __future__ import annotations

import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.clouds import deadlines
from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_snapshots import EcsSnapshots
from components.clouds.errors import CloudError, CredentialsMissing, NoAnswer
from components.clouds.service import Service
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cvm import Cvm
from tests.lifecycle.replicas import use_keys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
ALIBABA: dict[str, Any] = {"key_id": "id", "key_secret": "secret"}
TENCENT = ALIBABA


class Dripping(socketserver.BaseRequestHandler):
    """Answers a byte at a time: each comes soon enough, all of them never do."""

    def handle(self) -> None:
        self.request.recv(65536)
        try:
            for byte in HEAD + b" " * 100000:
                self.request.sendall(bytes([byte]))
                time.sleep(0 if byte in HEAD[:-4] else 0.05)
        except OSError:
            return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def dripping() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Dripping) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "CALL_SECONDS", 1.0)
    use_keys(monkeypatch, "id", "secret")


SERVICES: dict[str, Callable[[str], tuple[Service, str, dict[str, Any]]]] = {
    "eci": lambda url: (Eci(alibaba.Connection(url, **ALIBABA)), "CopyDataCache", {"data_cache_id": "edc-1"}),
    "ecs": lambda url: (Ecs(alibaba.Connection(url, **ALIBABA)), "DeleteImage", {"image_id": "m-1"}),
    "ecs snapshots": lambda url: (
        EcsSnapshots(alibaba.Connection(url, **ALIBABA)),
        "CopySnapshot",
        {"snapshot_id": "s-1"},
    ),
    "cbs": lambda url: (Cbs(tencent.Connection(url, **TENCENT)), "CopySnapshotCrossRegions", {"SnapshotId": "snap-1"}),
    "cvm": lambda url: (Cvm(tencent.Connection(url, **TENCENT)), "SyncImages", {"ImageIds": ["img-1"]}),
}


@pytest.mark.parametrize("name", SERVICES)
def test_answer_that_never_ends_is_waited_for_until_the_deadline(name: str, dripping: str) -> None:
    """Each byte comes within the time limit of a read. What was asked for may have been done."""
    service, action, params = SERVICES[name](dripping)
    begun = time.monotonic()

    reason = r"doing: NoAnswer: http://127\.0\.0\.1:\d+ gave no whole answer within 1 s"
    with pytest.raises(NoAnswer, match=reason) as raised:
        service._send("doing", "cn-beijing", action, params, patience=0)

    assert time.monotonic() - begun < 10
    assert raised.value.maybe_done


class Silent(alibaba.Connection):
    """Its metadata service accepts connections, and never says anything."""

    asked = threading.Event()
    answers = threading.Event()

    def credentials(self) -> None:
        self.asked.set()
        self.answers.wait(60)


@pytest.fixture
def silent() -> Iterator[Silent]:
    Silent.asked.clear()
    Silent.answers.clear()
    yield Silent("http://127.0.0.1:9", **ALIBABA)
    Silent.answers.set()


def test_silent_metadata_service_ends_in_one_line(silent: Silent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "CREDENTIALS_SECONDS", 0.5)
    begun = time.monotonic()

    with pytest.raises(CredentialsMissing, match=r"^no credentials for .* were found within 0\.5 s\. Next: check "):
        Eci(silent)._send("doing", "cn-beijing", "DescribeDataCaches", {}, patience=0)
    assert time.monotonic() - begun < 10


def test_silent_metadata_service_blocks_no_region_that_has_its_client(silent: Silent) -> None:
    eci = Eci(silent)
    eci._clients["cn-shanghai"] = "a client"
    waiting = threading.Thread(target=lambda: eci._connected("cn-beijing", "DescribeDataCaches"), daemon=True)
    waiting.start()
    assert silent.asked.wait(30)

    begun = time.monotonic()
    assert eci._connected("cn-shanghai", "DescribeDataCaches") == "a client"
    assert time.monotonic() - begun < 10
    silent.answers.set()
    waiting.join()


def test_credentials_are_sought_again_after_a_call_that_did_not_end(dripping: str) -> None:
    """What the call hangs in may be the renewal of credentials, under a lock of theirs."""
    eci = Eci(alibaba.Connection(dripping, **ALIBABA))

    with pytest.raises(CloudError):
        eci._send("doing", "cn-beijing", "DescribeDataCaches", {}, patience=0)
    assert not eci._clients


def test_answer_and_error_of_a_call_in_time() -> None:
    assert deadlines.within(30, lambda: "answer") == "answer"
    with pytest.raises(TimeoutError, match="its own"):
        deadlines.within(30, fails)


def fails() -> None:
    raise TimeoutError("its own")


def test_call_that_did_not_end_does_not_keep_the_process_alive() -> None:
    code = (
        "import time\n"
        "from components.clouds.deadlines import Overrun, within\n"
        "try:\n"
        "    within(0.1, lambda: time.sleep(60))\n"
        "except Overrun as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603 - our own code

    assert (done.stdout, done.stderr) == ("no end within 0.1 s\n", "")
