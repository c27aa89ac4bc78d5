#!/bin/sh
# Puts the program, and the shared libraries that a machine with nothing but a GPU's driver may lack, into one folder
# for Benchmarks/gpu.sh: .build-static/gpu, or the folder named.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
folder=.build-static/gpu
case ${1:-} in
  '') ;;
  /*) folder=$1 ;;
  *) folder=$caller/$1 ;;
esac
swift build -c release --static-swift-stdlib --scratch-path .build-static --product segue >&2
program=.build-static/release/segue
rm -rf "$folder"
mkdir -p "$folder"
cp "$program" "$folder/"
strip "$folder/segue"
# The C and C++ libraries are left out: every Linux has them, and others than a driver was made for can break it.
# The OpenCL loader is opened at run time, so ldd does not name it.
{
  ldd "$program" | awk '$2 == "=>" { print $3 }' | grep -Ev '/lib(c|m|dl|rt|pthread|util|resolv|stdc\+\+|gcc_s)\.so'
  ldconfig -p | awk '/libOpenCL\.so\.1 .*x86-64|libOpenCL\.so\.1 .*AArch64/ { print $NF; exit }'
} | while read -r library; do cp -L "$library" "$folder/"; done
git describe --always --dirty >"$folder/commit.txt" 2>/dev/null || rm -f "$folder/commit.txt"
ls -lh "$folder" >&2
