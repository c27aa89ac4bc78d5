"""Every operation of the CPU path against its roofline, with all cores and with one."""

from comparisons import cell
from contest import Contestant, ours


class Kernels:
    """Runs `segue benchmark kernels` in every turn and shows the middle run, whose numbers belong together."""

    file = "kernels"
    id, title = "kernels", "Every operation against its roofline"

    def __init__(self, settings, cores):
        self.contestants = [
            Contestant(name, *ours("kernels", "--device", "cpu", "--threads", threads, seconds=settings.seconds))
            for name, threads in [("roofline", cores), ("roofline-one-core", 1)]]

    def run_count(self, settings):
        return settings.turns * len(self.contestants)

    def run(self, settings, progress):
        for turn in range(settings.turns):
            for contestant in self.contestants:
                contestant.measure(settings)
                progress.say(f"{self.title}, turn {turn + 1}", contestant, "peak_gflops")

    @staticmethod
    def middle_run(contestant):
        """The run whose large operations took the median time; None without runs."""
        runs = sorted(contestant.counted, key=lambda run: sum(row["milliseconds"] for row in run["operations"]))
        return runs[(len(runs) - 1) // 2] if runs else None

    def table(self):
        lines = []
        for contestant in self.contestants:
            run = self.middle_run(contestant)
            if run is None:
                lines += [f"failed: {cell(contestant.failure)}" if contestant.failure else "not run", ""]
                continue
            threads = run["settings"]["threads"]
            cache, fused = run.get("cache_gigabytes_per_second"), run.get("fused_multiply_add_gflops")
            lines += [
                f"## {threads} thread{'s' if threads != '1' else ''}", "",
                f"![Roofline]({contestant.name}.svg)", "",
                f"Peak: {run['peak_gflops']:.0f} GFLOP/s ({run['peak_of']})"
                + (f"; fused multiply-adds alone {fused:.0f}" if fused else "")
                + f". Bandwidth: {run['memory_gigabytes_per_second']:.1f} GB/s of memory"
                + (f", {cache:.0f} GB/s of the last cache ({run['cache_bytes'] / 2**20:.0f} MiB)" if cache else "")
                + f". Peak memory {run['peak_memory_bytes'] / 2**20:.0f} MiB; others {run['others']:.0%}.", "",
                "| operation | size | ms | GFLOP/s | GB/s | MB | operations a byte | of attainable | bound by |",
                "|---|---|---|---|---|---|---|---|---|"]
            for row in run["operations"]:
                share = row.get("attainable_share")
                lines.append(
                    f"| `{row['operation']}` | {row['size']} | {row['milliseconds']:.3f} "
                    f"| {format(row['gflops'], '.1f') if 'gflops' in row else ''} | {row['gigabytes_per_second']:.1f} "
                    f"| {row['bytes'] / 1e6:.1f} | {row['intensity']:.2f} | {f'{share:.0%}' if share else ''} "
                    f"| {row.get('bound', '')} |")
            lines.append("")
        return lines

    @property
    def commands(self):
        return [(contestant.name, contestant.shown_command) for contestant in self.contestants]

    def as_json(self):
        reports = [(contestant.name, self.middle_run(contestant)) for contestant in self.contestants]
        return {
            "reports": [report | {"name": name} for name, report in reports if report],
            "failures": {c.name: c.failure for c in self.contestants if c.failure}}
