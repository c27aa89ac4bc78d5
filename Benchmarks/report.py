"""What is written: Markdown to read, JSON for programs, and the pictures that `segue benchmark draw` makes of it."""

import json
import os
import platform
import subprocess
import sys

from contest import ROOT, SEGUE

TITLES = {
    "comparison": "Segue beside its peers", "kernels": "Every operation against its roofline",
    "curves": "Cost as the work grows"}

INTRODUCTIONS = {
    "comparison": [],
    "kernels": [
        "An operation can be no faster than its arithmetic at the peak and the bytes that it must move at the",
        "bandwidth; *of attainable* is that least time as a share of the time taken. MB: each tensor read or written",
        "once, weights once a call. Data in nearer caches can pass 100 %. The run shown is the one of the middle share",
        "of what is attainable, all operations together."],
    "curves": [
        "Medians over shorter runs than those of the comparison; ratios of runs that differ by more than a quarter",
        "stand in brackets too. Commands are those of each curve's first point."],
}


def machine():
    try:
        with open("/proc/cpuinfo") as file:
            processor = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    system = os.uname()
    return {
        "processor": processor, "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{system.sysname} {system.release} {system.machine}"}


def commit():
    """Segue's commit, marked where files that it tracks were changed since, results apart; None without git."""
    def git(*arguments):
        return subprocess.run(
            ["git", "-C", ROOT, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!Benchmarks/results")
        return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def cell(text):
    """Text that does not end a table's cell."""
    return text.replace("|", "\\|")


def versions(sections):
    """Every program that gave a result, with its version."""
    found = set()
    for contestant in (c for section in sections for c in section.contestants):
        for run in contestant.runs[:1]:
            ours = f"Segue on {run.get('device')}, {run.get('driver')}"
            found.add(f"{run['peer']} {run['version']}" if "peer" in run else ours)
    return sorted(found)


class Report:
    """The files of one run; each is replaced as a whole whenever one of its sections is finished."""

    def __init__(self, out, about, sections):
        self.out, self.about, self.sections = out, about, sections
        out.mkdir(parents=True, exist_ok=True)

    def write(self, file, unfinished=()):
        """Replaces FILE.md, FILE.json and its pictures. `unfinished`: ids of sections that are still to come."""
        sections = [
            s for s in self.sections if s.file == file and any(c.runs or c.failure for c in s.contestants)]
        if not sections:
            return
        about = self.about | {"versions": versions(sections), "unfinished": list(unfinished)}
        self.replace(f"{file}.json", json.dumps(about | self.results(file, sections), indent=2) + "\n")
        if file in ("curves", "kernels"):
            self.draw(f"{file}.json")
        self.replace(f"{file}.md", "\n".join(self.markdown(file, sections, about)) + "\n")

    @staticmethod
    def results(file, sections):
        if file == "kernels":
            return sections[0].as_json()
        return {{"comparison": "comparisons"}.get(file, file): [section.as_json() for section in sections]}

    def markdown(self, file, sections, about):
        machine = about["machine"]
        lines = [
            f"# {TITLES[file]}", "",
            f"`{about['command']}`, {about['date']}: {machine['processor']}, {machine['cores']} cores, "
            f"{machine['memory_bytes'] / 2**30:.0f} GiB, {machine['system']}; Segue's commit: "
            f"{about['segue'] or 'not known'}.",
            "; ".join(about["versions"]) + ".", about["conditions"], *INTRODUCTIONS[file],
            "*others*: the largest share of the machine that other programs had during a run that counts; runs above a",
            "tenth count only where there is no better one, and say little: ratios from them stand in brackets.", ""]
        if about["unfinished"]:
            lines += [f"**Not finished**: {', '.join(about['unfinished'])} missing or cut off.", ""]
        for section in sections:
            lines += section.table()
        lines += ["## Commands", ""]
        for section in sections:
            lines += [f"{section.title}:", ""] if len(sections) > 1 else []
            lines += [*(f"- {name}: `{command}`" for name, command in section.commands), ""]
        return lines[:-1]

    def draw(self, name):
        done = subprocess.run(
            [SEGUE, "benchmark", "draw", self.out / name, "--out", self.out], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if done.returncode != 0:
            print(f"no pictures of {name}: {done.stderr.decode(errors='replace').strip()}", file=sys.stderr)

    def replace(self, name, text):
        """A reader or an interruption meets the old file or the new one, never half of it."""
        temporary = self.out / f".{name}.tmp"
        temporary.write_text(text)
        temporary.replace(self.out / name)
