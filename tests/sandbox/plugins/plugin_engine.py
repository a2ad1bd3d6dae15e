"""The engine's side of Pulumi's provider protocol, for a stand-in plugin served in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.plugins.__main__ import serve
from sandbox.plugins.native import NativeResource
from sandbox.plugins.provider import StandIn
from sandbox.plugins.stand_ins import resources_of

KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    "TENCENTCLOUD_SECRET_ID": ACCESS_KEY_ID,
    "TENCENTCLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
    "REPLICAS_PLUGIN_POLL_SECONDS": "0.05",
}
Values = dict[str, Any]


class Refused(Exception):
    """The plugin answered with an error; `init` is what it says of a resource that is there all the same."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        status = status_pb2.Status()
        pairs: Any = error.trailing_metadata() or ()  # its stubs do not say that it is pairs
        metadata = dict(pairs)
        status.ParseFromString(metadata.get("grpc-status-details-bin", b""))
        self.init: provider_pb2.ErrorResourceInitFailed | None = None
        if status.details:
            self.init = provider_pb2.ErrorResourceInitFailed()
            status.details[0].Unpack(self.init)


@dataclass
class Plugin:
    """A stand-in, asked as the engine asks."""

    stub: provider_pb2_grpc.ResourceProviderStub
    urn: str

    def configure(self, **config: Any) -> None:
        self._ask("Configure", provider_pb2.ConfigureRequest(args=struct(config), acceptSecrets=True))

    def check_config(self, **config: Any) -> Values:
        return plain(self._ask("CheckConfig", provider_pb2.CheckRequest(urn=self.urn, news=struct(config))).inputs)

    def diff_config(self, olds: Values, news: Values) -> set[str]:
        """Which parts of the config differ."""
        request = provider_pb2.DiffRequest(urn=self.urn, old_inputs=struct(olds), olds=struct(olds), news=struct(news))
        answer = self._ask("DiffConfig", request)
        assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) is bool(answer.diffs)
        assert not answer.replaces
        return set(answer.diffs)

    def check(self, **inputs: Any) -> tuple[Values, dict[str, str]]:
        answer = self._ask("Check", provider_pb2.CheckRequest(urn=self.urn, news=struct(inputs)))
        return plain(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def diff(self, olds: Values, news: Values) -> tuple[set[str], set[str]]:
        """Which properties differ, and which of them replace."""
        answer = self._ask("Diff", provider_pb2.DiffRequest(urn=self.urn, olds=struct(olds), news=struct(news)))
        replacing = {name for name, one in answer.detailedDiff.items() if "REPLACE" in one.Kind.Name(one.kind)}
        assert replacing == set(answer.replaces)
        assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) is bool(answer.diffs)
        return set(answer.diffs), replacing

    def create(self, inputs: Values, timeout: float = 0, *, preview: bool = False) -> tuple[str, Values]:
        answer = self._ask(
            "Create",
            provider_pb2.CreateRequest(urn=self.urn, properties=struct(inputs), timeout=timeout, preview=preview),
        )
        return answer.id, plain(answer.properties)

    def read(self, resource_id: str, olds: Values, inputs: Values) -> tuple[str, Values, Values]:
        request = provider_pb2.ReadRequest(id=resource_id, urn=self.urn, properties=struct(olds), inputs=struct(inputs))
        answer = self._ask("Read", request)
        return answer.id, plain(answer.properties), plain(answer.inputs)

    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        request = provider_pb2.UpdateRequest(id=resource_id, urn=self.urn, olds=struct(olds), news=struct(news))
        return plain(self._ask("Update", request).properties)

    def delete(self, resource_id: str, olds: Values, timeout: float = 0) -> None:
        request = provider_pb2.DeleteRequest(id=resource_id, urn=self.urn, properties=struct(olds), timeout=timeout)
        self._ask("Delete", request)

    def _ask(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=30)
        except grpc.RpcError as error:
            raise Refused(error) from None


@contextmanager
def served(name: str, *more: type[NativeResource], **environment: str) -> Iterator[Plugin]:
    """Serve a stand-in whose environment has these variables and the sandbox's keys; the last resource is asked."""
    kinds = [*resources_of(name), *more]
    server, port = serve(StandIn(kinds, {**KEYS, **environment}))
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel), f"urn:pulumi:s::p::{kinds[-1].TOKEN}::r")
    finally:
        server.stop(grace=None).wait()


def struct(values: Values) -> Struct:
    made = Struct()
    made.update(values)
    return made


def plain(values: Struct) -> Values:
    return dict(MessageToDict(values))
