"""The exact nearest song in other libraries, all 29 numbers, on one thread: scipy's cKDTree, FAISS's flat index or
nanoflann's k-d tree. One query at a time, or with `--together` many in one call. Answers are compared with a scan in
double precision."""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import statistics
import time

import numpy as np

import measurement


def scipy_tree(songs):
    import scipy
    from scipy.spatial import cKDTree

    tree = cKDTree(songs)
    return "scipy cKDTree", scipy.__version__, lambda queries: tree.query(queries)[1]


def faiss_flat(songs):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatL2(measurement.WIDTH)
    index.add(songs)
    return "FAISS IndexFlatL2", faiss.__version__, lambda queries: index.search(queries, 1)[1][:, 0]


def nanoflann_tree(songs):
    from importlib.metadata import version

    import pynanoflann

    tree = pynanoflann.KDTree(n_neighbors=1, leaf_size=32, metric="L2")
    tree.fit(songs)
    return "nanoflann", f"pynanoflann {version('pynanoflann')}", lambda queries: tree.kneighbors(queries)[1][:, 0]


QUERIES = 200  # of each kind, fewer where they would take too long
CHECKED = 10
PEERS = {"scipy": scipy_tree, "faiss": faiss_flat, "nanoflann": nanoflann_tree}


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


def differing(songs, asked, answers):
    """Answers that are farther from their query than the nearest song, beyond the rounding of single precision."""
    count = 0
    for query, answer in zip(asked.astype(np.float64), answers):
        least = min(
            np.square(part - query).sum(1).min() for part in np.array_split(songs, max(1, len(songs) // 100000)))
        count += np.square(songs[answer] - query).sum() > least * (1 + 1e-5) + 1e-6
    return int(count)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", choices=PEERS, default="scipy")
    parser.add_argument("--songs", type=int, default=34000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--together", action="store_true", help="many queries in one call")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    songs = measurement.random_songs(random, arguments.songs)
    make = PEERS[arguments.peer]
    make(songs[:100])  # imports the library
    start = time.perf_counter()
    name, version, nearest = make(songs)
    build_seconds = time.perf_counter() - start
    searches = []
    for kind in ["confident", "mild", "uniform"]:
        asked = queries(random, songs, kind, QUERIES)
        start = time.perf_counter()
        nearest(asked[:CHECKED])
        pilot = (time.perf_counter() - start) / CHECKED
        asked = asked[: max(CHECKED, min(QUERIES, int(arguments.seconds / 12 / pilot)))]
        parts = [asked] if arguments.together else np.split(asked, len(asked))
        samples, _ = measurement.rounds(lambda: [nearest(part) for part in parts], arguments.seconds / 3)
        searches.append({
            "queries": kind, "microseconds": 1e6 * statistics.median(samples) / len(asked), "checked": CHECKED,
            "differing": differing(songs, asked[:CHECKED], nearest(asked[:CHECKED]))})
    assert all(search["differing"] == 0 for search in searches), searches
    measurement.report(
        name, version, form="many queries in one call" if arguments.together else "one query at a time", threads=1,
        microseconds=searches[0]["microseconds"], uniform_microseconds=searches[2]["microseconds"],
        build_seconds=build_seconds, searches=searches)


if __name__ == "__main__":
    main()
