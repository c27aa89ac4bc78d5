#!/usr/bin/env python3
"""What each part of the model is worth: trains with every part off (or another on), with several seeds, and judges all
on the same test playlists. Usage: ablations.py SEGUE DATASET OUT [--seeds 1,2,3] [--fold fold:1/5:1] [--only TEXT]
[--given 10] [--cold-songs 0.1]

Writes OUT/ablations.md and OUT/ablations.json; what the latter holds is not trained again, so that an interrupted run
goes on. Without re-ranking, unless a row says so, because it takes four more trainings, and without decoder, which the
ranking does not hang on. A part that helps lies above the seeds' deviation of the whole model."""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

PLAIN = "re-ranking,decoder"
ROWS = [  # name, flags, whether all seeds are worth their time
    ("mean + LSTM (the default)", ["--without", PLAIN], True),
    ("LSTM alone", ["--without", PLAIN, "--state", "lstm"], True),
    ("linear mean alone", ["--without", PLAIN, "--state", "mean"], True),
    ("mean + MLP", ["--without", PLAIN, "--state", "mean,mlp"], True),
    ("mean + LSTM + attention", ["--without", PLAIN, "--state", "mean,lstm,attention"], True),
    ("two LSTM layers", ["--without", PLAIN, "--layers", "2"], True),
    ("no song embeddings", ["--without", PLAIN + ",embeddings"], True),
    ("no artist embeddings", ["--without", PLAIN + ",artists"], True),
    ("no audio", ["--without", PLAIN + ",audio"], True),
    ("no titles", ["--without", PLAIN + ",titles"], True),
    ("count of artists", ["--without", PLAIN, "--artist-count", "0.5"], True),
    ("random start", ["--without", PLAIN + ",start"], True),
    ("no co-occurrence", ["--without", "co-occurrence,decoder"], True),
    ("re-ranked (the default)", ["--without", "decoder"], True),
    ("re-ranked, no audio", ["--without", "decoder,audio"], True),
    ("re-ranked, no artist embeddings", ["--without", "decoder,artists"], True),
    ("re-ranked, count of artists", ["--without", "decoder", "--artist-count", "0.5"], True),
    ("objective next-song: a plain LSTM", ["--objective", "next-song"], False),
    ("objective dissertation", ["--objective", "dissertation"], False),
]
METRICS = ["ap@10/min", "rprec/tracks", "ndcg@500"]


def cold(settings):
    return ["--cold-songs", settings.cold_songs] if settings.cold_songs else []


def measure(settings, flags, seed):
    """Figures by metric, and the seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        subprocess.run(
            [settings.segue, "train", settings.dataset, "--out", folder + "/model", "--split", settings.fold,
             "--seed", seed, *cold(settings), *flags], check=True, capture_output=True)
        seconds = time.monotonic() - start
        answer = subprocess.run(
            [settings.segue, "evaluate", folder + "/model", settings.dataset, "--methods", "segue", "--seeds",
             settings.given, "--json"], check=True, capture_output=True, text=True)
        report = json.loads(answer.stdout)
        figures = (report["cold"]["methods_alone"] if settings.cold_songs else report["methods"])["segue"]
        return {metric: figures[metric]["mean"] for metric in METRICS} | {"seconds": seconds}


def page(settings, results):
    lines = [
        "# What each part of the model is worth",
        "",
        f"`{settings.fold}` of the dataset `{os.path.basename(settings.dataset.rstrip('/'))}`, K = {settings.given}, mean ± "
        f"deviation over the seeds {settings.seeds} (rows without deviation: one seed); made by `Benchmarks/ablations.py`.",
        *([f"Songs that training did not know, a share of {settings.cold_songs}, ranked among themselves."]
          if settings.cold_songs else []),
        "Without re-ranking unless a row says so. Year, popularity and genre: not measurable here, the data have none.",
        "The seconds are of training alone, without the decoder, which about doubles them: the shortest of the seeds, because",
        "the machine had other work as well.",
        "",
        "| | " + " | ".join(f"`{metric}`" for metric in METRICS) + " | seconds |",
        "|---|---|---|---|---|",
    ]
    for name, _, _ in ROWS:
        row = [results[key] for key in results if key.startswith(name + "|")]
        if not row:
            continue
        cells = []
        for metric in METRICS:
            values = [result[metric] for result in row]
            deviation = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.4f}{deviation}")
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {min(r['seconds'] for r in row):.0f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("segue")
    parser.add_argument("dataset")
    parser.add_argument("out")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--fold", default="fold:1/5:1")
    parser.add_argument("--given", default="10", help="songs that are given, K")
    parser.add_argument("--cold-songs", help="a share: judges only songs that training did not know")
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    settings = parser.parse_args()
    os.makedirs(settings.out, exist_ok=True)
    path = settings.out + "/ablations.json"
    results = {}
    if os.path.exists(path):
        with open(path) as file:
            results = json.load(file)
    for number, seed in enumerate(settings.seeds.split(",")):
        for name, flags, has_all_seeds in ROWS:
            key = f"{name}|{seed}"
            if key in results or settings.only not in name or (number > 0 and not has_all_seeds):
                continue
            results[key] = measure(settings, flags, seed)
            print(key, results[key], flush=True)
            with open(path + ".new", "w") as file:
                json.dump(results, file, indent=1)
            os.replace(path + ".new", path)
            with open(settings.out + "/ablations.md", "w") as file:
                file.write(page(settings, results))


if __name__ == "__main__":
    main()
