"""Installs the engine with Pulumi's official install script, into a directory of ours.

It must fail within seconds where there is no internet, and never touch the user's ~/.pulumi or shell profile.
"""

import http.client
import queue
import threading
import urllib.error
import urllib.request
from pathlib import Path

from tools import steps
from tools.engine.found import ENGINE_VERSION

SCRIPT_URL = "https://get.pulumi.com/install.sh"
ANSWER_SECONDS = 5.0  # for each step of fetching the script; far more than a working connection needs
FETCH_SECONDS = 12.0  # for all of it: looking up a name has no limit of its own
INSTALL_SECONDS = 600.0  # the archive has about 200 MB


def fetch_script() -> bytes:
    """Return the install script; raises StepFailed if it is not available, or not soon enough."""
    answers: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()

    def fetch() -> None:
        try:
            with urllib.request.urlopen(SCRIPT_URL, timeout=ANSWER_SECONDS) as answer:
                answers.put(answer.read())
        except urllib.error.HTTPError as error:
            answers.put(f"the answer was {error.code} {error.reason}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            answers.put(str(getattr(error, "reason", error)))

    threading.Thread(target=fetch, daemon=True).start()  # a daemon: a lookup that hangs must not keep us
    try:
        answer = answers.get(timeout=FETCH_SECONDS)
    except queue.Empty:
        answer = f"no answer in {FETCH_SECONDS:.0f} s"
    if isinstance(answer, str):
        raise steps.StepFailed(f"{SCRIPT_URL}: {answer}")
    return answer


def install(into: Path) -> None:
    """Install the pinned version so that its programs are in `bin` of an empty directory; raises StepFailed."""
    script, text = into / "install.sh", fetch_script()
    if not text.startswith(b"#!"):
        what = "something else than a script; is a login to the network missing?"
        raise steps.StepFailed(f"{SCRIPT_URL} returned {what}")
    script.write_bytes(text)
    options = ["--no-edit-path", "--install-root", str(into), "--version", ENGINE_VERSION]
    steps.run(["/bin/sh", script, *options], "the install script failed", seconds=INSTALL_SECONDS)
    script.unlink()
