"""Where the PyTorch peers compute, and in which precision.

On a GPU an LSTM is cuDNN's. `tf32` is PyTorch's default there: products of the LSTM in TF32, of other layers in
float32. `float32` is strict. `float16` is cuDNN's best case: mixed precision, inputs padded from 29 to 128, because its
persistent kernels take half precision, inputs and hidden units in multiples of 128, and batches up to 128 in multiples
of 8."""

import argparse
import json

import torch

import measurement

PADDED_WIDTH = 128


def add_arguments(parser):
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument(
        "--precision", choices=["tf32", "float32", "float16"], help="default: tf32 on cuda, else float32")


def choose(parser, arguments):
    """Sets what is the whole process's: to be called before every measurement."""
    if arguments.precision is None:
        arguments.precision = "tf32" if arguments.device == "cuda" else "float32"
    if arguments.device == "cpu" and arguments.precision != "float32":
        parser.error(f"--precision {arguments.precision} is for --device cuda")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("Error: PyTorch sees no CUDA device")
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.backends.cudnn.allow_tf32 = arguments.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(1)


def width(arguments):
    """Numbers of an input vector."""
    return PADDED_WIDTH if arguments.precision == "float16" else measurement.WIDTH


def inputs(songs, arguments):
    """Input vectors as a tensor on the CPU, in the width and type that the LSTM takes."""
    songs = torch.from_numpy(songs)
    if arguments.precision == "float16":
        songs = torch.nn.functional.pad(songs, (0, PADDED_WIDTH - measurement.WIDTH)).half()
    return songs


def autocast(arguments):
    # Weights are converted once a step, and nothing is kept that a recorded step would miss.
    return torch.autocast(
        arguments.device, torch.float16, enabled=arguments.precision == "float16", cache_enabled=False)


def synchronize(arguments):
    if arguments.device == "cuda":
        torch.cuda.synchronize()


def description(arguments):
    """The device, and the versions of what computes on it."""
    if arguments.device == "cpu":
        return {"device": "cpu"}
    return {
        "device": torch.cuda.get_device_name(), "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}


def main(words=None):
    """Prints what there is to compute with."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args(words, argparse.Namespace(threads=torch.get_num_threads()))
    choose(parser, arguments)
    print(json.dumps({"version": torch.__version__, **description(arguments)}))


if __name__ == "__main__":
    main()
