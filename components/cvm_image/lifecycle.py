"""What CVM images add to the lifecycle: one copy of an image in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping, Set
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER
from components.clouds.tencent.connection import Connection
from components.clouds.tencent.cvm import Cvm
from components.clouds.tencent.cvm_image import CvmImage
from components.cvm_image import fields
from components.lifecycle.copy_part import InPlace
from components.lifecycle.copy_rows import CopyRows
from components.lifecycle.default_name import DefaultNames
from components.lifecycle.named_copy import MARK, STATE, NamedCopyLifecycle
from components.lifecycle.native_rows import NativeRows
from components.lifecycle.results import MASKED, UNSEEN, Checked, Properties, same
from components.model.field import Violation
from components.model.kind import Cloud, Found, Row

NAME_IS_TAKEN = (
    "stays that of the replica which this one replaces, and every image of a region has a name of its own: change it "
    "together with the source, leave it out, or remove this region in one `up` and add it again in the next"
)


class CvmImageLifecycle(NamedCopyLifecycle):
    """One image copy."""

    thing = "CvmImage"
    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)
    names = DefaultNames("img", shown=10)
    fields: ClassVar = {**fields.SETTINGS, **STATE}
    output_only = ("accepted_at", "failure", MARK, *OWNER, MASKED, UNSEEN)

    cloud: Cvm

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = Cvm(Connection.from_config("cvm", config))

    @override
    def violations(self, inputs: Properties) -> list[Violation]:
        return fields.violations(inputs)

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        super().complete(inputs)
        # What is taken over may consist of snapshots that somebody made for themselves.
        inputs.setdefault("delete_bound_snapshots", "existing_id" not in inputs)

    @override
    def check(self, olds: Properties, news: Properties) -> Checked:
        """Complete the inputs and report every broken rule; a replacement is there beside what it replaces."""
        checked = super().check(olds, news)
        inputs = checked.inputs
        stays = all(same(olds.get(key), inputs.get(key)) for key in ("name", "region"))
        is_replaced = stays and not all(same(olds.get(key), inputs.get(key)) for key in self.identity)
        if is_replaced and isinstance(inputs["name"], str) and not self.names.has_token(inputs):
            return Checked(inputs, [*checked.violations, Violation("name", NAME_IS_TAKEN)])
        return checked

    @override
    def to_set_behind(self, inputs: Properties) -> Set[str]:
        return {"description"} & inputs.keys()

    @override
    def observed_settings(self, props: Properties, found: CvmImage) -> dict[str, Any]:
        # A description that was never declared is the source's, or the cloud's.
        return {"description": found.description or None} if "description" in props else {}

    @override
    def send_settings(self, change: InPlace) -> None:
        """Send what changed in one ModifyImageAttribute; the API has no token, and repeating it changes nothing."""
        settings = {self.fields[name].api: change.news.get(name) for name in change.changed}
        self.cloud.modify(change.region, change.id, settings=settings)

    @override
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        """Ask for the deletion; the API has no token, and answers not found where it is deleted already."""
        with_snapshots = bool(props.get("delete_bound_snapshots", False))
        self.cloud.delete_image(props["region"], id_, with_snapshots=with_snapshots)

    @override
    def expires(self, props: Properties) -> float | None:
        return None


class InstanceImageRows(NativeRows):
    """Rows of `tencentcloud.image.Instance`."""

    name = "imageName"
    made_of = ("instanceId",)
    errors = Cvm.errors.rules
    name_is_taken = "InvalidImageName.Duplicate"

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        cvm = Cvm(Connection.from_config("cvm", config))

        def named(region: str, name: str) -> list[Found]:
            return [Found(each.id) for each in cvm.find_by_name(region, name)]

        def delete(region: str, id_: str, _inputs: Row) -> None:
            cvm.delete_image(region, id_, with_snapshots=True)

        return Cloud(cvm, self._finder(named), delete)


ROWS = CopyRows(CvmImageLifecycle)
INSTANCE_ROWS = InstanceImageRows()
