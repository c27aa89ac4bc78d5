"""What a reader does on the page, one way a function: the steps of the dissertation's table 8.3 (data in, encoder to
decoder, recommendations, the player with all its features) and all that the page offers beyond them.

Each begins as somebody unknown to the server. `check(is_so, what)` notes, `look(name)` takes a picture and audits."""

import os
import re
import sqlite3

from pages import Keys

SKETCH = "sketch – synthesised from the song's features, not the recording"


def first_visit(browser, songs, check, look):
    browser.begin(tutorial=True)
    check("Welcome" in browser.text("tutorial"), "the tutorial opens on the first visit")
    look("tutorial")
    steps = [browser.text("tutorial-step")]
    while steps[-1][0] != steps[-1][-1]:
        browser.press("tutorial-next")
        steps.append(browser.text("tutorial-step"))
    check(steps == [f"{number} of 5" for number in range(1, 6)], f"the tutorial has five steps: {steps}")
    browser.press("tutorial-back")
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: not browser.all("tutorial"), "the tutorial to close")
    check("Two or three are enough" in browser.text("playlist-empty"), "an empty playlist says how to begin")
    look("empty")
    browser.reload()
    check(not browser.all("tutorial"), "the tutorial stays away on the second visit")
    browser.press("menu")
    look("menu")
    browser.press("tour")
    check(browser.one("tutorial"), "the menu brings the tutorial back")
    browser.press("tutorial-skip")
    browser.view("recommend")
    check("Put a few songs on the playlist first" in browser.text("recommend-empty"), "what recommending needs is told")
    browser.view("history")
    check("Nothing has been recommended yet" in browser.text("history-empty"), "an empty history says what it is for")
    browser.press("menu")
    browser.press(browser.find(f"label:has([value={'light' if browser.theme == 'dark' else 'dark'}])"))
    chosen = browser.run("document.documentElement.dataset.theme")
    browser.reload()
    check(chosen != browser.theme and browser.run("document.documentElement.dataset.theme") == chosen,
          "a chosen theme stays through a reload")


def found(browser, query):
    """Types a query and gives the ids of what it finds."""
    browser.write("search", query)
    browser.until(lambda: f"“{query}”" in browser.text("search-status"), f"an answer to “{query}”")
    return browser.ids("result")


def search(browser, songs, check, look):
    song = next(each for each in songs if re.match(r"[A-Z][a-z]{5,} ", each["name"]))
    name, artist = song["name"], song["artist"]
    browser.begin()
    accented = name.replace("a", "á").replace("o", "ö").replace("e", "è").upper()
    for query, what in [
            (name, "its title"), (f"{name} {artist}", "title and artist"), (f"{artist[:-2]}", "an artist half typed"),
            (f"{accented} {artist}", "accents and capitals"), (f"{name[0]}{name[2:]} {artist}", "a letter left out"),
            (f"{name[:2]}{name[3]}{name[2]}{name[4:]} {artist}", "two letters exchanged")]:
        ids = found(browser, query)
        check(song["id"] in ids or what.startswith("an artist") and any(
            artist in row.text for row in browser.all("result")), f"“{query}” ({what}) finds {name}")
    look("search")
    found(browser, "qqqqq")
    check("Nothing found" in browser.text("search-status") and not browser.shown("result"), "nothing found is told")
    found(browser, f"{name} {artist}")
    browser.press("result")
    browser.until(lambda: browser.ids("playlist-row"), "the song in the playlist")
    check("Added" in browser.text("result"), "the list says that it was added")
    other = next(each for each in songs if each["id"] != song["id"])
    browser.write("search", f"{other['name']} {other['artist']}")
    browser.keys(Keys.ENTER)  # Before the answer is there; the first of it is meant.
    browser.until(lambda: len(browser.ids("playlist-row")) == 2, "the second song, added by Enter")
    browser.keys(Keys.ESCAPE)
    check(not browser.shown("search-status"), "Escape closes the list")
    shown = browser.ids("playlist-row")
    browser.until(lambda: browser.songs_of("My playlist") == shown, "the songs on the server")
    check(shown == [song["id"], other["id"]], "songs stand in the order in which they were added")
    browser.view("playlist")
    browser.press("remove")
    browser.until(lambda: browser.songs_of("My playlist") == shown[1:], "the removal on the server")
    browser.press("undo")
    browser.until(lambda: browser.songs_of("My playlist") == shown, "the undone removal on the server")
    browser.reload()
    check(browser.ids("playlist-row") == shown, "a reload shows the same songs")


def order(browser, songs, check, look):
    browser.begin(songs[:5])
    browser.view("playlist")
    before = [song["id"] for song in songs[:5]]

    def moved(source, target, what):
        expected = before.copy()
        expected.insert(target, expected.pop(source))
        browser.until(lambda: browser.ids("playlist-row") == expected, f"the order on the page: {what}")
        browser.until(lambda: browser.songs_of("Evening") == expected, f"the order on the server: {what}")
        check(True, f"{what}: page and server have the new order")
        before[:] = expected
        browser.settle()

    rows = browser.all("playlist-row")
    height = rows[1].rect["y"] - rows[0].rect["y"]
    browser.drag(browser.all("move")[0], 2 * height, before_release=lambda: look("drag", audit=False))
    moved(0, 2, "mouse drag down")
    browser.drag(browser.all("move")[4], -4 * height)
    moved(4, 0, "mouse drag to the top")
    browser.drag(browser.all("move")[1], 2 * height, touch=True)
    moved(1, 3, "touch drag down")
    browser.drag(browser.all("move")[3], -2 * height, touch=True)
    moved(3, 1, "touch drag up")
    browser.drag(browser.all("move")[1], 2 * height, before_release=lambda: browser.keys(Keys.ESCAPE))
    browser.settle()
    check(browser.ids("playlist-row") == before, "Escape gives a drag up")
    handle = browser.all("move")[1]
    handle.send_keys(Keys.ARROW_DOWN)
    moved(1, 2, "arrow down")
    check(browser.focus() == "move" and "position 3 of 5" in browser.until(
        lambda: browser.run("document.querySelector('#announcer').textContent"), "an announcement"),
          "the focus stays on the handle, the place is announced")
    browser.keys(Keys.HOME)
    moved(2, 0, "Home")
    browser.keys(Keys.END)
    moved(0, 4, "End")
    browser.keys(Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_UP)
    moved(4, 1, "three arrows up at once")
    browser.reload()
    check(browser.ids("playlist-row") == before, "a reload shows the same order")


def playlists(browser, songs, check, look):
    script = "<img src=x onerror=\"document.title='broken in'\"> <b>&amp;"
    browser.begin(songs[:3])
    browser.view("playlist")

    def named(name, count, what):
        browser.until(
            lambda: browser.text("playlist-switch") == name and len(browser.ids("playlist-row")) == count, what)
        check(len(browser.songs_of(name) or []) == count, f"{what}: on the server too")

    def choose(action):
        browser.press("playlist-switch")
        browser.press(action)

    choose("rename")
    browser.write("name-input", "Late evening", Keys.ENTER)
    browser.until(lambda: browser.songs_of("Late evening"), "the new name on the server")
    named("Late evening", 3, "rename")
    choose("new-playlist")
    browser.write("name-input", script)
    look("name")
    browser.press("confirm")
    named(script, 0, "a second playlist, named by a script, shows its name as text")
    browser.press("playlist-switch")
    look("playlists")
    check(not browser.run("document.querySelector('main img, .menu img')") and browser.driver.title == "Segue",
          "a script in a name stays text")
    browser.press(next(each for each in browser.all("playlist-choice") if "Late evening" in each.text))
    named("Late evening", 3, "switch")
    choose("delete-playlist")
    browser.until(lambda: browser.songs_of("Late evening") is None, "the deletion on the server")
    named(script, 0, "the other playlist is shown after a deletion")
    browser.press("undo")
    named("Late evening", 3, "undo of a deletion")
    browser.press("clear")
    named("Late evening", 0, "remove all songs")
    browser.press("undo")
    named("Late evening", 3, "undo of removing all")
    check(browser.songs_of("Late evening") == [song["id"] for song in songs[:3]], "they are back in their order")
    kept, added = [song["id"] for song in songs[:3]], songs[4]
    browser.press("clear")
    browser.until(lambda: browser.songs_of("Late evening") == [], "all songs removed on the server")
    found(browser, f"{added['name']} {added['artist']}")
    browser.press("result")
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: browser.songs_of("Late evening") == [added["id"]], "a song added to the emptied playlist")
    browser.press("undo")
    browser.until(lambda: browser.songs_of("Late evening") == [*kept, added["id"]],
                  "undo of removing all, which keeps what was added since")
    other = next(each["id"] for each in browser.api("GET", "/playlists")["playlists"] if each["name"] == script)
    browser.api("POST", f"/playlists/{other}/tracks", {"tracks": [songs[3]["id"]]})
    choose("rename")
    browser.write("name-input", "Night", Keys.ENTER)
    browser.press("clear")
    browser.until(lambda: browser.songs_of("Night") == [], "remove all songs right after a new name")
    check(not browser.all("problem"), f"nothing of it is refused: {browser.notices()}")
    browser.press("playlist-switch")
    browser.settle()
    browser.press(next(each for each in browser.all("playlist-choice") if "Night" not in each.text))
    named(script, 1, "another playlist before the undo")
    browser.run("document.activeElement.blur()")
    browser.keys("z", held=Keys.CONTROL)
    named("Night", 4, "undo opens the playlist that it belongs to")
    check(browser.songs_of(script) == [songs[3]["id"]], "and leaves the other as it is")
    browser.press(browser.all("remove")[0])
    browser.until(lambda: browser.songs_of("Night") == [*kept[1:], added["id"]], "a removal on the server")
    browser.dismiss()
    browser.keys("z", held=Keys.CONTROL)
    browser.settle()
    check(len(browser.ids("playlist-row")) == 3, "Ctrl Z takes back nothing whose notice has gone")


def tempos(browser):
    facts = [row.find_element("css selector", ".facts").text for row in browser.all("recommendation")]
    return [int(each[1]) for each in (re.search(r"(\d+) BPM", text) for text in facts) if each]


def recommend(browser, songs, check, look):
    """Encoder to decoder: the playlist goes in, songs that are not on it come out, and go where they are steered."""
    browser.begin(songs)
    look("playlist")
    browser.view("recommend")
    browser.write("count", "12", Keys.TAB)
    ids = browser.recommend()
    check(len(ids) == 12 == len(set(ids)), "as many different songs as were asked for")
    check(not set(ids) & {song["id"] for song in songs}, "none of them is on the playlist")
    check(browser.text("results-title") == "12 suggestions", "their number is told")
    why = browser.press("recommendation why")
    browser.settle()
    panel = browser.find(".why")
    check(panel.is_displayed() and why.get_attribute("aria-expanded") == "true" and "How it sounds" in panel.text
          and any(song["name"] in panel.text for song in songs), "why: the songs that led there, and how it sounds")
    look("recommend")
    plain = sum(tempos(browser)) / len(tempos(browser))
    browser.slide("steer-tempo", Keys.ARROW_RIGHT, 12)
    check("faster" in browser.one("steer-tempo").get_attribute("aria-valuetext"), "the slider says faster")
    look("steering")
    browser.recommend()
    fast = sum(tempos(browser)) / len(tempos(browser))
    check(fast > plain + 8, f"steered to a higher tempo the songs are faster: {plain:.0f}, then {fast:.0f} BPM")
    browser.reload()
    check("faster" in browser.one("steer-tempo").get_attribute("aria-valuetext"), "a reload keeps what was wished")
    check(len(browser.ids("recommendation")) == 12, "a reload keeps the recommendations")
    browser.press("unsteer")
    browser.press("more-wishes")
    browser.write("per-artist", "1", Keys.TAB)
    look("wishes")
    browser.recommend()
    artists = [row.find_element("css selector", ".artist").text for row in browser.all("recommendation")]
    check(len(set(artists)) == len(artists), f"one song an artist: {artists}")
    browser.press("recommendation details")
    check("How it sounds" in browser.text("song-dialog"), "a title opens what is known of the song")
    look("song")
    browser.press("dialog-close")


def verdicts(browser, songs, check, look):
    browser.begin(songs)
    ids = browser.recommend()
    browser.press("recommendation add")
    browser.until(lambda: browser.songs_of("Evening")[-1] == ids[0], "the added song on the server")
    check("Added" in browser.text("recommendation add"), "an added song says so")
    browser.press(browser.all("recommendation never")[1])
    browser.until(lambda: ids[1] not in browser.ids("recommendation"), "the song that is never wanted to go")
    browser.until(lambda: browser.api("GET", "/feedback")["feedback"], "the verdict on the server")
    check(ids[1] not in browser.recommend(), "never again: it is not recommended again")
    liked = browser.ids("recommendation")[0]
    browser.press("recommendation like")
    check(browser.one("recommendation like").get_attribute("aria-pressed") == "true", "like shows")
    browser.until(lambda: {each["track"]["id"]: each["verdict"] for each in browser.api("GET", "/feedback")["feedback"]}
                  == {ids[1]: "never", liked: "like"}, "both verdicts on the server")
    browser.view("taste")
    browser.until(lambda: browser.ids("like-list song") == [liked] and browser.ids("never-list song") == [ids[1]],
                  "both songs in Taste")
    look("taste")
    browser.press("never-list take-back")
    browser.until(lambda: not browser.ids("never-list song"), "the song taken back")
    check(len(browser.api("GET", "/feedback")["feedback"]) == 1, "taken back on the server")
    pages = [browser.api("GET", f"/tracks?limit=100&offset={offset}")["tracks"] for offset in range(0, 1100, 100)]
    many = [track["id"] for page in pages for track in page if track["id"] != liked]
    with sqlite3.connect(os.path.join(browser.data, "users.sqlite")) as store:
        store.executemany("INSERT INTO feedback (user, track, verdict, created) SELECT user, ?, 'never', created - 1"
                          " FROM feedback WHERE track = ? ORDER BY created DESC LIMIT 1",
                          [(each, liked) for each in many])
    browser.reload()
    browser.until(lambda: browser.text("never-count") == f"{len(many):,}", "more than a thousand songs in Taste")
    check(len(browser.ids("never-list song")) == 100, "a hundred of them are shown")
    browser.enter("never-more")
    browser.until(lambda: len(browser.ids("never-list song")) == 200, "a hundred more")
    check(browser.focused_song() == browser.ids("never-list song")[100], "the focus is on the first of these")
    with sqlite3.connect(os.path.join(browser.data, "users.sqlite")) as store:
        store.execute("DELETE FROM feedback WHERE verdict = 'never'")
    browser.reload()
    browser.view("recommend")
    browser.press("add-all")
    shown = browser.ids("recommendation")
    browser.until(lambda: set(shown) <= set(browser.songs_of("Evening")), "all of them on the server")
    links = browser.run("""[...document.querySelectorAll('[data-test="recommendation"] [data-test="link"]')].length""")
    known = [browser.api("GET", f"/tracks/{each}").get("spotify_url") for each in shown]
    check(links == len([each for each in known if each]), "songs whose address is known have a link, others none")
    link = browser.driver.execute_async_script("""const [track, done] = arguments;
      import("/assets/songs.js").then(({songActions}) =>
        done(songActions({...track, spotify_url: "https://example.org/1"})[0].outerHTML));""", songs[0])
    check('href="https://example.org/1"' in link and 'rel="noopener noreferrer"' in link and 'target="_blank"' in link,
          "a link opens a new tab that knows nothing of the page")


def player(browser, songs, check, look):
    browser.begin(songs[:4])
    browser.view("playlist")
    check(browser.player()["id"] is None and browser.all("player-play")[0].get_attribute("disabled"),
          "nothing plays at first")
    browser.press("playlist-row play")
    first = browser.until(lambda: browser.player()["time"] > 0.3 and browser.player(), "the sound to go on")
    check(first["id"] == songs[0]["id"], "the song that was pressed plays")
    browser.until(lambda: browser.player()["time"] > first["time"] + 0.5, "the time to grow")
    check(not browser.player()["paused"], "it really plays: its time grows")
    sketch = songs[0]["preview"] == "sketch"
    check(abs(first["length"] - 10) < 1.5 or not sketch, f"the sketch is about 10 s long: {first['length']:.1f} s")
    if not browser.is_wide:
        browser.press("player-more")
        browser.settle()
    check(browser.text("player-what") == SKETCH or not sketch, "it is called a sketch")
    check(browser.text("player-title") == songs[0]["name"], "its title stands in the player")
    look("player")
    browser.until(lambda: browser.text("player-position") != "0:00", "the visible position to move")
    check(browser.text("player-length") == f"0:{round(first['length']):02d}", "its length can be seen")
    browser.press("player-play")
    paused = browser.until(lambda: browser.player()["paused"] and browser.player(), "the pause")
    browser.slide("player-seek", Keys.HOME, 1)
    browser.until(lambda: browser.player()["time"] == 0, "seeking to the start")
    browser.slide("player-seek", Keys.ARROW_RIGHT, 40)
    browser.until(lambda: abs(browser.player()["time"] - 4) < 0.2, "seeking to four seconds")
    check(browser.player()["paused"] and paused["id"] == songs[0]["id"], "pause holds while seeking")
    browser.press("player-forward")
    later = browser.until(lambda: browser.player()["time"] > 4.5 and browser.player(), "forward")
    check(later["id"] == songs[0]["id"] and later["time"] < later["length"],
          f"forward stays in the song: {later['time']:.1f} s")
    browser.press("player-rewind")
    browser.until(lambda: browser.player()["time"] < later["time"] - 0.5, "rewind")
    browser.press("player-play")
    browser.until(lambda: not browser.player()["paused"], "to play on")
    browser.press("player-next")
    browser.until(lambda: browser.player()["id"] == songs[1]["id"] and browser.player()["time"] > 0.1, "the next song")
    browser.press("player-previous")
    browser.until(lambda: browser.player()["id"] == songs[0]["id"], "the previous song")
    browser.press("player-play")
    browser.slide("player-volume", Keys.HOME, 1)
    check(browser.player()["volume"] == 0, "volume down to nothing")
    browser.slide("player-volume", Keys.ARROW_RIGHT, 30)
    check(abs(browser.player()["volume"] - 0.3) < 0.01, f"volume up: {browser.player()['volume']}")
    browser.press("player-mute")
    check(browser.player()["muted"], "mute")
    browser.press("player-mute")
    browser.slide("player-seek", Keys.HOME, 1)
    browser.slide("player-seek", Keys.ARROW_RIGHT, 20)
    browser.until(lambda: abs(browser.player()["time"] - 2) < 0.2, "two seconds")
    browser.reload()
    kept = browser.until(lambda: browser.player()["time"] > 1 and browser.player(), "the player after a reload")
    check(kept["id"] == songs[0]["id"] and abs(kept["time"] - 2) < 0.3 and kept["paused"]
          and abs(kept["volume"] - 0.3) < 0.01, "a reload keeps song, place and volume")
    if not browser.is_wide:
        browser.press("player-more")
    browser.press("player-play")
    browser.slide("player-seek", Keys.END, 1)
    browser.until(lambda: browser.player()["id"] == songs[1]["id"], "the next song by itself after the end")


def history(browser, songs, check, look):
    browser.begin(songs)
    early = browser.recommend()
    with sqlite3.connect(os.path.join(browser.data, "users.sqlite")) as store:
        store.execute("UPDATE history SET created = created - 86400 WHERE id = (SELECT max(id) FROM history)")
    late = browser.recommend()
    browser.view("history")
    browser.until(lambda: len(browser.ids("history-row")) == 2, "both in the history")
    days = [each.text for each in browser.driver.find_elements("css selector", "#history-days h3")]
    check(days == ["Today", "Yesterday"], f"the history goes by day: {days}")
    browser.press("history-songs")
    browser.until(lambda: browser.shown("history-row song"), "the songs of a row")
    check(browser.ids("history-row song") == late, "it unfolds the songs that were recommended")
    look("history")
    browser.press(browser.all("restore")[1])
    browser.until(lambda: browser.text("playlist-switch").startswith("Evening ("), "the restored playlist")
    browser.until(lambda: browser.ids("playlist-row")[-len(early):] == early, "its songs")
    check(browser.songs_of(browser.text("playlist-switch")) == browser.ids("playlist-row"),
          "it is a playlist on the server")
    browser.view("history")
    browser.press("forget")
    browser.press("confirm")
    browser.until(lambda: len(browser.ids("history-row")) == 1, "one forgotten")
    check(len(browser.api("GET", "/history")["entries"]) == 1, "forgotten on the server")
