"""Installs the engine with Pulumi's official install script, into a directory of ours.

It must fail within seconds where there is no internet, and never touch the user's ~/.pulumi or shell profile.
"""

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tools.engine.found import ENGINE_VERSION, NotThisWayError
from tools.engine.process import Command, Runner

SCRIPT_URL = "https://get.pulumi.com/install.sh"
ANSWER_SECONDS = 5.0  # for each step of fetching the script; far more than a working connection needs
FETCH_SECONDS = 12.0  # for all of it: looking up a name has no limit of its own
INSTALL_SECONDS = 600.0  # the archive has about 200 MB

Fetch = Callable[[], bytes]


def fetch_script() -> bytes:
    """Return the install script.

    Raises:
        NotThisWayError: It is not available, or not soon enough.
    """
    got: list[bytes] = []
    failed: list[str] = []

    def fetch() -> None:
        try:
            with urllib.request.urlopen(SCRIPT_URL, timeout=ANSWER_SECONDS) as answer:
                got.append(answer.read())
        except urllib.error.HTTPError as error:
            failed.append(f"the answer was {error.code} {error.reason}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            failed.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=fetch, daemon=True)  # a daemon: a lookup that hangs must not keep us
    thread.start()
    thread.join(FETCH_SECONDS)
    if got:
        return got[0]
    raise NotThisWayError(f"{SCRIPT_URL}: {failed[0] if failed else f'no answer in {FETCH_SECONDS:.0f} s'}")


def install(into: Path, run: Runner, fetch: Fetch) -> None:
    """Install the pinned version so that its programs are in `bin` of an empty directory.

    Raises:
        NotThisWayError: It could not be installed.
    """
    script, text = into / "install.sh", fetch()
    if not text.startswith(b"#!"):
        raise NotThisWayError(f"{SCRIPT_URL} returned something else than a script; is a login to the network missing?")
    script.write_bytes(text)
    options = ["--no-edit-path", "--install-root", str(into), "--version", ENGINE_VERSION]
    ended = run(Command(["/bin/sh", str(script), *options], INSTALL_SECONDS))
    script.unlink()
    if ended.code != 0:
        raise NotThisWayError(f"the install script failed: {ended.last_lines()}")
