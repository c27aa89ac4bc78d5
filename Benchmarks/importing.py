#!/usr/bin/env python3
"""`segue import` beside a Python script that does the same, in turns, on a synthetic set in the Million Playlist Dataset's
shape, and what each song costs in memory. Usage: importing.py SEGUE OUT [--playlists 100000] [--turns 2]; OUT keeps the
sets, and gets importing.md.

100,000 playlists are 3.2 GB of JSON and take a few minutes to make."""

import argparse
import filecmp
import json
import os
import shutil
import statistics
import subprocess
import time

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "import_python.py")


def measure(command, out):
    """Wall seconds, processor seconds and largest resident memory (MB) of a process that writes a new folder."""
    shutil.rmtree(out, ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


SONG_COUNTS = [100_000, 600_000, 1_200_000]
WORDS = ["River", "Golden Hours", "Night", "Lost and Found", "Paper Planes", "Silver", "Run", "Summer in the City"]


def song(number):
    """A song of an album of three and of an artist of eight, its names about as long as real ones."""
    artist, album = number // 8, number // 3
    title, other = WORDS[number % 8], WORDS[number // 8 % 8]
    return {"artist_name": f"{other} {artist}", "track_uri": f"spotify:track:{number:022}",
            "artist_uri": f"spotify:artist:{artist:022}", "track_name": f"{title} {other} {number % 97}",
            "album_uri": f"spotify:album:{album:022}", "duration_ms": 200000, "album_name": f"{title} Album {album}"}


def make_spread(folder, songs, playlists=20_000, length=64):
    """Slices in which every song stands about equally often, and a file of features."""
    os.makedirs(f"{folder}/slices")
    row = 0
    for start in range(0, playlists, 1000):
        made = []
        for pid in range(start, start + 1000):
            rows = range(row, row := row + length)
            tracks = [{"pos": place, **song(number * 7919 % songs)} for place, number in enumerate(rows)]
            made.append({"name": "a", "pid": pid, "num_tracks": length, "tracks": tracks})
        with open(f"{folder}/slices/mpd.slice.{start}-{start + 999}.json", "w") as file:
            json.dump({"info": {}, "playlists": made}, file, indent=4)
    with open(f"{folder}/tracks.csv", "w") as file:
        file.write("track_id,acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
                   "speechiness,tempo,time_signature,valence\n")
        for number in range(songs):
            file.write(f"{number:022},0.1,0.2,200000,0.3,0.4,5,0.6,-7,1,0.8,99.5,4,0.5\n")


def memory(segue, out):
    """Lines about what an import holds of the same number of playlists with more and more different songs."""
    peaks = []
    for songs in SONG_COUNTS:
        made = f"{out}/songs-{songs}"
        if not os.path.exists(made):
            make_spread(made, songs)
        command = [segue, "import", f"{made}/slices", "--features", f"{made}/tracks.csv", "--out", f"{out}/segue"]
        peaks.append(measure(command, f"{out}/segue")[2])
        print(songs, peaks[-1], flush=True)
    lines = ["", "## Memory", "", "20,000 playlists of 64 songs, every song about equally often.", "",
             "| different songs | MB resident | bytes for each song more than in the first row |", "|---|---|---|"]
    for songs, peak in zip(SONG_COUNTS, peaks):
        each = (peak - peaks[0]) * 2**20 / (songs - SONG_COUNTS[0]) if songs > SONG_COUNTS[0] else None
        lines.append(f"| {songs:,} | {peak:.0f} | {'' if each is None else f'{each:.0f}'} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("segue")
    parser.add_argument("out")
    parser.add_argument("--playlists", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=2)
    settings = parser.parse_args()
    made = f"{settings.out}/set"
    if not os.path.exists(made):
        subprocess.run([settings.segue, "demo", "--make", made, "--playlists", str(settings.playlists)], check=True)
    slices, features = f"{made}/slices", f"{made}/tracks.csv"
    size = sum(os.path.getsize(f"{slices}/{name}") for name in os.listdir(slices))
    commands = {
        "segue": ([settings.segue, "import", slices, "--features", features, "--out", f"{settings.out}/segue"],
                  f"{settings.out}/segue"),
        "Python's json and csv": (["python3", PEER, slices, features, f"{settings.out}/python"],
                                  f"{settings.out}/python"),
    }
    runs = {name: [] for name in commands}
    for _ in range(settings.turns):
        for name, (command, out) in commands.items():
            runs[name].append(measure(command, out))
            print(name, runs[name][-1], flush=True)
    if not filecmp.cmp(f"{settings.out}/segue/playlists.csv", f"{settings.out}/python/playlists.csv", shallow=False):
        raise SystemExit("the two wrote different playlists")
    lines = [
        "# Importing", "",
        f"{settings.playlists:,} synthetic playlists, {size / 1e9:.2f} GB of JSON in slices, joined with features and "
        f"written as a dataset folder; medians of {settings.turns} turns; both wrote the same playlists.csv. "
        f"`Benchmarks/importing.py`, {os.cpu_count()} cores.", "",
        "| | seconds | processor seconds | MB resident | MB of JSON a second |", "|---|---|---|---|---|",
    ]
    for name, measured in runs.items():
        wall, cpu, resident = (statistics.median(column) for column in zip(*measured))
        lines.append(f"| {name} | {wall:.1f} | {cpu:.1f} | {resident:.0f} | {size / 1e6 / wall:.0f} |")
    ratios = [theirs[0] / ours[0] for ours, theirs in zip(*runs.values())]
    lines += ["", f"segue is {statistics.median(ratios):.2f} × as fast ({min(ratios):.2f} to {max(ratios):.2f} by turn)."]
    lines += memory(settings.segue, settings.out)
    with open(f"{settings.out}/importing.md", "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
