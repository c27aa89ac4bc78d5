#!/usr/bin/env python3
"""`segue import` beside a Python script that does the same, in turns, on a synthetic set in the Million Playlist Dataset's
shape. Usage: importing.py SEGUE OUT [--playlists 100000] [--turns 2]; OUT keeps the set, and gets importing.md.

100,000 playlists are 3.2 GB of JSON and take a few minutes to make."""

import argparse
import filecmp
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
        wall, cpu, memory = (statistics.median(column) for column in zip(*measured))
        lines.append(f"| {name} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {size / 1e6 / wall:.0f} |")
    ratios = [theirs[0] / ours[0] for ours, theirs in zip(*runs.values())]
    lines += ["", f"segue is {statistics.median(ratios):.2f} × as fast ({min(ratios):.2f} to {max(ratios):.2f} by turn)."]
    with open(f"{settings.out}/importing.md", "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
