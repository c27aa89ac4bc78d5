#!/usr/bin/env python3
"""The page of `segue serve` in a real browser: phone, tablet and desktop, light and dark.

    browser.py SEGUE MODEL [--out DIR] [--quick] [--only NAME] [--screenshots DIR]

Starts the service on MODEL and goes every way a reader can go, in headless Chromium over WebDriver: what the page
shows is held against what the server has, every main state is audited by axe-core and kept as a picture in DIR. --quick
is the main way at one width; --screenshots makes the README's two pictures and nothing else. Ends with status 1 when
something is not as it should be. Needs the packages chromium and chromium-driver; the rest goes from PyPI to .venv."""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HOME = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
NEEDS = ["selenium==4.51.0", "pillow==12.0.0"]
NEEDS_ALONE = ["axe-playwright-python==0.1.8"]  # For its axe.min.js, 4.12.1; Playwright itself is not needed.


def enter_environment():
    """Goes on in .venv, which is made when it is missing or lacks something."""
    python = os.path.join(HOME, ".venv", "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(HOME, ".venv")], check=True)
    lacks = subprocess.run([python, "-c", "import selenium, axe_playwright_python, PIL"], stderr=subprocess.DEVNULL)
    if lacks.returncode:
        for needs in [NEEDS, ["--no-deps", *NEEDS_ALONE]]:
            subprocess.run([python, "-m", "pip", "install", "-q", *needs], check=True)
    os.execv(python, [python, *sys.argv])


try:
    import axe_playwright_python  # noqa: F401
    import PIL.Image
    import selenium  # noqa: F401
except ImportError:
    enter_environment()

import byways
import journeys
from load import Server
from pages import Browser, Keys


MAIN_WAY = [journeys.first_visit, journeys.search, journeys.order, journeys.recommend, journeys.player]
ALL = [*MAIN_WAY, journeys.verdicts, journeys.playlists, journeys.history, byways.files, byways.browse,
       byways.keyboard, byways.focus, byways.account, byways.failures, byways.documents, byways.sizes]


# Words of the console that belong to what a way means to happen: a refused password, a server that is not there.
EXPECTED = re.compile("status of (400|401|404|409|422|503) |net::ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED"
                      "|CONNECTION_RESET|EMPTY_RESPONSE)")


class Service:
    """The server under test, on one port and one folder of data through all its lives."""

    def __init__(self, segue, model, data):
        self.command, self.port = (segue, model, data), None
        self.start()

    def start(self):
        self.server = Server(*self.command, port=self.port)
        self.port, self.address = self.server.port, self.server.address

    def pause(self):
        os.kill(self.server.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.server.process.pid, signal.SIGCONT)

    def kill(self):
        self.server.process.kill()
        self.server.process.wait()

    def revive(self):
        """Puts right what a way that ended early left behind."""
        if self.server.process.poll() is None:
            self.go_on()
        else:
            self.start()

    def songs(self, count=8):
        """Songs that go together, the same each time."""
        first = self.server.get("/api/v1/tracks?limit=1")["tracks"][0]
        answer = self.server.post("/api/v1/recommendations", {"tracks": [first["id"]], "count": count - 1})
        return [first] + [each["track"] for each in answer["recommendations"]]


class Run:
    """One reader's ways at one width and theme; what was right, and what was not."""

    def __init__(self, browser, folder, songs):
        self.browser, self.folder, self.songs = browser, folder, songs
        self.checks, self.failed = 0, []

    def go(self, journey):
        start, before = time.monotonic(), self.checks
        where = f"{self.browser.width} {self.browser.theme} {journey.__name__}"

        def check(is_so, what):
            self.checks += 1
            if not is_so:
                self.failed.append(f"{where}: {what}")
                print(f"  NOT SO: {what}", flush=True)

        def look(state, audit=True):
            browser = self.browser
            browser.picture(os.path.join(self.folder, f"{browser.width}-{browser.theme}-{state}.png"))
            check(browser.overflow() <= 0, f"{state} is {browser.overflow()} px too wide")
            for finding in browser.audit() if audit else []:
                check(False, f"{state}, axe-core: {finding}")
            if audit:
                check(not browser.covered(), f"{state} hides {browser.covered()}")
                check(not browser.small_targets(), f"{state} has targets too small: {browser.small_targets()}")

        look.folder = self.folder
        try:
            journey(self.browser, self.songs, check, look)
        except Exception as error:
            text = str(error).split("Stacktrace")[0].strip()
            check(False, f"{type(error).__name__}: {text}\n{''.join(traceback.format_tb(error.__traceback__)[1:3])}")
            self.browser.picture(os.path.join(self.folder, f"{where.replace(' ', '-')}-failed.png"))
            self.browser.server.revive()
        complaints = [each for each in self.browser.complaints() if not EXPECTED.search(each)]
        check(not complaints, f"the console: {complaints[:3]}")
        print(f"{where}: {self.checks - before} checks, {time.monotonic() - start:.1f} s", flush=True)


def pictures(browser, songs, folder):
    """The README's: the desktop with a song's reasons, the phone in the dark."""
    for width, height, theme, name in [(1440, 1080, "light", "page"), (360, 740, "dark", "page-phone")]:
        browser.layout(width, theme, height)
        browser.begin(songs)
        browser.view("recommend")
        browser.slide("steer-energy", Keys.ARROW_RIGHT, 3)
        browser.recommend()
        browser.press("recommendation why")
        if browser.is_wide:
            browser.press(browser.all("recommendation play")[0])
            browser.until(lambda: browser.player()["time"] > 2, "the sound")
            browser.run("document.querySelector('#recommend').scrollTo(0, 0)")
        browser.run("document.activeElement.blur()")
        path = os.path.join(folder, f"{name}.png")
        browser.picture(path)
        with PIL.Image.open(path) as picture:
            few = picture.convert("RGB").quantize(256, dither=PIL.Image.Dither.NONE)
        few.save(path, optimize=True)
        print(f"{path}: {os.path.getsize(path) / 1024:.0f} KiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segue")
    parser.add_argument("model")
    parser.add_argument("--out", default=os.path.join(HOME, ".build-browser"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="one way, by its function's name")
    parser.add_argument("--widths", default="360,820,1440")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--screenshots", metavar="DIR")
    settings = parser.parse_args()
    ways = MAIN_WAY if settings.quick else [each for each in ALL if settings.only in (None, each.__name__)]
    layouts = [(1440, "light")] if settings.quick else [
        (int(width), theme) for width in settings.widths.split(",") for theme in settings.themes.split(",")]
    os.makedirs(settings.out, exist_ok=True)
    start, checks, failed = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory() as data:
        service = Service(settings.segue, settings.model, data)
        songs = service.songs()
        try:
            if settings.screenshots:
                layouts = []
                browser = Browser(service.address)
                try:
                    pictures(browser, songs, settings.screenshots)
                finally:
                    browser.quit()
            for width, theme in layouts:
                browser = Browser(service.address, width, theme)
                browser.server, browser.data = service, data
                run = Run(browser, settings.out, songs)
                try:
                    for way in ways:
                        run.go(way)
                finally:
                    browser.quit()
                checks, failed = checks + run.checks, failed + run.failed
        finally:
            service.revive()
            status = service.server.stop()
    for each in failed:
        print(f"NOT SO: {each}")
    print(f"{checks} checks, {len(failed)} not so; {time.monotonic() - start:.0f} s; the service ended with {status}")
    sys.exit(1 if failed or status else 0)


if __name__ == "__main__":
    main()
