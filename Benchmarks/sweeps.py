"""Cost as the work grows: one quantity changes, everything else stays; Segue and a rival in turns at every point."""

import dataclasses

from contest import Contestant, nearest_peer, ours, peer, times
from report import cell
from section import Section

MEMORY = "peak_memory_bytes"


@dataclasses.dataclass
class Line:
    """One curve: a program's number under a JSON key, over all points."""
    name: str
    program: str
    key: str
    scale: float = 1


@dataclasses.dataclass
class Panel:
    """Curves of one quantity, rivals where there are two in a sweep's first panel; `drawn` ones are pictures too."""
    title: str
    axis: str
    lines: list
    drawn: bool = True


class Sweep(Section):
    """`programs` maps a name to a function that makes the contestant of a point, None where it is left out."""

    file = "curves"
    LONG = 30  # seconds: what takes longer to run, preparations included, is run once

    def __init__(self, id, title, axis, points, programs, panels, note):
        self.grid = {
            (name, point): contestant
            for point in points for name, make in programs.items() if (contestant := make(point))}
        super().__init__(id, title, panels[0].lines[0].key, list(self.grid.values()))
        self.axis, self.points, self.panels, self.note = axis, points, panels, note
        self.keys = {line.program: line.key for panel in reversed(panels) for line in reversed(panel.lines)}

    def run_count(self, settings):
        return settings.sweep_turns * len(self.grid)

    def run(self, settings, progress):
        for turn in range(settings.sweep_turns):
            for (name, point), contestant in self.grid.items():
                is_long = contestant.took >= self.LONG
                if not is_long:
                    self.give_up(name, point)
                    contestant.measure(settings)
                what = f"{self.title}, {point}, turn {turn + 1}"
                progress.say(what, contestant, self.keys[name], "once is enough" if is_long else "")

    def give_up(self, name, point):
        """What a program could not do at a smaller point it is not asked to do at one where it has no run yet."""
        contestant = self.grid[name, point]
        if contestant.runs or contestant.failure:
            return
        for smaller in self.points[: self.points.index(point)]:
            before = self.grid.get((name, smaller))
            if before and before.failure:
                contestant.failure = f"not run: failed at {smaller}"
                return

    def value(self, line, point):
        contestant = self.grid.get((line.program, point))
        value = contestant and contestant.median(line.key)
        return value * line.scale if value is not None else None

    def table(self):
        panels = [panel for panel in self.panels if self.has_values(panel)]
        shown = [
            (panel, line) for panel in panels for line in panel.lines
            if panel is self.panels[0] or self.has_value(line)]
        columns = [line for _, line in shown]
        heads = [f"{line.name}, {panel.axis}" for panel, line in shown]
        both = self.panels[0].lines
        first, rival = both if len(both) == 2 and panels[:1] == self.panels[:1] else (None, None)
        if rival:
            heads.insert(2, f"{first.name} is faster by")
        lines = [f"## {self.title}", "", self.note, ""]
        if any(panel.drawn for panel in panels):
            lines += [f"![{self.title}]({self.id}.svg)", ""]
        lines += [f"| {self.axis} | {' | '.join(heads)} | others |", "|---" * (len(heads) + 2) + "|"]
        for point in self.points:
            values = [self.value(line, point) for line in columns]
            cells = ["" if value is None else f"{value:.4g}" for value in values]
            if rival:
                ratio = values[1] / values[0] if values[0] and values[1] else None
                behind = [(c, line.key) for line in (first, rival) if (c := self.grid.get((line.program, point)))]
                cells.insert(2, times(ratio, any(c.disturbed or c.varies(key) for c, key in behind)))
            others = [c.others for (_, p), c in self.grid.items() if p == point and c.others is not None]
            lines.append(f"| {point:,} | {' | '.join(cells)} | {f'{max(others):.0%}' if others else ''} |")
        lines.append("")
        for (name, point), contestant in self.grid.items():
            if contestant.failure and not contestant.failure.startswith("not run"):
                lines += [f"{name} at {point:,} failed: {cell(contestant.failure)}; it was not asked for more.", ""]
        return lines

    @property
    def commands(self):
        """Those of the first point."""
        return [
            (name, contestant.shown_command)
            for (name, point), contestant in self.grid.items() if point == self.points[0]]

    def has_value(self, line):
        return any(self.value(line, point) is not None for point in self.points)

    def has_values(self, panel):
        return any(self.has_value(line) for line in panel.lines)

    def as_json(self):
        disturbed = sum(contestant.disturbed for contestant in self.contestants)
        warning = f" Other programs disturbed {disturbed} of {len(self.grid)} runs." if disturbed else ""
        keys = sorted({line.key for panel in self.panels for line in panel.lines if line.key != MEMORY})
        return {
            "id": self.id, "title": self.title, "note": self.note + warning, "axis": self.axis, "points": self.points,
            "panels": [
                {
                    "title": panel.title, "axis": panel.axis,
                    "series": [
                        {"name": line.name, "values": [self.value(line, point) for point in self.points]}
                        for line in panel.lines],
                }
                for panel in self.panels if panel.drawn and self.has_values(panel)],
            "runs": [
                {"point": point, "program": name} | contestant.as_json(*keys)
                for (name, point), contestant in self.grid.items()],
        }


def doublings(first, last):
    return [first * 2**n for n in range(last.bit_length()) if first * 2**n <= last]


def memory(programs):
    return Panel("Peak memory", "MiB at most", [Line(name, name, MEMORY, 2**-20) for name in programs])


def sweeps(settings, cores):
    seconds = settings.sweep_seconds

    def training(id, title, axis, points, option, *fixed, note):
        def arguments(point):
            return [*fixed, option, point]

        programs = {
            "Segue": lambda point: Contestant(
                "Segue", *ours("train", "--device", "cpu", *arguments(point), seconds=seconds)),
            "PyTorch": lambda point: Contestant(
                "PyTorch", *peer("train_pytorch.py", *arguments(point), seconds=seconds), keeps_memory=True),
        }
        return Sweep(
            id, title, axis, points, programs,
            [
                Panel("Time of a step", "ms a step", [Line(name, name, "milliseconds_per_step") for name in programs]),
                Panel("Rate", "GFLOP/s", [Line(name, name, "gflops") for name in programs], drawn=False),
                memory(programs),
            ], note + " PyTorch padded with its memory kept, its fastest form.")

    threads = ["--threads", cores]
    songs = [10**n for n in range(3, 8)]
    searchers = {
        "Segue": lambda count: Contestant("Segue", *ours("nearest", "--songs", count, seconds=3 * seconds)),
        # Trees in 29 dimensions: near brute force, and ten million songs take them longer than all else together.
        "scipy": lambda count: Contestant("scipy", *nearest_peer("scipy", count, seconds=seconds))
        if count <= 10**6 else None,
        "nanoflann": lambda count: Contestant("nanoflann", *nearest_peer("nanoflann", count, seconds=seconds))
        if count <= 10**6 else None,
        "FAISS": lambda count: Contestant("FAISS", *nearest_peer("faiss", count, seconds=seconds)),
    }
    recommenders = {
        "Segue": lambda count: Contestant(
            "Segue", *ours("recommend", "--device", "cpu", "--threads", 1, "--songs", count, seconds=seconds)),
        "PyTorch": lambda count: Contestant(
            "PyTorch", *peer("recommend_pytorch.py", "--threads", 1, "--songs", count, seconds=seconds)),
    }
    opening = {
        "Segue, opening": lambda count: Contestant(
            "Segue, opening", *ours("open", "--songs", count, seconds=seconds))}
    return [
        training(
            "curves-batch", "Training: playlists in a batch", "playlists in a batch", doublings(8, 1024),
            "--batch-size", "--sequence-length", 64, *threads, note="64 songs each, 256 hidden units."),
        training(
            "curves-length", "Training: songs of a playlist", "songs of a playlist", doublings(16, 1024),
            "--sequence-length", *threads, note="Batches of 32, 256 hidden units."),
        training(
            "curves-hidden", "Training: hidden units", "hidden units", doublings(64, 1024), "--hidden",
            "--sequence-length", 64, *threads, note="Batches of 32 playlists of 64 songs."),
        training(
            "curves-cores", "Training: cores", "threads", sorted({*doublings(1, cores), cores}), "--threads",
            note="Batches of 32 playlists of 245 songs, 256 hidden units."),
        Sweep(
            "curves-nearest", "Nearest song: size of the catalogue", "songs", songs, searchers,
            [
                Panel(
                    "Time of a search", "µs a search",
                    [
                        Line("Segue", "Segue", "microseconds"), Line("Segue, uniform", "Segue", "uniform_microseconds"),
                        Line("Segue, central", "Segue", "central_microseconds"),
                        Line("vector scan", "Segue", "searches.0.scan_microseconds"),
                        Line("scipy", "scipy", "microseconds"),
                        Line("nanoflann", "nanoflann", "microseconds"),
                        Line("nanoflann, uniform", "nanoflann", "uniform_microseconds"),
                        Line("FAISS", "FAISS", "microseconds"),
                    ]),
                memory(searchers),
                Panel(
                    "Time to build", "s to build", [Line(name, name, "build_seconds") for name in searchers],
                    drawn=False),
            ],
            "One query at a time on one thread, confident ones unless named otherwise; central ones are what an "
            "untrained model predicts. FAISS is its flat index."),
        Sweep(
            "curves-recommend", "Recommending: size of the catalogue", "songs", songs, recommenders | opening,
            [
                Panel(
                    "30 songs for a playlist of 20", "µs a playlist",
                    [Line(name, name, "microseconds") for name in recommenders]),
                memory(recommenders),
                Panel(
                    "Opening the model", "µs to open", [Line("Segue", "Segue, opening", "microseconds")], drawn=False),
            ], "One thread, initial weights. PyTorch searches by matrix product."),
    ]
