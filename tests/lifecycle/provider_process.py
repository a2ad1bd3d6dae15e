"""The SDK's own provider server in a process of its own, called as the engine calls it, with plain dictionaries."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.providers.data_cache import DataCacheProvider
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET

CHECKOUT = Path(__file__).resolve().parents[2]
PROVIDER = "__provider"
REFERENCE = serialize_provider(DataCacheProvider())
ENDED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


class CallFailed(Exception):
    """The provider raised: what the engine would show."""


class ProcessDied(Exception):
    """The process ended while it was called."""


class Difference(NamedTuple):
    """What Diff answers."""

    changes: bool
    replaces: list[str]
    delete_first: bool


class ProviderProcess:
    """One process of the provider server; a context manager that always ends it.

    Args:
        endpoint: The sandbox's address.
        environment: Variables beside those of this process and the sandbox's credentials.
    """

    def __init__(self, endpoint: str, **environment: str) -> None:
        self.printed: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:9"],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "PULUMI_PROJECT": "replicas",
                "REPLICAS_ECI_ENDPOINT": endpoint,
                "REPLICAS_CBS_ENDPOINT": endpoint,
                "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
                "TENCENTCLOUD_SECRET_ID": ACCESS_KEY_ID,
                "TENCENTCLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Read all the time: a process whose pipe is full stands still.
        self._started = threading.Event()
        self._reader = threading.Thread(target=self._read, name="provider output", daemon=True)
        self._reader.start()
        self._started.wait(30)
        try:
            self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self.printed[0])}")
            self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
            config = _struct({"replicas:loopbackOnly": "true"})
            configured = self._stub.Configure(provider_pb2.ConfigureRequest(args=config, acceptSecrets=True))
            self.accepts_secrets = bool(configured.acceptSecrets)
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._channel.close()

    def kill(self) -> None:
        """End it as nothing but SIGKILL does, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """The checked inputs; raises CallFailed where a rule is broken."""
        answer = self._call("Check", provider_pb2.CheckRequest(olds=_struct(olds), news=_struct(news)))
        if answer.failures:
            raise CallFailed("; ".join(f"{failure.property}: {failure.reason}" for failure in answer.failures))
        return _dict(answer.inputs)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        answer = self._call("Diff", provider_pb2.DiffRequest(id=id_, olds=_struct(olds), news=_struct(news)))
        changes = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        return Difference(changes, list(answer.replaces), bool(answer.deleteBeforeReplace))

    def create(self, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Id and outputs."""
        answer = self._call("Create", provider_pb2.CreateRequest(properties=_struct(inputs)))
        return str(answer.id), _dict(answer.properties)

    def read(self, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> tuple[str, Any, Any]:
        """Id ("" where it is gone), outputs and inputs."""
        request = provider_pb2.ReadRequest(id=id_, properties=_struct(outputs), inputs=_struct(inputs))
        answer = self._call("Read", request)
        return str(answer.id), _dict(answer.properties), _dict(answer.inputs)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """The outputs."""
        request = provider_pb2.UpdateRequest(id=id_, olds=_struct(olds), news=_struct(news))
        return _dict(self._call("Update", request).properties)

    def delete(self, id_: str, outputs: dict[str, Any]) -> None:
        self._call("Delete", provider_pb2.DeleteRequest(id=id_, properties=_struct(outputs)))

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as error:
            if error.code() in ENDED:
                raise ProcessDied(method) from None
            raise CallFailed(str(error.details())) from None

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.printed.append(line)
            self._started.set()
        self._started.set()


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def _dict(values: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(values))
