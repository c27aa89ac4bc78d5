"""Segue beside its peers at the same work, in turns (A B C A B C ...): medians and their ratios."""

from contest import Contestant, nearest_peer, ours, peer, times


class Comparison:
    """Contestants who do the same work; the first is Segue. `unit` is the JSON key that counts."""

    file = "comparison"

    def __init__(self, id, title, unit, higher_wins, contestants, note=""):
        self.id, self.title, self.unit, self.higher_wins, self.note = id, title, unit, higher_wins, note
        self.contestants = contestants

    def run_count(self, settings):
        return settings.turns * len(self.contestants)

    def run(self, settings, progress):
        for turn in range(settings.turns):
            for contestant in self.contestants:
                contestant.measure(settings)
                progress.say(f"{self.title}, turn {turn + 1}", contestant, self.unit)

    def faster(self, contestant):
        """How many times faster Segue is, median against median."""
        first, other = self.contestants[0].median(self.unit), contestant.median(self.unit)
        if contestant is self.contestants[0] or first is None or other is None:
            return None
        return first / other if self.higher_wins else other / first

    def table(self):
        lines = [
            f"## {self.title}", "", self.note, "",
            f"| | {self.unit.replace('_', ' ')}, median | all that count | the first is faster by | peak MiB "
            "| others |",
            "|---|---|---|---|---|---|"]
        for contestant in self.contestants:
            values = contestant.values(self.unit)
            faster = times(self.faster(contestant), self.contestants[0], contestant)
            if values:
                failure = f" (then failed: {contestant.failure})" if contestant.failure else ""
                lines.append(
                    f"| {contestant.name} | {contestant.median(self.unit):.4g} | {spread(values)}{failure} "
                    f"| {faster} | {contestant.peak_memory / 2**20:.0f} "
                    f"| {contestant.others:.0%} |")
            else:
                reason = f"failed: {cell(contestant.failure)}" if contestant.failure else "not run"
                lines.append(f"| {contestant.name} | | {reason} | | | |")
        return [*lines, ""]

    @property
    def commands(self):
        return [(contestant.name, contestant.shown_command) for contestant in self.contestants]

    def as_json(self):
        contestants = []
        for contestant in self.contestants:
            result = contestant.as_json(self.unit)
            contestants.append(result | result.pop(self.unit) | {"first_faster_by": self.faster(contestant)})
        return {"id": self.id, "title": self.title, "unit": self.unit, "contestants": contestants}


def spread(values):
    return f"{min(values):.4g} to {max(values):.4g}" if len(values) > 1 else f"{values[0]:.4g}"


def cell(text):
    """Text that does not end a table's cell."""
    return text.replace("|", "\\|")


def comparisons(settings, cores):
    seconds = settings.seconds
    all_cores, one_core = ["--threads", cores], ["--threads", 1]

    def padded(threads):
        return [
            Contestant("Segue, padded", *ours("train", "--device", "cpu", *threads, seconds=seconds)),
            Contestant("PyTorch, padded", *peer("train_pytorch.py", *threads, seconds=seconds)),
            Contestant(
                "PyTorch, padded, memory kept", *peer("train_pytorch.py", *threads, seconds=seconds),
                keeps_memory=True),
            Contestant("Keras on TensorFlow, padded", *peer("train_keras.py", *threads, seconds=seconds)),
        ]

    def true_lengths(form):
        arguments = ["--form", form, "--lengths", "LENGTHS", *all_cores]
        return peer("train_pytorch.py", *arguments, seconds=seconds)

    def recommending(program, *arguments):
        return peer(f"recommend_{program}.py", *arguments, *one_core, seconds=seconds)

    return [
        Comparison(
            "training", "Training, 32 playlists padded to 245 songs", "sequences_per_second", True, padded(all_cores),
            "LSTM 29 → 256 as encoder and decoder, four heads, losses, backward pass and RMSprop in float32."),
        Comparison(
            "training-one-core", "Training on one core, 32 playlists padded to 245 songs", "sequences_per_core_second",
            True, padded(one_core),
            "The same with one thread, for each second of one core's work: other programs disturb this least."),
        Comparison(
            "training-share", "Training as a share of OpenBLAS's rate at 2048 × 2048 × 2048", "openblas_share", True,
            [
                Contestant(
                    "Segue, batches of 128, padded",
                    *ours("train", "--device", "cpu", "--batch-size", 128, *all_cores, seconds=seconds)),
                Contestant(
                    "Segue, batches of 32, padded", *ours("train", "--device", "cpu", *all_cores, seconds=seconds)),
            ],
            "Whole steps: products, gates, losses and optimiser; OpenBLAS is measured right after each run."),
        Comparison(
            "training-lengths", "Training, true lengths", "sequences_per_second", True,
            [
                Contestant(
                    "Segue, packed",
                    *ours(
                        "train", "--device", "cpu", "--lengths", "LENGTHS", "--padding", "packed", *all_cores,
                        seconds=seconds)),
                Contestant(
                    "PyTorch, padded to each batch's longest, memory kept", *true_lengths("longest"),
                    keeps_memory=True),
                Contestant("PyTorch, PackedSequence", *true_lengths("packed")),
                Contestant(
                    "PyTorch, padded to 245, memory kept", *peer("train_pytorch.py", *all_cores, seconds=seconds),
                    keeps_memory=True),
                Contestant("PyTorch, padded to 245", *peer("train_pytorch.py", *all_cores, seconds=seconds)),
                Contestant("Segue, padded", *ours("train", "--device", "cpu", *all_cores, seconds=seconds)),
            ],
            "The same batches of 32 playlists in the same order for everybody; a padded sequence counts as one too."),
        Comparison(
            "nearest", "Nearest song among 34,000, confident queries", "microseconds", False,
            [
                Contestant("Segue, exact", *ours("nearest", "--songs", 34000, seconds=seconds)),
                Contestant("scipy cKDTree", *nearest_peer("scipy", 34000, seconds)),
                Contestant("nanoflann", *nearest_peer("nanoflann", 34000, seconds)),
                Contestant("FAISS, flat", *nearest_peer("faiss", 34000, seconds)),
            ],
            "One query at a time on one thread; Segue's answers are compared with a scan in double precision."),
        Comparison(
            "recommend", "30 songs for a playlist of 20 out of 31,172, one thread", "microseconds", False,
            [
                Contestant("Segue", *ours("recommend", "--device", "cpu", *one_core, seconds=seconds)),
                Contestant("PyTorch, search by matrix product", *recommending("pytorch", "--search", "product")),
                Contestant("PyTorch, scipy cKDTree", *recommending("pytorch", "--search", "tree")),
                Contestant("Keras, compiled step, matrix product", *recommending("keras", "--form", "compiled")),
                Contestant("Keras, `predict`, scipy cKDTree", *recommending("keras", "--form", "predict")),
            ],
            "Initial weights, so the predictions are undecided: the hard case for a search tree. The last row is the "
            "loop of the dissertation."),
        Comparison(
            "recommend-batch", "30 songs for each of 256 playlists of 20 out of 31,172, one thread",
            "microseconds_per_playlist", False,
            [
                Contestant(
                    "Segue",
                    *ours("recommend", "--device", "cpu", "--batch-size", 256, *one_core, seconds=seconds)),
                Contestant(
                    "Segue, one playlist at a time", *ours("recommend", "--device", "cpu", *one_core, seconds=seconds)),
                Contestant(
                    "PyTorch, search by matrix product", *recommending("pytorch", "--batch-size", 256)),
            ],
            "All playlists in one call, unless said otherwise."),
    ]
