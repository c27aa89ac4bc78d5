#!/bin/sh
# Segue beside its peers on this machine's CPU: installs the peers into .venv, then measures. Arguments go to compare.py.
set -eu
cd "$(dirname "$0")/.."
[ -x .build/release/segue ] || swift build -c release
peers=Benchmarks/requirements.txt
if ! cmp -s $peers .venv/installed.txt; then
  echo "installing the peers into .venv: $(grep -v '^#' $peers | tr '\n' ' ')" >&2
  [ -x .venv/bin/python ] || python3 -m venv .venv 2>/dev/null ||
    { sh .ci/install python3-venv && python3 -m venv .venv; }
  if .venv/bin/python -m pip install -q -r $peers; then
    cp $peers .venv/installed.txt
  else
    # One by one: a peer that cannot be had fails in the tables, the others are measured.
    grep -v '^#' $peers | while read -r peer; do
      .venv/bin/python -m pip install -q "$peer" || echo "could not install $peer; going on without it" >&2
    done
  fi
fi
exec .venv/bin/python Benchmarks/compare.py "$@"
