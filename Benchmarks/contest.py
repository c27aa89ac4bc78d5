"""Running programs one at a time while nothing else disturbs them: contestants, their runs, and what counts."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "Benchmarks" / "peers"
SEGUE = ROOT / ".build" / "release" / "segue"

# glibc otherwise gives large tensors back to the system after every step and gets them again page by page.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000", "MALLOC_TOP_PAD_": "400000000"}


@dataclasses.dataclass
class Settings:
    """How much care is taken."""
    turns: int
    seconds: float
    sweep_turns: int
    sweep_seconds: float
    patience: float
    timeout: float
    lengths: pathlib.Path


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
            time.sleep(0.5)
            if watch.share < cls.QUIET:
                return


class Failed(Exception):
    """A program that gave no result, and why."""


def json_of(command, environment, timeout, statuses=(0,)):
    """What a program prints, read as JSON, and its stderr. `statuses`: exit statuses with which it prints something."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"no result within {timeout:.3g} s")
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}")
    errors = done.stderr.decode(errors="replace")
    if done.returncode < 0:
        raise Failed(f"ended by signal {-done.returncode}")
    if done.returncode not in statuses:
        raise Failed(f"exit status {done.returncode}: {complaint(errors)}")
    try:
        return json.loads(done.stdout), errors
    except ValueError:
        raise Failed("its output is not JSON")


class Contestant:
    """A program that does the work, its runs so far, and the reason when it can go no further."""

    def __init__(self, name, *command, keeps_memory=False):
        self.name = name
        self.command = [str(part) for part in command]
        self.keeps_memory = keeps_memory
        self.runs = []
        self.failure = None
        self.took = 0.0  # seconds of the longest run, preparations included

    def measure(self, settings):
        """Adds the least disturbed of the runs that patience allows for; after a failure it is not run again."""
        if self.failure:
            return
        deadline = time.monotonic() + settings.patience
        best = None
        try:
            while best is None or (self.is_disturbed(best) and time.monotonic() < deadline):
                OtherPrograms.wait_for_quiet(deadline)
                watch = OtherPrograms()
                result = self.run(settings)
                result["others"] = watch.share
                self.took = max(self.took, time.monotonic() - watch.start)
                best = min([best or result, result], key=lambda run: (self.is_disturbed(run), run["others"]))
        except Failed as failure:
            self.failure = str(failure)
        finally:
            if best:
                self.runs.append(best)

    def run(self, settings):
        """One short run; its JSON."""
        command = [str(settings.lengths) if part == "LENGTHS" else part for part in self.command]
        # Thread counts and kernels are each program's own choice.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_", "KMP_"))}
        if self.keeps_memory:
            environment |= KEEP_MEMORY
        return json_of(command, environment, settings.timeout)[0]

    # Results

    def is_disturbed(self, run):
        return run["others"] > OtherPrograms.QUIET

    @property
    def counted(self):
        """The runs that count: those that nothing disturbed, or all when there is none."""
        return [run for run in self.runs if not self.is_disturbed(run)] or self.runs

    def values(self, key):
        found = [looked_up(run, key) for run in self.counted]
        return [value for value in found if value is not None]

    def median(self, key):
        values = self.values(key)
        return statistics.median(values) if values else None

    @property
    def peak_memory(self):
        """Bytes, the most of all runs that count; None when there is none."""
        return max(self.values("peak_memory_bytes"), default=None)

    @property
    def others(self):
        return max(self.values("others"), default=None)

    @property
    def disturbed(self):
        """Whether even the runs that count were disturbed."""
        return any(map(self.is_disturbed, self.counted))

    def varies(self, key):
        """Whether the runs that count differ by more than a quarter."""
        values = self.values(key)
        return bool(values) and max(values) > 1.25 * min(values)

    @property
    def version(self):
        run = self.runs[0] if self.runs else {}
        return run.get("version") or run.get("driver")

    @property
    def shown_command(self):
        variables = " ".join(f"{k}={v}" for k, v in KEEP_MEMORY.items()) + " " if self.keeps_memory else ""
        return variables + " ".join(os.path.relpath(p, ROOT) if os.path.isabs(p) else p for p in self.command)

    def as_json(self, *keys):
        return {
            "name": self.name, "command": self.shown_command, "version": self.version, "failure": self.failure,
            "peak_memory_bytes": self.peak_memory, "others": self.values("others"),
            **{key: {"median": self.median(key), "values": self.values(key)} for key in keys}}


def looked_up(result, path):
    """The value at a path such as `searches.0.microseconds`; None where there is none."""
    for part in path.split("."):
        try:
            result = result[int(part) if part.isdigit() else part]
        except (KeyError, IndexError, TypeError):
            return None
    return result


def times(ratio, is_doubtful):
    """How many times faster, in brackets where the runs behind it say little."""
    if ratio is None:
        return ""
    return f"({ratio:.3g} ×)" if is_doubtful else f"{ratio:.3g} ×"


def complaint(text):
    """The line of a program's stderr that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("Error:", "segue:"))]
    return (named or lines[-1:] or ["no message"])[0].replace(f"{ROOT}/", "")[:300]


def ours(*arguments, seconds):
    return [SEGUE, "benchmark", *arguments, "--seconds", f"{seconds:g}", "--json"]


def peer(name, *arguments, seconds):
    return [sys.executable, PEERS / name, *arguments, "--seconds", f"{seconds:g}"]


def nearest_peer(name, songs, *arguments, seconds):
    return peer("nearest.py", "--peer", name, "--songs", songs, *arguments, seconds=seconds)


class Progress:
    """Lines on stderr: what was measured last, how far the whole is, and the time since the start."""

    def __init__(self, total):
        self.done, self.total, self.start = 0, total, time.monotonic()

    def say(self, what, contestant, key, note=""):
        """`note`: why the contestant was not run this time."""
        self.done += 1
        minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
        run = contestant.runs[-1] if contestant.runs else {}
        value = looked_up(run, key)
        if contestant.failure:
            outcome = "failed: " + contestant.failure
        elif note:
            outcome = f"not run again: {note}"
        else:
            outcome = "" if value is None else f"{value:.5g} {key.replace('_', ' ')}"
            outcome += f" (others used {run['others']:.0%} of the machine)"
        print(
            f"[{self.done}/{self.total}, {minutes}:{seconds:02}] {what}: {contestant.name} {outcome}", file=sys.stderr)
