"""A real browser on pages that a real server gives, and axe-core, for tests of what people see."""

import contextlib
import importlib.util
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from digest.bootstrap import App, Roster
from digest.web.app import make_web

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SERIOUS = {"serious", "critical"}


@contextlib.contextmanager
def open_browser() -> Iterator[Any]:
    """Start the browser of this machine; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser: playwright is missing")
    if CHROMIUM is None:
        pytest.skip("no browser: chromium is missing")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] * (os.geteuid() == 0))
        yield opened
        opened.close()


@contextlib.contextmanager
def serving(app: App) -> Iterator[str]:
    """Serve the application on a port of its own; give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(make_web(app, Roster(app)), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def press(button: Any) -> None:
    """Press a button or a link that leads to another page, and wait until that page is there.

    A click alone does not wait for it: what is looked at next may still be the page before.
    """
    with button.page.expect_navigation():
        button.click()


def find_faults(page: Any) -> list[tuple[str, str]]:
    """Give what axe-core takes for a serious fault of the open page, and `overflow` if it is wider than the window."""
    axe = importlib.util.find_spec("axe_playwright_python")
    if axe is None or axe.origin is None:
        pytest.skip("axe-core is missing: it comes with axe-playwright-python")
    page.evaluate((Path(axe.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    faults = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS]
    return faults + [("overflow", f"{wider} px")] * (wider > 0)
