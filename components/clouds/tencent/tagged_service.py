"""Services of Tencent Cloud whose things are tagged by the Tag service, in a call of its own."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import ClassVar

from components.clouds.tencent.service import TencentService
from components.clouds.tencent.tag import SERVICE_TYPE, Tag


class TaggedService(TencentService):
    """A service whose things have tags."""

    thing: ClassVar[str]
    """What messages call one."""
    tag_prefix: ClassVar[str]
    """What the Tag service calls one: `image`."""

    @cached_property
    def tags(self) -> Tag:
        """The Tag service, asked over the same connection."""
        connection = self.connection.of_service(self.name, Tag.name)
        return Tag(connection, sleep=self._sleep, clock=self._clock)

    def tag(self, region: str, id_: str, *, put: Mapping[str, str], take: Collection[str]) -> None:
        """Put tags on a thing, or take some off.

        Args:
            region: The region it is in.
            id_: Its id.
            put: Tags that it gets, or whose values change.
            take: Keys that it loses.
        """
        resource = f"qcs::{SERVICE_TYPE}:{region}:uin/{self.caller(region).account}:{self.tag_prefix}/{id_}"
        self.tags.modify(f"tagging {self.thing} {id_} in {region}", resource, region, put, take)


def read_tags(listed: object) -> dict[str, str]:
    """Read the tags of an entry of an answer.

    Raises:
        TypeError: It is no list of maps.
        KeyError: An entry has no key.
    """
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise TypeError("tags are no list")
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in listed}
