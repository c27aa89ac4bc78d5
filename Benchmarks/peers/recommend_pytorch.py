"""Recommending in PyTorch: encoder over the playlist, then one decoder step and one search for every song.

`--search tree` asks scipy's cKDTree. `--search product` takes the smallest |song|^2 - 2 song.query, one matrix-vector
product over the catalogue; with `--batch-size` one matrix product for all playlists. One playlist's decoder is an
LSTMCell: for a single step that is twice as fast as an LSTM."""

import numpy as np
import torch
from torch import nn

import measurement
import recommending


class Recommender:
    def __init__(self, songs, hidden, search):
        self.songs = torch.from_numpy(songs)
        self.tree = recommending.TreeSearch(songs) if search == "tree" else None
        self.transposed = self.songs.T.contiguous()  # products over it are faster than over the songs
        self.squares = self.songs.square().sum(1)
        self.encoder = nn.LSTM(measurement.WIDTH, hidden)
        self.decoder = nn.LSTM(measurement.WIDTH, hidden)
        self.cell = nn.LSTMCell(measurement.WIDTH, hidden)
        self.cell.load_state_dict({name.removesuffix("_l0"): p for name, p in self.decoder.state_dict().items()})
        self.heads = nn.Linear(hidden, measurement.WIDTH)

    def predict(self, hidden):
        logits = self.heads(hidden)
        parts = [torch.sigmoid(logits[..., :10])]
        parts += [torch.softmax(logits[..., first:end], -1) for first, end in measurement.BLOCKS]
        return torch.cat(parts, -1)

    @torch.inference_mode()
    def recommend(self, playlist, count):
        excluded = torch.cat([torch.from_numpy(playlist), torch.empty(count, dtype=torch.long)])
        given = self.songs[excluded[: len(playlist)]]
        _, state = self.encoder(given)
        vector = given.mean(0, keepdim=True)
        for position in range(len(playlist), len(excluded)):
            state = self.cell(vector, state)
            excluded[position] = self.nearest(self.predict(state[0][0]), excluded[:position])
            vector = self.songs[excluded[position]][None]
        return excluded[len(playlist) :].tolist()

    def nearest(self, query, excluded):
        if self.tree:
            return self.tree.nearest(query.numpy(), set(excluded.tolist()))
        distances = torch.addmv(self.squares, self.transposed.T, query, alpha=-2)
        return distances.index_fill_(0, excluded, torch.inf).argmin()

    @torch.inference_mode()
    def recommend_batch(self, playlists, count, together):
        """For many playlists at once; the product runs over `together` of them, so that distances stay in the cache."""
        excluded = torch.from_numpy(playlists)
        given = self.songs[excluded.T]
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
            vector = self.songs[rows][None]
        return excluded[:, -count:]


def check():
    """A batch gets the same songs as its playlists one by one, by product and by tree."""
    random = np.random.default_rng(1)
    songs, playlists = measurement.random_songs(random, 500), random.integers(0, 500, (5, 7))
    chosen = []
    for search in ("product", "tree"):
        torch.manual_seed(1)
        recommender = Recommender(songs, 16, search)
        chosen.append([recommender.recommend(playlist, 6) for playlist in playlists])
    together = recommender.recommend_batch(playlists, 6, 2).tolist()
    assert chosen == [together, together], (chosen, together)
    print("a batch gets the same songs as its playlists one by one, by product and by tree")


def main():
    parser = recommending.arguments_parser(__doc__)
    parser.add_argument("--search", choices=["tree", "product"], default="product")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--together", type=int, default=64, help="playlists of one product")
    parser.add_argument("--check", action="store_true", help="test that all forms give the same songs, and stop")
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
