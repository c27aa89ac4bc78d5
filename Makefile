# Everything a fresh Debian or Ubuntu machine with a Swift toolchain needs to type; no target asks anything.

BUILD := swift build -c release
SEGUE := .build/release/segue

.PHONY: build setup setup-tests demo test browser soak fuzz-api bench fuzz gpu-folder format clean

build: setup
	$(BUILD)

# All packages: what building and running need, then what tests need, an OpenCL implementation for the CPU and a checker
# of memory and races.
setup:
	@sh .ci/install ocl-icd-opencl-dev opencl-headers libopenblas-dev zlib1g-dev libexpat1-dev libminizip-dev \
		libsimdjson-dev libsqlite3-dev libssl-dev pocl-opencl-icd oclgrind

# A second OpenCL implementation, for tests.
setup-tests: setup
	@sh .ci/install openssl python3
	@sh .ci/intel-opencl

# Makes a synthetic set of playlists, trains on it, evaluates and recommends.
demo: build
	$(SEGUE) demo

# All that CI runs: layout, then every test in one release build, then the page in a browser and the service under load, both
# short (`make browser` and `make soak` are the long ways). Tests that talk to servers come first and by themselves:
# beside those that keep every processor busy for minutes they would wait so long that what they test runs out of time.
SERVING := 'ServerTests|ServicesTests'
test: setup-tests
	swift format lint --strict -r Package.swift Sources Kernels Tests Benchmarks/Sources
	$(BUILD) --build-tests
	swift test -c release --skip-build --filter $(SERVING)
	swift test -c release --skip-build --skip $(SERVING)
	$(MAKE) browser ARGUMENTS=--quick
	@sh .ci/install wrk
	python3 Tests/Service/load.py $(SEGUE) $(MODEL) --minutes 0.5

# What the service is tried on: MODEL=FOLDER takes another, such as one of real songs.
MODEL := demo/model
demo/model/model.safetensors: | build
	$(SEGUE) demo

# The page of `segue serve` in Chromium, every way through it on phone, tablet and desktop, light and dark; pictures of every
# state go to .build-browser. ARGUMENTS=--quick is the main way at one width.
browser: build $(MODEL)/model.safetensors
	@sh .ci/install chromium chromium-driver python3-venv
	python3 Tests/Service/browser.py $(SEGUE) $(MODEL) $(ARGUMENTS)

# The service under ten MINUTES of mixed traffic, then as many requests as it can answer, then more than that.
MINUTES := 10
soak: build $(MODEL)/model.safetensors
	@sh .ci/install wrk python3
	python3 Tests/Service/load.py $(SEGUE) $(MODEL) --minutes $(MINUTES)
	python3 Tests/Service/load.py $(SEGUE) $(MODEL)

# Requests made up from the API's contract, good and bad.
fuzz-api: build $(MODEL)/model.safetensors
	@sh .ci/install python3-venv
	sh Tests/Service/fuzz.sh $(SEGUE) $(MODEL)

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
	rm -rf .build .build-browser .build-fuzz .build-intel .build-static .venv
