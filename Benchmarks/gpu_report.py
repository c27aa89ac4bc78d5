"""gpu.md: what Benchmarks/gpu.py found, for a reader who was not there. Made of gpu.json alone."""

from gpu_goals import median, ratio
from report import cell


def markdown(results):
    parts = [
        head(results), goals(results), training(results), layers(results), verified(results), tuned(results),
        probed(results), missing(results), commands(results)]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def table(heads, rows):
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return [*lines, *(f"| {' | '.join(cell(str(value)) for value in row)} |" for row in rows), ""]


def number(value):
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def span(values):
    return f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""


def head(results):
    device = results["opencl"]["device"]
    card, pytorch, machine = results.get("graphics_card") or {}, results.get("pytorch") or {}, results["machine"]
    lines = [f"# Segue on {device['name'] if device else 'a GPU: no device'}", ""]
    if results["rehearsal"]:
        kind = device["kind"] if device else "no device"
        lines += [
            f"**REHEARSAL** on a {kind} through OpenCL, with small sizes and PyTorch on the processor: it shows that "
            "everything runs, and says nothing about a GPU's speed. No goal is claimed.", ""]
    if device:
        lines += [
            f"{device['platform']}, driver {device['driver_version']}, {device['opencl_version']}; "
            f"{results['opencl']['how']}."]
    else:
        lines += [f"**Nothing could be measured.** {results['opencl']['how']}"]
    if card:
        lines += [
            f"nvidia-smi: {card.get('name')}, {card.get('memory_total')}, driver {card.get('driver_version')}, at most "
            f"{card.get('clocks_max_sm')} and {card.get('power_limit')}."]
    if pytorch:
        versions = [f"PyTorch {pytorch['version']}", f"on {pytorch['device']}"]
        versions += [f"{name} {pytorch[key]}" for name, key in [("CUDA", "cuda"), ("cuDNN", "cudnn")] if key in pytorch]
        lines += [", ".join(versions) + "."]
    return [
        *lines,
        f"`{results['command']}`, {results['date']}, {results.get('seconds', 0)} s: {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']}; Segue's commit: {results['segue'] or 'not known'}.", ""]


def goals(results):
    if not results["goals"]:
        return []
    answers = {True: "**yes**", False: "no", None: ""}
    rows = [
        [row["goal"], row["target"],
         number(row["measured"]) if row["measured"] is not None else f"not measured{why(row)}",
         f"{number(row['least'])} to {number(row['most'])}" if row["least"] is not None else "",
         answers[row["reached"]] if row["measured"] is not None else "not known"]
        for row in results["goals"]]
    return ["## Goals", "", *table(["goal", "target", "measured", "turns", "reached"], rows)]


def why(row):
    return f": {row['why']}" if row["why"] else ""


def state(contestant, values):
    """A contestant's name, and what is to be said of it."""
    said = [*([f"failed: {contestant['failure']}"] if contestant["failure"] else []), *contestant["notes"]]
    if not values and not said:
        said = ["not run"]
    return contestant["name"] + (f" ({'; '.join(said)})" if said else "")


def training(results):
    contests = results.get("training")
    if not contests:
        return []
    lines = [
        "## Whole training steps", "",
        "LSTM 29 → 256 as encoder and decoder, four heads, losses, backward pass and RMSprop, on the same batches. "
        "Segue sends the batches' song numbers to the device and reads losses back; PyTorch's tensors are there already. "
        "All take turns; "
        "the ratio is that of the medians, beside it those of single turns. A CUDA graph records a whole step and "
        "spares the launches, which needs every batch's shape known beforehand.", ""]
    key = "milliseconds_per_step"
    for contest in contests:
        rows = []
        for contestant in contest["contestants"]:
            values = contestant[key]["values"]
            is_first = contestant is contest["contestants"][0]
            faster = None if is_first or contestant["name"].startswith("Segue") else ratio(contest, contestant)
            rows.append([
                state(contestant, values), number(median(contestant, key)), span(values) if values else "",
                f"{number(faster[0])} ×" if faster else "",
                f"{number(faster[1])} to {number(faster[2])}" if faster else ""])
        lines += [f"### {contest['title']}", ""]
        lines += table(["", "ms a step, median", "turns", f"{contest['contestants'][0]['name']} is faster by", "turns"],
                       rows)
    return lines


def layers(results):
    contests = results.get("layers")
    if not contests:
        return []
    lines = [
        "## One LSTM layer alone", "",
        f"29 → 256, {results['steps']} steps, µs a step: the pass with a wait for the device at its end, divided by "
        "its steps. PyTorch's is cuDNN's where it runs on CUDA.", ""]
    rows = []
    for contest in contests:
        for contestant in contest["contestants"]:
            figures = []
            for key in ("forward_milliseconds", "backward_milliseconds"):
                values = [1000 * value / contest["steps"] for value in contestant[key]["values"]]
                middle = median(contestant, key)
                figures += [number(middle and 1000 * middle / contest["steps"]), span(values) if values else ""]
            rows.append([contest["batch_size"], state(contestant, values), *figures])
    return [*lines, *table(["batch", "", "forward", "turns", "backward", "turns"], rows)]


def verified(results):
    rows = [
        [row["path"], row["passed"], row["failed"],
         "; ".join([*([row["failure"]] if row["failure"] else []), *row["failures"][:5], *row["notes"]])]
        for row in results.get("verify", [])]
    if not rows:
        return []
    return [
        "## Against the Float64 reference", "",
        "`segue verify`: the default with every operation, the others with the LSTM's. Hidden sizes that a path cannot "
        "take go by a launch for each step.", "", *table(["path", "passed", "failed", ""], rows)]


def tuned(results):
    if "tune" not in results:
        return []
    found = results["tune"]
    choices = [[row["hidden_size"], row["batch_size"], row["way"]] for row in found["choices"]]
    tried = [
        [row["batch_size"], row["candidate"],
         *(number(row.get(key)) for key in ("forward_microseconds", "backward_microseconds")), row.get("refusal") or ""]
        for row in found["measurements"]]
    sizes = ", ".join(f"{name} {value}" for name, value in facts(found["parameters"]))
    return [
        "## The tuner's choice", "",
        *(table(["hidden units", "batch", "way through the time steps"], choices) if choices else
          ["It had no time for the ways through the time steps; the default stays.", ""]),
        f"The other kernels: {sizes}.", "",
        f"What was tried, µs a step ({found['untried']} candidates were not, for lack of time):", "",
        *table(["batch", "candidate", "forward", "backward", "refused"], tried)]


def facts(found, name=""):
    """(name, value) of what nested JSON holds."""
    if not isinstance(found, dict):
        return [(name, found)]
    return [fact for key, value in found.items() for fact in facts(value, f"{name} {key}".strip().replace("_", " "))]


def probed(results):
    probe = results.get("probe")
    if not probe:
        return []

    def reading(found, unit):
        return f"{number(found['value'])} {unit}" if found["value"] is not None else f"not known: {found['reason']}"

    rows = [
        ["compute units", f"{probe['compute_units']}, {probe['clock_megahertz']} MHz"],
        ["local memory of a work-group", f"{probe['local_memory_bytes'] // 1024} KiB"],
        ["work-items of a work-group", f"{probe['maximum_work_group_size']} at most"],
        ["global memory", f"{probe['global_memory_bytes'] / 2**30:.1f} GiB, at once "
                          f"{probe['maximum_allocation_bytes'] / 2**30:.1f}"],
        ["work-groups hand data to each other by", probe["exchange"]],
        ["work-groups expected beside each other", probe["co_resident_work_groups"]],
        *([f"`{row['name']}`", "compiles" if row["compiles"] else f"refused: {row['reason']}"]
          for row in probe["ptx_instructions"]),
        ["launch of an empty kernel, 1000 in a row", reading(probe["launch_microseconds"], "µs")],
        ["launch and wait", reading(probe["round_trip_microseconds"], "µs")],
        *([f"wait of {row['groups']} × {row['members']} work-groups for each other",
           reading(row["microseconds"], "µs")] for row in probe["group_barriers"]),
        ["1 MiB read over and over by one work-group",
         reading(probe["cache_one_work_group_gigabytes_per_second"], "GB/s")],
        ["… by one on every compute unit", reading(probe["cache_all_units_gigabytes_per_second"], "GB/s")],
        ["global memory copied, read and written", reading(probe["copy_gigabytes_per_second"], "GB/s")],
        *([f"`{row['kernel']}`, {row['path']}, 256 hidden units", resources(row)] for row in probe["sequence_kernels"])]
    return [
        "## The device", "", *table(["", ""], rows),
        f"{len(probe['extensions'])} extensions: {', '.join(f'`{name}`' for name in probe['extensions'])}.", ""]


def resources(row):
    words = [("registers", "registers"), ("spilled_bytes", "bytes spilled"), ("private_bytes", "bytes private"),
             ("local_bytes", "bytes local")]
    known = [f"{row[key]} {name}" for key, name in words if row[key] is not None]
    return ", ".join([*known, *([row["reason"]] if row.get("reason") else [])])


def missing(results):
    rows = [[stage["name"], stage["failure"]] for stage in results["stages"] if stage["failure"]]
    rows += [[skipped["what"], skipped["why"]] for skipped in results["skipped"]]
    return ["## Left out, and why", "", *table(["what", "why"], rows)] if rows else []


def commands(results):
    spent = ", ".join(f"{stage['name']} {stage['seconds']:.0f} s" for stage in results["stages"])
    lines = ["## Commands", "", f"Time spent: {spent}.", ""] if spent else []
    for contest in [*results.get("layers", []), *results.get("training", [])][:1] + results.get("training", [])[:2]:
        lines += [f"- {contestant['name']}: `{contestant['command']}`" for contestant in contest["contestants"]]
    return lines
