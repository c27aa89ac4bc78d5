"""The same model in Keras 3 on TensorFlow's CPU: speed on random songs, or with --dataset a real training run.

The cross-entropy is written as -sum(t log p) with p floored, not with Keras's own function: TensorFlow's gradient for
that is p - t even where the whole target row is zero (padding), while the formula gives p sum(t) - t, which is what
Keras 2, and so the dissertation, computed. `--check` proves it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import csv
import gzip
import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

import measurement

HEADS = [("regression", 10, "sigmoid"), ("key", 12, "softmax"), ("mode", 2, "softmax"), ("time_signature", 5, "softmax")]


def cross_entropy(targets, predictions):
    """-sum(t log p). The floor keeps log and its gradient finite; through softmax the gradient is p sum(t) - t."""
    return -tf.reduce_sum(targets * tf.math.log(tf.maximum(predictions, 1e-7)), -1)


def make_model(hidden, learning_rate=0.001, jit_compile=False):
    encoder_inputs = keras.Input((None, measurement.WIDTH))
    decoder_inputs = keras.Input((None, measurement.WIDTH))
    _, *state = keras.layers.LSTM(hidden, return_state=True)(encoder_inputs)
    states = keras.layers.LSTM(hidden, return_sequences=True)(decoder_inputs, initial_state=state)
    outputs = {
        name: keras.layers.Dense(size, activation, name=name)(states) for name, size, activation in HEADS
    }
    model = keras.Model([encoder_inputs, decoder_inputs], outputs)
    model.compile(
        keras.optimizers.RMSprop(learning_rate),
        {name: "mse" if activation == "sigmoid" else cross_entropy for name, _, activation in HEADS},
        jit_compile=jit_compile)
    return model


def split_targets(targets):
    return {
        name: targets[..., first:end]
        for (name, *_), (first, end) in zip(HEADS, [(0, 10)] + measurement.BLOCKS)
    }


def check():
    """The logit gradient is p sum(t) - t, for one-hot rows and for rows of zeros."""
    logits = tf.constant(np.random.default_rng(1).normal(size=(2, 12)), tf.float32)
    targets = tf.constant(np.stack([np.eye(12)[3], np.zeros(12)]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_sum(cross_entropy(targets, tf.nn.softmax(logits)))
    gradient = tape.gradient(loss, logits).numpy()
    expected = (tf.nn.softmax(logits) * tf.reduce_sum(targets, -1, keepdims=True) - targets).numpy()
    assert np.abs(gradient - expected).max() < 1e-6, np.abs(gradient - expected).max()
    assert (gradient[1] == 0).all()
    print("the gradient of the cross-entropy is p sum(t) - t")


def speed(arguments):
    random = np.random.default_rng(1)
    lengths = measurement.playlist_lengths(arguments)
    model = make_model(arguments.hidden, jit_compile=arguments.xla)
    batches = []
    for batch in lengths:
        shape = (len(batch), arguments.sequence_length)
        inputs = [tf.constant(measurement.random_songs(random, *shape)) for _ in range(2)]
        targets = {k: tf.constant(v) for k, v in split_targets(measurement.random_songs(random, *shape)).items()}
        batches.append((inputs, targets))

    def epoch():
        for inputs, targets in batches:
            model.train_on_batch(inputs, targets)

    samples, core_seconds = measurement.rounds(epoch, arguments.seconds)
    counts = [(len(batch) * arguments.sequence_length,) * 2 for batch in lengths]
    measurement.report_training(
        "Keras", f"{keras.__version__} on TensorFlow {tf.__version__}", "padded, XLA" if arguments.xla else "padded",
        lengths, len(lengths), samples, core_seconds, counts, arguments)


def read_rows(folder, name):
    path = os.path.join(folder, name + ".csv")
    opened = open(path, newline="") if os.path.exists(path) else gzip.open(path + ".gz", "rt", newline="")
    with opened as file:
        yield from csv.DictReader(file)


def song_vectors(folder, playlists):
    """The 29 numbers of every song, ranges and means from the rows of `playlists`; None for a song without numbers."""
    names = ["acousticness", "danceability", "duration_ms", "energy", "instrumentalness", "liveness", "loudness",
             "speechiness", "tempo", "valence"]
    ranged = [2, 6, 8]
    raw, categories = {}, {}
    for row in read_rows(folder, "tracks"):
        raw[row["track_id"]] = np.array([float(row[name]) if row[name] else np.nan for name in names])
        categories[row["track_id"]] = [row["key"], row["mode"], row["time_signature"]]
    rows = np.stack([raw[song] for playlist in playlists for song in playlist])
    low, high = np.zeros(10), np.ones(10)
    low[ranged], high[ranged] = np.nanmin(rows[:, ranged], 0), np.nanmax(rows[:, ranged], 0)
    scale = lambda values: np.clip((values - low) / (high - low), 0, 1)
    mean = np.nanmean(scale(rows), 0)
    vectors = {}
    for song, values in raw.items():
        if np.isnan(values).all():
            continue
        vector = np.zeros(measurement.WIDTH, np.float32)
        scaled = scale(values)
        vector[:10] = np.where(np.isnan(scaled), mean, scaled)
        for text, (first, _), values_of_block in zip(
            categories[song], measurement.BLOCKS, [range(12), range(2), [0, 1, 3, 4, 5]]):
            if text and int(float(text)) in values_of_block:
                vector[first + list(values_of_block).index(int(float(text)))] = 1
        vectors[song] = vector
    return vectors


def padded_batches(playlists, vectors, length):
    """Encoder inputs S[1..N-1], decoder inputs S[2..N], targets S[3..N] and the end, filled up with zeros."""
    arrays = [np.zeros((len(playlists), length, measurement.WIDTH), np.float32) for _ in range(3)]
    for row, playlist in enumerate(playlists):
        songs = np.stack([vectors[song] for song in playlist])[:length]
        for array, part in zip(arrays, [songs[:-1], songs[1:], songs[2:]]):
            array[row, : len(part)] = part
    return arrays


def train(arguments):
    """A real run; prints one JSON object for each epoch."""
    keras.utils.set_random_seed(arguments.seed)
    playlists = {}
    for row in read_rows(arguments.dataset, "playlists"):
        playlists.setdefault(row["pid"], []).append(row["track_id"])
    pids = sorted(playlists, key=int) if all(pid.isdigit() for pid in playlists) else list(playlists)
    playlists = [playlists[pid] for pid in pids if len(playlists[pid]) > 1][: arguments.max_playlists]
    counts = [int(count) for count in arguments.split.split(",")]
    training, validation = playlists[: counts[0]], playlists[counts[0] : counts[0] + counts[1]]
    vectors = song_vectors(arguments.dataset, training)
    usable = lambda lists: [kept for p in lists if len(kept := [song for song in p if song in vectors]) >= 3]
    arrays = padded_batches(usable(training), vectors, arguments.sequence_length)
    held = padded_batches(usable(validation), vectors, arguments.sequence_length)
    model = make_model(arguments.hidden)
    start = time.perf_counter()

    def log(epoch, logs):
        line = {"epoch": epoch + 1, "seconds": round(time.perf_counter() - start, 2)}
        print(json.dumps(line | {key: round(float(value), 6) for key, value in logs.items()}), flush=True)

    model.fit(
        arrays[:2], split_targets(arrays[2]), batch_size=arguments.batch_size, epochs=arguments.epochs, verbose=0,
        validation_data=(held[:2], split_targets(held[2])), shuffle=True,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=log)])


def main():
    parser = measurement.training_arguments(__doc__)
    parser.add_argument(
        "--intra-op-threads", type=int, help="threads of one operation, where not --threads: 1 leaves the other cores "
        "to other operations, which suits an LSTM's small ones")
    parser.add_argument("--xla", action="store_true", help="compile the step with XLA")
    parser.add_argument("--check", action="store_true", help="test the gradient of the cross-entropy and stop")
    parser.add_argument("--dataset", help="a dataset folder: train on it instead of timing")
    parser.add_argument("--max-playlists", type=int)
    parser.add_argument("--split", default="600,200,200", help="training, validation and test playlists, in order")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.intra_op_threads or arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
    if arguments.check:
        check()
    elif arguments.dataset:
        train(arguments)
    else:
        speed(arguments)


if __name__ == "__main__":
    sys.exit(main())
