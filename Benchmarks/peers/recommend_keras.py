"""Recommending in Keras 3 on TensorFlow: an encoder model and a decoder model, one step and one search for every song.

`--form predict` is the loop of the dissertation: `predict` of both models and scipy's cKDTree. `--form compiled` is
what a careful user does: both models, the search as a matrix product and the loop in one compiled function."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

import measurement
import recommending
from train_keras import HEADS


def make_models(hidden):
    """An encoder that gives its final state; a decoder from a song and a state to a prediction and the next state."""
    songs = keras.Input((None, measurement.WIDTH))
    _, *state = keras.layers.LSTM(hidden, return_state=True)(songs)
    encoder = keras.Model(songs, state)
    song = keras.Input((1, measurement.WIDTH))
    state = [keras.Input((hidden,)), keras.Input((hidden,))]
    step = keras.layers.LSTM(hidden, return_sequences=True, return_state=True, unroll=True)
    states, *next_state = step(song, initial_state=state)
    heads = [keras.layers.Dense(size, activation, name=name)(states) for name, size, activation in HEADS]
    prediction = keras.layers.Concatenate()(heads)
    return encoder, keras.Model([song, *state], [prediction, *next_state])


class Predicting:
    def __init__(self, songs, hidden):
        self.songs = songs
        self.tree = recommending.TreeSearch(songs)
        self.encoder, self.decoder = make_models(hidden)

    def recommend(self, playlist, count):
        given = self.songs[playlist][None]
        state = self.encoder.predict(given, verbose=0)
        vector = given.mean(1, keepdims=True)
        excluded = set(playlist.tolist())
        chosen = []
        while len(chosen) < count:
            prediction, *state = self.decoder.predict([vector, *state], verbose=0)
            row = self.tree.nearest(prediction[0, 0], excluded)
            chosen.append(row)
            excluded.add(row)
            vector = self.songs[row][None, None]
        return chosen


class Compiled:
    def __init__(self, songs, hidden):
        encoder, decoder = make_models(hidden)
        matrix = tf.constant(songs)
        squares = tf.reduce_sum(tf.square(matrix), 1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)])
        def recommend(excluded, count):
            given = tf.gather(matrix, excluded)[None]
            state = encoder(given, training=False)
            vector = tf.reduce_mean(given, 1, keepdims=True)
            for _ in tf.range(count):
                tf.autograph.experimental.set_loop_options(shape_invariants=[(excluded, tf.TensorShape([None]))])
                prediction, *state = decoder([vector, *state], training=False)
                distances = squares - 2 * tf.linalg.matvec(matrix, prediction[0, 0])
                infinities = tf.fill(tf.shape(excluded), np.float32(np.inf))
                distances = tf.tensor_scatter_nd_update(distances, excluded[:, None], infinities)
                row = tf.argmin(distances, output_type=tf.int32)
                excluded = tf.concat([excluded, row[None]], 0)
                vector = tf.gather(matrix, row)[None, None]
            return excluded[-count:]

        self.compiled = recommend

    def recommend(self, playlist, count):
        return self.compiled(tf.constant(playlist, tf.int32), tf.constant(count)).numpy().tolist()


def check():
    """Both forms give the same songs."""
    songs = measurement.random_songs(np.random.default_rng(1), 500)
    chosen = []
    for form in (Predicting, Compiled):
        keras.utils.set_random_seed(1)
        chosen.append(form(songs, 16).recommend(np.arange(7), 6))
    assert chosen[0] == chosen[1], chosen
    print("both forms give the same songs")


def main():
    parser = recommending.arguments_parser(__doc__)
    parser.add_argument("--form", choices=["predict", "compiled"], default="compiled")
    parser.add_argument("--check", action="store_true", help="test that both forms give the same songs, and stop")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    keras.utils.set_random_seed(1)
    songs = measurement.random_songs(np.random.default_rng(1), arguments.songs)
    recommender = {"predict": Predicting, "compiled": Compiled}[arguments.form](songs, arguments.hidden)
    recommending.measure(
        "Keras", f"{keras.__version__} on TensorFlow {tf.__version__}", arguments.form, songs,
        lambda playlist: recommender.recommend(playlist, arguments.count), arguments)


if __name__ == "__main__":
    main()
