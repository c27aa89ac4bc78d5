"""Segue beside its peers, every operation against its roofline, and cost as the work grows, all on the CPU.

Writes comparison, kernels and curves as .md and .json with their pictures, each after every finished section, so that
an interrupted run keeps what it has measured. Run it through Benchmarks/run.sh or `make bench`."""

import argparse
import collections
import csv
import datetime
import gzip
import os
import pathlib
import random
import shlex
import signal
import statistics
import sys
import tempfile

from comparisons import comparisons
from contest import PEERS, ROOT, Progress, Settings
from kernels import Kernels
from report import Report, machine
from sweeps import sweeps


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="runs of every contestant")
    parser.add_argument("--seconds", type=float, default=3, help="measuring time of each run")
    parser.add_argument("--sweep-turns", type=int, default=2, help="runs at every point of a curve")
    parser.add_argument("--sweep-seconds", type=float, default=1, help="measuring time at every point of a curve")
    parser.add_argument(
        "--patience", type=float, default=30, help="seconds to wait for other programs before and repeating each run")
    parser.add_argument("--timeout", type=float, default=180, help="seconds after which a run has failed")
    parser.add_argument("--quick", action="store_true", help="one short turn of everything, no patience")
    parser.add_argument("--only", help="only sections whose id contains one of these words, parted by commas")
    parser.add_argument("--list", action="store_true", help="print the ids of the sections and stop")
    parser.add_argument("--dataset", help="take the playlist lengths from this dataset folder")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "Benchmarks" / "results")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.turns = arguments.sweep_turns = 1
        arguments.seconds, arguments.sweep_seconds, arguments.patience = 1, 0.3, 0
    return arguments


def real_lengths(dataset, count):
    """The numbers of songs of some playlists of a dataset folder."""
    path = pathlib.Path(dataset) / "playlists.csv"
    opened = open(path, newline="") if path.exists() else gzip.open(f"{path}.gz", "rt", newline="")
    with opened as file:
        counts = collections.Counter(row["pid"] for row in csv.DictReader(file))
    lengths = sorted(length for length in counts.values() if length >= 3)
    return random.Random(1).sample(lengths, min(count, len(lengths)))


def chosen(sections, only):
    if not only:
        return sections
    words = [word.strip() for word in only.split(",")]
    found = [section for section in sections if any(word in section.id for word in words)]
    if not found:
        sys.exit(f"--only {only} names no section; there are {', '.join(section.id for section in sections)}")
    return found


def care(settings, counts):
    return (
        f"Turns: {settings.turns} of {settings.seconds:g} s, {settings.sweep_turns} of {settings.sweep_seconds:g} s at "
        f"the points of curves; one program at a time, all on the CPU. True lengths: {len(counts)} playlists of "
        f"{min(counts)} to {max(counts)} songs, mean {statistics.mean(counts):.0f}.")


def shown_arguments(arguments):
    """The arguments without places of this machine."""
    shown = ["DIR" if before in ("--dataset", "--out") else a for before, a in zip(["", *arguments], arguments)]
    return shlex.join(shown)


def measure(sections, settings, report):
    """Runs all sections; returns 130 after an interruption, else 0."""
    progress = Progress(sum(section.run_count(settings) for section in sections))
    for number, section in enumerate(sections):
        def left(first):
            return [later.id for later in sections[first:] if later.file == section.file]

        try:
            section.run(settings, progress)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            report.write(section.file, unfinished=left(number))
            print(f"interrupted; what was measured is in {os.path.relpath(report.out)}", file=sys.stderr)
            return 130
        report.write(section.file, unfinished=left(number + 1))
    return 0


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        lengths = PEERS / "lengths.txt"
        if arguments.dataset:
            lengths = pathlib.Path(folder) / "lengths.txt"
            lengths.write_text("".join(f"{n}\n" for n in real_lengths(arguments.dataset, 256)))
        settings = Settings(
            arguments.turns, arguments.seconds, arguments.sweep_turns, arguments.sweep_seconds, arguments.patience,
            arguments.timeout, lengths)
        cores = os.cpu_count()
        everything = [*comparisons(settings, cores), Kernels(settings, cores), *sweeps(settings, cores)]
        if arguments.list:
            return print("\n".join(section.id for section in everything))
        sections = chosen(everything, arguments.only)
        counts = [int(line) for line in lengths.read_text().split()]
        about = {
            "command": f"Benchmarks/run.sh {shown_arguments(sys.argv[1:])}".strip(),
            "date": datetime.date.today().isoformat(), "machine": machine(), "turns": settings.turns,
            "seconds": settings.seconds, "sweep_turns": settings.sweep_turns, "sweep_seconds": settings.sweep_seconds,
            "care": care(settings, counts),
            "lengths": {
                "playlists": len(counts), "mean": statistics.mean(counts), "shortest": min(counts),
                "longest": max(counts),
                "from": "a dataset folder" if arguments.dataset else "Benchmarks/peers/lengths.txt"},
            "notes": [
                f"{machine()['processor']}, {cores} cores; short runs at each point: {settings.sweep_turns}, the median "
                "counts."],
        }
        return measure(sections, settings, Report(arguments.out, about, sections))


if __name__ == "__main__":
    sys.exit(main())
