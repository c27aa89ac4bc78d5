"""Segue beside its peers at the same work, in turns: medians and their ratios."""

from contest import Contestant, nearest_peer, ours, peer, times
from report import cell
from section import Section


class Comparison(Section):
    """Contestants who do the same work, the first of them Segue. `unit` is what counts."""

    file = "comparison"

    def __init__(self, id, title, unit, contestants, note, higher_wins=False, has_ratios=True):
        super().__init__(id, title, unit, contestants)
        self.note, self.higher_wins, self.has_ratios = note, higher_wins, has_ratios

    def faster(self, contestant):
        """How many times faster Segue is, median against median."""
        first, other = self.contestants[0].median(self.unit), contestant.median(self.unit)
        if contestant is self.contestants[0] or first is None or other is None:
            return None
        return first / other if self.higher_wins else other / first

    def table(self):
        heads = [f"{self.unit.replace('_', ' ')}, median", "all that count", "peak MiB", "others"]
        if self.has_ratios:
            heads.insert(2, "the first is faster by")
        lines = [f"## {self.title}", "", self.note, "", f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
        for contestant in self.contestants:
            values = contestant.values(self.unit)
            if values:
                failure = f" (then failed: {cell(contestant.failure)})" if contestant.failure else ""
                cells = [
                    f"{contestant.median(self.unit):.4g}", spread(values) + failure,
                    f"{contestant.peak_memory / 2**20:.0f}", f"{contestant.others:.0%}"]
                if self.has_ratios:
                    is_doubtful = self.contestants[0].disturbed or contestant.disturbed
                    cells.insert(2, times(self.faster(contestant), is_doubtful))
            else:
                reason = f"failed: {cell(contestant.failure)}" if contestant.failure else "not run"
                cells = ["", reason] + [""] * (len(heads) - 2)
            lines.append(f"| {contestant.name} | {' | '.join(cells)} |")
        return [*lines, ""]

    def as_json(self):
        contestants = []
        for contestant in self.contestants:
            result = contestant.as_json(self.unit)
            ratio = {"first_faster_by": self.faster(contestant)} if self.has_ratios else {}
            contestants.append(result | result.pop(self.unit) | ratio)
        return {"id": self.id, "title": self.title, "unit": self.unit, "contestants": contestants}


def spread(values):
    return f"{min(values):.4g} to {max(values):.4g}" if len(values) > 1 else f"{values[0]:.4g}"


def training(settings, cores):
    def segue(name, threads, *arguments):
        command = ours("train", "--device", "cpu", *arguments, "--threads", threads, seconds=settings.seconds)
        return Contestant(name, *command)

    def rival(name, program, threads, *arguments, kept=False):
        command = peer(f"train_{program}.py", *arguments, "--threads", threads, seconds=settings.seconds)
        return Contestant(name + (", memory kept" if kept else ""), *command, keeps_memory=kept)

    def padded(threads):
        return [
            segue("Segue, padded", threads), rival("PyTorch, padded", "pytorch", threads),
            rival("PyTorch, padded", "pytorch", threads, kept=True),
            rival("Keras on TensorFlow, padded", "keras", threads)]

    one_operation = "Keras on TensorFlow, padded, one thread an operation", "keras", cores, "--intra-op-threads", 1
    lengths = ["--lengths", "LENGTHS"]
    longest = "PyTorch, padded to each batch's longest", "pytorch"
    to_245 = "PyTorch, padded to 245", "pytorch"
    same_batches = "Batches of 32 playlists of the same lengths for everybody; a padded sequence counts as one too."
    return [
        Comparison(
            "training", "Training, 32 playlists padded to 245 songs", "sequences_per_second",
            [*padded(cores), rival(*one_operation), rival(*one_operation, kept=True)],
            "LSTM 29 → 256 as encoder and decoder, four heads, losses, backward pass and RMSprop in float32.",
            higher_wins=True),
        Comparison(
            "training-one-core", "Training on one core, 32 playlists padded to 245 songs", "sequences_per_core_second",
            [*padded(1), rival("Keras on TensorFlow, padded", "keras", 1, kept=True)],
            "The same with one thread, for each second of one core's work: other programs disturb this least.",
            higher_wins=True),
        Comparison(
            "training-share", "Training as a share of OpenBLAS's rate at 2048 × 2048 × 2048", "openblas_share",
            [
                segue(f"Segue, batches of {size}, padded, {words}", threads, "--batch-size", size)
                for threads, words in [(cores, "all cores"), (1, "one core")] for size in (128, 32)],
            "Whole steps: products, gates, losses and optimiser. OpenBLAS is measured before and after each run, with "
            "as many threads; the better of the two counts.", has_ratios=False),
        Comparison(
            "training-lengths", "Training, true lengths", "sequences_per_second",
            [
                segue("Segue, packed", cores, *lengths, "--padding", "packed"),
                rival(*longest, cores, "--form", "longest", *lengths, kept=True),
                rival("PyTorch, PackedSequence", "pytorch", cores, "--form", "packed", *lengths),
                rival(*to_245, cores, kept=True), rival(*to_245, cores), segue("Segue, padded", cores)],
            same_batches, higher_wins=True),
        Comparison(
            "training-lengths-one-core", "Training on one core, true lengths", "sequences_per_core_second",
            [
                segue("Segue, packed", 1, *lengths, "--padding", "packed"),
                rival(*longest, 1, "--form", "longest", *lengths, kept=True), rival(*to_245, 1, kept=True)],
            same_batches, higher_wins=True),
    ]


def searching(settings):
    seconds = settings.seconds
    peers = [("scipy cKDTree", "scipy"), ("nanoflann", "nanoflann"), ("FAISS, flat", "faiss")]
    return [
        Comparison(
            "nearest", "Nearest song among 34,000, confident queries", "microseconds",
            [
                Contestant("Segue, exact", *ours("nearest", "--songs", 34000, seconds=seconds)),
                *(Contestant(name, *nearest_peer(key, 34000, seconds=seconds)) for name, key in peers),
                *(
                    Contestant(f"{name}, many in one call", *nearest_peer(key, 34000, "--together", seconds=seconds))
                    for name, key in peers)],
            "One query at a time on one thread, unless said otherwise; songs and queries of the same distributions for "
            "everybody. Answers are compared with a scan in double precision."),
    ]


def recommending(settings):
    def segue(name, *arguments):
        return Contestant(
            name, *ours("recommend", "--device", "cpu", *arguments, "--threads", 1, seconds=settings.seconds))

    def rival(name, program, *arguments):
        return Contestant(
            name, *peer(f"recommend_{program}.py", *arguments, "--threads", 1, seconds=settings.seconds))

    return [
        Comparison(
            "recommend", "30 songs for a playlist of 20 out of 31,172, one thread", "microseconds",
            [
                segue("Segue"), rival("PyTorch, search by matrix product", "pytorch", "--search", "product"),
                rival("PyTorch, scipy cKDTree", "pytorch", "--search", "tree"),
                rival("Keras, compiled loop, matrix product", "keras", "--form", "compiled"),
                rival("Keras, `predict`, scipy cKDTree", "keras", "--form", "predict")],
            "Initial weights, so the predictions are undecided: the hard case for a search tree. Songs and playlists "
            "of the same distributions for everybody. The last row is the loop of the dissertation."),
        Comparison(
            "recommend-batch", "30 songs for each of 256 playlists of 20 out of 31,172, one thread",
            "microseconds_per_playlist",
            [
                segue("Segue", "--batch-size", 256), segue("Segue, one playlist at a time"),
                rival("PyTorch, search by matrix product", "pytorch", "--batch-size", 256)],
            "All playlists in one call, unless said otherwise."),
    ]


def comparisons(settings, cores):
    return [*training(settings, cores), *searching(settings), *recommending(settings)]
