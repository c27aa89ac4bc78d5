#!/usr/bin/env python3
"""Load on `segue serve` from the same machine: what it answers, how quickly, and whether it stays as it was.

    load.py SEGUE MODEL [--seconds 20] [--minutes M] [--out FILE.md]

Three parts: recommendations (10 songs each for lists of 10), searches (as typed, with typos), and four times as many
connections as the queue has room for. With --minutes, mixed traffic for so long instead (`make soak`). Ends with status 1
when a demand is not met. Needs wrk."""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request


class Server:
    """`segue serve` on a free port, or on `port` when it follows one that was there."""

    def __init__(self, segue, model, data, *flags, port=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = port or probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        start = time.monotonic()
        self.process = subprocess.Popen(
            [segue, "serve", model, "--port", str(self.port), "--data", data, *flags], stderr=subprocess.DEVNULL)
        while True:
            if self.process.poll() is not None:
                sys.exit(f"segue serve ended with {self.process.returncode}")
            try:
                if urllib.request.urlopen(self.address + "/health/ready").status == 200:
                    break
            except OSError:
                time.sleep(0.005)
        self.ready_seconds = time.monotonic() - start

    def get(self, path):
        return json.load(urllib.request.urlopen(self.address + path))

    def post(self, path, value):
        request = urllib.request.Request(
            self.address + path, json.dumps(value).encode(), {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))

    def resident(self):
        """MiB that it holds now, and at most so far."""
        with open(f"/proc/{self.process.pid}/status") as file:
            text = file.read()
        return [int(re.search(name + r":\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def lists_and_queries(server):
    """Lists of ten songs that go together, and what people type."""
    random.seed(1)
    total = server.get("/api/v1/model")["songs"]
    tracks = []
    for _ in range(30):
        tracks += server.get(f"/api/v1/tracks?limit=100&offset={random.randrange(max(1, total - 100))}")["tracks"]
    lists = []
    for track in random.sample(tracks, 200):
        answer = server.post("/api/v1/recommendations", {"tracks": [track["id"]], "count": 9})
        lists.append([track["id"]] + [song["track"]["id"] for song in answer["recommendations"]])
    queries = []
    for track in random.choices(tracks, k=3000):
        title, artist = track["name"], track["artist"]
        text = title if random.random() < 0.6 or not title else f"{artist} {title.split()[0]}"
        if random.random() < 0.4:
            text = text[: random.randint(2, max(2, len(text)))]
        elif random.random() < 0.3 and len(text) > 6:
            place = random.randint(1, len(text) - 2)
            text = text[:place] + text[place + 1:]
        queries.append(urllib.parse.quote(text[:100]))
    return lists, queries


LUA = """local requests = {%s}
local place = 0
request = function()
  place = place %% #requests + 1
  return requests[place]
end
done = function(summary, latency)
  io.write(string.format('{"requests":%%d,"seconds":%%f,"p50":%%f,"p99":%%f,"max":%%f,"connect":%%d,"read":%%d,"status":%%d,"timeout":%%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, summary.errors.connect, summary.errors.read, summary.errors.status, summary.errors.timeout))
end
"""


def raw(method, path, body=None, cookie=None):
    """A whole request as a Lua string."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if cookie:
        lines.append(f"Cookie: segue_session={cookie}")
    text = json.dumps(body) if body is not None else ""
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(text.encode())}"]
    return '"' + ("\r\n".join(lines) + "\r\n\r\n" + text).replace("\\", "\\\\").replace('"', '\\"').replace(
        "\r\n", "\\r\\n") + '"'


def wrk(server, requests, connections, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA % ",".join(requests))
        script.flush()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s", "-s", script.name,
             server.address], check=True, capture_output=True, text=True).stdout
    result = json.loads([line for line in output.splitlines() if line.startswith("{")][-1])
    result["rate"] = result["requests"] / result["seconds"]
    return result


class Report:
    def __init__(self):
        self.rows, self.failed = [], []

    def add(self, what, found, demand, is_met):
        self.rows.append((what, found, demand, "yes" if is_met else "NO"))
        print(f"{what}: {found} (asked: {demand}){'' if is_met else '  NOT MET'}", flush=True)
        if not is_met:
            self.failed.append(what)

    def table(self):
        return "\n".join(["| what | found | asked | met |", "|---|---|---|---|"]
                         + ["| " + " | ".join(row) + " |" for row in self.rows]) + "\n"


def load(server, seconds, report):
    lists, queries = lists_and_queries(server)
    report.add("start to ready", f"{server.ready_seconds * 1000:.0f} ms", "< 500 ms", server.ready_seconds < 0.5)
    songs = [raw("POST", "/api/v1/recommendations", {"tracks": tracks, "count": 10}) for tracks in lists]
    result = wrk(server, songs, 8, seconds)
    report.add("recommendations, 8 connections", f"{result['rate']:.0f}/s, p99 {result['p99']:.0f} ms",
               ">= 200/s, p99 < 100 ms", result["rate"] >= 200 and result["p99"] < 100 and not result["status"])
    searches = [raw("GET", f"/api/v1/search?limit=10&q={query}") for query in queries]
    result = wrk(server, searches, 16, seconds)
    report.add("searches, 16 connections", f"{result['rate']:.0f}/s, p99 {result['p99']:.0f} ms",
               ">= 2,000/s, p99 < 50 ms", result["rate"] >= 2000 and result["p99"] < 50 and not result["status"])
    result = wrk(server, songs, 4 * 64, seconds)
    refused = result["status"] / max(1, result["requests"])
    report.add("256 connections", f"{result['rate']:.0f}/s, {100 * refused:.0f} % refused, p99 {result['p99']:.0f} ms",
               "some refused, p99 < 1 s, no time-out",
               0 < refused and result["p99"] < 1000 and result["timeout"] + result["read"] == 0)
    # The allocator's stock grows with the first connections; what goes on growing is a leak.
    for _ in range(2):
        wrk(server, songs, 4 * 64, seconds)
    before = server.resident()[0]
    wrk(server, songs, 4 * 64, seconds)
    after = server.resident()[0]
    report.add("memory, third time to fourth", f"{before:.0f} to {after:.0f} MiB", "< 5 % more", after < 1.05 * before + 2)
    time.sleep(1)
    result = wrk(server, songs, 4, max(2, seconds // 4))
    report.add("recommendations afterwards", f"{result['rate']:.0f}/s, p99 {result['p99']:.0f} ms",
               "none refused", not result["status"])


def soak(server, minutes, report):
    """All kinds of requests, with sessions that change things; memory is read every ten seconds."""
    lists, queries = lists_and_queries(server)
    cookies, playlists = [], []
    for number in range(50):
        request = urllib.request.Request(
            server.address + "/api/v1/playlists", json.dumps({"name": f"List {number}", "tracks": lists[number]}).encode(),
            {"Content-Type": "application/json"})
        reply = urllib.request.urlopen(request)
        cookies.append(re.search("segue_session=([^;]+)", reply.headers["Set-Cookie"])[1])
        playlists.append(json.load(reply)["id"])
    requests = []
    for _ in range(2000):
        user = random.randrange(50)
        tracks, cookie, path = random.choice(lists), cookies[user], f"/api/v1/playlists/{playlists[user]}"
        requests.append(random.choice([
            raw("GET", f"/api/v1/search?limit=10&q={random.choice(queries)}"),
            raw("GET", f"/api/v1/search?limit=10&q={random.choice(queries)}"),
            raw("POST", "/api/v1/recommendations", {"tracks": tracks, "count": 10, "save": True}, cookie),
            raw("POST", "/recommends", {"idlist": tracks}),
            raw("PUT", path + "/tracks", {"tracks": tracks}, cookie),
            raw("GET", path, cookie=cookie),
            raw("GET", "/api/v1/history?limit=5", cookie=cookie),
            raw("GET", f"/api/v1/tracks/{tracks[0]}/preview"),
            raw("GET", "/"), raw("GET", "/metrics")]))
    memory, total = [], {"requests": 0, "errors": 0}
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        result = wrk(server, requests, 4, 10)
        total["requests"] += result["requests"]
        total["errors"] += result["status"] + result["read"] + result["connect"] + result["timeout"]
        memory.append(server.resident()[0])
        print(f"{len(memory) * 10} s: {memory[-1]:.0f} MiB, {result['rate']:.0f} requests/s", flush=True)
    report.add(f"{minutes:g} minutes of mixed traffic", f"{total['requests']} requests, {total['errors']} errors",
               "no error", total["errors"] == 0)
    third = max(1, len(memory) // 3)
    early, late = sum(memory[third:2 * third]) / third, sum(memory[-third:]) / third
    report.add("memory, second third to last", f"{early:.0f} to {late:.0f} MiB", "< 5 % more", late < 1.05 * early + 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segue")
    parser.add_argument("model")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--out")
    settings = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as data:
        server = Server(settings.segue, settings.model, data)
        try:
            if settings.minutes:
                soak(server, settings.minutes, report)
            else:
                load(server, settings.seconds, report)
        finally:
            status = server.stop()
        report.add("graceful stop", f"status {status}", "0", status == 0)
    if settings.out:
        with open(settings.out, "w") as file:
            file.write(report.table())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
