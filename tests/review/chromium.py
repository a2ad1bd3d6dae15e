"""Pages in a headless Chromium, and their pictures under docs/review: `python -m tests.review.chromium` makes them."""

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.review.scenarios import SCENARIOS
from tools.review.html import render

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
DOCS = Path(__file__).parents[2] / "docs" / "review"
DARK = "--blink-settings=preferredColorScheme=0"

MEASURE = """
<script>
addEventListener("load", () => {
  const measured = [...document.querySelectorAll("iframe")].map(frame => {
    const inner = frame.contentDocument, view = frame.contentWindow;
    const shown = of => view.getComputedStyle(inner.querySelector(of) ?? inner.body).display !== "none";
    return {
      width: frame.clientWidth, scrolls: inner.documentElement.scrollWidth, height: inner.documentElement.scrollHeight,
      has_wide_map: shown(".map.wide"), has_small_map: shown(".map.small"),
      paper: view.getComputedStyle(inner.body).backgroundColor,
    };
  });
  document.body.textContent = "MEASURED" + JSON.stringify(measured) + "MEASURED";
});
</script>
"""


@dataclass
class Layout:
    """How a page came out in a frame of a width."""

    width: int
    scrolls: int
    height: int
    has_wide_map: bool
    has_small_map: bool
    paper: str


def layouts(pages: Sequence[tuple[str, int]], *options: str) -> list[Layout]:
    """Lay pages out at widths, all in one run of the browser."""
    frames = "".join(
        f'<iframe width="{width}" height="800" frameborder="0" srcdoc="{html.escape(page)}"></iframe>'
        for page, width in pages
    )
    printed = _run(f"<!doctype html>{frames}{MEASURE}", "--dump-dom", *options)
    found = re.search("MEASURED(.*)MEASURED", printed)
    assert found, printed[-2000:]
    return [Layout(**each) for each in json.loads(html.unescape(found[1]))]


def picture(page: str, width: int, path: Path, *options: str) -> None:
    """Write a picture of a whole page."""
    (layout,) = layouts([(page, width)])
    _run(page, f"--window-size={width},{layout.height}", f"--screenshot={path}", *options)


def _run(page: str, *options: str) -> str:
    assert BROWSER
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        file = Path(directory) / "page.html"
        file.write_text(page, "utf-8")
        command = [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            f"--user-data-dir={directory}/profile",
            *options,
            file.as_uri(),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    everything = render(SCENARIOS["everything"]())
    for wide in (1280, 390):
        picture(everything, wide, DOCS / f"review-{wide}.png")
    picture(everything, 1280, DOCS / "review-1280-dark.png", DARK)
    if pngquant := shutil.which("pngquant"):  # a third of the size
        pictures = map(str, DOCS.glob("*.png"))
        subprocess.run([pngquant, "--force", "--ext", ".png", "--strip", "64", *pictures], check=True)  # noqa: S603
