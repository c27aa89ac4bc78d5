"""The same training step in PyTorch: LSTM 29 -> 256 as encoder and decoder, four heads, losses, RMSprop.

Forms: `padded` (to --sequence-length; the fastest per token: oneDNN on a CPU, cuDNN on a GPU), `longest` (padded to
each batch's longest, losses masked), `packed` (PackedSequence, which PyTorch runs step by step on a CPU). `--graph`
records the whole step of each batch as a CUDA graph, which spares the launches."""

import functools
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

import measurement
import torch_device

# Half precision needs gradients of a size that it can hold.
LOSS_SCALE = 1024.0
# Steps between two waits for a GPU when there is one batch only, as Segue's trainer reads losses back.
STEPS_BETWEEN_WAITS = 8


class Seq2Seq(nn.Module):
    def __init__(self, hidden, width=measurement.WIDTH):
        super().__init__()
        self.encoder = nn.LSTM(width, hidden)
        self.decoder = nn.LSTM(width, hidden)
        self.heads = nn.Linear(hidden, measurement.WIDTH)

    def forward(self, encoder_inputs, decoder_inputs):
        _, state = self.encoder(encoder_inputs)
        hidden, _ = self.decoder(decoder_inputs, state)
        return self.heads(hidden.data if isinstance(hidden, nn.utils.rnn.PackedSequence) else hidden)


def loss(logits, targets, mask):
    """MSE over the ten numbers and three cross-entropies, each summed and divided by its number of targets."""
    squares = (torch.sigmoid(logits[..., :10]) - targets[..., :10]).square()
    count = targets.shape[:-1].numel()
    if mask is not None:
        squares = squares * mask
        count = mask.sum()
    total = squares.sum() / (10 * count)
    for first, end in measurement.BLOCKS:
        total = total - (targets[..., first:end] * functional.log_softmax(logits[..., first:end], -1)).sum() / count
    return total


def prepare(lengths, random, arguments):
    """Tensors of one batch: encoder inputs, decoder inputs, targets, mask; time-major."""
    form = arguments.form
    if form == "padded":
        steps = (arguments.sequence_length, arguments.sequence_length)
    else:
        steps = (max(lengths) - 1, max(lengths) - 2)
    inputs = [
        torch_device.inputs(measurement.random_songs(random, count, len(lengths)), arguments) for count in steps]
    targets = torch.from_numpy(measurement.random_songs(random, steps[1], len(lengths)))
    if form == "padded":
        return *inputs, targets, None
    mask = torch.arange(steps[1])[:, None] < torch.tensor(lengths)[None] - 2
    if form == "longest":
        return *inputs, targets * mask[..., None], mask[..., None].float()
    lengths = torch.tensor(lengths)
    packed = [
        pack_padded_sequence(values, lengths - missing, enforce_sorted=False)
        for values, missing in [(inputs[0], 1), (inputs[1], 2), (targets, 2)]
    ]
    return packed[0], packed[1], packed[2].data, None


def training_step(arguments):
    """A function that trains on one batch."""
    model = Seq2Seq(arguments.hidden, torch_device.width(arguments)).to(arguments.device)
    parameters = list(model.parameters())
    capturable = {"capturable": True} if arguments.graph else {}
    optimizer = torch.optim.RMSprop(parameters, lr=0.001, alpha=0.9, eps=1e-7, **capturable)
    is_half = arguments.precision == "float16"

    def step(encoder_inputs, decoder_inputs, targets, mask):
        optimizer.zero_grad(set_to_none=True)
        with torch_device.autocast(arguments):
            logits = model(encoder_inputs, decoder_inputs)
        if is_half:
            (loss(logits.float(), targets, mask) * LOSS_SCALE).backward()
            torch._foreach_div_([parameter.grad for parameter in parameters], LOSS_SCALE)
        else:
            loss(logits, targets, mask).backward()
        optimizer.step()

    return step


def recorded(step, batch):
    """The step on one batch as a CUDA graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step(*batch)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(*batch)
    return graph.replay


class Training:
    """A model with its batches on the device. Kept for as long as the process lives, so that the second measurement of
    the same form need not warm up again."""

    def __init__(self, arguments):
        random = np.random.default_rng(1)
        self.arguments = arguments
        self.lengths = measurement.playlist_lengths(arguments)
        batches = [
            [part if part is None else part.to(arguments.device) for part in prepare(batch, random, arguments)]
            for batch in self.lengths]
        step = training_step(arguments)
        self.steps = [
            recorded(step, batch) if arguments.graph else functools.partial(step, *batch) for batch in batches]
        if arguments.device == "cuda" and len(batches) == 1:
            self.steps *= STEPS_BETWEEN_WAITS

    def epoch(self):
        for step in self.steps:
            step()
        torch_device.synchronize(self.arguments)

    def token_counts(self):
        """(encoder, decoder) tokens that each batch asks for."""
        form, length = self.arguments.form, self.arguments.sequence_length
        if form == "padded":
            return [(len(batch) * length,) * 2 for batch in self.lengths]
        if form == "longest":
            return [(len(batch) * (max(batch) - 1), len(batch) * (max(batch) - 2)) for batch in self.lengths]
        return [(sum(batch) - len(batch), sum(batch) - 2 * len(batch)) for batch in self.lengths]


@functools.lru_cache(maxsize=32)
def training(words):
    return Training(parse(words))


def parse(words):
    parser = measurement.training_arguments(__doc__)
    parser.add_argument("--form", choices=["padded", "longest", "packed"], default="padded")
    parser.add_argument("--graph", action="store_true", help="record each batch's step as a CUDA graph")
    torch_device.add_arguments(parser)
    arguments = parser.parse_args(words)
    torch_device.choose(parser, arguments)
    if arguments.graph and (arguments.device == "cpu" or arguments.form == "packed"):
        parser.error("--graph is for --device cuda and tensors that are not packed")
    return arguments


def main(words=None):
    words = tuple(sys.argv[1:] if words is None else words)
    arguments = parse(words)
    work = training(words)
    samples, core_seconds = measurement.rounds(work.epoch, arguments.seconds)
    measurement.report_training(
        "PyTorch", torch.__version__, arguments.form, work.lengths, len(work.steps), samples, core_seconds,
        work.token_counts(), arguments, precision=arguments.precision, **torch_device.description(arguments))


if __name__ == "__main__":
    main()
