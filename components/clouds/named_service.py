"""What services share whose copies are known by their names, since the call that starts one takes no token.

That call is sent once: what to do about a lost answer is the caller's decision. The others may be repeated.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, ClassVar, Generic, TypeVar

from components.clouds.copies import Copy
from components.clouds.listed_service import ListedService


@dataclass(frozen=True)
class NamedCopy(Copy):
    """A thing that may be a copy, with what shows which of those of one name is ours."""

    clock_tolerance: ClassVar[float]
    """Seconds by which this machine's clock may differ from the cloud's."""
    zones: ClassVar[Sequence[timedelta]] = (timedelta(0),)
    """What may have to be added to the time at which it was made."""

    is_copied: bool = False
    """It may be a copy of something in another region."""
    created: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def is_older(self, moment: float, *, now: float) -> bool:
        """Report whether it was made before a moment (Unix seconds) in every zone that its time may be of.

        Args:
            moment: By this machine's clock.
            now: The same; what comes later is no time that the service can have written.
        """
        if self.created is None:
            return False
        readings = {self.created.timestamp() + shift.total_seconds() for shift in self.zones}
        possible = [made for made in readings if made <= now + self.clock_tolerance]
        return bool(possible) and max(possible) < moment - self.clock_tolerance


Named = TypeVar("Named", bound=NamedCopy)

_names: dict[tuple[str, str, str], Lock] = {}


class NamedService(ListedService[Named], Generic[Named]):
    """A service whose copies are known by their names. It stands beside the service of a vendor."""

    thing: ClassVar[str]
    """What messages call a copy: `Snapshot`."""
    update: ClassVar[str]
    """The action that changes a copy in place."""
    id_parameter: ClassVar[str]
    """The parameter that names the copy there."""
    name_filter: ClassVar[str]
    """The filter of a listing by name, which is fuzzy."""
    waits_for: ClassVar[Set[str]] = frozenset()
    """Codes of a refusal since another copy of the same source runs, after which a creation waits for that one."""
    other_copy: ClassVar[str]
    """What it waits for, for people."""
    name_is_taken: ClassVar[Set[str]] = frozenset()
    """Codes of a refusal since something in the region has the name."""

    def naming(self, region: str, name: str) -> Lock:
        """Return the lock of a name in a region: its holder is the only one here to make a copy of that name."""
        return _names.setdefault((self.name, region, name), Lock())  # one atomic step

    def copying(self, source_region: str, source_id: str, region: str) -> str:
        """Say what a copy does, for messages."""
        return f"copying {self.thing} {source_id} from {source_region} to {region}"

    @abstractmethod
    def start_copy(self, *, source_region: str, source_id: str, region: str, name: str) -> str:
        """Start a copy, in one attempt, and return its id in `region`.

        Raises:
            CloudError: Refused for this region, or unknown (`Unavailable`, `NoAnswer`): there is no token, so whether
                to send it again is the caller's decision.
        """

    def is_copied_elsewhere(self, _source_region: str, _source_id: str) -> bool:
        """Report whether a refusal that `waits_for` lists may pass when another copy of the source has ended."""
        return True

    def modify(self, region: str, id_: str, *, settings: Mapping[str, Any]) -> None:
        """Change a copy in place.

        Args:
            region: The region it is in.
            id_: Its id.
            settings: The API's parameters (`SnapshotName`) -> values; None leaves a setting as it is.
        """
        self._send(
            f"updating {self.thing} {id_} in {region}", region, self.update, {**settings, self.id_parameter: id_}
        )

    def find_by_name(self, region: str, name: str) -> list[Named]:
        """List what has exactly this name."""
        return [each for each in self._named(region, name) if each.name == name]

    def find_by_part_of_name(self, region: str, part: str) -> list[Named]:
        """List what may be a copy from another region, and whose name holds this part."""
        return [each for each in self._named(region, part) if part in each.name and each.is_copied]

    @abstractmethod
    def tag(self, region: str, id_: str, *, put: Mapping[str, str], take: Collection[str]) -> None:
        """Put tags on a copy, or take some off.

        Args:
            region: The region it is in.
            id_: Its id.
            put: Tags that it gets, or whose values change.
            take: Keys that it loses.
        """

    @abstractmethod
    def find_by_tag_key(self, region: str, key: str) -> list[Named]:
        """List what has a tag of this key, whatever its value."""

    def _named(self, region: str, text: str) -> Iterator[Named]:
        return self._pages(region, Filters=[{"Name": self.name_filter, "Values": [text]}])

    @abstractmethod
    def _pages(self, region: str, **wanted: Any) -> Iterator[Named]:
        """List page by page what matches these parameters."""
