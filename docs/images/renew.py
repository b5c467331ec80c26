"""Renews the screenshot in README and the tutorial: `python docs/images/renew.py REPORT.html`.

The report is that of the tutorial's three runs (`level-1`, `level-3`, `level-5`), as `cot-distill report --experiments`
writes it. The script needs Chromium (`make install-browser`). The chart in README is `granularity-svamp.svg` of
`cot-distill charts` over the mini study.
"""

import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1280, 1000
"""The size of the shown part of the page, in pixels."""


def main() -> None:
    """Write report.png beside this file."""
    from playwright.sync_api import sync_playwright

    report = Path(sys.argv[1]).resolve(strict=True)
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no chromium on this machine; `make install-browser` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(report.as_uri())
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(__file__).with_name("report.png"))
        chromium.close()


if __name__ == "__main__":
    main()
