#!/usr/bin/env python3
"""What each part of the model is worth: trains with every part off (or another on), with several seeds, and judges all
on the same test playlists. Usage: ablations.py SEGUE DATASET OUT.md [--seeds 1,2,3] [--fold fold:1/5:1]

Without re-ranking, unless a row says so, because it takes four more trainings. A part that helps lies above the seeds'
deviation of the whole model."""

import argparse
import json
import statistics
import subprocess
import tempfile
import time

ROWS = [
    ("whole model, re-ranked", []),
    ("whole model (mean + LSTM)", ["--without", "re-ranking"]),
    ("LSTM alone", ["--without", "re-ranking", "--state", "lstm"]),
    ("linear mean", ["--without", "re-ranking", "--state", "mean"]),
    ("mean + MLP", ["--without", "re-ranking", "--state", "mean,mlp"]),
    ("mean + LSTM + attention", ["--without", "re-ranking", "--state", "mean,lstm,attention"]),
    ("two LSTM layers", ["--without", "re-ranking", "--layers", "2"]),
    ("no song embeddings", ["--without", "re-ranking,embeddings"]),
    ("no artist embeddings", ["--without", "re-ranking,artists"]),
    ("no audio", ["--without", "re-ranking,audio"]),
    ("no titles", ["--without", "re-ranking,titles"]),
    ("no artist count", ["--without", "re-ranking,artist-count"]),
    ("random start", ["--without", "re-ranking,start"]),
    ("no co-occurrence", ["--without", "co-occurrence"]),
]
METRICS = ["ap@10/min", "rprec/tracks", "ndcg@500"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("segue")
    parser.add_argument("dataset")
    parser.add_argument("out")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--fold", default="fold:1/5:1")
    settings = parser.parse_args()
    seeds = settings.seeds.split(",")
    lines = [
        "# What each part of the model is worth",
        "",
        f"`{settings.fold}`, K = 10, mean ± deviation over the seeds {settings.seeds}; made by `Benchmarks/ablations.py`.",
        "Without re-ranking unless a row says so. Year, popularity and genre: not measurable here, the data have none.",
        "The seconds are of training alone, on a machine that may have been busy: they tell a minute from ten.",
        "",
        "| | " + " | ".join(f"`{metric}`" for metric in METRICS) + " | seconds |",
        "|---|---|---|---|---|",
    ]
    for name, flags in ROWS:
        results, seconds = [], []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                start = time.monotonic()
                subprocess.run(
                    [settings.segue, "train", settings.dataset, "--out", folder + "/model", "--split", settings.fold,
                     "--seed", seed, *flags], check=True, capture_output=True)
                seconds.append(time.monotonic() - start)
                answer = subprocess.run(
                    [settings.segue, "evaluate", folder + "/model", settings.dataset, "--methods", "segue", "--json"],
                    check=True, capture_output=True, text=True)
                results.append(json.loads(answer.stdout)["methods"]["segue"])
        cells = []
        for metric in METRICS:
            values = [result[metric]["mean"] for result in results]
            deviation = statistics.stdev(values) if len(values) > 1 else 0
            cells.append(f"{statistics.mean(values):.4f} ± {deviation:.4f}")
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {statistics.mean(seconds):.0f} |")
        print(lines[-1], flush=True)
        with open(settings.out, "w") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
