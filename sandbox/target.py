"""The target of a run: what a program, its providers and the engine need to use the sandbox and no cloud, as data.

A runner takes it from `python -m sandbox target`, so that nothing outside has to know the sandbox. It asks no server.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.core.claim import port_of, state_directory
from sandbox.core.default_key import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.plugins.stand_ins import PROGRAMS
from sandbox.services import SERVICES

PASSPHRASE = "sandbox"  # noqa: S105 - protects nothing: a stack of the sandbox holds no secrets
# The real alicloud plugin reads the older names, ALICLOUD_..., too.
KEY_IDS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "TENCENTCLOUD_SECRET_ID")
KEY_SECRETS = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_KEY")
SECURITY_TOKENS = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN")
LOOPBACK = "127.0.0.1,localhost,::1"


def target(directory: Path, base: Mapping[str, str]) -> dict[str, Any]:
    """Return the target of a run of the project in `directory`, and make the directory of its state backend.

    Args:
        directory: An absolute path; the state backend is `.pulumi-state` in it, unless the caller names another one.
        base: The caller's environment: SANDBOX_PORT, SANDBOX_STATE, PULUMI_BACKEND_URL, and endpoints that it sets.

    Returns:
        `environment`, the variables of the run; `plugins`, a directory with a directory to put on PATH for each native
        plugin that has a stand-in; `proxy`, further variables for a run with the real alicloud plugin; `description`,
        a line for a person.

    Raises:
        ValueError: SANDBOX_PORT is not a port.
    """
    state = directory / ".pulumi-state"
    url = f"http://127.0.0.1:{port_of(state_directory(base), base)}"
    if not (backend := base.get("PULUMI_BACKEND_URL")):
        state.mkdir(exist_ok=True)
        backend = state.as_uri()
    # Whose keys they are is asked at the endpoint of each service, which may be the caller's.
    called = {_variable(service.name) for service in SERVICES if service.name != "sts"}
    endpoints = {name: base.get(name) or url for name in sorted(called)}
    environment = {
        **endpoints,
        **dict.fromkeys(KEY_IDS, ACCESS_KEY_ID),
        **dict.fromkeys(KEY_SECRETS, ACCESS_KEY_SECRET),
        **dict.fromkeys(SECURITY_TOKENS, ""),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "PULUMI_BACKEND_URL": backend,
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "false",  # a stand-in must be found before anything is downloaded
        # The SDK sends even loopback calls through a proxy.
        "HTTP_PROXY": "",
        "http_proxy": "",
    }
    return {
        "environment": environment,
        "plugins": str(PROGRAMS),
        "proxy": _proxy(environment[_variable("ecs")]),
        "description": f"the sandbox on {url}, with stack state in {_shown(backend)}",
    }


def _shown(backend: str) -> str:
    """Write a backend for people: a URL may hold a password before the host, and secrets in its query."""
    parts = urlsplit(backend)
    if parts.scheme == "file":
        return unquote(backend.removeprefix("file://"))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _variable(service: str) -> str:
    return f"REPLICAS_{service.upper()}_ENDPOINT"


def _proxy(endpoint: str) -> dict[str, str]:
    """Return what catches the real alicloud plugin.

    It sends CopyImage to the host of the source region, whatever the provider's `endpoints` say. Upper case only: gRPC
    would send the engine's own calls through `http_proxy`. The Alibaba SDKs send all their calls through it, too.
    """
    url = endpoint if "://" in endpoint else f"http://{endpoint}"
    return {"HTTP_PROXY": url, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}
