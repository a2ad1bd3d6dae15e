"""Elastic Compute Service: what the native image resource leaves undone: look, cancel a copy, join a resource group.

Copying, changing and deleting the images of a state is the native plugin's. This module knows the API, not the
lifecycle of a replica.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from components.clouds.alibaba.calls import AlibabaCalls
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.ecs_errors import rule
from components.clouds.alibaba.ecs_image import Image, from_answer
from components.clouds.copies import CopyState
from components.clouds.errors import NoAnswer
from components.clouds.listings import Listings, batches
from components.clouds.retries import CHANGE_PATIENCE, READ_PATIENCE

IDS_PER_CALL = 100
"""DescribeImages answers at most 100 entries a page."""

EVERY_STATUS = "Creating,Waiting,Available,UnAvailable,CreateFailed,Deprecated"
"""Without it, DescribeImages answers only what is Available: a running copy would look gone."""


class Ecs:
    """Image calls over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    name = "ecs"

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = AlibabaCalls(connection, service="ECS", make_client=_client, judge=rule, sleep=sleep)
        self._listings: Listings[Image] = Listings(self._list, clock)

    def cancel_copy_image(self, region: str, image_id: str) -> None:
        """Cancel a running copy (CancelCopyImage), which removes the half-made image.

        Args:
            region: The destination region.
            image_id: The copy's id.
        """
        from alibabacloud_ecs20140526 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.CancelCopyImageRequest(region_id=region, image_id=image_id)
        doing = f"cancelling the copy to Image {image_id} in {region}"
        self._calls.send(doing, "cancel_copy_image_with_options", request, patience=CHANGE_PATIENCE)

    def delete_image(self, region: str, image_id: str) -> None:
        """Delete an image that no instance uses (DeleteImage); an unknown id is no error."""
        from alibabacloud_ecs20140526 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.DeleteImageRequest(region_id=region, image_id=image_id)
        doing = f"deleting Image {image_id} in {region}"
        self._calls.send(doing, "delete_image_with_options", request, patience=CHANGE_PATIENCE)

    def join_resource_group(self, region: str, image_id: str, resource_group_id: str) -> None:
        """Move an image to a resource group (JoinResourceGroup)."""
        from alibabacloud_ecs20140526 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.JoinResourceGroupRequest(
            region_id=region, resource_id=image_id, resource_type="image", resource_group_id=resource_group_id
        )
        doing = f"moving Image {image_id} in {region} to resource group {resource_group_id}"
        self._calls.send(doing, "join_resource_group_with_options", request, patience=CHANGE_PATIENCE)

    def describe(self, region: str, groups: Mapping[str, str]) -> dict[str, Image]:
        """Describe images of any status by id, 100 a call.

        Args:
            region: The region to ask.
            groups: Their ids; images live in no namespace, so the values are "".

        Returns:
            Id -> image; an id that the cloud does not list is absent.
        """
        found: dict[str, Image] = {}
        ids = list(groups)
        for batch in batches(ids, IDS_PER_CALL):
            found |= {image.id: image for image in self._pages(region, image_id=",".join(batch))}
        return {id_: found[id_] for id_ in ids if id_ in found}

    def find(self, region: str, image_id: str, *, group: str = "") -> Image | None:
        """Find one image, from a listing that is at most some seconds old, else by its id."""
        listed = self._listings.find((region, group), image_id)
        return listed or self.describe(region, {image_id: group}).get(image_id)

    def find_by_name(self, region: str, name: str) -> list[Image]:
        """List this account's images of exactly this name, of any status; the cloud's filter is fuzzy."""
        images = self._pages(region, image_name=name, image_owner_alias="self")
        return [image for image in images if image.name == name]

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        """See `CopyService.look_up`."""
        return {id_: image.state for id_, image in self.describe(region, groups).items()}

    def _list(self, namespace: tuple[str, str]) -> Iterator[Image]:
        return self._pages(namespace[0], image_owner_alias="self")

    def _pages(self, region: str, **wanted: str) -> Iterator[Image]:
        from alibabacloud_ecs20140526 import models  # noqa: PLC0415 - the SDK takes a second to import

        page, seen = 1, 0
        while True:
            request = models.DescribeImagesRequest(
                region_id=region, status=EVERY_STATUS, page_number=page, page_size=IDS_PER_CALL, **wanted
            )
            doing = f"describing Images in {region}"
            body = self._calls.send(doing, "describe_images_with_options", request, patience=READ_PATIENCE)
            entries = (body.images.image or []) if body.images else []
            total = int(body.total_count or 0)
            if total > seen and not entries:
                raise NoAnswer(
                    doing=doing,
                    code="NoAnswer",
                    message=f"the answer counts {total} and lists none",
                    request_id=str(body.request_id or ""),
                    next_step="run the same command again",
                )
            yield from (from_answer(entry) for entry in entries)
            page, seen = page + 1, seen + len(entries)
            if seen >= total:
                return


def _client(config: Any) -> Any:
    from components.clouds.alibaba.ecs_client import StrictClient  # noqa: PLC0415 - the SDK takes a second to import

    return StrictClient(config)
