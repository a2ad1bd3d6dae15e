"""An error as a cloud's API returns it; the codes are in each vendor's and service's own module."""

from http import HTTPStatus


class ApiError(ValueError):
    """An answer that is not a success: HTTP status, code and message exactly as the client gets them.

    A ValueError, so that a rule of a request model can raise it and pydantic still looks at the other parameters.
    """

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = int(status)
