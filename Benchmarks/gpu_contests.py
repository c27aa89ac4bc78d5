"""Who runs on the GPU: Segue, a process for each run, and PyTorch, one process that answers for all its forms."""

import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time

from contest import PEERS, ROOT, Contestant, Failed, complaint, json_of


def notes(errors):
    """What Segue says on stderr beside its results: a fall-back, for example."""
    return [line.removeprefix("segue: ") for line in errors.splitlines() if line.startswith("segue: ")]


class Peers:
    """The PyTorch peers in one process, started at the first question and again after one that was not answered."""

    def __init__(self):
        self.process = self.errors = None

    def start(self):
        self.errors = tempfile.TemporaryFile("w+")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_", "KMP_"))}
        self.process = subprocess.Popen(
            [sys.executable, str(PEERS / "serve.py")], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors)

    def ask(self, words, timeout):
        """A peer's JSON. Raises Failed when there is none within `timeout` seconds."""
        if self.process is None:
            self.start()
        deadline = time.monotonic() + timeout
        try:
            self.process.stdin.write((json.dumps(words) + "\n").encode())
            self.process.stdin.flush()
        except OSError:
            raise Failed(self.stop())
        answer = b""
        while not answer.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.stop()
                raise Failed(f"no result within {timeout:.3g} s")
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                raise Failed(self.stop())
            answer += part
        try:
            result = json.loads(answer.splitlines()[-1])
        except ValueError:
            self.stop()
            raise Failed("no JSON: " + complaint(answer.decode(errors="replace")))
        if "failure" in result:
            self.stop()  # after an error of CUDA's nothing in that process works any more
            raise Failed(result["failure"])
        return result

    def stop(self):
        """Ends the process; what it complained of."""
        if self.process is None:
            return "not started"
        self.process.kill()
        self.process.wait()
        self.process = None
        self.errors.seek(0)
        return "the peers' process ended: " + complaint(self.errors.read())


class OnDevice(Contestant):
    """A contestant on the GPU, whose times other programs on the processor hardly touch. `once`: it runs once, at the
    end."""

    def __init__(self, name, *command, once=False):
        super().__init__(name, *command)
        self.once = once

    def is_disturbed(self, run):
        return False

    @property
    def shown_command(self):
        """Without places of this machine."""
        program = os.path.relpath(self.command[0], ROOT) if os.path.isabs(self.command[0]) else self.command[0]
        return " ".join([program, *("LENGTHS" if os.path.isabs(part) else part for part in self.command[1:])])

    def summary(self, *keys):
        """What is kept of the runs: the values of `keys`, in the order of the turns."""
        found = {key: self.values(key) for key in keys}
        return {
            "name": self.name, "command": self.shown_command, "failure": self.failure,
            "notes": sorted({note for run in self.runs for note in run.get("notes", [])}),
            **{key: {"median": statistics.median(v) if v else None, "values": v} for key, v in found.items()}}


class Ours(OnDevice):
    def __init__(self, name, session, *words, once=False):
        super().__init__(name, "segue", *words, once=once)
        self.session = session

    def run(self, settings):
        command = [str(self.session.program), *self.command[1:]]
        result, errors = json_of(command, self.session.variables, settings.timeout)
        way = result["settings"].get("recurrence")  # what was taken in the end
        return result | {"notes": ([way] if way else []) + notes(errors)}


class OurLayer(Ours):
    """`segue benchmark kernels`, of which only the layer counts."""

    def run(self, settings):
        result = super().run(settings)
        rows = {}
        for row in result["operations"]:  # the batch asked for comes before that of one sequence
            rows.setdefault(row["operation"], row["milliseconds"])
        return {
            "forward_milliseconds": rows["lstmForward"], "backward_milliseconds": rows["lstmBackward"],
            "notes": result["notes"]}


class Rival(OnDevice):
    def __init__(self, name, session, peer, *words):
        super().__init__(name, PEERS / f"{peer}.py", *words)
        self.peer, self.session = peer, session

    def run(self, settings):
        return self.session.peers.ask([self.peer, *self.command[1:]], settings.timeout)
