"""Elastic Compute Service: what the native image resource does not do: look, cancel a copy, join a resource group.

Copying, changing and deleting the images of a state is the native plugin's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import retries
from components.clouds.alibaba.ecs_image import Image, from_answer
from components.clouds.alibaba.errors import table
from components.clouds.alibaba.service import AlibabaService
from components.clouds.listed_service import ListedService

EVERY_STATUS = "Creating,Waiting,Available,UnAvailable,CreateFailed,Deprecated"
"""Without it, DescribeImages answers only what is Available: a running copy would look gone."""


class Ecs(AlibabaService, ListedService[Image]):
    """Image calls over one connection; images have no groups."""

    name = "ecs"
    errors = table("ECS", "ecs_errors.toml")
    sdk = "alibabacloud_ecs20140526"
    answers: ClassVar = {"DescribeImages": "Images"}
    ids_per_call = 100  # DescribeImages answers at most 100 entries a page

    def cancel_copy_image(self, region: str, image_id: str) -> None:
        """Cancel a running copy (CancelCopyImage), which removes the half-made image.

        Args:
            region: The destination region.
            image_id: The copy's id.
        """
        doing = f"cancelling the copy to Image {image_id} in {region}"
        self._send(doing, region, "CancelCopyImage", {"image_id": image_id})

    def delete_image(self, region: str, image_id: str) -> None:
        """Delete an image that no instance uses (DeleteImage); an unknown id is no error."""
        self._send(f"deleting Image {image_id} in {region}", region, "DeleteImage", {"image_id": image_id})

    def join_resource_group(self, region: str, image_id: str, resource_group_id: str) -> None:
        """Move an image to a resource group (JoinResourceGroup)."""
        doing = f"moving Image {image_id} in {region} to resource group {resource_group_id}"
        thing = {"resource_id": image_id, "resource_type": "image", "resource_group_id": resource_group_id}
        self._send(doing, region, "JoinResourceGroup", thing)

    def find_by_name(self, region: str, name: str) -> list[Image]:
        """List this account's images of exactly this name, of any status; the cloud's filter is fuzzy."""
        images = self._pages(region, image_name=name, image_owner_alias="self")
        return [image for image in images if image.name == name]

    @override
    def _thing(self, entry: Mapping[str, Any]) -> Image:
        return from_answer(entry)

    @override
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[Image]:
        return self._pages(region, **({"image_owner_alias": "self"} if ids is None else {"image_id": ",".join(ids)}))

    def _pages(self, region: str, **wanted: str) -> Iterator[Image]:
        doing = f"describing Images in {region}"

        def page(number: int, _seen: int) -> tuple[Any, Any, str]:
            paging = {"status": EVERY_STATUS, "page_number": number, "page_size": self.ids_per_call}
            answer = self._send(doing, region, "DescribeImages", {**wanted, **paging}, patience=retries.READ_PATIENCE)
            images = answer.get("Images")
            listed = images.get("Image") if isinstance(images, dict) else images
            return listed, answer.get("TotalCount"), str(answer.get("RequestId") or "")

        return self._counted(doing, page)
