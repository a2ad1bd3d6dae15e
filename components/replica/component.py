"""What the replica components share: one artefact, kept as a replica in each of several regions.

A component declares one copy per destination region (and generation), and waits, in the program, until each is usable.
It calls no cloud itself: starting, changing and deleting a copy is the provider's part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import pulumi
from pulumi import dynamic
from pulumi.runtime.rpc import UNKNOWN

from components.clouds.account import OWNER
from components.clouds.copies import CopyService
from components.lifecycle.known import was_usable
from components.lifecycle.results import UNSEEN
from components.model.copy_fields import DEFAULT_DELETE_TIMEOUT, of_generation, source_violations
from components.model.field import Table
from components.model.kind import Kind, Rows
from components.replica import readiness
from components.replica.once import once_per_program
from components.replica.poller import Wait
from components.replica.stack_config import raw_config
from components.replica.stack_identity import stack_id

ADOPTED_HINT = "fix the cause, or remove existing_id and run `up --refresh`, which deletes it and makes a copy instead"
"""What to do about an adopted replica that failed."""


class InvalidArgs(pulumi.RunError):
    """The component's plain arguments contradict each other."""


class OwnedResource(dynamic.Resource):
    """A resource that records the account it was made with."""

    account: pulumi.Output[str | None]
    endpoint_kind: pulumi.Output[str | None]

    async def owner(self) -> Mapping[str, Any]:
        """Return what the state says of whose it is."""
        return await pulumi.Output.all(account=self.account, endpoint_kind=self.endpoint_kind).future() or {}


class CopyResource(OwnedResource):
    """One copy in one region. Its `id` is known as soon as the copy is started, long before it is usable."""

    provider: ClassVar[type[dynamic.ResourceProvider]]
    outputs: ClassVar[tuple[str, ...]] = ()
    """Outputs that are not inputs, or not always: they need a place to arrive at."""

    unseen: pulumi.Output[bool | None]

    def __init__(self, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        # A copy is marked with the stack's id, by which any machine finds what this stack has started.
        own: dict[str, Any] = {"stack_id": stack_id()}
        if not pulumi.runtime.is_dry_run():  # each costs the SDK as much time as an input does
            own |= dict.fromkeys(self._recorded())
        super().__init__(self.provider(), name, {**own, **properties}, opts)

    def __getattr__(self, name: str) -> pulumi.Output[Any]:
        """Return what a preview cannot know: an output that only the provider fills in."""
        if name in self._recorded():
            return pulumi.Output.from_input(UNKNOWN)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def _recorded(cls) -> tuple[str, ...]:
        return UNSEEN, *OWNER, *cls.outputs

    async def may_be_listed_late(self) -> bool:
        """Report whether nobody has ever found the copy in the cloud's list."""
        id_ = await self.id.future()
        return bool(await self.unseen.future()) and not was_usable(str(id_))

    async def expires(self) -> float | None:
        """Return when the copy expires at the latest (Unix seconds), None for never."""
        return None

    async def reload_sent(self) -> float:
        """Return when the content was last asked to be reloaded (Unix seconds), 0 for never."""
        return 0.0


CopyT = TypeVar("CopyT", bound=pulumi.CustomResource)


@dataclass(frozen=True)
class RegionReplica(Generic[CopyT]):
    """The replica in one region.

    Attributes:
        id: Its id; in `up` it resolves when the replica is usable. Unknown in a preview that creates or replaces it.
        resource: The child resource, whose own `id` does not wait.
        source: Region and id of its source.
    """

    id: pulumi.Output[str]
    resource: CopyT
    source: Mapping[str, pulumi.Input[str]]

    @property
    def ready(self) -> pulumi.Output[CopyT]:
        """`resource`, when the replica is usable: for `depends_on`."""
        return self.id.apply(lambda _: self.resource)


@dataclass(frozen=True)
class Declared:
    """One copy to declare.

    Attributes:
        child: Name of the resource.
        properties: Its properties, by their names in state.
        options: Its options.
        ready_timeout: For how long it may copy, as written: `2h`.
    """

    child: str
    properties: dict[str, Any]
    options: pulumi.ResourceOptions
    ready_timeout: str


class Replica(pulumi.ComponentResource, Generic[CopyT]):
    """An artefact and its replicas in other regions: what all kinds of replicas offer.

    `depends_on=[replica]` does not wait until the replicas are usable; `depends_on=[replica.ready]` does, and so does
    whatever uses `regions[...].id` or `ids`.
    """

    ids: pulumi.Output[Mapping[str, str]]
    """Region -> id of its (newest) replica. Waits until those of all regions are usable."""

    kind: ClassVar[Kind]
    heal_hint: ClassVar[str] = "fix the cause, then run `up --refresh`, which deletes it and copies again"
    """What to do about a copy that failed."""

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        # No inputs are registered: with them, every change of one replica shows the component as changed too.
        super().__init__(f"replicas:index:{self.kind.component_name}", name, None, opts)
        self._verify(name, args)
        self._options = _for_children(opts)
        given = {key: value for key, value in args["source"].items() if value is not None}
        args = {**args, "source": self._source(name, given)}
        self._generations = {
            region: self._replicate(name, args, region, settings or {})
            for region, settings in sorted(args["destinations"].items())
            if self._is_declared(name, region, settings or {})
        }
        self._regions = {region: replicas[0] for region, replicas in self._generations.items()}
        ids = {region: replica.id for region, replica in self._regions.items()}
        self.ids = pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})  # all() of nothing is a list

    @property
    def regions(self) -> Mapping[str, RegionReplica[CopyT]]:
        """Region -> its replica; with `source.ids`, that of the newest generation."""
        return self._regions

    @property
    def generations(self) -> Mapping[str, Sequence[RegionReplica[CopyT]]]:
        """Region -> all its replicas, newest first; one, unless `source.ids` is used."""
        return self._generations

    @property
    def ready(self) -> pulumi.Output[Self]:
        """This component, when all its replicas are usable: for `depends_on`."""
        # A public Output of the component itself would make exporting the component hang.
        everywhere = [replica.id for replicas in self._generations.values() for replica in replicas]
        return pulumi.Output.all(*everywhere).apply(lambda _: self)

    @property
    def replicas(self) -> dict[str, Any]:
        """Region -> `id`, `source` and `older` of its replicas, for a stack output: nothing that changes by itself."""
        return {region: _described(replicas) for region, replicas in self._generations.items()}

    def _copy(self, declared: Declared) -> CopyT:
        """Declare one copy."""
        raise NotImplementedError

    def _owned(self, copy: CopyT) -> OwnedResource:
        """Return the resource that records whose a copy is: the copy itself, unless it is a native resource."""
        return cast("OwnedResource", copy)

    def _source(self, _name: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the source's `region` and `id` (or `ids`), after declaring what it has to be made of first."""
        return source

    def _is_declared(self, _name: str, _region: str, _settings: Mapping[str, Any]) -> bool:
        """Report whether a destination is to be kept at all."""
        return True

    def _verify(self, name: str, args: Mapping[str, Any]) -> None:
        unknown = [f"{path} is not an argument: known are {known}" for path, known in self._unknown_keys(args)]
        broken = [
            f"{key}: {found.reason}"
            for key, field in self.kind.args_fields.items()
            if field.rule and args.get(key) not in (None, "")  # empty means the default
            for found in field.violations(args[key])
        ]
        broken += [
            f"source{'.' * bool(found.property)}{found.property}: {found.reason}"
            for found in source_violations(self.kind.source_fields, args["source"])
        ]
        for problems in (unknown, broken):
            if problems:
                raise InvalidArgs(f"{self.kind.component_name} {name}: {'; '.join(problems)}")

    def _unknown_keys(self, args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Find what is no argument: ignored, a misspelt retention would keep a replica that should expire."""
        sections: list[tuple[str, Any, Table]] = [
            ("", args, self.kind.args_fields),
            ("source.", args["source"], self.kind.source_fields),
        ]
        sections += [
            (f"destinations.{region}.", each, self.kind.settings) for region, each in args["destinations"].items()
        ]
        for path, section, known in sections:
            if isinstance(section, Mapping):
                yield from ((f"{path}{key}", ", ".join(sorted(known))) for key in section.keys() - known.keys())

    def _replicate(
        self, name: str, args: Mapping[str, Any], region: str, settings: Mapping[str, Any]
    ) -> list[RegionReplica[CopyT]]:
        source = args["source"]
        child = f"{name}-{region}"
        if "ids" not in source:
            id_ = source["id"]
            # A replica stays the same one when its source moves between `id` and `ids`.
            aliases = [f"{child}-{id_}"] if isinstance(id_, str) else []
            label = f"{name} to {region}"
            return [self._replica(child, label, args, aliases, region=region, source_id=id_, **settings)]
        return [
            self._replica(
                f"{child}-{id_}",
                f"{name} {id_} to {region}",
                args,
                [child] if id_ == source["ids"][-1] else [],
                region=region,
                source_id=id_,
                **of_generation(self.kind.settings, settings, id_),
            )
            for id_ in source["ids"]
        ]

    def _replica(
        self, child: str, label: str, args: Mapping[str, Any], aliases: Sequence[str], **declared: Any
    ) -> RegionReplica[CopyT]:
        source = {"region": args["source"]["region"], "id": declared["source_id"]}
        timeout = args.get("ready_timeout") or self.kind.args_fields["ready_timeout"].default
        if adopted := declared.get("existing_id"):
            first = _adopted().setdefault((self.kind.name, declared["region"], adopted), child)
            if first != child:
                raise InvalidArgs(f"{child}: existing_id: {adopted} is adopted by {first} already")
        properties: dict[str, Any] = {
            **{key: value for key, value in declared.items() if value is not None},
            "source_region": source["region"],
            "delete_timeout": args.get("delete_timeout") or DEFAULT_DELETE_TIMEOUT,
            "ready_timeout": timeout,
        }
        if "name" not in properties:
            for reason in self.kind.unusable_default_name(child, declared["region"]):
                raise InvalidArgs(f"{self.kind.component_name} {child}: name: {reason}; set a name")
        own = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name=alias) for alias in aliases])
        options = pulumi.ResourceOptions.merge(self._options, own)
        copy = self._copy(Declared(child, properties, options, timeout))
        usable_id = self._usable_id(copy, properties, label=label, timeout=timeout)
        return RegionReplica(usable_id, copy, source)

    def _usable_id(self, copy: CopyT, properties: Mapping[str, Any], *, label: str, timeout: str) -> pulumi.Output[str]:
        readiness.end_cleanly_on_signals()
        if pulumi.runtime.is_dry_run():
            return copy.id
        wait = Wait(
            resource=copy,
            kind=self.kind.name,
            service=lambda: _service(self.kind, frozenset(raw_config().items())),
            region=properties["region"],
            group="",
            label=label,
            timeout=timeout,
            heal_hint=ADOPTED_HINT if "existing_id" in properties else self.heal_hint,
            owner=self._owned(copy).owner,
            is_made_usable=self.kind.holds_a_slot,
        )
        if isinstance(copy, CopyResource):
            wait.expires, wait.reload_sent_at = copy.expires, copy.reload_sent
            wait.may_be_listed_late = copy.may_be_listed_late
        # The component's URN comes after its own depends_on and parents.
        inputs = pulumi.Output.all(self.urn, properties)
        rows: Rows = self.kind.rows.load()
        group = inputs.apply(lambda known: rows.place({"inputs": known[1]}, [])[1])
        return readiness.current().usable_id(wait, group=group)


@once_per_program
def _adopted() -> dict[tuple[str, str, str], str]:
    """Kind, region and id of what is adopted -> the replica that it becomes: two cannot be one thing."""
    return {}


@cache
def _service(kind: Kind, config: frozenset[tuple[str, str]]) -> CopyService:
    """Connect to the service of a kind, once per program: it is called only where there is something to ask."""
    rows: Rows = kind.rows.load()
    return rows.connect(dict(config)).service


def _for_children(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Pick the options that the engine does not hand down from a component to its children by itself."""
    if opts is None:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(
        delete_before_replace=opts.delete_before_replace,
        ignore_changes=opts.ignore_changes,
        replace_on_changes=opts.replace_on_changes,
        retain_on_delete=opts.retain_on_delete,
    )


def _described(replicas: Sequence[RegionReplica[Any]]) -> dict[str, Any]:
    newest, *older = ({"id": replica.id, "source": replica.source} for replica in replicas)
    return {**newest, "older": older} if older else newest
