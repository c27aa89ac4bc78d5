"""What the peers share: batches of random songs, warm-up and medians, and one line of JSON for compare.py."""

import argparse
import json
import platform
import resource
import statistics
import sys
import time

import numpy as np

WIDTH = 29  # 10 numbers, then one-hot key (12), mode (2) and time signature (5)
BLOCKS = [(10, 22), (22, 24), (24, 29)]
LOSS_NAMES = ["regression", "key", "mode", "time_signature"]


def training_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--sequence-length", type=int, default=245, help="songs of a playlist, and the padded length")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--lengths", help="a file with the number of songs of one playlist on each line")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def playlist_lengths(arguments):
    """The lengths of the playlists of each batch, as `segue benchmark train` cuts them."""
    if arguments.lengths:
        with open(arguments.lengths) as file:
            lengths = [int(line) for line in file if line.strip()]
    else:
        lengths = [arguments.sequence_length] * arguments.batch_size
    return [lengths[i : i + arguments.batch_size] for i in range(0, len(lengths), arguments.batch_size)]


def random_songs(random, *shape):
    """Vectors with uniform numbers and one-hot blocks."""
    songs = np.zeros((*shape, WIDTH), np.float32)
    songs[..., :10] = random.random((*shape, 10), np.float32)
    for first, end in BLOCKS:
        np.put_along_axis(songs[..., first:end], random.integers(0, end - first, (*shape, 1)), 1, -1)
    return songs


def operations(encoder_tokens, decoder_tokens, hidden):
    """Multiplications and additions of the products of one training step, as Segue counts them."""
    per_token = 4 * hidden * (4 * WIDTH + 6 * hidden)
    return (encoder_tokens + decoder_tokens) * per_token + decoder_tokens * 6 * hidden * WIDTH


def rounds(body, seconds, warm_up=1, minimum=3):
    """Seconds of each run of `body` until the budget is spent, and the seconds of one core's work of all together."""
    for _ in range(warm_up):
        body()
    core_seconds = time.process_time()
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < minimum or time.perf_counter() < end:
        start = time.perf_counter()
        body()
        samples.append(time.perf_counter() - start)
    return samples, time.process_time() - core_seconds


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def report(peer, version, **fields):
    fields["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    head = {"peer": peer, "version": version, "python": platform.python_version(), "processor": processor()}
    json.dump(head | fields, sys.stdout)
    print()


def report_training(peer, version, form, batches, steps, samples, core_seconds, token_counts, arguments, **more):
    """token_counts: (encoder, decoder) tokens that each batch's true lengths or padding ask for; more: what else to
    say."""
    median = statistics.median(samples)
    sequences = sum(map(len, batches)) * steps / len(batches)
    work = sum(operations(*counts, arguments.hidden) for counts in token_counts) * steps / len(batches)
    report(
        peer, version, form=form, threads=arguments.threads, sequences_per_second=sequences / median,
        sequences_per_core_second=sequences * len(samples) / core_seconds,
        gflops=work / median / 1e9, milliseconds_per_step=1000 * median / steps, rounds=len(samples),
        slowest=sequences / max(samples), fastest=sequences / min(samples), **more)
