"""The byways of the page: files, browsing, keys alone, accounts and two readers at once, failures, help, sizes.

As in journeys.py: `check(is_so, what)` notes, `look(name)` takes a picture and audits."""

import csv
import json
import os
import time
import urllib.request
import xml.etree.ElementTree

from journeys import found
from pages import Browser, Keys


def ids_in(path):
    """The songs' ids in an exported file, and their titles."""
    with open(path, encoding="utf-8-sig") as file:
        text = file.read()
    if path.endswith((".m3u8", ".m3u")):
        return text.startswith("#EXTM3U") and text
    if path.endswith("jspf"):
        return [f"{each['creator']} {each['title']}" for each in json.loads(text)["playlist"]["track"]]
    if path.endswith("xspf"):
        space = "{http://xspf.org/ns/0/}"
        return ["".join(each.itertext()) for each in xml.etree.ElementTree.fromstring(text).iter(f"{space}track")]
    return [" ".join(row) for row in csv.reader(text.splitlines())][1:]


def files(browser, songs, check, look):
    browser.begin(songs[:3], name="Ävening/1")
    browser.view("playlist")
    for form in ["m3u8", "jspf", "xspf", "csv"]:
        browser.press("export")
        if form == "m3u8":
            look("export")
        browser.press(f"export-{form}")
        path = browser.until(lambda: next((
            os.path.join(browser.downloads, name) for name in os.listdir(browser.downloads)
            if name.endswith(form)), None), f"the downloaded {form}")
        held = ids_in(path)
        lines = held.splitlines() if isinstance(held, str) else held
        places = [next((at for at, line in enumerate(lines) if song["name"] in line), -1) for song in songs[:3]]
        check(-1 not in places and places == sorted(places), f"{os.path.basename(path)}: the songs in order: {places}")
        browser.driver.find_element("id", "import-file").send_keys(path)
        browser.until(lambda: len(browser.api("GET", "/playlists")["playlists"]) > 1, f"the import of {form}")
        browser.until(lambda: "3 songs read" in browser.notices(), f"word of the import of {form}")
        check(browser.ids("playlist-row") == [song["id"] for song in songs[:3]], f"{form} comes back as it went")
        browser.press("playlist-switch")
        browser.press("delete-playlist")
        browser.until(lambda: "deleted" in browser.notices(), "word of the deletion")
        browser.until(lambda: browser.ids("playlist-row"), "the other playlist")
        browser.dismiss()
    bad = os.path.join(browser.downloads, "bad.txt")
    with open(bad, "w") as file:
        file.write("nothing")
    browser.driver.find_element("id", "import-file").send_keys(bad)
    browser.until(lambda: "bad.txt could not be read" in browser.notices(), "word of a file that cannot be read")
    check(len(browser.api("GET", "/playlists")["playlists"]) == 1, "a bad file makes no playlist")


def browse(browser, songs, check, look):
    browser.begin()
    browser.view("browse")
    browser.until(lambda: browser.shown("song"), "songs")
    look("browse")
    count = len(browser.ids("song"))
    browser.press("browse-more")
    browser.until(lambda: len(browser.ids("song")) > count, "more songs")
    browser.press(browser.all("letter")[2])
    browser.until(lambda: browser.ids("song") and all(
        title.text.startswith("B") for title in browser.all("song details")), "the titles in B")
    browser.press("browse-artists")
    browser.press("artist")
    browser.press("song add")
    browser.until(lambda: browser.songs_of("My playlist") == browser.ids("song")[:1], "the song on the server")
    check(True, "titles and artists from A to Z")


def keyboard(browser, songs, check, look):
    """The main way with keys alone; every stop of Tab shows that it has the focus."""
    browser.begin(tutorial=True)
    browser.one("tutorial")
    browser.tab_to("tutorial-next")
    browser.keys(Keys.ENTER)
    check(browser.text("tutorial-step") == "2 of 5", "Enter goes on in the tutorial")
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: not browser.all("tutorial"), "the tutorial to close")
    browser.run("document.activeElement.blur()")
    browser.keys("/")
    check(browser.focus() == "search", "/ goes to the search")
    for number, song in enumerate(songs[:3]):
        browser.keys(f"{song['name']} {song['artist']}")
        browser.until(lambda: browser.ids("result")[:1] == [song["id"]], "the song found")
        browser.keys(Keys.ARROW_DOWN)
        check(browser.focus() == "search"
              and browser.find("#search").get_attribute("aria-activedescendant") == "option-0",
              "the list is walked through while the focus stays in the field")
        browser.keys(Keys.ENTER)
        browser.until(lambda: len(browser.ids("playlist-row")) == number + 1, "a song added by Enter")
        browser.keys(Keys.ESCAPE, Keys.ESCAPE)
    ids = browser.ids("playlist-row")
    if not browser.is_wide:
        browser.run("document.activeElement.blur()")
        browser.tab_to("tab-playlist")
        browser.keys(Keys.ENTER)
    browser.tab_to("move")
    browser.keys(Keys.ARROW_DOWN)
    browser.until(lambda: browser.songs_of("My playlist") == [ids[1], ids[0], ids[2]], "the order that an arrow made")
    browser.tab_to("remove")
    browser.keys(Keys.ENTER)
    browser.until(lambda: len(browser.songs_of("My playlist")) == 2, "the removal by Enter")
    browser.run("document.activeElement.blur()")
    browser.keys("z", held=Keys.CONTROL)
    browser.until(lambda: browser.songs_of("My playlist") == [ids[1], ids[0], ids[2]], "the removal undone by Ctrl Z")
    browser.tab_to("recommend", "recommend-dock")
    browser.keys(Keys.ENTER)
    browser.until(lambda: len(browser.ids("recommendation")) == 10, "recommendations")
    browser.tab_to("why")
    browser.keys(Keys.ENTER)
    check(browser.find(".why").is_displayed(), "Enter opens why")
    browser.tab_to("play")
    browser.keys(Keys.ENTER)
    browser.until(lambda: browser.player()["time"] > 0.2, "the sound")
    browser.run("document.activeElement.blur()")
    browser.keys(" ")
    browser.until(lambda: browser.player()["paused"], "the pause by the space bar")
    browser.tab_to("player-next")
    browser.keys(Keys.ENTER)
    browser.until(lambda: not browser.player()["paused"], "the next song by Enter")
    browser.tab_to("menu")
    browser.keys(Keys.ENTER, Keys.ARROW_DOWN, Keys.ESCAPE)
    check(browser.focus() == "menu", "a menu that Escape closed gives the focus back")


def focus(browser, songs, check, look):
    """Where a control goes away with what it does, the focus stays near: at the next of its kind, or the heading."""
    browser.begin(songs)
    ids = browser.recommend()
    browser.enter(browser.all("recommendation never")[1])
    browser.until(lambda: ids[1] not in browser.ids("recommendation"), "a song that is never wanted to go")
    check(browser.focus() == "never" and browser.focused_song() == ids[2], "never again: the next song's")
    browser.enter("undo")
    browser.until(lambda: ids[1] in browser.ids("recommendation"), "the song to come back")
    check(browser.focus() == "never", f"a notice gives the focus back: {browser.focus()}")
    browser.enter(browser.all("recommendation never")[-1])
    browser.until(lambda: ids[-1] not in browser.ids("recommendation"), "the last song to go")
    check(browser.focused_song() == ids[-2], "never again of the last: the one before")
    browser.view("taste")
    browser.enter("never-list take-back")
    browser.until(lambda: not browser.ids("never-list song"), "the song taken back")
    check(browser.focused_text() == "Taste", f"the last taken back: the heading, not {browser.focused_text()}")
    browser.view("browse")
    browser.until(lambda: browser.shown("song"), "songs")
    count = len(browser.ids("song"))
    browser.enter("browse-more")
    browser.until(lambda: len(browser.ids("song")) > count, "more songs")
    check(browser.focused_song() == browser.ids("song")[count], "show more: the first of them")
    browser.enter(browser.all("letter")[3])
    browser.until(lambda: browser.ids("song") and all(
        title.text.startswith("C") for title in browser.all("song details")), "the titles in C")
    check(browser.focused_text() == "C", "a letter keeps it")
    browser.enter("browse-artists")
    name = browser.one("artist").find_element("css selector", ".grow").text
    browser.enter("artist")
    browser.until(lambda: browser.shown("song"), "the artist's songs")
    check(browser.focused_text() == name, f"an artist: the name above the songs, not {browser.focused_text()}")
    browser.enter("all-artists")
    browser.until(lambda: browser.shown("artist"), "all artists again")
    check(browser.focus() == "browse-artists", f"back: the way of browsing, not {browser.focus()}")
    for _ in range(24):
        browser.fetch("POST", "/recommendations", {"tracks": [songs[0]["id"]], "count": 1, "save": True})
    browser.view("history")
    browser.until(lambda: len(browser.ids("history-row")) == 20, "the history")
    browser.enter("history-more")
    browser.until(lambda: len(browser.ids("history-row")) == 25, "the earlier rest of it")
    row = browser.ids("history-row")[20]
    check(browser.run("document.activeElement.closest('.past').dataset.id") == row, "show earlier: the first of them")
    browser.enter(browser.all("forget")[0])
    browser.enter("confirm")
    browser.until(lambda: len(browser.ids("history-row")) == 20, "one forgotten")
    check(browser.focus() == "forget" and browser.focused_song() == browser.ids("history-row")[0],
          "forget: the next one's")
    browser.enter("forget-all")
    browser.enter("confirm")
    browser.until(lambda: not browser.ids("history-row"), "all forgotten")
    check(browser.focused_text() == "History", f"forget all: the heading, not {browser.focused_text()}")
    browser.view("playlist")
    browser.enter("clear")
    browser.until(lambda: not browser.ids("playlist-row"), "an empty playlist")
    check(browser.focus() == "playlist-switch", f"remove all songs: the playlist's name, not {browser.focus()}")
    browser.enter("menu")
    browser.enter("account")
    browser.write("token-label", "player", Keys.ENTER)
    browser.one("token-secret")
    browser.enter("token-revoke")
    browser.until(lambda: not browser.all("token"), "the token revoked")
    check(browser.focused_text() == "API tokens", f"a token: the heading, not {browser.focused_text()}")
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: not browser.all("account-dialog"), "the dialog to close")
    browser.until(lambda: browser.focus() == "menu", "the focus on the menu from which the dialog came")


def account(browser, songs, check, look):
    """An account carries playlists to a second browser; without one, two browsers never see each other's."""
    name, password = f"ada{time.time_ns()}", "correct horse"

    def fill(reader, secret):
        reader.write("account-user", name)
        reader.write("account-password", secret, Keys.ENTER)

    def enter(reader):
        reader.press("menu")
        reader.press("account")

    browser.begin(songs[:3], "Ada's")
    enter(browser)
    fill(browser, "short")
    check(not browser.api("GET", "/session")["user"].get("name"), "a short password makes no account")
    fill(browser, password)
    browser.until(lambda: "Welcome" in browser.notices(), "the account")
    enter(browser)
    look("account")
    browser.write("token-label", "player")
    browser.press("token-create")
    browser.one("token-secret")
    token = browser.find("[data-test=token-secret] code").text
    request = urllib.request.Request(
        f"{browser.address}/api/v1/playlists", headers={"Authorization": f"Bearer {token}"})
    check("Ada's" in urllib.request.urlopen(request).read().decode(), "a program with the token sees the playlists")
    browser.press("token-revoke")
    browser.until(lambda: not browser.api("GET", "/tokens")["tokens"], "the token revoked")
    browser.press("dialog-close")
    other = Browser(browser.address, browser.width, browser.theme)
    try:
        other.begin(songs[3:5], "Bert's")
        check(other.songs_of("Ada's") is None and browser.songs_of("Bert's") is None,
              "two browsers see their own playlists only")
        hers = browser.api("GET", "/playlists")["playlists"][0]["id"]
        tries = {method: other.fetch(method, f"/playlists/{hers}", {"name": "Mine"} if method == "PATCH" else None)
                 for method in ["GET", "PATCH", "DELETE"]}
        check(set(tries.values()) == {404}, f"another's playlist is not there: {tries}")
        other.complaints()
        enter(other)
        other.press("account-switch")
        fill(other, "wrong password")
        other.until(lambda: "do not fit" in other.text("account-error"), "word of a wrong password")
        other.complaints()
        fill(other, password)
        other.until(lambda: other.songs_of("Ada's"), "Ada's playlist for the second browser")
        check(other.songs_of("Bert's"), "what was made before logging in comes along")
        other.until(lambda: other.ids("playlist-row"), "a playlist")
        other.press("playlist-switch")
        other.settle()
        other.press(next(each for each in other.all("playlist-choice") if "Ada's" in each.text))
        other.until(lambda: other.ids("playlist-row") == [song["id"] for song in songs[:3]],
                    "Ada's songs in a second browser")
        browser.view("playlist")
        browser.press("remove")
        browser.until(lambda: len(browser.songs_of("Ada's")) == 2, "a change in the first browser")
        other.reload()
        check(len(other.ids("playlist-row")) == 2, "the second browser has the change after a reload")
        other.view("playlist")
        other.press("playlist-row play")
        other.until(lambda: other.player()["time"] > 0.2, "the sound")
        enter(other)
        other.press("log-out")
        other.until(lambda: not other.ids("playlist-row"), "nothing after logging out")
        check(other.player()["id"] is None and other.run("localStorage.getItem('segue.player')") is None,
              "logged out: nothing left in the player")
        check(not other.api("GET", "/playlists")["playlists"], "logged out: none of Ada's playlists")
        check(other.complaints() == [], "the second browser's console is silent")
    finally:
        other.quit()
    enter(browser)
    browser.press("delete-everything")
    look("delete-everything")
    check(browser.one("confirm-dialog").accessible_name == "Delete everything?", "a dialog has its own heading's name")
    browser.press("confirm")
    browser.until(lambda: not browser.ids("playlist-row"), "nothing left")
    check(not browser.api("GET", "/playlists")["playlists"], "everything was deleted on the server")


def failures(browser, songs, check, look):
    """The server hangs, goes away, and comes back."""
    browser.begin(songs)
    browser.server.pause()
    browser.press("recommend", "recommend-dock")
    browser.until(lambda: browser.find("#recommend-loading").is_displayed(), "a sign of waiting")
    place = browser.run("document.querySelector('#recommend-loading i').getBoundingClientRect().toJSON()")
    check(0 < place["top"] and place["bottom"] < browser.height, f"the sign of waiting is in sight: {place}")
    look("loading", audit=False)
    browser.write("search", songs[0]["name"])
    browser.until(lambda: "Searching" in browser.text("search-status"), "word of a slow search")
    browser.server.go_on()
    browser.until(lambda: len(browser.ids("recommendation")) == 10, "the recommendations after all")
    browser.until(lambda: browser.shown("result"), "the songs after all")
    browser.keys(Keys.ESCAPE)
    browser.server.kill()
    browser.press("recommend", "recommend-dock")
    browser.until(lambda: "No recommendations this time. The server does not answer." in browser.notices(),
                  "word of no answer")
    check(len(browser.ids("recommendation")) == 10, "what was recommended before stays")
    check(browser.run("document.querySelector('.notice use').getBBox().width") > 0, "a notice has its icon still")
    browser.write("search", songs[1]["name"])
    browser.until(lambda: "The search did not work. The server does not answer." in browser.text("trouble"),
                  "word of it in the search")
    look("failure")
    browser.keys(Keys.ESCAPE)
    browser.view("playlist")
    browser.press("remove")
    browser.until(lambda: "Removing did not work." in browser.notices(), "word of a removal that failed")
    check(len(browser.ids("playlist-row")) == len(songs), "a removal that failed is taken back")
    browser.view("history")
    browser.until(lambda: "The history could not be loaded." in browser.text("trouble"), "word of it in the history")
    browser.server.start()
    browser.press("trouble retry")
    browser.until(lambda: browser.ids("history-row"), "the history after another try")
    browser.press(next(each for each in browser.all("problem") if "Removing" in each.text).find_element(
        "css selector", "[data-test=retry]"))
    browser.until(lambda: len(browser.songs_of("Evening")) == len(songs) - 1, "the removal after another try")
    lost_changes(browser, songs, check)
    browser.reload()
    browser.view("recommend")
    check(len(browser.recommend()) == 10, "the server came back, and all is as it was")
    texts = browser.driver.execute_async_script("""const done = arguments[0];
      Promise.all(["server", "notices"].map((name) => import(`/assets/${name}.js`))).then(([{Failure}, {problem}]) => {
        const busy = new Failure("Busy.", {status: 503, retryAfter: 60});
        done([undefined, () => {}].map((again) => {
          const withdraw = problem("No.", busy, again);
          const text = document.querySelector("#notices").lastChild.querySelector("p").innerText;
          withdraw();
          return text;
        }));
      });""")
    check(texts == ["No. Busy. Wait 60 s, then try again.", "No. Busy. Trying again in 60 s."],
          f"it says that it tries again where it does: {texts}")
    browser.offline(True)
    check("You are offline" in browser.text("banner"), "being offline is told")
    look("offline")
    browser.offline(False)
    browser.until(lambda: not browser.shown("banner"), "the word of it to go")
    browser.block("*/assets/words.js")
    browser.open()
    browser.one("unstarted")
    look("unstarted", audit=False)
    browser.block()
    browser.open()
    browser.until(lambda: browser.ids("playlist-row"), "the page after all")
    check(not browser.all("unstarted"), "a page that could not start says so, one that did does not")
    browser.complaints()


def lost_changes(browser, songs, check):
    """Changes that were refused are told and tried again together."""
    browser.begin(songs[:2])
    found(browser, songs[2]["artist"][:1])
    new = [each for each in browser.ids("result") if each not in {song["id"] for song in songs[:2]}][:5]
    results = {each.get_attribute("data-id"): each for each in browser.all("result")}
    browser.server.pause()
    for each in new:
        browser.press(results[each])
    browser.keys(Keys.ESCAPE)
    before = [song["id"] for song in songs[:2]]
    check(browser.ids("playlist-row") == before + new, "songs show before the server has them")
    browser.server.kill()
    browser.until(lambda: f"{len(new)} changes did not work." in browser.notices(), "word of all changes that failed")
    check(browser.ids("playlist-row") == before, "they are taken back")
    browser.server.start()
    browser.press("retry")
    browser.until(lambda: browser.songs_of("Evening") == before + new, "all of them after another try")
    browser.view("playlist")
    browser.offline(True)
    for count in [1, 2]:
        browser.press(browser.all("remove")[count])
        browser.until(lambda: ("Removing did" if count == 1 else "2 changes did") in browser.notices(), "word of it")
    check(not browser.all("notice") and len(browser.all("problem")) == 1, "one after the other: told in one notice")
    browser.offline(False)
    browser.press("retry")
    browser.until(lambda: browser.songs_of("Evening") == [before[0], *new[1:]], "both removals after another try")
    browser.run("""(window.send = window.fetch, window.fetch = (url, options) => url.pathname === "/api/v1/playlists"
      ? Promise.reject(new TypeError("lost")) : window.send(url, options))""")
    browser.dismiss()
    browser.press("playlist-switch")
    browser.press("delete-playlist")
    browser.until(lambda: "Your other playlists could not be loaded." in browser.notices(), "word of what is missing")
    check(not browser.ids("playlist-row"), "a deleted playlist is shown no longer")
    browser.run("(window.fetch = window.send)")
    browser.press("undo")
    browser.until(lambda: browser.songs_of("Evening") == [before[0], *new[1:]], "the deleted playlist, brought back")


def documents(browser, songs, check, look):
    browser.begin()
    browser.press("menu")
    browser.press("help")
    text = browser.run("document.querySelector('main').innerText").lower()
    words = ["search", "drag", "recommend", "steer", "why", "sketch", "never", "history", "export", "import", "account",
             "keyboard", "dark"]
    missing = [word for word in words if word not in text]
    check(not missing, f"the help covers all but {missing}")
    look("help")
    browser.open("/api")
    boxes = browser.until(lambda: browser.all("operation"), "the API's operations")
    contract = json.loads(browser.driver.execute_async_script(
        "fetch('/openapi.json').then((answer) => answer.text()).then(arguments[0])"))
    operations = [each for path in contract["paths"].values() for each in path.values() if "operationId" in each]
    check(len(boxes) == len(operations), f"the API's page has {len(boxes)} of {len(operations)} operations")
    browser.run("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    check("curl" in boxes[0].text and "Answers" in boxes[0].text, "an operation shows its answers and an example")
    look("api")


def sizes(browser, songs, check, look):
    """Nothing sticks out sideways, from the smallest phone to a wall of pixels."""
    browser.begin(songs)
    ids = browser.recommend()
    width, theme = browser.width, browser.theme
    for other in [320, 360, 820, 1440, 2560]:
        browser.layout(other, theme)
        for name in ["playlist", "browse", "history", "taste", "recommend"]:
            browser.view(name)
            check(browser.overflow() <= 0, f"{name} at {other} px is {browser.overflow()} px too wide")
        browser.press("recommendation why")
        browser.press("recommendation details")
        browser.settle()
        check(browser.overflow() <= 0, f"why and a song at {other} px are {browser.overflow()} px too wide")
        browser.press("dialog-close")
        browser.picture(os.path.join(look.folder, f"{other}-{theme}-recommend.png"))
        check(browser.ids("recommendation") == ids, "the same songs at every size")
    for path in ["/help", "/api"]:
        browser.open(path)
        for other in [320, 2560]:
            browser.layout(other, theme)
            check(browser.overflow() <= 0, f"{path} at {other} px is {browser.overflow()} px too wide")
    browser.layout(width, theme)
