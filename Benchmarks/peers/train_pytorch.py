"""The same training step in PyTorch on the CPU: LSTM 29 -> 256 as encoder and decoder, four heads, losses, RMSprop.

Forms: `padded` (to --sequence-length; the fastest per token, through oneDNN), `longest` (padded to each batch's longest,
losses masked), `packed` (PackedSequence, which PyTorch runs step by step on a CPU)."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

import measurement


class Seq2Seq(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.encoder = nn.LSTM(measurement.WIDTH, hidden)
        self.decoder = nn.LSTM(measurement.WIDTH, hidden)
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


def prepare(lengths, form, padded_length, random):
    """Tensors of one batch: encoder inputs, decoder inputs, targets, mask; time-major."""
    if form == "padded":
        steps = (padded_length, padded_length)
    else:
        steps = (max(lengths) - 1, max(lengths) - 2)
    inputs = [torch.from_numpy(measurement.random_songs(random, count, len(lengths))) for count in steps]
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


def main():
    parser = measurement.training_arguments(__doc__)
    parser.add_argument("--form", choices=["padded", "longest", "packed"], default="padded")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    lengths = measurement.playlist_lengths(arguments)
    batches = [prepare(batch, arguments.form, arguments.sequence_length, random) for batch in lengths]
    model = Seq2Seq(arguments.hidden)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)

    def epoch():
        for encoder_inputs, decoder_inputs, targets, mask in batches:
            optimizer.zero_grad(set_to_none=True)
            loss(model(encoder_inputs, decoder_inputs), targets, mask).backward()
            optimizer.step()

    samples, core_seconds = measurement.rounds(epoch, arguments.seconds)
    if arguments.form == "padded":
        counts = [(len(batch) * arguments.sequence_length,) * 2 for batch in lengths]
    elif arguments.form == "longest":
        counts = [(len(batch) * (max(batch) - 1), len(batch) * (max(batch) - 2)) for batch in lengths]
    else:
        counts = [(sum(batch) - len(batch), sum(batch) - 2 * len(batch)) for batch in lengths]
    measurement.report_training(
        "PyTorch", torch.__version__, arguments.form, lengths, len(lengths), samples, core_seconds, counts, arguments)


if __name__ == "__main__":
    main()
