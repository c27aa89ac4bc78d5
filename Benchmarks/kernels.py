"""Every operation of the CPU path against its roofline, with all cores and with one."""

from contest import Contestant, ours
from report import cell
from section import Section


class Operations(Contestant):
    """`segue benchmark kernels`, whose own peak tells when the machine gave fewer cores for a while."""

    def is_disturbed(self, run):
        return super().is_disturbed(run) or self.passes_peak(run)

    @staticmethod
    def passes_peak(run):
        """Whether something computed faster than the same run's multiply-adds on registers, which nothing can."""
        rates = [run["peak_gflops"], *(row.get("gflops") or 0 for row in run["operations"])]
        return max(rates) > run.get("fused_multiply_add_gflops", float("inf"))

    @property
    def middle_run(self):
        """The run of the middle share of what is attainable, all operations together; None without runs."""
        def share(run):
            rows = [row for row in run["operations"] if "attainable_share" in row]
            least = sum(row["milliseconds"] * row["attainable_share"] for row in rows)
            return least / sum(row["milliseconds"] for row in rows)

        runs = sorted(self.counted, key=share)
        return runs[(len(runs) - 1) // 2] if runs else None

    @property
    def dropped(self):
        """How many runs were left out, and why, in words; empty when all count."""
        left_out, passing = len(self.runs) - len(self.counted), sum(map(self.passes_peak, self.runs))
        text = f" {left_out} of {len(self.runs)} runs are left out as disturbed." if left_out else ""
        if self.disturbed:
            text = " **Every run was disturbed: this one says little.**"
        if passing:
            text += f" In {passing} something passed the multiply-adds' rate: the machine gave fewer cores for those."
        return text


class Kernels(Section):
    """Runs `segue benchmark kernels` in every turn and shows the middle run, whose numbers belong together."""

    file = "kernels"

    def __init__(self, settings, cores):
        super().__init__("kernels", "Every operation against its roofline", "peak_gflops", [
            Operations(name, *ours("kernels", "--device", "cpu", "--threads", threads, seconds=settings.seconds))
            for name, threads in [("roofline", cores), ("roofline-one-core", 1)]])

    def table(self):
        lines = []
        for contestant in self.contestants:
            run = contestant.middle_run
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
                + f". Peak memory {run['peak_memory_bytes'] / 2**20:.0f} MiB; others {run['others']:.0%}."
                + contestant.dropped, "",
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

    def as_json(self):
        return {
            "reports": [
                contestant.middle_run | {
                    "name": contestant.name, "runs": len(contestant.runs), "counted": len(contestant.counted),
                    "disturbed": contestant.disturbed}
                for contestant in self.contestants if contestant.runs],
            "failures": {c.name: c.failure for c in self.contestants if c.failure}}
