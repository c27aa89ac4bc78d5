"""The exact nearest song in other libraries, all 29 numbers, on one thread: scipy's cKDTree, FAISS's flat index or
nanoflann's k-d tree. `microseconds` is for one query at a time or for many in one call, whichever is less for a query:
`form` says which. Answers are compared with a scan in double precision."""

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
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    songs = measurement.random_songs(random, arguments.songs)
    name, version, nearest = PEERS[arguments.peer](songs)
    searches = []
    for kind in ["confident", "mild", "uniform"]:
        asked = queries(random, songs, kind, QUERIES)
        start = time.perf_counter()
        nearest(asked[:CHECKED])
        pilot = (time.perf_counter() - start) / CHECKED
        asked = asked[: max(CHECKED, min(QUERIES, int(arguments.seconds / 24 / pilot)))]
        parts = np.split(asked, len(asked))

        def one_at_a_time():
            for query in parts:
                nearest(query)

        single, together = (
            1e6 * statistics.median(measurement.rounds(body, arguments.seconds / 6)[0]) / len(asked)
            for body in [one_at_a_time, lambda: nearest(asked)])
        searches.append({
            "queries": kind, "microseconds": min(single, together), "one_at_a_time_microseconds": single,
            "in_one_call_microseconds": together, "checked": CHECKED,
            "differing": differing(songs, asked[:CHECKED], nearest(asked[:CHECKED]))})
    assert all(search["differing"] == 0 for search in searches), searches
    confident = searches[0]
    is_single = confident["one_at_a_time_microseconds"] <= confident["in_one_call_microseconds"]
    measurement.report(
        name, version, form="one query at a time" if is_single else "many queries in one call", threads=1,
        microseconds=confident["microseconds"], uniform_microseconds=searches[2]["microseconds"], searches=searches)


if __name__ == "__main__":
    main()
