"""The exact nearest song with scipy's cKDTree over all 29 numbers, one query at a time."""

import argparse
import statistics

import numpy as np
import scipy
from scipy.spatial import cKDTree

import measurement


def queries(random, songs, kind, count):
    """The queries of `segue benchmark nearest`: near a song with softmax blocks, or uniform."""
    result = songs[random.integers(0, len(songs), count)].copy()
    if kind == "uniform":
        result[:, :10] = random.random((count, 10))
    else:
        result[:, :10] = np.clip(result[:, :10] + 0.05 * random.normal(size=(count, 10)), 0, 1)
    scale = {"confident": 3, "mild": 1, "uniform": 0}[kind]
    for first, end in measurement.BLOCKS:
        powers = np.exp(scale * random.normal(size=(count, end - first)))
        result[:, first:end] = powers / powers.sum(1, keepdims=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=34000)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    songs = measurement.random_songs(random, arguments.songs)
    tree = cKDTree(songs)
    searches = []
    for kind in ["confident", "mild", "uniform"]:
        asked = queries(random, songs, kind, 200)

        def search():
            for query in asked:
                tree.query(query)

        samples, _ = measurement.rounds(search, arguments.seconds / 3)
        searches.append({"queries": kind, "microseconds": 1e6 * statistics.median(samples) / len(asked)})
    measurement.report(
        "scipy cKDTree", scipy.__version__, form="one query at a time", threads=1,
        microseconds=searches[0]["microseconds"], uniform_microseconds=searches[2]["microseconds"], searches=searches)


if __name__ == "__main__":
    main()
