import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import BEIJING, SOURCE, Eci, refused

MISMATCH = ("IdempotentParameterMismatch", 400)


def test_copy_with_the_same_token_is_made_once(eci: Eci) -> None:
    assert eci.copy(client_token="t") == eci.copy(client_token="t")
    assert len(eci.ids()) == 1


def test_replay_has_a_request_id_of_its_own(eci: Eci, control: ControlClient) -> None:
    eci.copy(client_token="t")
    eci.copy(client_token="t")

    first, second = control.get("calls")
    assert first["request_id"] != second["request_id"]


def test_same_token_with_other_parameters_is_refused(eci: Eci) -> None:
    eci.copy(client_token="t")

    assert refused(eci.copy, client_token="t", name="other") == MISMATCH
    assert refused(eci.copy, client_token="t", destination_region_id="cn-shanghai") == MISMATCH


def test_same_token_with_other_tags_is_refused(eci: Eci) -> None:
    eci.copy(client_token="t", tags={"a": "1"})

    assert refused(eci.copy, client_token="t", tags={"a": "2"}) == MISMATCH


def test_token_is_forgotten_after_a_day(eci: Eci, control: ControlClient) -> None:
    first = eci.copy(client_token="t")
    control.advance(86399)
    assert eci.copy(client_token="t") == first
    control.advance(1)

    assert eci.copy(client_token="t") != first


def test_replay_answers_the_first_id_even_when_that_copy_is_gone(
    eci: Eci, control: ControlClient, available: str
) -> None:
    first = eci.copy(client_token="t", retention_days=1)
    control.advance(5)
    eci.delete(first)
    control.advance(1)

    assert eci.copy(client_token="t", retention_days=1) == first
    assert eci.ids() == [available]


def test_refused_call_does_not_use_its_token(eci: Eci, control: ControlClient) -> None:
    control.post("seed", {"data_caches": [{"region": BEIJING, "id": SOURCE, "status": "Updating"}]})
    assert refused(eci.copy, client_token="t") == ("IncorrectStatus", 400)
    control.post("seed", {"data_caches": [{"region": BEIJING, "id": SOURCE}]})

    assert eci.copy(client_token="t")


def test_update_with_the_same_token_is_done_once(eci: Eci, control: ControlClient, available: str) -> None:
    eci.update(available, size=40, client_token="t")
    control.advance(5)
    eci.update(available, size=40, client_token="t")

    assert eci.one(available).status == "Available"
    assert refused(eci.update, available, size=50, client_token="t") == MISMATCH


def test_delete_with_the_same_token_succeeds_again(eci: Eci, control: ControlClient, available: str) -> None:
    eci.delete(available, client_token="t")
    control.advance(1)
    eci.delete(available, client_token="t")

    assert refused(eci.delete, available) == ("InvalidParameter.DataCacheId.NotFound", 404)


def test_token_belongs_to_one_action(eci: Eci, available: str) -> None:
    eci.update(available, name="n", client_token="t")

    eci.delete(available, client_token="t")
    assert eci.copy(client_token="t")


@pytest.mark.usefixtures("eci")
def test_token_belongs_to_one_account(server: SandboxServer) -> None:
    keys = [{"access_key_id": "other", "access_key_secret": "s"}]
    theirs = {"region": BEIJING, "id": SOURCE, "account": "2"}
    server.control.post("seed", {"accounts": [{"id": "2", "keys": keys}], "data_caches": [theirs]})

    first = Eci(server).copy(client_token="t")

    assert Eci(server, "other", "s").copy(client_token="t") != first
