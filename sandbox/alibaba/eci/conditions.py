"""Why ECI refuses a call whose parameters are valid: the account, the network to load through, the quota.

The account is checked by what loads data: CopyDataCache, and UpdateDataCache when it reloads. An update of name,
bucket, tags, retention or resource group alone loads nothing, and Describe and Delete must stay possible for an
account that is refused; they check nothing. The network is checked by an update that names one, the quota by a copy.

The reference gives codes, not conditions. Chosen here:

Account. The first that applies is answered: not enabled, not invited, risk control, real name, card, arrears,
overdue bills, then the roles. Loading runs as the role AliyunECIContainerGroupRole, so the key needs ram:PassRole,
and the role must belong to ECI. A missing service-linked role is made by the first loading call that is accepted
and whose key may ram:CreateServiceLinkedRole; other keys are refused. Both permissions are a key's denied_actions.

Network. Only what was seeded is checked. First what does not fit together: security group and vSwitch of
different VPCs, a zone of another region. Then what is unavailable: zone on sale, stock, addresses of the vSwitch,
addresses of the EIP pool. A loading cache uses up no address.

Quota. A data cache counts until it is gone, also one that failed, is not visible yet or is being deleted. The quota
of the destination region holds; an update makes no cache.

DryRun is in the table of errors but in no list of parameters: true or false, in Copy and Update only.
"""

from sandbox.alibaba.account_state import AccountStates
from sandbox.alibaba.eci import errors as eci_errors
from sandbox.alibaba.eci.network import Networks, owned
from sandbox.alibaba.eci.requests import UpdateDataCache
from sandbox.alibaba.rpc import Call
from sandbox.core.store import Store


class Conditions:
    """The conditions as they are at a call; each check raises ApiError."""

    def __init__(self, store: Store) -> None:
        self._states = AccountStates(store)
        self._networks = Networks(store)

    def check_account(self, call: Call) -> None:
        """Whether the account and its user may load data; makes the service-linked role if it is missing."""
        state = self._states.of(call.account)
        eci_errors.refuse(
            {
                "ServiceNotEnabled": not state.eci.enabled,
                "Forbidden.OnlyForInvitedTest": not state.eci.invited,
                "Forbidden.RiskControl": state.under_risk_control,
                "Forbidden.UserNotRealNameAuthentication": not state.real_name_verified,
                "SecurityRisk.3DVerification": not state.card_verified,
                "Account.Arrearage": state.in_arrears,
                "Forbidden.UserBussinessStatus": state.overdue_bills,
                "InvalidUser.PassRoleForbidden": not call.key.may("ram", "PassRole"),
                "NoPermission": not state.eci.role_trusts_eci,
            }
        )
        if not state.eci.linked_role_exists:
            may = call.key.may("ram", "CreateServiceLinkedRole")
            eci_errors.refuse({"CreateServiceLinkedRole.Denied": not may})
            eci = state.eci.model_copy(update={"linked_role_exists": True})
            # If the call is refused later on, the gateway undoes this with all else that it did.
            self._states.put(call.account, state.model_copy(update={"eci": eci}))

    def check_network(self, account: str, request: UpdateDataCache) -> None:
        """Whether data can be loaded through the network that the request names."""
        network = self._networks.current()
        v_switch = owned(network.v_switches, account, request.v_switch_id)
        group = owned(network.security_groups, account, request.security_group_id)
        pool = owned(network.eip_address_pools, account, request.eip_pool)
        if v_switch is not None:
            zone = network.zone(v_switch.zone)
            eci_errors.refuse(
                {
                    "OperationDenied.SecurityGroupMisMatch": group is not None and group.vpc != v_switch.vpc,
                    "OperationDenied.VswZoneMisMatch": not zone.belongs_to(request.region_id),
                    "Zone.NotOnSale": not zone.on_sale,
                    "OperationDenied.NoStock": not zone.in_stock,
                    "InvalidVSwitchId.IpNotEnough": v_switch.free_addresses == 0,
                }
            )
        eci_errors.refuse({"EipAddressPoolIpNotEnough": pool is not None and pool.free_addresses == 0})

    def check_quota(self, call: Call, region: str, existing: int) -> None:
        """Whether a region that has so many data caches may get one more."""
        quota = self._states.of(call.account).eci.data_cache_quota
        eci_errors.refuse({"QuotaExceeded": quota.is_reached(region, existing)})
