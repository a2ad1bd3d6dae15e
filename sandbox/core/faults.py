"""Failures on demand: what a network, a gateway or a service may do to a call.

A fault is taken by the first call that matches it, after the call's signature was found good, and no call
takes two. But a failing job (copy_fails, update_fails) is taken only by a call that really starts one, and a
region_error only by a region to which a copy would have been started. Faults are kept in the store, so that
one ordered for after a restart is still there.
"""

import random
import secrets
import time
from collections.abc import Mapping
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.core.clock import WallClock
from sandbox.core.store import Store

CallKind = Literal["drop_before", "drop_after", "delay", "silent", "http_error", "throttle", "error", "non_json"]
LaterKind = Literal["copy_fails", "update_fails", "region_error"]
"""Taken by what a call starts, not by the call."""
Kind = Literal[CallKind, LaterKind]
NEEDS = {"delay": "seconds", "error": "code", "region_error": "code"}


class FaultOrder(BaseModel):
    """What a user asks for."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    service: str | None = None
    action: str | None = None
    region: str | None = None
    """The region that is called; the source region of a copy, but of a region_error the destination."""
    params: dict[str, str] = {}
    """Request parameters that must have exactly these values."""
    count: int | None = Field(default=1, ge=1)
    """How many calls are hit; null is no end."""
    lasts: float | None = Field(default=None, gt=0, le=3600)
    """For how many seconds of real time calls are hit; null is no end."""
    probability: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = None
    """Makes the draws of `probability` repeatable."""
    seconds: float | None = Field(default=None, ge=0, le=3600)
    when: Literal["before", "after"] = "before"
    """Whether a delay comes before or after the call is carried out."""
    status: int | None = Field(default=None, ge=200, le=599)
    code: str | None = None
    message: str | None = None
    reason: str | None = None
    retry_after_ms: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = NEEDS.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind {self.kind} needs {needed}")
        # An error that comes as a success is one of the things that proxies and gateways do.
        if self.status is not None and self.status < 400 and self.kind != "non_json" and self.status != 200:
            raise ValueError("an error needs a status of 400 or more, or 200")
        return self


class Fault(FaultOrder):
    """A fault and what became of it."""

    id: int = 0
    hits: int = 0
    """Calls it was applied to."""
    seen: int = 0
    """Calls it matched, whatever the draw said."""
    seed: int = 0
    until: float | None = None
    """When it ends, in real time; None is never."""

    @property
    def remaining(self) -> int | None:
        """Calls it is still waiting for; None is no end."""
        return None if self.count is None else self.count - self.hits

    def matches(self, service: str, action: str, params: Mapping[str, str], region: str | None) -> bool:
        """Whether a call is one that it is meant for."""
        return (
            self.remaining != 0
            and self.service in {None, service}
            and self.action in {None, action}
            and self.region in {None, region}
            and all(params.get(name) == value for name, value in self.params.items())
        )

    def draw(self) -> bool:
        """Whether this call is hit; the same seed gives the same sequence, also over a restart."""
        self.seen += 1
        chance = random.Random(f"{self.seed}/{self.seen}").random()  # noqa: S311 - a test's dice, not a secret
        return chance < self.probability


class Faults:
    """The faults in the order in which they were given."""

    def __init__(self, store: Store, wall: WallClock = time.time) -> None:
        self._store = store
        self._wall = wall

    def add(self, order: FaultOrder) -> Fault:
        """Keep a fault for the calls to come."""
        seed = secrets.randbits(32) if order.seed is None else order.seed
        until = None if order.lasts is None else self._wall() + order.lasts
        fault = Fault(**(order.model_dump() | {"seed": seed, "until": until}))
        with self._store.transaction():
            fault.id = self._store.run("INSERT INTO faults (body) VALUES ('')")
            self._save(fault)
        return fault

    def every(self) -> list[Fault]:
        """All faults, spent ones too."""
        rows = self._store.rows("SELECT body FROM faults ORDER BY id")
        return [Fault.model_validate_json(body) for (body,) in rows]

    def holds(self, fault: Fault) -> bool:
        """Whether a fault was neither cleared nor has ended by itself."""
        return not self._has_ended(fault) and any(one.id == fault.id for one in self.every())

    def clear(self, fault_id: int | None = None) -> None:
        """Forget one fault, or all."""
        self._store.run("DELETE FROM faults WHERE ? IS NULL OR id = ?", (fault_id, fault_id))

    def take_failure(self, kind: Kind, service: str, action: str, params: Mapping[str, str]) -> str | None:
        """The reason why the job that this call to Alibaba Cloud starts will fail, or None if it will not."""
        fault = self.take(service, action, params, params.get("RegionId"), kind)
        return None if fault is None else fault.reason or "The data could not be loaded."

    def take(
        self, service: str, action: str, params: Mapping[str, str], region: str | None, *later: Kind
    ) -> Fault | None:
        """The fault that hits this call, or of the kinds in `later` the one that hits what the call starts, if any."""
        kinds = later or get_args(CallKind)
        with self._store.transaction():
            for fault in self.every():
                if (
                    fault.kind in kinds
                    and not self._has_ended(fault)
                    and fault.matches(service, action, params, region)
                ):
                    hit = fault.draw()
                    fault.hits += hit
                    self._save(fault)
                    if hit:
                        return fault
        return None

    def _has_ended(self, fault: Fault) -> bool:
        return fault.until is not None and self._wall() >= fault.until

    def _save(self, fault: Fault) -> None:
        self._store.run("UPDATE faults SET body = ? WHERE id = ?", (fault.model_dump_json(), fault.id))
