"""What recommending peers share: arguments, the search tree, rounds and the report."""

import argparse
import statistics

import numpy as np
from scipy.spatial import cKDTree

import measurement


def arguments_parser(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=31172)
    parser.add_argument("--playlist-length", type=int, default=20)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=1)
    return parser


class TreeSearch:
    """scipy's cKDTree, asked for one neighbour more than are excluded: several times faster than asking again."""

    def __init__(self, songs):
        self.tree = cKDTree(songs)

    def nearest(self, query, excluded):
        rows = np.atleast_1d(self.tree.query(query, len(excluded) + 1)[1])
        return next(int(row) for row in rows if int(row) not in excluded)


def measure(peer, version, form, songs, recommend, arguments, batch_size=1):
    """Rounds of `recommend` for random playlists, one at a time or (batch_size, length) at once."""
    random = np.random.default_rng(2)
    shape = (64, arguments.playlist_length) if batch_size == 1 else (8, batch_size, arguments.playlist_length)
    playlists = random.integers(0, len(songs), shape)
    turn = 0

    def body():
        nonlocal turn
        recommend(playlists[turn % len(playlists)])
        turn += 1

    samples, _ = measurement.rounds(body, arguments.seconds)
    microseconds = 1e6 * statistics.median(samples)
    measurement.report(
        peer, version, form=form, threads=arguments.threads, microseconds=microseconds, batch_size=batch_size,
        microseconds_per_playlist=microseconds / batch_size, per_second=1e6 * batch_size / microseconds,
        rounds=len(samples))
