#!/bin/sh
# Builds one parser for libFuzzer and feeds it changed inputs, beginning with its corpus: run.sh PARSER SECONDS. gold cannot
# link it, so lld must be there (Swift's toolchain has it).
set -eu
cd "$(dirname "$0")/../.."
parser=$1
build=.build-fuzz
SEGUE_FUZZ=1 swift build -c release --product "fuzz-$parser" --scratch-path "$build" \
  -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld >&2
mkdir -p "$build/corpus/$parser" "$build/findings"
echo "fuzz-$parser, $2 seconds"
"$build/release/fuzz-$parser" -max_total_time="$2" -max_len=16384 -rss_limit_mb=4096 -timeout=20 -print_final_stats=1 \
  -verbosity=0 -artifact_prefix="$build/findings/$parser-" "$build/corpus/$parser" "Tests/Fuzzing/Corpus/$parser"
