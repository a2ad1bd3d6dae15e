"""Pulumi's protocol for resource providers (gRPC), for the native resources of one stand-in plugin."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.plugins.endpoint import Failed
from sandbox.plugins.native import InitFailed, NativeResource, Property, Values
from sandbox.plugins.values import UNKNOWN, plain, struct_of

Kind = provider_pb2.PropertyDiff
Context = grpc.ServicerContext


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """A provider of some types of resources of one plugin."""

    def __init__(self, kinds: Sequence[type[NativeResource]], environment: Mapping[str, str] = os.environ) -> None:
        """Nothing is called and no config is known until the engine configures it."""
        self._kinds = {kind.TOKEN: kind for kind in kinds}
        self._plugin, self._package = kinds[0].PLUGIN, kinds[0].PACKAGE
        self._environment = environment
        self._configured: dict[str, NativeResource] = {}

    @property
    def version(self) -> str:
        """The version that the program's package asks the engine for."""
        return importlib.metadata.version(self._package)

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Ask for plain values: secrets stay secret by their names."""
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Return the version."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:
        """Return the resources that have a stand-in."""
        resources = {
            token: {
                "inputProperties": {name: {"$ref": "pulumi.json#/Any"} for name in kind.PROPERTIES},
                "requiredInputs": [name for name, one in kind.PROPERTIES.items() if one.required],
            }
            for token, kind in self._kinds.items()
        }
        schema = {"name": self._plugin, "version": self.version, "resources": resources}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        """Take any config: whether it can be used is known when all of it is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """See every change of config as one in place, also of the region: so does the real plugin."""
        olds, news = plain(request.olds), plain(request.news)
        changed = sorted(key for key in olds | news if olds.get(key) != news.get(key))
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=changed)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> provider_pb2.ConfigureResponse:
        """Take the config, or refuse it."""
        with _errors_of(context):
            config = plain(request.args)
            self._configured = {
                token: kind.from_config(config, self._environment) for token, kind in self._kinds.items()
            }
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        """Complete the inputs with defaults, and name what is wrong with them."""
        kind = self._kind_of(request.urn, context)
        defaults = {name: one.default for name, one in kind.PROPERTIES.items() if one.default is not None}
        inputs = {**defaults, **plain(request.news)}
        missing = [name for name, one in kind.PROPERTIES.items() if one.required and not inputs.get(name)]
        unknown = [name for name in inputs if name not in kind.PROPERTIES and not name.startswith("__")]
        failures = [(name, f"Missing required property '{name}'") for name in missing]
        failures += [(name, f"{kind.TOKEN} has no such property") for name in unknown]
        failures += kind.check({name: value for name, value in inputs.items() if value != UNKNOWN})
        return provider_pb2.CheckResponse(
            inputs=struct_of(inputs),
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """Compare what was recorded with what is wanted."""
        olds, news = plain(request.olds), plain(request.news)
        properties = self._kind_of(request.urn, context).PROPERTIES
        detailed = {
            name: provider_pb2.PropertyDiff(kind=kind)
            for name, one in properties.items()
            if (kind := _difference(one, olds.get(name), news.get(name))) is not None
        }
        replaces = [name for name in detailed if properties[name].replaces]
        changes = provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changes, replaces=replaces, diffs=list(detailed), detailedDiff=detailed, hasDetailedDiff=True
        )

    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        """Make the resource; a preview echoes its inputs."""
        inputs = plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct_of(inputs))
        with _errors_of(context):
            resource_id, outputs = self._resource(request.urn).create(inputs, request.timeout)
        return provider_pb2.CreateResponse(id=resource_id, properties=struct_of(outputs))

    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        """Read the resource for a refresh or an import; no id in the answer says that it is gone."""
        inputs = plain(request.inputs)
        with _errors_of(context):
            outputs = self._resource(request.urn).read(request.id, plain(request.properties))
        if outputs is None:
            return provider_pb2.ReadResponse()
        named = inputs or self._kind_of(request.urn, context).PROPERTIES  # an import has none: all that was read
        read = {**inputs, **{name: outputs.get(name) for name in named if name in outputs}}
        return provider_pb2.ReadResponse(id=request.id, properties=struct_of(outputs), inputs=struct_of(read))

    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        """Change the resource in place; a preview shows what it would be."""
        olds, news = plain(request.olds), plain(request.news)
        properties = self._kind_of(request.urn, context).PROPERTIES
        kept = {name: value for name, value in olds.items() if name not in properties or properties[name].computed}
        wanted: Values = {**kept, **news}
        if not request.preview:
            with _errors_of(context):
                wanted = self._resource(request.urn).update(request.id, olds, wanted)
        return provider_pb2.UpdateResponse(properties=struct_of(wanted))

    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Empty:
        """Delete the resource."""
        with _errors_of(context):
            self._resource(request.urn).delete(request.id, plain(request.properties), request.timeout)
        return Empty()

    def Cancel(self, request: Empty, context: Context) -> Empty:
        """Go on: the waits of the real plugins do not listen to Ctrl-C, and the engine ends both at the second one."""
        return Empty()

    def _resource(self, urn: str) -> NativeResource:
        if not self._configured:
            raise Failed(f"the {self._plugin} provider is not configured")
        return self._configured[_token(urn)]

    def _kind_of(self, urn: str, context: Context) -> type[NativeResource]:
        token = _token(urn)
        if token not in self._kinds:
            known = ", ".join(self._kinds)
            text = f"the sandbox's stand-in for the {self._plugin} plugin has no {token}, only {known}"
            context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
        return self._kinds[token]


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _difference(rule: Property, old: Any, new: Any) -> Kind.Kind.ValueType | None:
    """Return how a property differs; an absent value, an empty one and False are the same, as in the real plugins."""
    if (old or None) == (new or None) or (rule.computed and not new):
        return None
    if not old:
        return Kind.ADD_REPLACE if rule.replaces else Kind.ADD
    if not new:
        return Kind.DELETE_REPLACE if rule.replaces else Kind.DELETE
    return Kind.UPDATE_REPLACE if rule.replaces else Kind.UPDATE


@contextmanager
def _errors_of(context: Context) -> Iterator[None]:
    """Turn expected errors into the protocol's."""
    try:
        yield
    except InitFailed as error:
        _abort_init(context, error)
    except Failed as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


class _Status(grpc.Status):
    """A status with details, which grpc has no class of its own for."""

    def __init__(self, status: status_pb2.Status) -> None:
        self.code = grpc.StatusCode.UNKNOWN
        self.details = status.message
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _abort_init(context: Context, error: InitFailed) -> NoReturn:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id, properties=struct_of(error.outputs), reasons=[str(error)]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    context.abort_with_status(_Status(status))
    raise AssertionError  # abort_with_status raises
