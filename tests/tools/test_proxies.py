"""Whatever proxies the caller's environment names, the program reaches the engine on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from concurrent import futures

import grpc
import pytest

from tools.runner import proxies

NOWHERE = "http://127.0.0.1:9"
CALL = """
import sys, grpc
grpc.channel_ready_future(grpc.insecure_channel(sys.argv[1])).result(timeout=5)
"""


@pytest.mark.parametrize("exempt", [{}, {"no_proxy": "*"}, {"no_grpc_proxy": "example.com"}, {"no_grpc_proxy": ""}])
def test_program_reaches_the_engine_behind_any_proxy(exempt: dict[str, str]) -> None:
    names = ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy")
    given = {name: NOWHERE for each in names for name in (each, each.upper())} | exempt
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()} | given
    server = grpc.server(futures.ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        subprocess.run(  # noqa: S603 - above
            [sys.executable, "-c", CALL, f"127.0.0.1:{port}"],
            env={**environment, **proxies.exempt_loopback(environment)},
            timeout=60,
            check=True,
        )
    finally:
        server.stop(grace=None)


@pytest.mark.parametrize(
    "given", [{"NO_PROXY": "corp.example.com, 10.0.0.0/8"}, {"no_proxy": "corp.example.com,10.0.0.0/8"}]
)
def test_what_is_exempt_already_stays_so(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    exempt = proxies.exempt_loopback(given)

    assert set(exempt.values()) == {"corp.example.com,10.0.0.0/8,127.0.0.1,localhost,::1"}
    assert proxies.exempt_loopback(exempt) == exempt
    for name, value in exempt.items():
        monkeypatch.setenv(name, value)
    assert all(urllib.request.proxy_bypass(host) for host in ("127.0.0.1:8747", "localhost", "corp.example.com"))


def test_environment_without_any_proxy_for_anything_stays_so() -> None:
    exempt = proxies.exempt_loopback({"NO_PROXY": "*"})

    assert (exempt["NO_PROXY"], exempt["no_proxy"]) == ("*", "*")
