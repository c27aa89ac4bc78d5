#!/usr/bin/env python3
"""What `segue import` does, as a script of an afternoon does it: slices of the Million Playlist Dataset and a CSV of
features into a dataset folder. Usage: import_peer.py SLICES FEATURES.csv OUT"""

import csv
import glob
import json
import os
import re
import sys

FEATURES = ["acousticness", "danceability", "duration_ms", "energy", "instrumentalness", "key", "liveness", "loudness",
            "mode", "speechiness", "tempo", "time_signature", "valence"]
META = ["description", "num_followers", "num_edits", "num_tracks", "num_albums", "num_artists", "duration_ms",
        "modified_at", "collaborative"]


def main(slices, features_path, out):
    os.makedirs(out)
    features = {}
    with open(features_path, newline="") as file:
        for row in csv.DictReader(file):
            features[row["track_id"]] = [row[name] for name in FEATURES]
    songs = {}
    paths = glob.glob(slices + "/mpd.slice.*.json")
    paths.sort(key=lambda path: int(re.search(r"slice\.(\d+)", path).group(1)))
    with open(out + "/playlists.csv", "w", newline="") as rows_file, \
            open(out + "/playlist_meta.csv", "w", newline="") as meta_file:
        rows, meta = csv.writer(rows_file, lineterminator="\n"), csv.writer(meta_file, lineterminator="\n")
        rows.writerow(["pid", "pos", "track_id"])
        meta.writerow(["pid", "name"] + META + ["coverage", "kept"])
        for path in paths:
            with open(path) as file:
                playlists = json.load(file)["playlists"]
            for playlist in playlists:
                tracks = playlist["tracks"]
                if len(tracks) < 2:
                    continue
                pid, known = playlist["pid"], 0
                for track in tracks:
                    song = track["track_uri"][14:]
                    rows.writerow([pid, track["pos"], song])
                    known += song in features
                    if song not in songs:
                        songs[song] = (track["track_name"], track["artist_name"], track["album_name"],
                                       track["artist_uri"][15:])
                meta.writerow([pid, playlist["name"]] + [playlist.get(name, "") for name in META]
                              + [known / len(tracks), len(tracks)])
    with open(out + "/tracks.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["track_id", "track_name", "artist_name"] + FEATURES
                        + ["album_name", "artist_id", "feature_source"])
        missing, source = [""] * len(FEATURES), os.path.basename(features_path)
        for song, (name, artist, album, artist_id) in songs.items():
            found = features.get(song)
            writer.writerow([song, name, artist] + (found or missing) + [album, artist_id, source if found else ""])


if __name__ == "__main__":
    main(*sys.argv[1:4])
