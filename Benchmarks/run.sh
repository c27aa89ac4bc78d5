#!/bin/sh
# Segue beside its peers on this machine's CPU: installs the peers into .venv, then measures. Arguments go to compare.py.
set -eu
cd "$(dirname "$0")/.."
[ -x .build/release/segue ] || swift build -c release
if ! .venv/bin/python -c 'import torch, keras, tensorflow, scipy, faiss, pynanoflann' >/dev/null 2>&1; then
  echo "installing the peers into .venv (PyTorch, TensorFlow, Keras, scipy, FAISS, nanoflann)" >&2
  python3 -m venv .venv 2>/dev/null || { sh .ci/install python3-venv && python3 -m venv .venv; }
  .venv/bin/python -m pip install -q -r Benchmarks/requirements.txt
fi
exec .venv/bin/python Benchmarks/compare.py "$@"
