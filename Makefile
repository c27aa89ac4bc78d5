# Everything a fresh Debian or Ubuntu machine with a Swift toolchain needs to type; no target asks anything.

BUILD := swift build -c release
SEGUE := .build/release/segue

.PHONY: build setup setup-tests demo test bench fuzz gpu-folder format clean

build: setup
	$(BUILD)

# All packages: what building and running need, then what tests need, an OpenCL implementation for the CPU and a checker
# of memory and races.
setup:
	@sh .ci/install ocl-icd-opencl-dev opencl-headers libopenblas-dev zlib1g-dev libexpat1-dev libminizip-dev \
		libsimdjson-dev pocl-opencl-icd oclgrind

# A second OpenCL implementation, for tests.
setup-tests: setup
	@sh .ci/intel-opencl

# Makes a synthetic set of playlists, trains on it, evaluates and recommends.
demo: build
	$(SEGUE) demo

# All that CI runs: layout, then every test in one release build.
test: setup-tests
	swift format lint --strict -r Package.swift Sources Kernels Tests Benchmarks/Sources
	$(BUILD) --build-tests
	swift test -c release --skip-build

# Segue beside its peers, every kernel against its roofline and cost as the work grows, on this machine's CPU; tables and
# pictures go to Benchmarks/results. ARGUMENTS are compare.py's: ARGUMENTS=--quick is a short run of everything.
bench: build
	sh Benchmarks/run.sh $(ARGUMENTS)

# Every parser of the import under libFuzzer, SECONDS each; what ends one is kept in .build-fuzz/findings.
SECONDS := 60
PARSERS := slice table m3u xspf jspf history listens features zip
fuzz: setup
	@for parser in $(PARSERS); do sh Tests/Fuzzing/run.sh $$parser $(SECONDS) || exit 1; done

# The folder that Benchmarks/gpu.sh takes to a machine with a GPU: .build-static/gpu.
gpu-folder: setup
	sh Benchmarks/gpu-folder.sh

format:
	swift format -i -r Package.swift Sources Kernels Tests Benchmarks/Sources

clean:
	rm -rf .build .build-fuzz .build-intel .build-static .venv
