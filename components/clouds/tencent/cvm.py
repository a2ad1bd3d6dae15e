"""Cloud Virtual Machine: the four calls about custom images and their copies, typed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import retries
from components.clouds.copies import Phase
from components.clouds.errors import NotFound
from components.clouds.named_service import NamedService
from components.clouds.tencent.cvm_image import CUSTOM, CvmImage, from_answer
from components.clouds.tencent.errors import table
from components.clouds.tencent.tagged_service import TaggedService

PER_SECOND = {"DescribeImages": 16.0, "": 8.0}
"""The API allows 40 requests a second for DescribeImages and 10 for each other action. The program and the provider
process both describe, so each takes less than half; only the provider process sends the others. A fifth is left for
requests that arrive closer together than they were sent."""

UNKNOWN_ID = "InvalidImageId.NotFound"


class Cvm(TaggedService, NamedService[CvmImage]):
    """Image calls over one connection; images have no groups."""

    name = "cvm"
    errors = table("CVM", "cvm_errors.toml")
    version = "2017-03-12"
    per_second = PER_SECOND
    answers: ClassVar = {"SyncImages": "ImageSet", "DescribeImages": "TotalCount"}
    ids_per_call = 100  # DescribeImages answers at most 100 entries a page
    thing = "CvmImage"
    update = "ModifyImageAttribute"
    id_parameter = "ImageId"
    name_filter = "image-name"
    waits_for = frozenset(
        {
            "FailedOperation.InvalidImageState",
            "InvalidImageId.IncorrectState",
            "InvalidParameterValue.InvalidImageState",
        }
    )
    other_copy = "another copy of it"
    tag_prefix = "image"
    name_is_taken = frozenset({"InvalidImageName.Duplicate"})

    @override
    def start_copy(self, *, source_region: str, source_id: str, region: str, name: str) -> str:
        """Start a copy (SyncImages)."""
        doing = self.copying(source_region, source_id, region)
        answer = self._send(
            doing,
            source_region,
            "SyncImages",
            {
                "ImageIds": [source_id],
                "DestinationRegions": [region],
                "ImageName": name,
                "ImageSetRequired": True,  # without, it starts and says no id
            },
            patience=0,
        )
        made = [each for each in answer["ImageSet"] if isinstance(each, dict) and each.get("Region") == region]
        if len(made) == 1 and made[0].get("ImageId"):
            return str(made[0]["ImageId"])
        raise self._no_answer(doing, f"the answer names no image in {region}", str(answer["RequestId"]))

    @override
    def is_copied_elsewhere(self, source_region: str, source_id: str) -> bool:
        """Report whether the source is busy, and not in a state that never ends."""
        source = self.describe(source_region, {source_id: ""}).get(source_id)
        return source is not None and source.state.phase is not Phase.FAILED

    def delete_image(self, region: str, image_id: str, *, with_snapshots: bool) -> None:
        """Delete an image (DeleteImages). One a call: a batch is refused whole when one of it cannot go.

        Args:
            region: The region it is in.
            image_id: Its id.
            with_snapshots: Delete the snapshots that it consists of too; without, they stay and are paid for.
        """
        doing = f"deleting CvmImage {image_id} in {region}"
        self._send(doing, region, "DeleteImages", {"ImageIds": [image_id], "DeleteBindedSnap": with_snapshots})

    @override
    def find_by_tag_key(self, region: str, key: str) -> list[CvmImage]:
        tagged = self._pages(region, Filters=[{"Name": "tag-key", "Values": [key]}])
        return [image for image in tagged if key in image.tags and image.is_copied]

    @override
    def _thing(self, entry: Mapping[str, Any]) -> CvmImage:
        return from_answer(entry)

    @override
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[CvmImage]:
        """List by ids, or where one of them is not there, all custom images: one unknown id refuses the whole call."""
        if ids is not None:
            try:
                yield from list(self._pages(region, ImageIds=list(ids)))
            except NotFound as error:
                if error.code != UNKNOWN_ID:
                    raise
                if len(ids) > 1:
                    yield from (image for image in self._custom(region) if image.id in ids)
        else:
            yield from self._custom(region)

    def _custom(self, region: str) -> Iterator[CvmImage]:
        return self._pages(region, Filters=[{"Name": "image-type", "Values": [CUSTOM]}])

    @override
    def _pages(self, region: str, **wanted: Any) -> Iterator[CvmImage]:
        doing = f"describing CvmImages in {region}"

        def page(_number: int, seen: int) -> tuple[Any, Any, str]:
            params = {**wanted, "Limit": self.ids_per_call, "Offset": seen}
            answer = self._send(doing, region, "DescribeImages", params, patience=retries.READ_PATIENCE)
            return answer.get("ImageSet"), answer.get("TotalCount"), str(answer.get("RequestId") or "")

        return self._counted(doing, page)
