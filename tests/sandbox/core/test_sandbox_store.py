from pathlib import Path

import pytest

from sandbox.alibaba.eci.data_cache import Content, DataCache, DataCaches
from sandbox.core.resource import Job
from sandbox.core.server import SandboxServer
from sandbox.core.store import Store


def fail_after_keeping(store: Store, name: str, *inner: str) -> None:
    with store.transaction():
        store.keep(name, 1)
        for one in inner:
            with store.transaction():
                store.keep(one, 1)
        _ = 1 / 0


def test_inner_transaction_that_fails_leaves_the_outer_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    with store.transaction():
        store.keep("outer", 1)
        with pytest.raises(ZeroDivisionError):
            fail_after_keeping(store, "inner")
    store.close()

    reopened = Store(tmp_path / "db")
    assert (reopened.load("outer"), reopened.load("inner")) == (1, None)
    reopened.close()


def test_outer_transaction_that_fails_takes_the_inner_one_with_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    with pytest.raises(ZeroDivisionError):
        fail_after_keeping(store, "outer", "inner")

    assert (store.load("outer"), store.load("inner")) == (None, None)
    store.close()


def test_deleted_caches_leave_nothing_behind() -> None:
    store = Store()
    caches = DataCaches(store)
    cache = DataCache(
        id="edc-1",
        account="1",
        region="cn-hangzhou",
        name="n",
        bucket="default",
        path="/p",
        content=Content(size=20, data_source=None, snapshot="s-1"),
        container_group="eci-1",
        created=0,
        deleting=Job(started=0, seconds=1),
    )
    caches.save(cache)

    assert caches.inventory(now=2) == {}
    assert store.rows("SELECT count(*) FROM resources") == [(0,)]
    store.close()


def test_clock_continues_while_the_sandbox_is_down(tmp_path: Path) -> None:
    wall = 1000.0
    with SandboxServer(tmp_path, wall=lambda: wall) as server:
        server.control.post("clock", {"speed": 10, "advance": 500})
    wall = 1100.0
    with SandboxServer(tmp_path, wall=lambda: wall) as server:
        clock = server.control.get("clock")

    assert (clock["epoch"], clock["speed"]) == (2500, 10)
