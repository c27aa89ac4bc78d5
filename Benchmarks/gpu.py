"""What Segue does on this machine's GPU, beside PyTorch with cuDNN. Run it through Benchmarks/gpu.sh."""

import argparse
import dataclasses
import datetime
import json
import pathlib
import shlex
import signal
import sys
import tempfile
import time

from contest import PEERS, ROOT, Failed, Settings, json_of
from gpu_contests import Peers, notes
from gpu_goals import goals
from gpu_machine import devices, find_gpu, program_environment
from gpu_report import markdown
from gpu_stages import DIGITS, STAGES
from report import commit, machine

NO_DEVICE, BAD_INPUT, NO_OUTPUT, INTERRUPTED = 69, 65, 73, 130


@dataclasses.dataclass
class Sizes:
    """How much is computed, and for how long."""
    batches: list
    groups: list  # work-groups that wait for each other
    length: int
    turns: int
    probe_seconds: float = 5
    layer_seconds: float = 1.2  # of a run that times twelve operations
    train_seconds: float = 0.6
    rival_seconds: float = 0.6
    tuning_share: float = 0.6  # of its stage; a trial that has begun goes on
    run_seconds: float = 40  # after which a run has failed

    def settings(self):
        return Settings(
            turns=self.turns, seconds=self.train_seconds, sweep_turns=0, sweep_seconds=0, patience=0,
            timeout=self.run_seconds, lengths=None)


PRECISIONS = [  # names that gpu_goals.py looks for
    ("TF32, its default", ["--precision", "tf32"]), ("strict float32", ["--precision", "float32"]),
    ("float16, inputs padded to 128", ["--precision", "float16"])]
FULL = Sizes(batches=[32, 128, 1024], groups=[32, 16, 8], length=245, turns=3)
REHEARSAL = Sizes(
    batches=[4], groups=[2], length=20, turns=2, probe_seconds=1, layer_seconds=0.2, train_seconds=0.2,
    rival_seconds=0.2, tuning_share=0.05)


class Session:
    """One run: the program and its device, the peers, the time that is left, and what was found so far."""

    def __init__(self, arguments, scratch):
        self.start = time.monotonic()
        self.arguments, self.scratch = arguments, scratch
        self.program = arguments.folder / "segue"
        self.sizes = REHEARSAL if arguments.rehearsal else FULL
        self.variables = program_environment(arguments.folder, scratch)
        self.device = None
        self.peers = Peers()
        cuda = not arguments.rehearsal
        self.rival_device = ["--device", "cuda"] if cuda else []
        self.precisions = PRECISIONS if cuda else [("float32", [])]
        self.graphs = [[], ["--graph"]] if cuda else [[]]
        self.reduced = DIGITS if cuda else []  # NVIDIA's matrix units only
        self.end = self.start + 60 * arguments.minutes
        self.stage_end = self.end
        self.results = {
            "rehearsal": arguments.rehearsal, "date": datetime.date.today().isoformat(),
            "command": shown_command(arguments), "segue": built_from(arguments.folder), "machine": machine(),
            "batches": self.sizes.batches, "steps": self.sizes.length, "stages": [], "skipped": []}

    # Time

    def left(self):
        """Seconds until the stage must end."""
        return max(0.1, self.stage_end - time.monotonic())

    def say(self, text):
        minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
        print(f"[{minutes}:{seconds:02}] {text}", file=sys.stderr)

    def run(self):
        """All stages. What one leaves of its time the next ones have; what it needs more, it does not get."""
        whole = 60 * self.arguments.minutes - 15  # kept for the start and the last writing
        budgets = [budget for _, _, budget in STAGES]
        for place, (name, stage, _) in enumerate(STAGES):
            self.stage_end = self.end - 5 - whole * sum(budgets[place + 1:]) / sum(budgets)
            began = time.monotonic()
            self.say(name)
            try:
                stage(self)
                outcome = None
            except Failed as failure:
                outcome = str(failure)
            except Exception as error:  # a mistake of ours costs its stage, not the others
                outcome = f"{type(error).__name__}: {error}"
            if outcome:
                self.say(f"{name} failed: {outcome}")
            self.results["stages"].append(
                {"name": name, "seconds": round(time.monotonic() - began, 1), "failure": outcome})
            self.write()

    def keeping(self, keep, body):
        """Runs `body` and keeps what it measured, also when it fails."""
        try:
            body()
        finally:
            keep()

    # What stages use

    def segue(self, *words):
        """The JSON that the program prints."""
        command = [str(self.program), *words, "--device", self.device, "--json"]
        answer, errors = json_of(command, self.variables, self.left())
        return answer | ({"notes": said} if (said := notes(errors)) else {})

    def skip(self, what, why):
        if (entry := {"what": what, "why": why}) not in self.results["skipped"]:
            self.results["skipped"].append(entry)

    def lengths(self, batch):
        """A file of playlist lengths: enough for one batch, none longer than the padded length."""
        known = [int(line) for line in (PEERS / "lengths.txt").read_text().split()]
        if self.arguments.rehearsal:
            known = known[:2 * batch]
        known = [max(3, min(length, self.sizes.length)) for length in known]
        path = self.scratch / f"lengths-{batch}.txt"
        path.write_text("".join(f"{n}\n" for n in known * -(-batch // len(known))))
        return path

    def write(self):
        """gpu.json and gpu.md, each replaced as a whole."""
        self.results["goals"] = goals(self.results)
        self.results["seconds"] = round(time.monotonic() - self.start)
        out = self.arguments.out
        out.mkdir(parents=True, exist_ok=True)
        for name, text in [
                ("gpu.json", json.dumps(self.results, indent=1) + "\n"), ("gpu.md", markdown(self.results))]:
            temporary = out / f".{name}.tmp"
            for place, word in [(self.scratch, "SCRATCH"), (self.arguments.folder, "FOLDER")]:  # none of this machine
                text = text.replace(str(place), word)
            temporary.write_text(text)
            temporary.replace(out / name)


def shown_command(arguments):
    """The command without places of this machine."""
    return shlex.join(["Benchmarks/gpu.sh", *(["--rehearsal"] if arguments.rehearsal else []), "FOLDER", "OUT"])


def built_from(folder):
    """The commit that the program was built from."""
    try:
        return (folder / "commit.txt").read_text().strip()
    except OSError:
        return commit()


def choose_device(session):
    """Sets the session's device; False when there is no GPU, or none of any kind for a rehearsal."""
    if session.arguments.rehearsal:
        seen, said = devices(session.program, session.variables)
        device, how = next(iter(seen), None), said or "a rehearsal takes the first device"
    else:
        session.variables, device, how = find_gpu(session.program, session.arguments.folder, session.scratch)
    session.results["opencl"] = {"device": device, "how": how}
    if device is None:
        return False
    session.device = f"opencl:{device['index']}"
    return True


def parse():
    parser = argparse.ArgumentParser(prog="Benchmarks/gpu.sh", description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=pathlib.Path, help="what Benchmarks/gpu-folder.sh makes")
    parser.add_argument(
        "out", type=pathlib.Path, nargs="?", default=ROOT / "Benchmarks" / "results" / "gpu",
        help="folder for gpu.json and gpu.md")
    parser.add_argument("--minutes", type=float, default=9, help="time for everything")
    parser.add_argument(
        "--rehearsal", action="store_true", help="run everything small on any OpenCL device beside PyTorch on the CPU")
    arguments = parser.parse_args()
    arguments.folder, arguments.out = arguments.folder.resolve(), arguments.out.resolve()
    return arguments


def main():
    if sys.version_info < (3, 9):
        print("Benchmarks/gpu.sh needs Python 3.9; PYTHON names another interpreter", file=sys.stderr)
        return BAD_INPUT
    arguments = parse()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not (arguments.folder / "segue").is_file():
        print(f"{arguments.folder} holds no segue; Benchmarks/gpu-folder.sh makes such a folder", file=sys.stderr)
        return BAD_INPUT
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(arguments, pathlib.Path(scratch))
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=arguments.out).close()
        except OSError as error:
            print(f"{arguments.out} cannot be written ({error.strerror}); name another folder as OUT", file=sys.stderr)
            return NO_OUTPUT
        try:
            if not choose_device(session):
                session.write()
                print(session.results["opencl"]["how"], file=sys.stderr)
                return NO_DEVICE
            session.run()
        except KeyboardInterrupt:
            session.write()
            return INTERRUPTED
        finally:
            session.peers.stop()
        print((arguments.out / "gpu.md").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
