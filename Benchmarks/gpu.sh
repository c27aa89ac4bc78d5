#!/bin/sh
# What Segue does on this machine's GPU, beside PyTorch with cuDNN: probes, verifies, tunes and trains within 9 minutes,
# and writes gpu.json and gpu.md.
#
#   Benchmarks/gpu.sh [--rehearsal] FOLDER [OUT]
#
# FOLDER is what Benchmarks/gpu-folder.sh makes: the program and the libraries it needs, for a machine with a GPU's
# driver and Python with PyTorch, and neither Swift nor a package registry. OUT is Benchmarks/results/gpu when it is not
# given. PYTHON names another interpreter than python3. The exit status is 69 when the driver offers no GPU through
# OpenCL.
exec "${PYTHON:-python3}" "$(dirname "$0")/gpu.py" "$@"
