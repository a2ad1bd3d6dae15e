"""How CVM images are tried by storms and tests."""

from typing import Any

from components.model.sample import Revision, Sample, StartParameters


def _looks(of: Revision) -> dict[str, Any]:
    described = {"description": f"revision {of.number}"} if of.number else {}
    return {"name": f"{of.component}-{of.region}-{'?' * 16}", **described}


SAMPLE = Sample(
    table="cvm_images",
    source_region="ap-guangzhou",
    regions=("ap-shanghai", "ap-singapore", "ap-nanjing"),
    components=("appliance",),
    prefix="img-chaos",
    usable="NORMAL",
    seeded=("id", "name", "size", "description", "copied_from"),
    start=StartParameters(source="ImageIds.0", region="DestinationRegions.0", name="ImageName"),
    settings=lambda of: {"description": f"revision {of.number}"} if of.number else {},
    looks=_looks,
    passing=(("InternalError", 200), ("InternalServerError", 200), ("MutexOperation.TaskRunning", 200)),
    denied=("UnauthorizedOperation", 200),
    failure={"kind": "error", "code": ("ImageQuotaLimitExceeded", "InvalidImageId.TooLarge")},
    other=lambda _: {"created": "2026-01-31T00:00:00Z"},  # long before any copy that a search by name is for
    unsteady=("progress", "copying_to"),
    tunable={"concurrent_image_syncs": (True, False)},
    waits_to_start=True,
    throttle_hint=False,
    core=("create-after-cli-SIGKILL",),
)
