"""Installs the engine from the archive of Pulumi's official release, of which the checksum is pinned here.

Nothing of it is run, or even unpacked, before the checksum is compared. It must fail within seconds where there is no
internet, and never touch the user's ~/.pulumi or shell profile.
"""

import hashlib
import http.client
import platform
import queue
import shutil
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tools import steps
from tools.engine.found import ENGINE_VERSION

URL = "https://get.pulumi.com/releases/sdk/pulumi-v{version}-{platform}.tar.gz"
# As in the release's pulumi-3.256.0-checksums.txt; docs/decisions/0014-pinned-engine.md says where they come from.
SHA256 = {
    "linux-x64": "fe4afd4cda48f7fe06961268834caf78fb1efa8b31ee61ad00ee2e6cfa91caea",
    "linux-arm64": "a5b0c4cfc894d9147b8769eeb590fb6517f98829595d95443c2b6f91b1815711",
}
ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
ANSWER_SECONDS = 5.0  # for each step of the connection; far more than a working one needs
FIRST_SECONDS = 12.0  # until the answer begins: looking up a name has no limit of its own
FETCH_SECONDS = 600.0  # for all of it: the archive has about 200 MB
CHUNK = 1 << 20


def install(into: Path, pins: Mapping[str, str] = SHA256) -> None:
    """Install the pinned version so that its programs are in `bin` of an empty directory; raises StepFailed."""
    name = this_machine()
    if name not in pins:
        raise steps.StepFailed(
            f"no checksum of v{ENGINE_VERSION} is pinned for {name}, and no archive is taken without"
        )
    url, file = URL.format(version=ENGINE_VERSION, platform=name), into / "archive"
    found = fetch(url, file)
    if found != pins[name]:
        raise steps.StepFailed(f"{url} has the SHA-256 {found} instead of {pins[name]}, so it was not unpacked")
    unpack(file, into / "bin")
    file.unlink()


def this_machine() -> str:
    """Return what releases call a machine of this kind."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{ARCHITECTURES.get(machine, machine)}"


def fetch(url: str, file: Path) -> str:
    """Write what the URL gives into the file and return its SHA-256; raises StepFailed if it does not come in time."""
    deadline, digest = time.monotonic() + FETCH_SECONDS, hashlib.sha256()
    try:
        with _opened(url) as answer, file.open("wb") as written:
            while chunk := answer.read1(CHUNK):
                digest.update(chunk)
                written.write(chunk)
                if time.monotonic() > deadline:
                    raise steps.StepFailed(f"{url}: no end after {FETCH_SECONDS:.0f} s")
            if answer.length:
                raise steps.StepFailed(f"{url}: the connection ended {answer.length} bytes early")
    except (OSError, http.client.HTTPException) as error:
        raise steps.StepFailed(f"{url}: {error}") from error
    return digest.hexdigest()


def _opened(url: str) -> http.client.HTTPResponse:
    answers: queue.SimpleQueue[http.client.HTTPResponse | str] = queue.SimpleQueue()

    def open_it() -> None:
        try:
            answers.put(urllib.request.urlopen(url, timeout=ANSWER_SECONDS))  # noqa: S310 - ours
        except urllib.error.HTTPError as error:
            answers.put(f"the answer was {error.code} {error.reason}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            answers.put(str(getattr(error, "reason", error)))

    threading.Thread(target=open_it, daemon=True).start()  # a daemon: a lookup that hangs must not keep us
    try:
        answer = answers.get(timeout=FIRST_SECONDS)
    except queue.Empty:
        answer = f"no answer in {FIRST_SECONDS:.0f} s"
    if isinstance(answer, str):
        raise steps.StepFailed(f"{url}: {answer}")
    return answer


def unpack(archive: Path, programs: Path) -> None:
    """Put the programs of an archive, all in its directory `pulumi`, into a directory; raises StepFailed."""
    programs.mkdir()
    try:
        with tarfile.open(archive) as held:
            for member in held:
                path = PurePosixPath(member.name)
                content = held.extractfile(member) if member.isfile() and path.parts[:-1] == ("pulumi",) else None
                if content is None:
                    continue
                with (programs / path.name).open("wb") as program:
                    shutil.copyfileobj(content, program)
                (programs / path.name).chmod(0o755)
    except (tarfile.TarError, EOFError) as error:
        raise steps.StepFailed(f"the archive cannot be unpacked: {error}") from error
