"""How rows of native image copies are read in a state, found again, and ended when they can never become usable."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import COPY_FAILED
from components.clouds.copies import CopyState, Phase
from components.lifecycle.native_rows import NativeRows
from components.model.kind import Cloud, Found, Row


class ImageRows(NativeRows):
    """Rows of `alicloud.ecs.ImageCopy`."""

    name = "imageName"
    made_of = ("sourceRegionId", "sourceImageId")
    errors = Ecs.errors.rules
    name_is_taken = "InvalidImageName.Duplicated"

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        ecs = Ecs(Connection.from_config("ecs", config))

        def named(region: str, name: str) -> list[Found]:
            images = ecs.find_by_name(region, name)
            return [Found(image.id, is_dead=is_dead(image.state)) for image in images]

        def delete(region: str, id_: str, _inputs: Row) -> None:
            state = ecs.look_up(region, {id_: ""}).get(id_)
            if state is not None:  # what still runs is cancelled, and there is nothing to delete then
                (ecs.cancel_copy_image if state.phase is Phase.COPYING else ecs.delete_image)(region, id_)

        def is_dead(state: CopyState) -> bool:
            return state.status == COPY_FAILED

        return Cloud(
            ecs, self._finder(named), delete, cancel=ecs.cancel_copy_image, discard=ecs.delete_image, is_dead=is_dead
        )


ROWS = ImageRows()
