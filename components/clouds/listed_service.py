"""What all services share that list things: their things by id, from listings, and as a wait sees them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Generic

from components.clouds.copies import CopyState
from components.clouds.listings import Entry, Listings
from components.clouds.service import Service


class ListedService(Service, Generic[Entry]):
    """A service that lists things of one kind. It stands beside the service of a vendor, which sends the requests."""

    ids_per_call: ClassVar[int]
    """Ids that one call may name: as many as one page can answer."""
    default_group: ClassVar[str] = ""
    """The namespace that the API asks where a request names none."""

    @abstractmethod
    def _thing(self, entry: Mapping[str, Any]) -> Entry:
        """Read an entry of an answer."""

    @abstractmethod
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[Entry]:
        """List the things of a region, calling the cloud once per page, when the page's first entry is taken.

        Args:
            region: The region to ask.
            group: The namespace they live in, "" where the service has none or it is not known.
            ids: Only these, at most `ids_per_call`; None for all of this account.
        """

    def describe(self, region: str, groups: Mapping[str, str]) -> dict[str, Entry]:
        """Describe things by id, with as few calls as the API allows.

        Args:
            region: The region to ask.
            groups: Id -> the namespace it lives in, "" where unknown or the service has none. The default of a request
                may hide other namespaces: an id that is not answered is asked for once more within its own.

        Returns:
            Id -> thing; an id that the cloud does not list is absent.
        """
        found = self._of_ids(region, "", list(groups))
        for group in sorted({groups[id_] for id_ in groups if id_ not in found} - {"", self.default_group}):
            found |= self._of_ids(region, group, [id_ for id_ in groups if id_ not in found and groups[id_] == group])
        return {id_: found[id_] for id_ in groups if id_ in found}

    def find(self, region: str, id_: str, *, group: str = "") -> Entry | None:
        """Find one thing, from a listing that is at most some seconds old, else by its id."""
        return self._listings.find((region, group), id_) or self.describe(region, {id_: group}).get(id_)

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        """Look at things as a wait does; see `CopyService`."""
        return {id_: thing.state for id_, thing in self.describe(region, groups).items()}

    @cached_property
    def _listings(self) -> Listings[Entry]:
        return Listings(lambda namespace: self._listed(*namespace), self._clock)

    def _of_ids(self, region: str, group: str, ids: Sequence[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for start in range(0, len(ids), self.ids_per_call):
            batch = ids[start : start + self.ids_per_call]
            found |= {thing.id: thing for thing in self._listed(region, group, batch)}
        if others := found.keys() - set(ids):
            doing = f"describing {', '.join(ids[:1])} in {region}"
            raise self._no_answer(doing, f"the answer lists {min(others)}, which was not asked for")
        return found

    def _counted(self, doing: str, page: Callable[[int, int], tuple[Any, Any, str]]) -> Iterator[Entry]:
        """Read pages until as many entries were listed as the cloud counts.

        Args:
            doing: For errors.
            page: Reads a page, its number (from 1) and the entries so far given; returns its entries, the count of all
                and the request id, as the cloud gave them.

        Raises:
            NoAnswer: A page cannot be read, or its count and its list disagree.
        """
        ids: set[str] = set()
        number = seen = first = before = 0
        while True:
            number += 1
            listed, total, request_id = page(number, seen)
            things, total = self._things(doing, listed, total, request_id)
            seen += len(things)
            new = {thing.id for thing in things} - ids
            ids |= new
            first, before = (first, before) if number > 1 else (total, total)
            # What is made meanwhile moves an entry to the next page; what is deleted moves one to a page that was read.
            was_moved = seen - len(ids) <= total - first and total >= before
            if seen > total or not was_moved or (seen < total and not things):
                raise self._no_answer(doing, f"the answer counts {total} and lists {len(new)} more", request_id)
            yield from (thing for thing in things if thing.id in new)
            before = total
            if seen == total:
                return

    def _things(self, doing: str, listed: Any, total: Any, request_id: str) -> tuple[list[Entry], int]:
        """Return the things of a page and the cloud's count, which both must be there: only then can one be missing.

        Raises:
            NoAnswer: There is no request id, no list or no count, or an entry cannot be read or is there twice.
        """
        listed = [] if listed is None else listed
        is_count = isinstance(total, int) and not isinstance(total, bool) and total >= 0
        if not (request_id and is_count and isinstance(listed, list)):
            raise self._no_answer(doing, "the answer's list, its count or its request id cannot be read", request_id)
        try:
            things: list[Entry] = [self._thing(one) for one in listed]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._no_answer(doing, f"an entry cannot be read ({type(error).__name__})", request_id) from None
        ids = {thing.id for thing in things}
        if "" in ids or len(ids) < len(things):
            raise self._no_answer(doing, "the answer lists something without an id, or twice", request_id)
        return things, total
