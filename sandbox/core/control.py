"""The control plane under /_sandbox/: unsigned JSON for people, tests and the command line.

It shows and steers what no cloud API would; nothing in it belongs to a vendor. As it asks for no key, it must not be
open to the pages of a browser on this machine: it answers only under a loopback name, and no page but its own.

A seed is what exists before the first call of an API, written down as JSON. Seeding is by explicit id and idempotent:
the same seed twice leaves what it left the first time, and a resource that exists is put back to what the seed says. It
checks the form of a seed, not the cloud's rules, so that a test can start from any state.
"""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from werkzeug.wrappers import Request, Response

from sandbox.alibaba.account_state import AccountState, AccountStates
from sandbox.core.accounts import AccessKey, KeyFacts
from sandbox.core.claim import is_loopback
from sandbox.core.clock import iso_milliseconds
from sandbox.core.control_client import PREFIX
from sandbox.core.faults import Fault, FaultOrder
from sandbox.core.gateway import Shared
from sandbox.core.inventory import Inventory
from sandbox.core.seed_part import SeedPart, entries
from sandbox.core.settings import SettingValues
from sandbox.services import Backend

Action = Callable[[Request], Any]


class RefusedError(Exception):
    """A control request that cannot be served: one line for a person."""

    def __init__(self, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": message} | more


class ClockChange(BaseModel):
    """What POST clock takes."""

    model_config = ConfigDict(extra="forbid")

    speed: float | None = Field(default=None, gt=0, le=1_000_000)
    advance: float = Field(default=0, ge=0, le=10 * 365 * 86400)


class KeySeed(KeyFacts):
    """An access key; with `security_token` a temporary one, with `user` that of a RAM user."""

    expires_in_seconds: float | None = None


class AccountSeed(SeedPart):
    """An account, its keys and its state; a state replaces the whole former one, none leaves it."""

    id: str = Field(min_length=1)
    keys: list[KeySeed] = Field(default_factory=list)
    state: AccountState | None = None


class Control:
    """Answers the control paths."""

    def __init__(self, shared: Shared, backends: Sequence[Backend], state: str | None) -> None:
        """`state` is the directory that holds everything; None when it is in memory."""
        self._shared = shared
        self._state = state
        self._sections = {"accounts": entries(AccountSeed, self._plant_account)}
        self._sections |= {name: section for one in backends for name, section in one.seeds.items()}
        fields: dict[str, Any] = {
            name: (section.form, Field(default_factory=section.form)) for name, section in self._sections.items()
        }
        self._seed_form = create_model("Seed", __base__=SeedPart, **fields)
        self._inventories: dict[str, Inventory] = {one.api.name: one.api.inventory for one in backends}
        self._inventories |= {name: listed for one in backends for name, listed in one.leftovers.items()}
        self._actions: dict[str, dict[str, Action]] = {
            "health": {"GET": self._health},
            "inventory": {"GET": self._inventory},
            "calls": {"GET": self._list_calls, "DELETE": self._clear_calls},
            "faults": {"GET": self._list_faults, "POST": self._add_faults, "DELETE": self._clear_faults},
            "reset": {"POST": self._reset},
            "seed": {"POST": self._seed},
            "settings": {"GET": lambda _: shared.settings.current().model_dump(), "POST": self._change_settings},
            "clock": {"GET": self._show_clock, "POST": self._change_clock},
        }

    def answer(self, request: Request) -> Response:
        """The answer to a request below PREFIX."""
        try:
            body, status = self._dispatch(request), 200
        except RefusedError as refused:
            body, status = refused.body, refused.status
        except ValidationError as invalid:
            body, status = {"error": _in_one_line(invalid)}, 400
        return Response(json.dumps(body, indent=1) + "\n", status, content_type="application/json")

    def _dispatch(self, request: Request) -> Any:
        _refuse_pages_of_others(request)
        methods = self._actions.get(request.path.removeprefix(PREFIX).strip("/"))
        if methods is None:
            known = {PREFIX + name: sorted(methods) for name, methods in self._actions.items()}
            raise RefusedError(f"there is no {request.path}", 404, known=known)
        if request.method not in methods:
            raise RefusedError(f"{request.path} takes {' or '.join(methods)}", 405)
        if request.method == "POST" and request.mimetype != "application/json":
            raise RefusedError(
                f"{request.path} takes application/json, not {request.mimetype or 'an unnamed type'}", 415
            )
        return methods[request.method](request)

    def _health(self, request: Request) -> Any:
        port = int(request.environ.get("SERVER_PORT", 0))
        return {"status": "ok", "pid": os.getpid(), "port": port, "state": self._state}

    def _inventory(self, _request: Request) -> Any:
        with self._shared.store.transaction():
            now = self._shared.clock.now()
            return {name: inventory(now) for name, inventory in self._inventories.items()}

    def _list_calls(self, request: Request) -> Any:
        known = ("service", "action", "since", "limit")
        if unknown := [name for name in request.args if name not in known]:
            raise RefusedError(f"calls has no filter {unknown[0]}, only {', '.join(known)}")
        return self._shared.calls.every(
            service=request.args.get("service"),
            action=request.args.get("action"),
            since=_number(request, "since") or 0,
            limit=_number(request, "limit"),
        )

    def _clear_calls(self, _request: Request) -> Any:
        self._shared.calls.clear()
        return []

    def _list_faults(self, _request: Request) -> Any:
        return [_shown(fault) for fault in self._shared.faults.every()]

    def _add_faults(self, request: Request) -> Any:
        body = _json(request)
        orders = [FaultOrder.model_validate(one) for one in (body if isinstance(body, list) else [body])]
        with self._shared.store.transaction():
            return [_shown(self._shared.faults.add(order)) for order in orders]

    def _clear_faults(self, request: Request) -> Any:
        self._shared.faults.clear(_number(request, "id"))
        return self._list_faults(request)

    def _reset(self, _request: Request) -> Any:
        self._shared.store.forget()
        return {"status": "ok"}

    def _seed(self, request: Request) -> Any:
        seed, counts = self._seed_form.model_validate(_json(request)), {}
        with self._shared.store.transaction():
            for name, section in self._sections.items():
                value = getattr(seed, name)
                section.plant(value, self._shared.clock.now())
                counts[section.counted_as or name] = section.size(value)
        return counts

    def _plant_account(self, account: AccountSeed, now: float) -> None:
        for key in account.keys:
            lifetime = key.expires_in_seconds
            expires = None if lifetime is None else now + lifetime
            fields = key.model_dump(exclude={"expires_in_seconds"})
            self._shared.accounts.put(AccessKey(account=account.id, expires=expires, **fields))
        if account.state is not None:
            AccountStates(self._shared.store).put(account.id, account.state)

    def _change_settings(self, request: Request) -> Any:
        body = _json(request)
        if not isinstance(body, dict):
            raise RefusedError("settings takes a JSON object")
        known = list(SettingValues.model_fields)
        if unknown := [name for name in body if name not in known]:
            raise RefusedError(f"there is no setting {unknown[0]}, only {', '.join(known)}", known=known)
        return self._shared.settings.change(body).model_dump()

    def _show_clock(self, _request: Request) -> Any:
        now = self._shared.clock.now()
        return {"now": iso_milliseconds(now), "epoch": now, "speed": self._shared.clock.speed}

    def _change_clock(self, request: Request) -> Any:
        change = ClockChange.model_validate(_json(request))
        self._shared.clock.change(speed=change.speed, advance=change.advance)
        return self._show_clock(request)


def _refuse_pages_of_others(request: Request) -> None:
    """Raise RefusedError for a name that leads here by a trick, and for a page that is not of this server."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if "@" in host or not is_loopback(name):
        raise RefusedError(f"the control plane has no host {host!r}, only loopback names", 403)
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        raise RefusedError(f"the control plane answers no page of {origin!r}", 403)


def _json(request: Request) -> Any:
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise RefusedError(f"the body is not JSON: {error}") from None


def _number(request: Request, name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise RefusedError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _shown(fault: Fault) -> dict[str, Any]:
    counters = {"id": fault.id, "hits": fault.hits, "remaining": fault.remaining}
    return counters | fault.model_dump(exclude={"id", "hits", "seen"})


def _in_one_line(invalid: ValidationError) -> str:
    problems = ((".".join(map(str, error["loc"])), error["msg"]) for error in invalid.errors())
    return "; ".join(f"{place}: {message}" if place else message for place, message in problems)
