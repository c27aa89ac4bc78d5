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
import re
import shlex
import signal
import statistics
import sys
import tempfile

from comparisons import comparisons
from contest import PEERS, ROOT, Progress, Settings
from kernels import Kernels
from report import Report, commit, machine
from sweeps import sweeps

INTERRUPTED, BAD_INPUT = 130, 65


def count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return number


def seconds(text):
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return number


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False)
    parser.add_argument("--turns", type=count, default=5, help="runs of every contestant")
    parser.add_argument("--seconds", type=seconds, default=3, help="measuring time of each run")
    parser.add_argument("--sweep-turns", type=count, default=3, help="runs at every point of a curve")
    parser.add_argument("--sweep-seconds", type=seconds, default=1, help="measuring time at every point of a curve")
    parser.add_argument(
        "--patience", type=float, default=30, help="seconds to wait for other programs before and repeating each run")
    parser.add_argument("--timeout", type=seconds, default=180, help="seconds after which a run has failed")
    parser.add_argument("--quick", action="store_true", help="one short turn of everything, no patience")
    parser.add_argument("--only", help="only sections whose id contains one of these words, parted by commas")
    parser.add_argument("--list", action="store_true", help="print the ids of the sections and stop")
    parser.add_argument("--dataset", type=pathlib.Path, help="take the playlist lengths from this dataset folder")
    parser.add_argument(
        "--out", type=pathlib.Path, help="folder of the results (default: Benchmarks/results; with --quick or --only "
        ".build/bench, so that a part never replaces the whole)")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.turns = arguments.sweep_turns = 1
        arguments.seconds, arguments.sweep_seconds, arguments.patience = 1, 0.3, 0
    if arguments.out is None:
        is_part = arguments.quick or arguments.only is not None
        arguments.out = ROOT / ".build" / "bench" if is_part else ROOT / "Benchmarks" / "results"
    return parser, arguments


def real_lengths(dataset, most):
    """The numbers of songs of some playlists of a dataset folder."""
    path = next((p for name in ("playlists.csv", "playlists.csv.gz") if (p := dataset / name).exists()), None)
    if path is None:
        raise ValueError(f"{dataset}: there is no playlists.csv and no playlists.csv.gz")
    try:
        opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="")
        with opened as file:
            songs = collections.Counter(row["pid"] for row in csv.DictReader(file))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}")
    except (KeyError, UnicodeDecodeError, csv.Error, EOFError):
        raise ValueError(f"{path}: not a table with a column pid")
    lengths = sorted(length for length in songs.values() if length >= 3)
    if not lengths:
        raise ValueError(f"{path}: no playlist has 3 songs or more")
    return random.Random(1).sample(lengths, min(most, len(lengths)))


def chosen(sections, only):
    """The sections that `only` names; all without it."""
    words = [word.strip() for word in only.split(",")] if only is not None else [""]
    unknown = [word for word in words if not any(word in section.id for section in sections)]
    if unknown or (only is not None and "" in words):
        named = ", ".join(map(repr, unknown or [""]))
        raise ValueError(f"--only: {named} names no section; there are {', '.join(s.id for s in sections)}")
    return [section for section in sections if any(word in section.id for word in words)]


def conditions(settings, counts):
    return (
        f"Turns: {settings.turns} of {settings.seconds:g} s, {settings.sweep_turns} of {settings.sweep_seconds:g} s at "
        f"the points of curves; one program at a time, all on the CPU. True lengths: {len(counts)} playlists of "
        f"{min(counts)} to {max(counts)} songs, mean {statistics.mean(counts):.0f}.")


def shown_arguments(arguments):
    """The arguments without places of this machine."""
    shown = ["DIR" if before in ("--dataset", "--out") else a for before, a in zip(["", *arguments], arguments)]
    return shlex.join(re.sub("^(--dataset|--out)=.*", r"\1=DIR", argument) for argument in shown)


def measure(sections, settings, report):
    """Runs all sections; returns 130 after an interruption, else 0."""
    progress = Progress(sum(section.run_count(settings) for section in sections))
    finished = 0

    def write(file):
        report.write(file, unfinished=[later.id for later in sections[finished:] if later.file == file])

    try:
        for section in sections:
            section.run(settings, progress)
            finished += 1
            write(section.file)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        write(section.file)
        print(f"interrupted; what was measured is in {os.path.relpath(report.out)}", file=sys.stderr)
        return INTERRUPTED
    return 0


def main():
    parser, arguments = parse()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        lengths = PEERS / "lengths.txt"
        if arguments.dataset:
            lengths = pathlib.Path(folder) / "lengths.txt"
            try:
                lengths.write_text("".join(f"{n}\n" for n in real_lengths(arguments.dataset, 256)))
            except ValueError as error:
                print(error, file=sys.stderr)
                return BAD_INPUT
        settings = Settings(
            arguments.turns, arguments.seconds, arguments.sweep_turns, arguments.sweep_seconds, arguments.patience,
            arguments.timeout, lengths)
        cores = os.cpu_count()
        everything = [*comparisons(settings, cores), Kernels(settings, cores), *sweeps(settings, cores)]
        if arguments.list:
            return print("\n".join(section.id for section in everything))
        try:
            sections = chosen(everything, arguments.only)
        except ValueError as error:
            parser.error(str(error))
        counts = [int(line) for line in lengths.read_text().split()]
        about = {
            "command": f"Benchmarks/run.sh {shown_arguments(sys.argv[1:])}".strip(),
            "date": datetime.date.today().isoformat(), "segue": commit(), "machine": machine(),
            "turns": settings.turns, "seconds": settings.seconds, "sweep_turns": settings.sweep_turns,
            "sweep_seconds": settings.sweep_seconds, "conditions": conditions(settings, counts),
            "lengths": {
                "playlists": len(counts), "mean": statistics.mean(counts), "shortest": min(counts),
                "longest": max(counts),
                "from": "a dataset folder" if arguments.dataset else "Benchmarks/peers/lengths.txt"},
            "notes": [
                f"{machine()['processor']}, {cores} cores; short runs at each point: {settings.sweep_turns}, the "
                "median counts."],
        }
        print(f"results go to {os.path.relpath(arguments.out)}", file=sys.stderr)
        return measure(sections, settings, Report(arguments.out.resolve(), about, sections))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
