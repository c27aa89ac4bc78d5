"""Segue beside its peers: the same work, run in turns (A B C A B C ...), medians and their ratios.

Writes Benchmarks/results/comparison.md and comparison.json. Run it through Benchmarks/run.sh or `make bench`."""

import argparse
import collections
import csv
import datetime
import gzip
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "Benchmarks" / "peers"

# glibc otherwise gives large tensors back to the system after every step and gets them again page by page.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000", "MALLOC_TOP_PAD_": "400000000"}


class OtherPrograms:
    """How much of the machine other programs use: runs that they disturbed say nothing about ratios."""

    QUIET = 0.1

    def __init__(self):
        self.start = time.monotonic()
        self.busy, self.ours = self.counters()

    @staticmethod
    def counters():
        """Seconds that the machine's cores were busy, and those of them that went to our child processes."""
        with open("/proc/stat") as file:
            user, nice, system, _, _, interrupts, soft, stolen = map(int, file.readline().split()[1:9])
        ours = os.times()
        ticks = os.sysconf("SC_CLK_TCK")
        return (user + nice + system + interrupts + soft + stolen) / ticks, sum(ours[:4])

    @property
    def share(self):
        busy, ours = self.counters()
        wall = time.monotonic() - self.start
        return max(0.0, (busy - self.busy - (ours - self.ours)) / (wall * os.cpu_count()))

    @classmethod
    def wait_for_quiet(cls, deadline):
        while time.monotonic() < deadline:
            watch = cls()
            time.sleep(1)
            if watch.share < cls.QUIET:
                return


class Contestant:
    def __init__(self, name, *command, keeps_memory=False):
        self.name = name
        self.command = list(command)
        self.keeps_memory = keeps_memory

    def run(self, lengths):
        """One short run; its JSON."""
        command = [str(lengths) if part == "LENGTHS" else part for part in self.command]
        # Thread counts and kernels are each program's own choice.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_", "KMP_"))}
        if self.keeps_memory:
            environment |= KEEP_MEMORY
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr.decode()[-2000:]}")
        return json.loads(done.stdout)

    @property
    def shown_command(self):
        variables = " ".join(f"{k}={v}" for k, v in KEEP_MEMORY.items()) + " " if self.keeps_memory else ""
        return variables + " ".join(os.path.relpath(p, ROOT) if os.path.isabs(p) else p for p in self.command)


class Comparison:
    """Contestants who do the same work; the first is Segue. `unit` is the JSON key that counts."""

    def __init__(self, title, unit, higher_wins, contestants, note=""):
        self.title, self.unit, self.higher_wins, self.note = title, unit, higher_wins, note
        self.contestants = contestants
        self.turns = []

    def run(self, turns, lengths, patience):
        for turn in range(turns):
            self.turns.append([])
            for contestant in self.contestants:
                result = self.quiet_run(contestant, lengths, patience)
                self.turns[-1].append(result)
                print(
                    f"{self.title}, turn {turn + 1}: {contestant.name} {result[self.unit]:.5g} {self.unit}"
                    f" (others used {result['others']:.0%} of the machine)", file=sys.stderr)

    @staticmethod
    def quiet_run(contestant, lengths, patience):
        """The least disturbed of the runs that patience allows for."""
        deadline = time.monotonic() + patience
        best = None
        while best is None or (best["others"] > OtherPrograms.QUIET and time.monotonic() < deadline):
            OtherPrograms.wait_for_quiet(deadline)
            watch = OtherPrograms()
            result = contestant.run(lengths)
            result["others"] = watch.share
            if best is None or result["others"] < best["others"]:
                best = result
        return best

    def runs(self, index):
        """The runs that count: those that other programs left alone, or all when there is none."""
        runs = [turn[index] for turn in self.turns]
        return [run for run in runs if run["others"] <= OtherPrograms.QUIET] or runs

    def values(self, index, key=None):
        return [run[key or self.unit] for run in self.runs(index)]

    def faster(self, index):
        """How many times faster Segue is, median against median."""
        ours, theirs = statistics.median(self.values(0)), statistics.median(self.values(index))
        return ours / theirs if self.higher_wins else theirs / ours

    def table(self):
        lines = [
            f"## {self.title}", "", self.note, "",
            f"| | {self.unit.replace('_', ' ')}, median | all that count | the first is faster by | peak MiB | others |",
            "|---|---|---|---|---|---|"]
        for index, contestant in enumerate(self.contestants):
            values = self.values(index)
            memory = max(self.values(index, "peak_memory_bytes")) / 2**20
            faster = f"{self.faster(index):.3g} ×" if index else ""
            lines.append(
                f"| {contestant.name} | {statistics.median(values):.4g} | {spread(values, '.4g')} | {faster} "
                f"| {memory:.0f} | {max(self.values(index, 'others')):.0%} |")
        return [*lines, ""]

    def as_json(self):
        return {
            "title": self.title, "unit": self.unit,
            "contestants": [
                {
                    "name": contestant.name, "command": contestant.shown_command,
                    "median": statistics.median(self.values(index)), "values": self.values(index),
                    "first_faster_by": self.faster(index),
                    "others": self.values(index, "others"),
                    "version": self.turns[0][index].get("version") or self.turns[0][index].get("driver"),
                }
                for index, contestant in enumerate(self.contestants)
            ],
        }


def spread(values, form):
    return f"{min(values):{form}} to {max(values):{form}}"


def shown_arguments(arguments):
    """The arguments without places of this machine."""
    return ["DIR" if before in ("--dataset", "--out") else a for before, a in zip(["", *arguments], arguments)]


def real_lengths(dataset, count):
    """The numbers of songs of some playlists of a dataset folder."""
    path = pathlib.Path(dataset) / "playlists.csv"
    opened = open(path, newline="") if path.exists() else gzip.open(f"{path}.gz", "rt", newline="")
    with opened as file:
        counts = collections.Counter(row["pid"] for row in csv.DictReader(file))
    lengths = sorted(length for length in counts.values() if length >= 3)
    return random.Random(1).sample(lengths, min(count, len(lengths)))


def comparisons(seconds):
    segue = [str(ROOT / ".build" / "release" / "segue"), "benchmark"]
    seconds = ["--seconds", f"{seconds:g}"]

    def program(name, *rest):
        return [sys.executable, str(PEERS / name), *rest, *seconds]

    def ours(*rest):
        return [*segue, *rest, *seconds, "--json"]

    padded = Contestant("Segue, padded", *ours("train", "--device", "cpu"))
    pytorch = program("train_pytorch.py")
    per_second = "sequences_per_second"
    return [
        Comparison(
            "Training, 32 playlists padded to 245 songs", per_second, True,
            [
                padded,
                Contestant("PyTorch, padded", *pytorch),
                Contestant("PyTorch, padded, memory kept", *pytorch, keeps_memory=True),
                Contestant("Keras on TensorFlow, padded", *program("train_keras.py")),
            ],
            "LSTM 29 → 256 as encoder and decoder, four heads, losses, backward pass and RMSprop in float32."),
        Comparison(
            "Training on one core, 32 playlists padded to 245 songs", "sequences_per_core_second", True,
            [
                Contestant("Segue, padded", *ours("train", "--device", "cpu", "--threads", "1")),
                Contestant("PyTorch, padded", *pytorch, "--threads", "1"),
                Contestant("PyTorch, padded, memory kept", *pytorch, "--threads", "1", keeps_memory=True),
                Contestant("Keras on TensorFlow, padded", *program("train_keras.py"), "--threads", "1"),
            ],
            "The same with one thread, for each second of one core's work: other programs disturb this least."),
        Comparison(
            "Training, true lengths", per_second, True,
            [
                Contestant(
                    "Segue, packed", *ours("train", "--device", "cpu", "--lengths", "LENGTHS", "--padding", "packed")),
                Contestant(
                    "PyTorch, padded to each batch's longest, memory kept", *pytorch, "--form", "longest",
                    "--lengths", "LENGTHS", keeps_memory=True),
                Contestant("PyTorch, PackedSequence", *pytorch, "--form", "packed", "--lengths", "LENGTHS"),
                Contestant("PyTorch, padded to 245, memory kept", *pytorch, keeps_memory=True),
                padded,
            ],
            "The same batches of 32 playlists in the same order for everybody; a padded sequence counts as one too."),
        Comparison(
            "Nearest song among 34,000, confident queries", "microseconds", False,
            [
                Contestant("Segue, exact", *ours("nearest", "--songs", "34000")),
                Contestant("scipy cKDTree", *program("nearest.py", "--peer", "scipy", "--songs", "34000")),
            ],
            "One query at a time on one thread; Segue's answers are compared with a scan in double precision."),
        Comparison(
            "30 songs for a playlist of 20 out of 31,172, one thread", "microseconds", False,
            [
                Contestant("Segue", *ours("recommend", "--device", "cpu", "--threads", "1")),
                Contestant("PyTorch, search by matrix product", *program("recommend_pytorch.py", "--search", "product")),
                Contestant("PyTorch, scipy cKDTree", *program("recommend_pytorch.py", "--search", "tree")),
            ],
            "Initial weights, so the predictions are undecided: the hard case for a search tree."),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="measuring time of each run")
    parser.add_argument(
        "--patience", type=float, default=30, help="seconds to wait for other programs before and repeating each run")
    parser.add_argument("--dataset", help="take the playlist lengths from this dataset folder")
    parser.add_argument("--only", help="only comparisons whose title contains this")
    parser.add_argument("--out", default=str(ROOT / "Benchmarks" / "results"))
    arguments = parser.parse_args()
    chosen = [c for c in comparisons(arguments.seconds) if not arguments.only or arguments.only in c.title]
    with tempfile.TemporaryDirectory() as folder:
        lengths = PEERS / "lengths.txt"
        if arguments.dataset:
            lengths = pathlib.Path(folder) / "lengths.txt"
            lengths.write_text("".join(f"{n}\n" for n in real_lengths(arguments.dataset, 256)))
        counts = [int(line) for line in lengths.read_text().split()]
        for comparison in chosen:
            comparison.run(arguments.turns, lengths, arguments.patience)

    machine = chosen[0].turns[0][0]["machine"]
    versions = sorted({f"{r['peer']} {r['version']}" for c in chosen for r in c.turns[0] if "peer" in r})
    rates = [rate for c in chosen for turn in c.turns for r in turn if (rate := r.get("openblas_gflops"))]
    about = {
        "command": " ".join(["Benchmarks/run.sh", *shown_arguments(sys.argv[1:])]), "date": datetime.date.today().isoformat(), "turns": arguments.turns,
        "seconds": arguments.seconds, "machine": machine, "segue_device": chosen[0].turns[0][0]["device"],
        "segue_driver": chosen[0].turns[0][0]["driver"], "peers": versions,
        "openblas_gflops": statistics.median(rates) if rates else None,
        "lengths": {
            "playlists": len(counts), "mean": statistics.mean(counts), "shortest": min(counts), "longest": max(counts),
            "from": "a dataset folder" if arguments.dataset else "Benchmarks/peers/lengths.txt"},
    }
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Segue beside its peers", "",
        f"`{about['command']}`, {about['date']}: {machine['processor']}, {machine['cores']} cores, {machine['system']}.",
        f"{', '.join(versions)}; {about['segue_device']}, {about['segue_driver']}.",
        f"{arguments.turns} turns of {arguments.seconds:g} s each, one program at a time, all on the CPU"
        + (f"; OpenBLAS alone reached {about['openblas_gflops']:.0f} GFLOP/s at 2048 × 2048 × 2048." if rates else "."),
        f"True lengths: {len(counts)} playlists of {min(counts)} to {max(counts)} songs, mean {about['lengths']['mean']:.0f}.",
        "*others*: the largest share of the machine that other programs had during a run that counts; runs above a tenth count",
        "only where there is no better one, and say little.", "",
    ]
    for comparison in chosen:
        lines += comparison.table()
    lines += ["## Commands", ""]
    lines += [f"- {c.name}: `{c.shown_command}`" for comparison in chosen for c in comparison.contestants]
    (out / "comparison.md").write_text("\n".join(lines) + "\n")
    (out / "comparison.json").write_text(
        json.dumps(about | {"comparisons": [c.as_json() for c in chosen]}, indent=2) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
