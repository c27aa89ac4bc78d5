#!/bin/sh
# Segue beside its peers on this machine's CPU: builds Segue, installs the peers into .venv, then measures. Arguments go
# to compare.py.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
root=$PWD
swift build -c release --product segue >&2
peers=Benchmarks/requirements.txt
if ! cmp -s $peers .venv/installed.txt; then
  echo "installing the peers into .venv: $(grep -v '^#' $peers | tr '\n' ' ')" >&2
  # A virtual environment without pip is what an attempt before python3-venv was there leaves behind.
  .venv/bin/python -m pip --version >/dev/null 2>&1 || python3 -m venv .venv 2>/dev/null ||
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
cd "$caller"  # relative paths among the arguments are the caller's
exec "$root/.venv/bin/python" "$root/Benchmarks/compare.py" "$@"
