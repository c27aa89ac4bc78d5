"""Recommending in PyTorch: encoder over the playlist, then one decoder step and one search for every song.

`--search tree` asks scipy's cKDTree. `--search product` takes the smallest |song|^2 - 2 song.query, one matrix-vector
product over the catalogue; with `--batch-size` one matrix product for all playlists."""

import numpy as np
import torch
from torch import nn

import measurement
import recommending


class Recommender:
    def __init__(self, songs, hidden, search):
        self.songs = songs
        self.tree = recommending.TreeSearch(songs) if search == "tree" else None
        self.matrix = torch.from_numpy(songs)
        self.transposed = None  # for batches only
        self.squares = self.matrix.square().sum(1)
        self.encoder = nn.LSTM(measurement.WIDTH, hidden)
        self.decoder = nn.LSTM(measurement.WIDTH, hidden)
        self.heads = nn.Linear(hidden, measurement.WIDTH)

    def predict(self, hidden):
        logits = self.heads(hidden)
        parts = [torch.sigmoid(logits[..., :10])]
        parts += [torch.softmax(logits[..., first:end], -1) for first, end in measurement.BLOCKS]
        return torch.cat(parts, -1)

    @torch.inference_mode()
    def recommend(self, playlist, count):
        given = torch.from_numpy(self.songs[playlist])
        _, state = self.encoder(given)
        vector = given.mean(0, keepdim=True)
        excluded = set(playlist.tolist())
        chosen = []
        while len(chosen) < count:
            hidden, state = self.decoder(vector, state)
            query = self.predict(hidden[0])
            if self.tree:
                row = self.tree.nearest(query.numpy(), excluded)
            else:
                distances = self.squares - 2 * (self.matrix @ query)
                distances[list(excluded)] = torch.inf
                row = int(distances.argmin())
            chosen.append(row)
            excluded.add(row)
            vector = torch.from_numpy(self.songs[row : row + 1])
        return chosen

    @torch.inference_mode()
    def recommend_batch(self, playlists, count, together):
        """For many playlists at once; the product runs over `together` of them, so that distances stay in the cache."""
        if self.transposed is None:
            self.transposed = self.matrix.T.contiguous()
        excluded = torch.from_numpy(playlists)
        given = self.matrix[excluded.T]
        _, state = self.encoder(given)
        vector = given.mean(0, keepdim=True)
        for _ in range(count):
            hidden, state = self.decoder(vector, state)
            rows = []
            for queries, seen in zip(self.predict(hidden[0]).split(together), excluded.split(together)):
                distances = torch.addmm(self.squares, queries, self.transposed, alpha=-2)
                rows.append(distances.scatter_(1, seen, torch.inf).argmin(1))
            rows = torch.cat(rows)
            excluded = torch.cat([excluded, rows[:, None]], 1)
            vector = self.matrix[rows][None]
        return excluded[:, -count:]


def check():
    """A batch gets the same songs as its playlists one by one."""
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    recommender = Recommender(measurement.random_songs(random, 500), 16, "product")
    playlists = random.integers(0, 500, (5, 7))
    together = recommender.recommend_batch(playlists, 6, 2).tolist()
    assert together == [recommender.recommend(playlist, 6) for playlist in playlists], together
    print("a batch gets the same songs as its playlists one by one")


def main():
    parser = recommending.arguments_parser(__doc__)
    parser.add_argument("--search", choices=["tree", "product"], default="product")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--together", type=int, default=64, help="playlists of one product")
    parser.add_argument("--check", action="store_true", help="test that batches and single playlists agree, and stop")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    if arguments.batch_size > 1 and arguments.search == "tree":
        parser.error("--batch-size needs --search product")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    songs = measurement.random_songs(np.random.default_rng(1), arguments.songs)
    recommender = Recommender(songs, arguments.hidden, arguments.search)

    def recommend(playlists):
        if arguments.batch_size == 1:
            return recommender.recommend(playlists, arguments.count)
        return recommender.recommend_batch(playlists, arguments.count, arguments.together)

    recommending.measure(
        "PyTorch", torch.__version__, arguments.search, songs, recommend, arguments, arguments.batch_size)


if __name__ == "__main__":
    main()
