"""Reads the file that everything is rendered from."""

from pathlib import Path

from pydantic import ValidationError

from components.clouds.errors import ReplicaError
from tools.review.report import Report


class ReportUnusable(ReplicaError):
    """The report cannot be read."""


def read(path: Path) -> Report:
    """Read a report that `replicas review` wrote.

    Raises:
        ReportUnusable: There is no such file, or it is no report of this version.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportUnusable(f"{path} cannot be read: {error.strerror}", "make it with `replicas review`") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ReportUnusable(
            f"{path} is no report of this version: {place}: {first['msg']}", "make it again with `replicas review`"
        ) from None
