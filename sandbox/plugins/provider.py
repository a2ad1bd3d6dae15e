"""Pulumi's protocol for resource providers (gRPC), for the native resources of one stand-in plugin.

What is not here answers UNIMPLEMENTED, which says enough to the engine:

* Handshake: it sends plain values; secrets stay secret by their names.
* Cancel: continue, as the waits of the real plugins ignore Ctrl-C, and the engine ends both at the second one.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToJson
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.native import PLUGINS, Failed, InitFailed, NativeResource, Property, Values

Kind = pb.PropertyDiff
Context = grpc.ServicerContext
UNKNOWN = rpc.UNKNOWN
"""What stands for a value that a preview cannot know."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a wrapped secret on the wire, in the engine as here


def plain(struct: Struct) -> Values:
    """Read properties from the wire; secrets lose their wrapping."""
    values: Values = json.loads(
        MessageToJson(struct), object_hook=lambda one: one.get("value") if one.get(SIGNATURE) == SECRET else one
    )
    return values


def struct_of(values: Values) -> Struct:
    """Write properties for the wire, without those that have no value."""
    struct = Struct()
    struct.update({key: value for key, value in values.items() if value is not None})
    return struct


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """A provider of some types of resources of one plugin."""

    def __init__(self, kinds: Sequence[type[NativeResource]], environment: Mapping[str, str] = os.environ) -> None:
        """Nothing is called and no config is known until the engine configures it."""
        self._kinds = {kind.TOKEN: kind for kind in kinds}
        self._plugin, self._package = kinds[0].PLUGIN, PLUGINS[kinds[0].PLUGIN].package
        self._environment = environment
        self._configured: dict[str, NativeResource] = {}

    @property
    def version(self) -> str:
        """The version that the program's package asks the engine for."""
        return importlib.metadata.version(self._package)

    def GetPluginInfo(self, request: Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Return the version."""
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(self, request: pb.GetSchemaRequest, context: Context) -> pb.GetSchemaResponse:
        """Return the resources that have a stand-in."""
        resources = {
            token: {
                "inputProperties": {name: {"$ref": "pulumi.json#/Any"} for name in kind.PROPERTIES},
                "requiredInputs": [name for name, one in kind.PROPERTIES.items() if one.required],
            }
            for token, kind in self._kinds.items()
        }
        schema = {"name": self._plugin, "version": self.version, "resources": resources}
        return pb.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Write JSON as the real plugin does, which would else find a difference in what a stand-in left in the state.

        Any config will do: whether it can be used is known when all of it is.
        """
        return pb.CheckResponse(inputs=struct_of(_as_the_real_plugin_writes(plain(request.news))))

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """Compare configs; every change is one in place, also of the region, as with the real plugin."""
        olds, news = (_as_the_real_plugin_writes(plain(one)) for one in (request.old_inputs, request.news))
        changed = sorted(name for name in olds.keys() | news.keys() if olds.get(name) != news.get(name))
        changes = pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=changes, diffs=changed)

    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        """Take the config, or refuse it."""
        with _errors_of(context):
            config = plain(request.args)
            self._configured = {
                token: kind.from_config(config, self._environment) for token, kind in self._kinds.items()
            }
        return pb.ConfigureResponse(supportsPreview=True)

    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Complete the inputs with defaults, and name what is wrong with them."""
        kind = self._kind_of(request.urn, context)
        defaults = {name: one.default for name, one in kind.PROPERTIES.items() if one.default is not None}
        inputs = {**defaults, **plain(request.news)}
        missing = [name for name, one in kind.PROPERTIES.items() if one.required and not inputs.get(name)]
        unknown = [name for name in inputs if name not in kind.PROPERTIES and not name.startswith("__")]
        failures = [(name, f"Missing required property '{name}'") for name in missing]
        failures += [(name, f"{kind.TOKEN} has no such property") for name in unknown]
        failures += kind.check({name: value for name, value in inputs.items() if value != UNKNOWN})
        return pb.CheckResponse(
            inputs=struct_of(inputs),
            failures=[pb.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """Compare what was recorded with what is wanted."""
        olds, news = plain(request.olds), plain(request.news)
        properties = self._kind_of(request.urn, context).PROPERTIES
        detailed = {
            name: pb.PropertyDiff(kind=kind)
            for name, one in properties.items()
            if (kind := _difference(one, olds.get(name), news.get(name))) is not None
        }
        replaces = [name for name in detailed if properties[name].replaces]
        changes = pb.DiffResponse.DIFF_SOME if detailed else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(
            changes=changes, replaces=replaces, diffs=detailed, detailedDiff=detailed, hasDetailedDiff=True
        )

    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        """Make the resource; a preview echoes its inputs."""
        inputs = plain(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=struct_of(inputs))
        with _errors_of(context):
            resource_id, outputs = self._resource(request.urn).create(inputs, request.timeout)
        return pb.CreateResponse(id=resource_id, properties=struct_of(outputs))

    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        """Read the resource for a refresh or an import; no id in the answer says that it is gone."""
        inputs = plain(request.inputs)
        with _errors_of(context):
            outputs = self._resource(request.urn).read(request.id, plain(request.properties))
        if outputs is None:
            return pb.ReadResponse()
        named = inputs or self._kind_of(request.urn, context).PROPERTIES  # an import has none: all that was read
        read = {**inputs, **{name: outputs.get(name) for name in named if name in outputs}}
        return pb.ReadResponse(id=request.id, properties=struct_of(outputs), inputs=struct_of(read))

    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        """Change the resource in place; a preview shows what it would be."""
        olds, news = plain(request.olds), plain(request.news)
        properties = self._kind_of(request.urn, context).PROPERTIES
        kept = {name: value for name, value in olds.items() if name not in properties or properties[name].computed}
        wanted: Values = {**kept, **news}
        if not request.preview:
            with _errors_of(context):
                wanted = self._resource(request.urn).update(request.id, olds, wanted)
        return pb.UpdateResponse(properties=struct_of(wanted))

    def Delete(self, request: pb.DeleteRequest, context: Context) -> Empty:
        """Delete the resource."""
        with _errors_of(context):
            self._resource(request.urn).delete(request.id, plain(request.properties), request.timeout)
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


def _as_the_real_plugin_writes(config: Values) -> Values:
    """Write lists and maps, which come as JSON in a text, without spaces and in the order of their keys."""
    return {name: _normal_json(value) for name, value in config.items()}


def _normal_json(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(("[", "{"))):
        return value
    try:
        return json.dumps(json.loads(value), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return value


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _difference(rule: Property, old: Any, new: Any) -> Kind.Kind.ValueType | None:
    """Return how a property differs; an absent value, an empty one and False are the same, as in the real plugins."""
    if (old or None) == (new or None) or (rule.computed and not new):
        return None
    change = "UPDATE" if old and new else "DELETE" if old else "ADD"
    return Kind.Kind.Value(f"{change}_REPLACE" if rule.replaces else change)


@contextmanager
def _errors_of(context: Context) -> Iterator[None]:
    """Turn expected errors into the protocol's."""
    try:
        yield
    except InitFailed as error:
        context.abort_with_status(_InitStatus(error))
    except Failed as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


class _InitStatus(grpc.Status):
    """A status with details, which grpc has no class of its own for."""

    def __init__(self, error: InitFailed) -> None:
        outputs = struct_of(error.outputs)
        detail = pb.ErrorResourceInitFailed(id=error.resource_id, properties=outputs, reasons=[str(error)])
        self.code, self.details = grpc.StatusCode.UNKNOWN, str(error)
        status = status_pb2.Status(code=self.code.value[0], message=self.details)
        status.details.add().Pack(detail)
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)
