"""Where states are: one spelling for each backend, however a person or the engine writes it."""

from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

FILE = "file://"


def canonical(url: str, directory: Path) -> str:
    """Return the one spelling of a backend's URL, without a user name and a password.

    Args:
        url: As PULUMI_BACKEND_URL has it, or as the engine reports it.
        directory: What a relative path is relative to: that of the project.
    """
    if url.startswith(FILE):
        return FILE + quote(str((directory / path_of(url)).resolve()))
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    if parts.scheme in {"http", "https"}:  # the engine reports the console, with the user's page
        return f"https://{host.replace('app.', 'api.', 1) if host.startswith('app.') else host}"
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{'?' * bool(query)}{query}"


def shown(url: str) -> str:
    """Write a canonical URL for people: a query may hold a secret."""
    return unquote(url.partition("?")[0]) if url.startswith(FILE) else url.partition("?")[0]


def is_relative(url: str) -> bool:
    """Report whether it is a file backend that is named relative to the project's directory."""
    return url.startswith(FILE) and not path_of(url).is_absolute()


def path_of(url: str) -> Path:
    """Return the directory of a file backend, as the engine reads its URL."""
    return Path(unquote(url.removeprefix(FILE).partition("?")[0])).expanduser()
