"""A stand-in plugin as the engine starts it: `python -m sandbox.plugins alicloud --parent PID ENGINE-ADDRESS`.

It prints its port, serves, and ends with the process that started it: a killed engine must not leave it behind.
"""

import argparse
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.plugins.provider import StandIn
from sandbox.plugins.stand_ins import resources_of
from sandbox.services import NATIVE_RESOURCES

WORKERS = 512
"""The real plugins have no limit: each blocking create holds one for as long as its copy takes."""
PARENT_SECONDS = 0.25
"""How soon the end of the engine is noticed."""


def main(arguments: list[str] | None = None) -> None:
    """Serve one plugin until the parent is gone or a signal comes."""
    parser = argparse.ArgumentParser("python -m sandbox.plugins", description="Serves a stand-in plugin.")
    parser.add_argument("plugin", choices=NATIVE_RESOURCES)
    parser.add_argument("--parent", type=int, required=True, metavar="PID", help="end when this process is gone")
    options, _ = parser.parse_known_args(arguments)  # the engine adds its address, and may add more
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}:
            del os.environ[name]  # the SDKs would send even loopback calls through it
    for number in (signal.SIGINT, signal.SIGTERM):  # how the engine ends a plugin
        signal.signal(number, lambda *_: os._exit(0))
    provider = StandIn(resources_of(options.plugin))
    print(  # the engine shows what a plugin writes here
        f"pulumi-resource-{options.plugin} {provider.version} is the sandbox's stand-in, not the real plugin;"
        " it calls nothing but loopback",
        file=sys.stderr,
        flush=True,
    )
    server, port = serve(provider)
    print(port, flush=True)
    while os.getppid() == options.parent:
        time.sleep(PARENT_SECONDS)
    server.stop(grace=None)


def serve(provider: StandIn) -> tuple[grpc.Server, int]:
    """Serve on a free port of loopback."""
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="plugin"))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


if __name__ == "__main__":
    main()
    os._exit(0)  # threads in a wait for a copy must not keep it
