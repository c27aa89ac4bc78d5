"""A reader at the page of `segue serve`: what they see, press, type, drag and hear, in a headless Chromium.

Things of the page go by their `data-test`; "recommendation why" is the `why` within a `recommendation`."""

import json
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request

import axe_playwright_python
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HEIGHTS = {320: 640, 360: 740, 820: 1180, 1440: 900, 2560: 1440}
WIDE = 960  # From here on the playlist stands beside the other views.
PATIENCE = 15

with open(os.path.join(os.path.dirname(axe_playwright_python.__file__), "axe.min.js")) as file:
    AXE = file.read()
# Sizes are measured here (`small_targets`): axe takes what a bar or menu covers at the moment for smaller than it is.
AUDIT = """const done = arguments[0];
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: {"target-size": {enabled: false}}, resultTypes: ["violations"]}).then(({violations}) => done(violations));"""
SMALL = """[...document.querySelectorAll("button, a, input, select, summary")]
  .filter((each) => each.checkVisibility() && getComputedStyle(each).display !== "inline" && !each.closest(".unseen, p")
    && !each.matches(".skip, .unseen") && !each.labels?.length)
  .map((each) => [each, (each.closest(".lines") ?? each).getBoundingClientRect()])
  .filter(([each, {width, height}]) => height < arguments[0] || !each.matches("a") && width < arguments[0])
  .map(([each, {width, height}]) => `${each.dataset.test ?? each.tagName} ${Math.round(width)}×${height}`)
  .filter((text, index, all) => all.indexOf(text) === index)"""
# Words and controls whose middle shows something else, bars and menus that float over the page aside.
COVERED = """[...document.querySelectorAll("main :is(button, a, input, select, summary, label, output, h2, h3, b)")]
  .filter((each) => each.checkVisibility({opacityProperty: true}) && getComputedStyle(each).pointerEvents !== "none"
    && !each.closest(".unseen"))
  .map((each) => {
    const {left, top, width, height} = each.getBoundingClientRect();
    return [each, document.elementFromPoint(left + width / 2, top + height / 2)];
  })
  .filter(([each, over]) => over && !each.contains(over) && !over.contains(each) && !each.labels?.[0]?.contains(over)
    && !over.closest("#top, #views, #dock, #player, #notices, #banner, .menu, dialog"))
  .map(([each, over]) => `${each.dataset.test ?? each.textContent} under ${over.dataset.test ?? over.textContent}`)"""
STILL = """const done = arguments[0];
const ends = document.getAnimations().filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime));
Promise.allSettled(ends.map(({finished}) => finished)).then(() => requestAnimationFrame(() => done()));"""
PLAYER = """const done = arguments[0];
import("/assets/player.js").then(({player: {audio, track}}) => done({id: track?.id ?? null, time: audio.currentTime,
  length: audio.duration, paused: audio.paused, volume: audio.volume, muted: audio.muted}));"""


class Missing(Exception):
    """What was waited for did not come."""


def selector(names):
    return " ".join(f'[data-test="{name}"]' for name in names.split())


class Browser:
    """One Chromium with a profile of its own, so one reader."""

    def __init__(self, address, width=1440, theme="light"):
        self.address, self.downloads = address, tempfile.mkdtemp()
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1440,900",
                         "--disable-background-networking", "--lang=en-GB"]:
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.driver.set_script_timeout(60)
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)
        self.layout(width, theme)

    def quit(self):
        self.driver.quit()
        shutil.rmtree(self.downloads, ignore_errors=True)

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def layout(self, width, theme, height=None):
        """A phone, a tablet (both touched) or a desktop of that width, whose system is light or dark."""
        self.width, self.height, self.theme, self.is_wide = width, height or HEIGHTS[width], theme, width >= WIDE
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=self.height, deviceScaleFactor=1,
                 mobile=not self.is_wide)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=not self.is_wide)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def offline(self, is_off):
        self.cdp("Network.enable")
        rate = 0 if is_off else -1
        self.cdp("Network.emulateNetworkConditions", offline=is_off, latency=0, downloadThroughput=rate,
                 uploadThroughput=rate)

    def block(self, *addresses):
        """Addresses that cannot be reached, with * for anything; none: all can."""
        self.cdp("Network.enable")
        self.cdp("Network.setBlockedURLs", urls=list(addresses))

    # Going somewhere

    def open(self, path="/"):
        self.driver.get(self.address + path)

    def begin(self, tracks=(), name="Evening", tutorial=False):
        """Nobody the server knows opens the page; with `tracks`, somebody who made a playlist of them."""
        self.open("/help")
        self.cdp("Network.clearBrowserCookies")
        self.run("localStorage.clear()")
        if not tutorial:
            self.run("localStorage.setItem('segue.tutorial', '\"seen\"')")
        if tracks:
            self.fetch("POST", "/playlists", {"name": name, "tracks": [track["id"] for track in tracks]})
        self.open()
        if tracks:
            self.until(lambda: len(self.all("playlist-row")) == len(tracks), "the playlist's songs")

    def reload(self):
        self.driver.refresh()
        self.until(lambda: self.run("document.querySelector('#playlist-loading')?.hidden"), "the page after a reload")

    def view(self, name):
        if not (self.is_wide and name == "playlist"):
            self.press(f"tab-{name}")
        self.settle()

    # Seeing

    def run(self, expression, *arguments):
        return self.driver.execute_script(f"return {expression}", *arguments)

    def until(self, condition, what, seconds=PATIENCE):
        """The condition's value as soon as it is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
            except StaleElementReferenceException:
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise Missing(f"waited {seconds} s in vain for {what}")
            time.sleep(0.04)

    def all(self, names):
        return self.driver.find_elements(By.CSS_SELECTOR, selector(names))

    def shown(self, *choices):
        """The first of these that can be seen now, or None."""
        for names in choices:
            for element in self.all(names):
                if element.is_displayed():
                    return element
        return None

    def one(self, *choices):
        return self.until(lambda: self.shown(*choices), " or ".join(choices))

    def text(self, names):
        return self.one(names).text

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def ids(self, name):
        return self.run("[...document.querySelectorAll(arguments[0])].map((each) => each.dataset.id)", selector(name))

    def notices(self):
        return self.run("document.querySelector('#notices').innerText")

    def player(self):
        return self.driver.execute_async_script(PLAYER)

    def focus(self):
        """`data-test` or id of what has the focus."""
        return self.run("document.activeElement.dataset.test ?? document.activeElement.id")

    def focused_song(self):
        """The id of the song in whose row the focus is."""
        return self.run("document.activeElement.closest('[data-id]')?.dataset.id")

    def focused_text(self):
        return self.run("document.activeElement === document.body ? null : document.activeElement.innerText")

    def settle(self):
        """Waits for transitions to end."""
        self.driver.execute_async_script(STILL)

    def overflow(self):
        """Pixels that the page is wider than its window."""
        return self.run("document.documentElement.scrollWidth") - self.width

    def audit(self):
        """What axe-core finds fault with."""
        self.driver.execute_script(AXE)
        return [f"{each['impact']} {each['id']}: {each['nodes'][0]['target'][0]} ({len(each['nodes'])})"
                for each in self.driver.execute_async_script(AUDIT)]

    def small_targets(self):
        """What a finger (44 px) or a pointer (24 px) could miss. Of a song all its lines can be pressed, not only the
        title."""
        return self.run(SMALL, 24 if self.is_wide else 44)

    def covered(self):
        """What lies under something that does not float."""
        return self.run(COVERED)

    def complaints(self):
        """What the console said since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def picture(self, path):
        self.settle()
        self.driver.save_screenshot(path)

    # Doing

    def press(self, target, *others):
        element = self.one(target, *others) if isinstance(target, str) else target
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        try:
            element.click()
        except ElementClickInterceptedException:  # The page was still changing, or something lies over it for good.
            time.sleep(0.3)
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
            element.click()
        return element

    def write(self, names, text, *keys):
        element = self.one(names)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text or Keys.DELETE, *keys)
        return element

    def keys(self, *keys, held=None):
        chain = ActionChains(self.driver)
        if held:
            chain.key_down(held)
        chain.send_keys(*keys)
        if held:
            chain.key_up(held)
        chain.perform()

    def enter(self, target):
        """Gives a control the focus and presses Enter."""
        element = self.one(target) if isinstance(target, str) else target
        self.driver.execute_script("arguments[0].focus()", element)
        self.keys(Keys.ENTER)

    def dismiss(self):
        """Takes the notices away, as time does."""
        self.run("document.querySelectorAll('.notice').forEach((each) => each.remove())")

    def tab_to(self, *names, most=150):
        """Presses Tab until one of these has the focus; every stop on the way must show that it has it."""
        for _ in range(most):
            self.keys(Keys.TAB)
            if not self.run("document.activeElement === document.body"
                            " || getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                            " || getComputedStyle(document.activeElement).boxShadow !== 'none'"):
                raise Missing(f"a sign of the focus on {self.focus()}")
            if self.focus() in names:
                return
        raise Missing(f"{' or '.join(names)} within {most} Tabs")

    def drag(self, handle, by, touch=False, before_release=lambda: None):
        """Takes an element by its middle and puts it down `by` pixels lower, as mouse or finger."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", handle)
        box = self.run("arguments[0].getBoundingClientRect().toJSON()", handle)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        places = [y + by * step / 8 for step in range(1, 9)]
        if touch:
            def finger(kind, *points):
                self.cdp("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": at} for at in points])
            self.cdp("Emulation.setTouchEmulationEnabled", enabled=True)
            down, move, up = (lambda: finger("touchStart", y), lambda at: finger("touchMove", at),
                              lambda: finger("touchEnd"))
        else:
            def mouse(kind, at):
                self.cdp("Input.dispatchMouseEvent", type=kind, x=x, y=at, button="left", buttons=1, clickCount=1)
            down, move, up = (lambda: mouse("mousePressed", y), lambda at: mouse("mouseMoved", at),
                              lambda: mouse("mouseReleased", y + by))
        down()
        for place in places:
            move(place)
            time.sleep(0.03)
        time.sleep(0.1)  # Two frames at least, in which the others make room.
        before_release()
        up()
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=not self.is_wide)

    def slide(self, names, key, times):
        """Moves a slider by its keys."""
        element = self.one(names)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.send_keys(*[key] * times)
        return element

    def recommend(self):
        """Asks for songs and waits for the answer; their rows' ids."""
        last = self.past()
        self.press("recommend", "recommend-dock")
        self.until(lambda: self.past() != last, "recommendations in the history")
        self.until(lambda: not self.run("document.querySelector('[data-recommend].busy')")
                   and self.ids("recommendation"), "recommendations on the page")
        self.settle()
        return self.ids("recommendation")

    def past(self):
        return [entry["id"] for entry in self.api("GET", "/history?limit=1")["entries"]]

    # The server, past the page

    def cookie(self):
        return (self.driver.get_cookie("segue_session") or {}).get("value")

    def api(self, method, path, body=None):
        """What the server holds for this browser's cookie."""
        headers = {"Content-Type": "application/json"}
        if self.cookie():
            headers["Cookie"] = f"segue_session={self.cookie()}"
        request = urllib.request.Request(f"{self.address}/api/v1{path}", method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def fetch(self, method, path, body=None):
        """A request that the browser itself sends, so that it gets its cookie; the status."""
        return self.driver.execute_async_script(
            "const [method, path, body, done] = arguments; fetch(`/api/v1${path}`, {method, body, headers:"
            "{'Content-Type': 'application/json'}}).then(({status}) => done(status));",
            method, path, None if body is None else json.dumps(body))

    def songs_of(self, name):
        """Ids of a playlist's songs as the server has them."""
        playlists = self.api("GET", "/playlists")["playlists"]
        chosen = [each for each in playlists if each["name"] == name]
        if not chosen:
            return None
        return [each["track"]["id"] for each in self.api("GET", f"/playlists/{chosen[0]['id']}")["tracks"]]
