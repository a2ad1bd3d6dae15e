"""The state of an account, as the provider sees it: its bills, its verification, what is enabled, its quotas.

Every account is in good state until a seed says otherwise. A service reads the state and decides which of its
actions that refuses, and with which code; nothing is refused here. What a key may call is in `accounts`.
"""

from pydantic import NonNegativeInt, PositiveInt, RootModel

from sandbox.core.seed_part import SeedPart
from sandbox.core.store import Store

_KEPT_AS = "account state of"


class Quota(RootModel[dict[str, NonNegativeInt]]):
    """Region -> most resources in it; a region that is not here has no limit."""

    root: dict[str, NonNegativeInt] = {}

    def is_reached(self, region: str, held: int) -> bool:
        """Whether a region that holds so many resources can have no more."""
        return region in self.root and held >= self.root[region]


class EciState(SeedPart):
    """What ECI knows about an account."""

    enabled: bool = True
    """Whether the account has activated ECI."""
    invited: bool = True
    """Whether it is invited to the test."""
    linked_role_exists: bool = True
    """Whether it has ECI's service-linked role; a user who may ram:CreateServiceLinkedRole makes it by calling."""
    role_trusts_eci: bool = True
    """Whether its role AliyunECIContainerGroupRole belongs to ECI."""
    data_cache_quota: Quota = Quota()


class EcsState(SeedPart):
    """What ECS knows about an account."""

    image_quota: Quota = Quota()
    snapshot_quota: Quota = Quota()
    """Of snapshots of images."""
    image_max_size: PositiveInt | None = None
    """The largest image, in GiB, that it can copy; None is no limit."""
    in_byok_white_list: bool = True
    """Whether it may encrypt an image with a key of its own."""


class CbsState(SeedPart):
    """What CBS knows about an account."""

    sufficient_balance: bool = True
    """Whether it can pay for a new snapshot."""
    snapshot_quota: Quota = Quota()


class CvmState(SeedPart):
    """What CVM knows about an account."""

    image_quota: Quota = Quota()
    image_max_size: PositiveInt | None = None
    """The largest image, in GiB, that it can copy; None is no limit."""


class AccountState(SeedPart):
    """The state of one account; what is in no service's own part holds for all services."""

    in_arrears: bool = False
    """Whether a payment is outstanding."""
    overdue_bills: bool = False
    """Whether bills are overdue, so that buying is suspended."""
    real_name_verified: bool = True
    under_risk_control: bool = False
    """Whether its operations are identified as abnormal."""
    card_verified: bool = True
    """Whether its default credit or debit card is free of a security risk."""
    eci: EciState = EciState()
    ecs: EcsState = EcsState()
    cbs: CbsState = CbsState()
    cvm: CvmState = CvmState()


class AccountStates:
    """The states as they are kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, account: str) -> AccountState:
        """The state of an account; a good one when nothing was seeded."""
        return AccountState.model_validate(self._store.load(f"{_KEPT_AS} {account}") or {})

    def put(self, account: str, state: AccountState) -> None:
        """Replace the whole state of an account."""
        self._store.keep(f"{_KEPT_AS} {account}", state.model_dump())
