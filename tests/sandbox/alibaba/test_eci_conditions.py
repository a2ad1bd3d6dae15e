from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from sandbox.alibaba.eci.errors import DOCUMENTED, FAULT_ONLY
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient, ControlError
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import BEIJING, HANGZHOU, SEED, SOURCE, Eci, refused, source

KEY, SECRET = "ramUserKeyId", "ramUserSecret"
ZONE = "cn-hangzhou-k"
Request = Callable[[SandboxServer, str], Any]


def account(*denied: str, **state: Any) -> dict[str, Any]:
    """A seed: the state of the default account, and what is denied to its RAM user."""
    key = {"access_key_id": KEY, "access_key_secret": SECRET, "user": "eve", "denied_actions": denied}
    return {"accounts": [{"id": ACCOUNT_ID, "keys": [key], "state": state}]}


def network(*, sale: dict[str, bool] | None = None, group_vpc: str = "vpc-1", pool: int = 1, **v_switch: Any) -> Any:
    """A seed: one of each part of a network."""
    return {
        "network": {
            "zones": [{"id": ZONE} | (sale or {})],
            "v_switches": [{"id": "vsw-1", "vpc": "vpc-1", "zone": ZONE} | v_switch],
            "security_groups": [{"id": "sg-1", "vpc": group_vpc}],
            "eip_address_pools": [{"id": "pippool-1", "free_addresses": pool}],
        }
    }


def copies(server: SandboxServer, _cache: str) -> None:
    Eci(server, KEY, SECRET).copy()


def reloads(server: SandboxServer, cache: str) -> None:
    Eci(server, KEY, SECRET).update(cache, data_source=source(repoId="org/new"))


def reloads_through_v_switch(server: SandboxServer, cache: str) -> None:
    Eci(server, KEY, SECRET).update(cache, security_group_id="sg-1", v_switch_id="vsw-1")


def reloads_through_pool(server: SandboxServer, cache: str) -> None:
    eip = models.UpdateDataCacheRequestEipCreateParam(public_ip_address_pool_id="pippool-1")
    Eci(server, KEY, SECRET).update(cache, eip_create_param=eip)


def sent(server: SandboxServer, action: str, **query: str) -> Any:
    """Send parameters that the SDK's own models do not have."""
    params = Params(
        action=action,
        version="2018-08-08",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    client = Eci(server, KEY, SECRET).client
    return client.call_api(params, OpenApiRequest(query=query), RuntimeOptions())


def sends_copy(server: SandboxServer, **more: str) -> Any:
    usual = {"RegionId": BEIJING, "DataCacheId": SOURCE, "DestinationRegionId": HANGZHOU}
    return sent(server, "CopyDataCache", **usual | more)


def sends_update(server: SandboxServer, cache: str, **more: str) -> Any:
    return sent(server, "UpdateDataCache", **{"RegionId": HANGZHOU, "DataCacheId": cache, "Size": "40"} | more)


@dataclass(frozen=True)
class Condition:
    """The seed under which a request is refused, and what makes it pass: another seed, another request, or both."""

    refusing: dict[str, Any]
    lifting: dict[str, Any]
    request: Request
    then: Request | None = None


def by_account(*denied: str, request: Request = copies, **state: Any) -> Condition:
    return Condition(account(*denied, **state), account(), request)


def by_network(request: Request = reloads_through_v_switch, **parts: Any) -> Condition:
    return Condition(network(**parts), network(), request)


def by_status(status: str) -> dict[str, Any]:
    return {"data_caches": [SEED["data_caches"][0] | {"status": status}]}


ACCOUNT_CONDITIONS = {
    "ServiceNotEnabled": by_account(eci={"enabled": False}),
    "Forbidden.OnlyForInvitedTest": by_account(eci={"invited": False}),
    "Forbidden.RiskControl": by_account(under_risk_control=True),
    "Forbidden.UserNotRealNameAuthentication": by_account(real_name_verified=False),
    "SecurityRisk.3DVerification": by_account(card_verified=False),
    "Account.Arrearage": by_account(in_arrears=True),
    "Forbidden.UserBussinessStatus": by_account(overdue_bills=True),
    "InvalidUser.PassRoleForbidden": by_account("ram:PassRole"),
    "NoPermission": by_account(eci={"role_trusts_eci": False}),
    "CreateServiceLinkedRole.Denied": by_account("ram:CreateServiceLinkedRole", eci={"linked_role_exists": False}),
}
CONDITIONS = ACCOUNT_CONDITIONS | {
    "Forbidden.SubUser": by_account("eci:CopyDataCache"),
    "QuotaExceeded": by_account(eci={"data_cache_quota": {HANGZHOU: 1}}),
    "IncorrectStatus": Condition(by_status("Loading"), by_status("Available"), copies),
    "DryRunOperation": Condition(
        {}, {}, lambda server, _: sends_copy(server, DryRun="true"), lambda server, _: sends_copy(server)
    ),
    "OperationDenied.SecurityGroupMisMatch": by_network(group_vpc="vpc-2"),
    "OperationDenied.VswZoneMisMatch": by_network(zone="cn-beijing-k"),
    "Zone.NotOnSale": by_network(sale={"on_sale": False}),
    "OperationDenied.NoStock": by_network(sale={"in_stock": False}),
    "InvalidVSwitchId.IpNotEnough": by_network(free_addresses=0),
    "EipAddressPoolIpNotEnough": by_network(reloads_through_pool, pool=0),
}
OWN_MESSAGE = {"IncorrectStatus"}  # the reference has %s: the sandbox names the cache and its status

by_code = pytest.mark.parametrize("code", sorted(CONDITIONS))
by_account_code = pytest.mark.parametrize("code", sorted(ACCOUNT_CONDITIONS))


@pytest.fixture(autouse=True)
def _ram_user(control: ControlClient) -> None:
    control.post("seed", account())


def test_every_documented_code_has_a_condition_or_comes_from_faults_only() -> None:
    assert CONDITIONS.keys() | FAULT_ONLY == DOCUMENTED.keys()
    assert not CONDITIONS.keys() & FAULT_ONLY


@by_code
def test_condition_raises_its_code_until_it_is_lifted(
    server: SandboxServer, control: ControlClient, eci: Eci, available: str, code: str
) -> None:
    condition = CONDITIONS[code]
    control.post("seed", condition.refusing)
    before = control.get("inventory")
    with pytest.raises(AlibabaCloudException) as caught:
        condition.request(server, available)
    status, message = DOCUMENTED[code]

    assert (caught.value.code, caught.value.status_code) == (code, status)
    assert message in caught.value.message or code in OWN_MESSAGE
    assert control.get("inventory") == before
    control.post("seed", condition.lifting)
    (condition.then or condition.request)(server, available)
    assert len(eci.ids()) == 2 or eci.one(available).status == "Updating"


@by_code
def test_condition_leaves_describe_and_delete_alone(
    server: SandboxServer, control: ControlClient, available: str, code: str
) -> None:
    control.post("seed", CONDITIONS[code].refusing)
    eci = Eci(server, KEY, SECRET)

    assert eci.ids() == [available]
    eci.delete(available)
    assert eci.one(available).status == "Deleting"


@by_account_code
def test_account_is_asked_before_data_is_reloaded(
    server: SandboxServer, control: ControlClient, available: str, code: str
) -> None:
    control.post("seed", ACCOUNT_CONDITIONS[code].refusing)

    assert refused(reloads, server, available)[0] == code
    control.post("seed", account())
    reloads(server, available)


@by_account_code
def test_account_is_not_asked_when_nothing_is_loaded(
    server: SandboxServer, control: ControlClient, available: str, code: str
) -> None:
    control.post("seed", ACCOUNT_CONDITIONS[code].refusing)
    eci = Eci(server, KEY, SECRET)
    eci.update(available, name="new", size=30, tags={"a": "b"}, retention_days=1)

    assert eci.one(available).name == "new"


@pytest.mark.parametrize("code", sorted(FAULT_ONLY))
def test_fault_raises_what_no_condition_does(eci: Eci, control: ControlClient, available: str, code: str) -> None:
    control.post("faults", {"kind": "error", "code": code, "count": 2})
    status, message = DOCUMENTED[code]
    for call in (eci.copy, lambda: eci.update(available, size=40)):
        with pytest.raises(AlibabaCloudException) as caught:
            call()
        assert (caught.value.code, caught.value.status_code) == (code, status)
        assert message in caught.value.message

    assert eci.ids() == [available]
    assert eci.one(available).status == "Available"


IN_ARREARS_AT_QUOTA = account(in_arrears=True, eci={"data_cache_quota": {HANGZHOU: 0}})


@pytest.mark.parametrize(
    ("seeds", "fields", "code"),
    [
        ([account("eci:*", in_arrears=True)], {}, "Forbidden.SubUser"),
        ([IN_ARREARS_AT_QUOTA], {"retention_days": 0}, "InvalidParameter.RetentionDays"),
        ([IN_ARREARS_AT_QUOTA], {"data_cache_id": "edc-unknown"}, "InvalidParameter.DataCacheId.NotFound"),
        ([IN_ARREARS_AT_QUOTA, by_status("Loading")], {}, "Account.Arrearage"),
        ([account(eci={"data_cache_quota": {HANGZHOU: 0}}), by_status("Loading")], {}, "IncorrectStatus"),
    ],
)
def test_order_of_checks_in_a_copy(
    server: SandboxServer, control: ControlClient, seeds: list[Any], fields: dict[str, Any], code: str
) -> None:
    for seed in seeds:
        control.post("seed", seed)

    assert refused(Eci(server, KEY, SECRET).copy, **fields)[0] == code


@pytest.mark.parametrize(
    ("seeds", "fields", "code"),
    [
        ([account(in_arrears=True)], {"size": 25}, "InvalidParameter.Size"),
        ([account(in_arrears=True)], {"cache_id": "edc-unknown"}, "InvalidParameter.DataCacheId.NotFound"),
        ([account(in_arrears=True), network(free_addresses=0)], {}, "Account.Arrearage"),
        ([network(free_addresses=0)], {}, "InvalidVSwitchId.IpNotEnough"),
    ],
)
def test_order_of_checks_in_a_reload(
    server: SandboxServer, control: ControlClient, available: str, seeds: list[Any], fields: dict[str, Any], code: str
) -> None:
    for seed in seeds:
        control.post("seed", seed)
    usual = {"cache_id": available, "size": 40, "v_switch_id": "vsw-1"}

    assert refused(Eci(server, KEY, SECRET).update, **usual | fields)[0] == code


def test_status_is_checked_before_the_network(server: SandboxServer, control: ControlClient, available: str) -> None:
    reloads(server, available)
    control.post("seed", network(free_addresses=0))

    assert refused(reloads_through_v_switch, server, available)[0] == "IncorrectStatus"


def test_state_of_an_account_leaves_other_accounts_alone(eci: Eci, control: ControlClient) -> None:
    control.post("seed", {"accounts": [{"id": "2", "state": {"in_arrears": True}}]})

    assert eci.copy()


def test_seed_without_a_state_leaves_the_state(eci: Eci, control: ControlClient) -> None:
    control.post("seed", account(in_arrears=True))
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID}]})

    assert refused(eci.copy)[0] == "Account.Arrearage"


def test_reset_forgets_states_and_networks(server: SandboxServer, control: ControlClient) -> None:
    control.post("seed", account(in_arrears=True))
    control.post("seed", network(free_addresses=0))
    control.post("reset")
    control.post("seed", SEED)
    eci = Eci(server)
    cache = eci.copy()
    control.advance(5)

    eci.update(cache, v_switch_id="vsw-1")


def test_a_replayed_token_is_answered_whatever_became_of_the_account(eci: Eci, control: ControlClient) -> None:
    made = eci.copy(client_token="t")
    control.post("seed", account(in_arrears=True))

    assert eci.copy(client_token="t") == made


def test_quota_is_counted_in_the_destination_region_only(eci: Eci, control: ControlClient, available: str) -> None:
    control.post("seed", account(eci={"data_cache_quota": {HANGZHOU: 1, BEIJING: 0}}))

    assert refused(eci.copy) == ("QuotaExceeded", 403)
    assert eci.copy(destination_region_id="cn-shanghai")
    eci.update(available, size=40)


def test_quota_is_free_again_once_a_cache_is_gone(eci: Eci, control: ControlClient, available: str) -> None:
    control.post("seed", account(eci={"data_cache_quota": {HANGZHOU: 1}}))
    eci.delete(available)

    assert refused(eci.copy) == ("QuotaExceeded", 403)
    control.advance(1)
    assert eci.copy()


def test_missing_linked_role_is_made_by_who_may(server: SandboxServer, eci: Eci, control: ControlClient) -> None:
    control.post("seed", account("ram:CreateServiceLinkedRole", eci={"linked_role_exists": False}))
    eci.copy()

    copies(server, "")


def test_refused_call_makes_no_linked_role(server: SandboxServer, eci: Eci, control: ControlClient) -> None:
    control.post(
        "seed",
        account(
            "ram:CreateServiceLinkedRole", eci={"linked_role_exists": False, "data_cache_quota": {"cn-shanghai": 0}}
        ),
    )
    refused(eci.copy, destination_region_id="cn-shanghai")

    assert refused(copies, server, "")[0] == "CreateServiceLinkedRole.Denied"


@pytest.mark.parametrize("unknown", [{"security_group_id": "sg-2"}, {"v_switch_id": "vsw-2"}])
def test_network_id_that_is_not_seeded_is_only_looked_at_for_its_form(
    eci: Eci, control: ControlClient, available: str, unknown: dict[str, str]
) -> None:
    control.post("seed", network(group_vpc="vpc-2"))
    ids: dict[str, Any] = {"security_group_id": "sg-1", "v_switch_id": "vsw-1"}
    eci.update(available, **ids | unknown)

    assert eci.one(available).status == "Updating"


def test_network_of_another_account_is_unknown(eci: Eci, control: ControlClient, available: str) -> None:
    control.post("seed", network(free_addresses=0, account="2"))

    eci.update(available, v_switch_id="vsw-1")


@pytest.mark.parametrize(
    ("region", "zone", "fits"),
    [
        ("ap-southeast-1", "ap-southeast-1a", True),
        ("ap-southeast-1", "ap-southeast-2a", False),
        ("cn-shanghai", "cn-shanghai-b", True),
        ("cn-shanghai", "cn-shanghai-finance-1a", False),
    ],
)
def test_zone_belongs_to_the_region_it_is_named_after(
    eci: Eci, control: ControlClient, region: str, zone: str, fits: bool
) -> None:
    cache = eci.copy(destination_region_id=region)
    control.advance(5)
    control.post("seed", network(zone=zone))
    if fits:
        eci.update(cache, region_id=region, v_switch_id="vsw-1")
    else:
        code = refused(eci.update, cache, region_id=region, v_switch_id="vsw-1")[0]
        assert code == "OperationDenied.VswZoneMisMatch"

    assert eci.one(cache, region_id=region).status == ("Updating" if fits else "Available")


@pytest.mark.parametrize("spelt", ["true", "True"])
def test_dry_run_of_an_update_does_nothing(
    server: SandboxServer, eci: Eci, control: ControlClient, available: str, spelt: str
) -> None:
    control.post("faults", {"kind": "update_fails"})
    before = eci.one(available).to_map()

    assert refused(sends_update, server, available, Name="new", DryRun=spelt) == ("DryRunOperation", 400)
    assert eci.one(available).to_map() == before
    assert control.get("faults")[0]["hits"] == 0
    sends_update(server, available, DryRun="false")
    assert eci.one(available).status == "Updating"


def test_dry_run_leaves_its_client_token_unused(server: SandboxServer, eci: Eci) -> None:
    refused(sends_copy, server, ClientToken="t", DryRun="true")

    assert eci.copy(client_token="t") in eci.ids()


@pytest.mark.parametrize(
    ("seed", "fields", "code"),
    [
        ({}, {"DryRun": "maybe"}, "InvalidParameter.DryRun"),
        ({}, {"DryRun": "true", "DataCacheId": "edc-unknown"}, "InvalidParameter.DataCacheId.NotFound"),
        (account(in_arrears=True), {"DryRun": "true"}, "Account.Arrearage"),
        (account(eci={"data_cache_quota": {HANGZHOU: 0}}), {"DryRun": "true"}, "QuotaExceeded"),
    ],
)
def test_dry_run_reports_what_is_wrong(
    server: SandboxServer, control: ControlClient, seed: dict[str, Any], fields: dict[str, str], code: str
) -> None:
    control.post("seed", seed)

    assert refused(sends_copy, server, **fields)[0] == code


def test_seeding_reports_how_much_of_a_network_it_planted(control: ControlClient) -> None:
    assert control.post("seed", network())["network_parts"] == 4


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (account(in_debt=True), r"accounts\.0\.state\.in_debt: Extra inputs are not permitted"),
        (account(eci={"data_cache_quota": {HANGZHOU: -1}}), "greater than or equal to 0"),
        (network(colour="blue"), r"network\.v_switches\.0\.colour: Extra inputs are not permitted"),
        ({"network": {"v_switches": [{"id": "vsw-1", "zone": ZONE}]}}, r"v_switches\.0\.vpc: Field required"),
    ],
)
def test_wrong_seed_is_refused(control: ControlClient, seed: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        control.post("seed", seed)
