"""Runs the PyTorch peers one after another in one process, so that they are imported, and their work is prepared, once.

Each line of stdin is a JSON list, the name of a peer and its arguments; for each comes one line of JSON to stdout: what
the peer prints, or {"failure": why there is nothing}."""

import importlib
import json
import sys


def main():
    for line in sys.stdin:
        name, *words = json.loads(line)
        try:
            importlib.import_module(name).main(words)
        except (Exception, SystemExit) as error:
            text = " ".join(str(error).split()) or type(error).__name__
            print(json.dumps({"failure": text[:300]}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
