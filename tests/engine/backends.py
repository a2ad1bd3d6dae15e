"""State backends other than files, served on loopback for the tests: PostgreSQL, and S3 by moto's server.

PostgreSQL is the one on PATH or of the Debian package, which root gets by itself; it runs as another user, since it
refuses to run as root, in a directory of its own that is gone afterwards.
"""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from tests.engine.harness import wait_for

DEBIAN = Path("/usr/lib/postgresql")
BUCKET = "states"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a database; `&table=NAME` behind it gives a state of one's own."""
    programs = _programs()
    user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    port = _free_port()
    # The other user must get there: not below a directory of root's own.
    place = "/tmp" if os.getuid() == 0 else None  # noqa: S108 - TemporaryDirectory makes a name of its own in it
    with tempfile.TemporaryDirectory(prefix="replicas-postgres-", dir=place) as directory:
        if os.getuid() == 0:
            shutil.chown(directory, user)
        data = Path(directory) / "data"

        def run(program: str, *arguments: str) -> subprocess.Popen[bytes]:
            command = [str(programs / program), "-D", str(data), *arguments]
            as_user = user if os.getuid() == 0 else None
            with (Path(directory) / f"{program}.log").open("wb") as log:
                return subprocess.Popen(command, cwd=directory, user=as_user, stdout=log, stderr=log)  # noqa: S603 - found

        made = run("initdb", "--auth=trust", "--username=replicas", "--no-sync", "--no-locale", "--encoding=UTF8")
        assert made.wait(60) == 0, (Path(directory) / "initdb.log").read_text()
        settings = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "fsync=off")
        server = run("postgres", *(word for each in settings for word in ("-c", each)))
        try:
            wait_for(lambda: _answers(port) or server.poll() is not None)
            assert server.poll() is None, (Path(directory) / "postgres.log").read_text()
            yield f"postgres://replicas@127.0.0.1:{port}/postgres?sslmode=disable"
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def s3() -> Iterator[str]:
    """The URL of a bucket; a prefix of one's own goes before the query."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        with urlopen(Request(f"http://{host}:{port}/{BUCKET}", method="PUT")):
            yield f"s3://{BUCKET}?region=us-east-1&endpoint={host}:{port}&disableSSL=true&s3ForcePathStyle=true"
    finally:
        server.stop()


def _programs() -> Path:
    """Find the directory of PostgreSQL's programs, or install the Debian package."""
    if found := _installed():
        return found
    tried = [f"PATH and {DEBIAN}"]
    if os.getuid() == 0 and shutil.which("apt-get"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            done = _apt_get(words)
            tried.append(f"`apt-get {' '.join(words)}` (exit code {done.returncode})")
        if found := _installed():
            return found
    pytest.fail(f"PostgreSQL was not found: tried {', '.join(tried)}. Next: install it, then run the tests again.")


def _installed() -> Path | None:
    if (found := shutil.which("initdb")) and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def _apt_get(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # The package would start a server of its own.
    Path("/etc/postgresql-common").mkdir(exist_ok=True)
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if not settings.exists():
        settings.write_text("create_main_cluster = false\n")
    return subprocess.run(  # noqa: S603 - fixed words
        [shutil.which("apt-get") or "apt-get", "-q", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
