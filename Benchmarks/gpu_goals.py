"""What was to be reached on an H100, and what the results of Benchmarks/gpu.py say of it."""

import statistics

FORWARD_MICROSECONDS, BACKWARD_MICROSECONDS = 4, 6  # a step of a layer, at most
SMALL_BATCHES = [32, 128]
LEAST_RATIOS = {32: 2, 128: 2, 1024: 1}  # whole steps, against PyTorch as it comes
DEFAULT = "PyTorch, TF32, its default"
LENGTHS_DEFAULTS = ["PyTorch, padded to each batch's longest", "PyTorch, PackedSequence"]


def named(contest, name):
    """The contestant of that name; None where there is none."""
    return next((c for c in contest["contestants"] if c["name"] == name), None)


def median(contestant, key):
    return contestant[key]["median"] if contestant and key in contestant else None


def ratio(contest, rival, key="milliseconds_per_step"):
    """How many times faster the first contestant is: (of the medians, least and most of a turn); None without both."""
    first = contest["contestants"][0]
    if not median(first, key) or not median(rival, key):
        return None
    turns = [other / own for own, other in zip(first[key]["values"], rival[key]["values"])]
    return median(rival, key) / median(first, key), min(turns), max(turns)


def goals(results):
    """Rows of the table of goals. `reached` is None where nothing was measured; without a GPU there are none."""
    if results["rehearsal"] or results["opencl"]["device"] is None:
        return []
    return [*layer_goals(results), *training_goals(results)]


def row(goal, target, measured, least=None, most=None, reached=None, why=None):
    return {"goal": goal, "target": target, "measured": measured, "least": least, "most": most, "reached": reached,
            "why": why}


def layer_goals(results):
    contests = {contest["batch_size"]: contest for contest in results.get("layers", [])}
    found = []
    for batch in SMALL_BATCHES:
        for words, key, limit in [
                ("forward", "forward_milliseconds", FORWARD_MICROSECONDS),
                ("backward", "backward_milliseconds", BACKWARD_MICROSECONDS)]:
            goal, target = f"µs a step {words}, batch {batch}", f"at most {limit}"
            contest = contests.get(batch)
            ours = contest["contestants"][0] if contest else None
            if median(ours, key) is None:
                found.append(row(goal, target, None, why=ours["failure"] if ours else None))
                continue
            values = [1000 * value / contest["steps"] for value in ours[key]["values"]]
            middle = statistics.median(values)
            found.append(row(goal, target, middle, min(values), max(values), middle <= limit))
    return found


def training_goals(results):
    contests = {(contest["lengths"], contest["batch_size"]): contest for contest in results.get("training", [])}
    found = []
    for kind, names in [("padded", [DEFAULT]), ("true lengths", LENGTHS_DEFAULTS)]:
        for batch, least in LEAST_RATIOS.items():
            goal = f"times as fast as PyTorch with cuDNN as it comes (TF32), whole steps, batch {batch}, {kind}"
            target = f"at least {least}"
            contest = contests.get((kind, batch))
            rivals = [c for c in map(lambda name: named(contest, name), names) if c] if contest else []
            measured = [times for rival in rivals if (times := ratio(contest, rival))]
            if not measured:
                failures = [c["failure"] for c in [*(contest["contestants"][:1] if contest else []), *rivals]]
                found.append(row(goal, target, None, why="; ".join(filter(None, failures)) or None))
                continue
            hardest = min(measured)  # the rival's faster form
            found.append(row(goal, target, *hardest, hardest[0] >= least))
    for words in ["strict float32", "float16, inputs padded to 128"]:
        for batch in LEAST_RATIOS:
            contest = contests.get(("padded", batch))
            measured = ratio(contest, named(contest, f"PyTorch, {words}")) if contest else None
            found.append(row(
                f"times as fast as PyTorch with cuDNN, {words}, whole steps, batch {batch}, padded", "shown",
                *(measured or [None])))
    for (kind, batch), contest in contests.items():
        measured = [(ratio(contest, c), c["name"]) for c in contest["contestants"] if c["name"].startswith("PyTorch")]
        if measured := [pair for pair in measured if pair[0]]:
            hardest, name = min(measured)  # the fastest rival of any precision and form
            found.append(row(
                f"times as fast as the fastest of all, whole steps, batch {batch}, {kind}: {name}", "shown", *hardest))
    return found
