"""One LSTM layer of PyTorch alone, its forward and its backward pass; on a GPU that is cuDNN's.

Every pass ends with a wait for the device, as in `segue benchmark kernels`. Nobody asks for the inputs' gradient."""

import functools
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn

import measurement
import torch_device


class Layer:
    def __init__(self, arguments):
        random = np.random.default_rng(1)
        self.arguments = arguments
        self.lstm = nn.LSTM(torch_device.width(arguments), arguments.hidden).to(arguments.device)
        if arguments.precision == "float16":
            self.lstm.half()  # weights in half precision, too: what cuDNN's persistent kernels take without converting
        shape = (arguments.sequence_length, arguments.batch_size)
        self.inputs = torch_device.inputs(measurement.random_songs(random, *shape), arguments).to(arguments.device)
        self.gradient = torch.full((*shape, arguments.hidden), 0.01, device=arguments.device)
        if arguments.precision == "float16":
            self.gradient = self.gradient.half()

    def passes(self):
        """Seconds of a forward and of a backward pass."""
        self.lstm.zero_grad(set_to_none=True)
        torch_device.synchronize(self.arguments)
        start = time.perf_counter()
        hidden, _ = self.lstm(self.inputs)
        torch_device.synchronize(self.arguments)
        middle = time.perf_counter()
        hidden.backward(self.gradient)
        torch_device.synchronize(self.arguments)
        return middle - start, time.perf_counter() - middle


@functools.lru_cache(maxsize=32)
def layer(words):
    return Layer(parse(words))


def parse(words):
    parser = measurement.training_arguments(__doc__)
    torch_device.add_arguments(parser)
    arguments = parser.parse_args(words)
    torch_device.choose(parser, arguments)
    return arguments


def main(words=None):
    words = tuple(sys.argv[1:] if words is None else words)
    arguments = parse(words)
    work = layer(words)
    samples = []
    for _ in range(3):
        work.passes()
    end = time.perf_counter() + arguments.seconds
    while len(samples) < 5 or time.perf_counter() < end:
        samples.append(work.passes())
    forward, backward = (1000 * statistics.median(column) for column in zip(*samples))
    measurement.report(
        "PyTorch", torch.__version__, forward_milliseconds=forward, backward_milliseconds=backward,
        rounds=len(samples), precision=arguments.precision, **torch_device.description(arguments))


if __name__ == "__main__":
    main()
