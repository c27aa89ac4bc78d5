"""The parts of Benchmarks/gpu.py, each a function of the session that leaves what it found in `session.results`."""

import concurrent.futures
import os

from contest import Failed, json_of
from gpu_contests import OurLayer, Ours, Rival, notes
from gpu_machine import graphics_card


def machine(session):
    """The graphics card and PyTorch's versions."""
    session.results["graphics_card"] = graphics_card()
    pytorch = session.results["pytorch"] = session.peers.ask(["torch_device", *session.rival_device], session.left())
    ours = session.results["opencl"]["device"]["name"]
    if session.rival_device and pytorch["device"] != ours:
        session.skip("the same card for both", f"OpenCL computes on {ours}, PyTorch on {pytorch['device']}")


def probe(session):
    limit = ["--limit", f"{max(1, 0.6 * session.left()):.0f}"]  # what is being built then goes on
    session.results["probe"] = session.segue(
        "benchmark", "probe", "--seconds", f"{session.sizes.probe_seconds:g}", *limit)


DIGITS = ["tf32", "bf16"]  # of the large products' operands, beside float32


def usable_paths(session):
    """What verify, train and kernels take after --recurrence on this device; leaves the reason where it is left out."""
    found = session.results.get("probe", {})
    limit = found.get("co_resident_work_groups")
    usable = []
    for members in session.sizes.groups:
        path = f"groups:{members}"
        if found.get("exchange") == "none":
            session.skip(path, "work-groups of a launch cannot hand data to each other on this device")
        elif limit is not None and limit < members:
            session.skip(path, f"not more than {limit} work-groups may be expected to run beside each other")
        else:
            usable.append(path)
    return [*usable, "streamed", "steps"]


# Verifying

def verified(session, path):
    """One row: how many cases passed, which failed, and what was said."""
    words = [] if path == "default" else ["--recurrence", path, "--only", "lstm"]
    if path in DIGITS:
        words = ["--precision", path]
    words += ["--small"] if session.arguments.rehearsal else []
    row = {"path": path, "passed": 0, "failed": 0, "failures": [], "notes": [], "failure": None}
    try:
        command = [str(session.program), "verify", "--device", session.device, *words, "--json"]
        answer, errors = json_of(command, session.variables, session.left(), statuses=(0, 70))
    except Failed as failure:
        return row | {"failure": str(failure)}
    failed = [f"{case['name']}: {'; '.join(case['failures'])[:300]}" for case in answer["cases"] if not case["passed"]]
    return row | {
        "passed": answer["passed"], "failed": answer["failed"], "failures": failed, "notes": notes(errors),
        "seconds": sum(case["seconds"] for case in answer["cases"])}


def verify(session):
    """Every path against the reference. The reference takes most of the time, so several run beside each other; groups
    that fail that way get the device for themselves."""
    # `resident` is for small layers: a work-group holds few weights.
    paths = ["default", *usable_paths(session), "resident", *DIGITS]
    workers = max(1, min(4, os.cpu_count() // 4))
    rows = session.results["verify"] = []
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for row in pool.map(lambda path: verified(session, path), paths):
            is_doubtful = row["failure"] or row["failed"] or row["notes"]
            if workers > 1 and is_doubtful and session.left() > 20:
                row["beside_others"] = True
            rows.append(row)
    for place, row in enumerate(rows):
        if row.pop("beside_others", False):
            rows[place] = verified(session, row["path"]) | {"repeated": True}


def tune(session):
    """Lets Segue choose; what it chose is verified again, and is the default from here on."""
    seconds = max(1, session.left() * session.sizes.tuning_share)
    session.results["tune"] = session.segue("tune", "--seconds", f"{seconds:.0f}")
    session.results.setdefault("verify", []).append(verified(session, "default") | {"path": "default, as tuned"})


# Timing

def contestants_in_turns(session, contests, key):
    """Turn by turn, contest by contest, contestant by contestant; at last those that run once. Until the stage's time
    is up. `key`: what progress shows."""
    settings = session.sizes.settings()
    alike = [[c for contestants in contests for c in contestants if c.once == once] for once in (False, True)]
    turns = [*((f"turn {turn + 1}", alike[0]) for turn in range(settings.turns)), ("once", alike[1])]
    for turn, contestants in turns:
        for contestant in contestants:
            if contestant.failure:
                continue
            if session.left() < 3:
                return session.skip(f"{contestant.shown_command}, and what should have followed", "the time was up")
            settings.timeout = min(session.left(), session.sizes.run_seconds)
            contestant.measure(settings)
            outcome = contestant.failure or f"{contestant.runs[-1][key]:.3g} {key.replace('_', ' ')}"
            session.say(f"{turn}, {contestant.name}: {outcome}")


def layers(session):
    """An LSTM layer alone, forward and backward, beside cuDNN's."""
    sizes = session.sizes
    contests = []
    for batch in sizes.batches:
        size = ["--batch-size", str(batch), "--sequence-length", str(sizes.length)]
        ours = ["benchmark", "kernels", "--device", session.device, *size, "--seconds", f"{sizes.layer_seconds:g}"]
        contests.append([
            OurLayer("Segue", session, *ours, "--json"),
            *(
                Rival(f"PyTorch, {words}", session, "layer_pytorch", *session.rival_device, *size, *precision,
                      "--seconds", f"{sizes.rival_seconds:g}")
                for words, precision in session.precisions),
            *(
                OurLayer(f"Segue, {path}", session, *ours, "--recurrence", path, "--json", once=True)
                for path in usable_paths(session))])

    def keep():
        session.results["layers"] = [
            {
                "batch_size": batch, "steps": sizes.length,
                "contestants": [c.summary("forward_milliseconds", "backward_milliseconds") for c in contestants]}
            for batch, contestants in zip(sizes.batches, contests)]

    session.keeping(keep, lambda: contestants_in_turns(session, contests, "forward_milliseconds"))


def training(session):
    """Whole steps, optimiser included: padded to one length, and of true lengths."""
    sizes = session.sizes
    contests, heads = [], []

    def ours(name, *words, once=False):
        return Ours(
            name, session, "benchmark", "train", "--device", session.device, *words, "--seconds",
            f"{sizes.train_seconds:g}", "--json", once=once)

    def rival(name, *words):
        return Rival(
            name, session, "train_pytorch", *session.rival_device, *words, "--seconds", f"{sizes.rival_seconds:g}")

    for batch in sizes.batches:
        size = ["--batch-size", str(batch), "--sequence-length", str(sizes.length)]
        heads.append(("padded", f"{batch} playlists padded to {sizes.length} songs", batch))
        contests.append([
            ours("Segue", *size),
            *(
                rival(f"PyTorch, {words}{', CUDA graph' if graph else ''}", *size, *precision, *graph)
                for words, precision in session.precisions for graph in session.graphs),
            *(ours(f"Segue, {words} products", *size, "--precision", words) for words in session.reduced),
            *(
                ours(f"Segue, {path}", *size, "--recurrence", path, once=True)
                for path in usable_paths(session))])
        lengths = [*size, "--lengths", str(session.lengths(batch))]
        heads.append(("true lengths", f"{batch} playlists of true lengths", batch))
        contests.append([
            ours("Segue, packed", *lengths),
            *(
                rival(f"PyTorch, padded to each batch's longest{', CUDA graph' if graph else ''}", *lengths, "--form",
                      "longest", *graph)
                for graph in session.graphs),
            rival("PyTorch, PackedSequence", *lengths, "--form", "packed")])

    def keep():
        session.results["training"] = [
            {
                "lengths": kind, "title": title, "batch_size": batch,
                "contestants": [contestant.summary("milliseconds_per_step") for contestant in contestants]}
            for (kind, title, batch), contestants in zip(heads, contests)]

    session.keeping(keep, lambda: contestants_in_turns(session, contests, "milliseconds_per_step"))


STAGES = [  # name, function, seconds of nine minutes kept for it
    ("machine", machine, 40), ("probe", probe, 60), ("verify", verify, 100), ("tune", tune, 90), ("layers", layers, 80),
    ("training", training, 150)]
