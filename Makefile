# Every door into the house. `make help` lists them; CONTRIBUTING.md says what to run when.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Reference material lies beside the project; suites that need it say "not run" where it is absent.
SHARED ?= $(or $(GERMANE_SHARED),../shared)
export GERMANE_SHARED := $(abspath $(SHARED))
AREA ?=
SECONDS_EACH = $(or $(SECONDS),60)

VENV := .venv
LOCK := python/requirements.lock
STAMP := $(VENV)/.lock-$(firstword $(shell sha256sum $(LOCK)))
IN_VENV := VIRTUAL_ENV=$(abspath $(VENV)) PATH="$(abspath $(VENV))/bin:$$PATH"
DEMO_VENV := .venv-demo
DEMO_DATA := examples/data/uproot-Zmumu.root examples/data/uproot-HZZ.root examples/data/germanium_raw.lh5

.PHONY: help venv python demo test test-fast refs bench fuzz lint gen wheel clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  %-10s %s\n", $$1, $$2}'

venv: $(STAMP) ## make .venv with the locked peers and tools

$(STAMP): $(LOCK)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'uv==0.13.*'
	cd python && ../$(VENV)/bin/uv pip sync --quiet --python ../$(VENV)/bin/python requirements.lock
	rm -f $(VENV)/.lock-*
	touch $@

python: venv ## build the Python package into .venv, in the profile of the tests
	cd python && $(IN_VENV) maturin develop --uv --locked --quiet --profile dev

# One wheel of 80 MB carries the real input files; it is installed without its requirements and never imported.
$(filter %.root,$(DEMO_DATA)): examples/data/%.root:
	@if [ ! -e $(DEMO_VENV)/.done ]; then \
	  echo 'getting the example events (scikit-hep-testdata 0.3.12, 80 MB, once)'; \
	  python3 -m venv $(DEMO_VENV); \
	  $(DEMO_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps 'scikit-hep-testdata==0.3.12'; \
	  touch $(DEMO_VENV)/.done; \
	fi
	@mkdir -p examples/data
	@cp "$$(find $(DEMO_VENV)/lib -path '*/skhep_testdata/data/$*.root' | head -n 1)" $@

# Simulated pulses of eight germanium detectors, their truth beside.
examples/data/germanium_raw.lh5: crates/germane/examples/germanium_pulses.rs
	cargo run --locked --quiet -p germane --example germanium_pulses -- examples/data

demo: $(DEMO_DATA) ## real collision events and germanium pulses to fitted, plotted results
	cargo build --locked
	cargo run --locked --quiet -- run examples/zmumu/analysis.yaml -o zmumu-out
	cargo run --locked --quiet -- run examples/hzz/analysis.yaml -o hzz-out
	cargo run --locked --quiet -- run examples/germanium/analysis.yaml -o germanium-out
	@echo
	@echo 'reports: zmumu-out/report.html hzz-out/report.html germanium-out/report.html'

test: $(DEMO_DATA) venv ## everything: format, crates, lints, Rust, documentation, Python, stubs, generated files
	@python3 tools/test.py

test-fast: ## Rust tests of one room: make test-fast ROOM=histograms
	cargo test --locked -p germane-$(or $(ROOM),$(error say which: make test-fast ROOM=histograms))

refs: ## the reference suites: make refs [AREA=analysis] [SHARED=../shared]
	@python3 tools/refs.py --area '$(AREA)' --shared '$(abspath $(SHARED))'

bench: $(DEMO_DATA) venv ## ours and the peers in one run; writes BENCHMARKS.md
	cargo build --locked --release
	cd python && $(IN_VENV) maturin develop --uv --locked --quiet --release
	$(VENV)/bin/python benches/run.py
	$(VENV)/bin/python benches/legend.py
	cargo build --locked --release -p germane-signals --example chain_speed --example grid_speed
	$(VENV)/bin/python benches/signals.py
	$(VENV)/bin/python benches/likelihoods.py
	$(VENV)/bin/python benches/models_door.py

fuzz: $(DEMO_DATA) ## each fuzz target for SECONDS=60
	@SECONDS_EACH='$(SECONDS_EACH)' python3 tools/fuzz.py

lint: ## format and lints only
	cargo fmt --all --check
	cargo clippy --locked --workspace --exclude germane-python --all-targets -- -D warnings

gen: ## make the generated files again: schemas, completions, page of processors, list of foreign crates
	@python3 tools/generate.py

wheel: venv ## build the wheel into target/wheels
	cd python && $(IN_VENV) maturin build --locked --profile dist

clean: ## remove what was built, the environments and the example data
	rm -rf target fuzz/corpus $(VENV) $(DEMO_VENV) examples/data zmumu-out hzz-out germanium-out
