"""Recommending in PyTorch: encoder over the playlist, then one decoder step and one search for every song.

`--search tree` asks scipy's cKDTree, for more neighbours as long as all it finds are excluded. `--search product` takes
the smallest |song|^2 - 2 song.query, one matrix-vector product over the catalogue."""

import argparse
import statistics

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

import measurement


class Recommender:
    def __init__(self, songs, hidden, search):
        self.songs = songs
        self.tree = cKDTree(songs) if search == "tree" else None
        self.matrix = torch.from_numpy(songs)
        self.squares = self.matrix.square().sum(1)
        self.encoder = nn.LSTM(measurement.WIDTH, hidden)
        self.decoder = nn.LSTM(measurement.WIDTH, hidden)
        self.heads = nn.Linear(hidden, measurement.WIDTH)

    @torch.inference_mode()
    def recommend(self, playlist, count):
        given = torch.from_numpy(self.songs[playlist])
        _, state = self.encoder(given)
        vector = given.mean(0, keepdim=True)
        excluded = set(playlist.tolist())
        chosen = []
        while len(chosen) < count:
            hidden, state = self.decoder(vector, state)
            logits = self.heads(hidden)[0]
            parts = [torch.sigmoid(logits[:10])]
            parts += [torch.softmax(logits[first:end], 0) for first, end in measurement.BLOCKS]
            query = torch.cat(parts)
            if self.tree:
                row = self.nearest(query.numpy(), excluded)
            else:
                distances = self.squares - 2 * (self.matrix @ query)
                distances[list(excluded)] = torch.inf
                row = int(distances.argmin())
            chosen.append(row)
            excluded.add(row)
            vector = torch.from_numpy(self.songs[row : row + 1])
        return chosen

    def nearest(self, query, excluded):
        neighbours = 1
        while True:
            rows = np.atleast_1d(self.tree.query(query, neighbours)[1])
            for row in rows:
                if int(row) not in excluded:
                    return int(row)
            neighbours = min(2 * neighbours, len(excluded) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=31172)
    parser.add_argument("--playlist-length", type=int, default=20)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--search", choices=["tree", "product"], default="product")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    recommender = Recommender(measurement.random_songs(random, arguments.songs), arguments.hidden, arguments.search)
    playlists = iter(random.integers(0, arguments.songs, (100000, arguments.playlist_length)))
    samples, _ = measurement.rounds(
        lambda: recommender.recommend(next(playlists), arguments.count), arguments.seconds, minimum=5)
    measurement.report(
        "PyTorch", torch.__version__, form=arguments.search, threads=arguments.threads,
        microseconds=1e6 * statistics.median(samples), rounds=len(samples))


if __name__ == "__main__":
    main()
