# Everything a newcomer, CI and a reviewer type. Needs Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENTS ?= dev
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Hundreds of short processes import the same modules: compile each once, whatever the caller set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test tests slow check mutants synth bench format lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

setup:  ## create .venv with all dependencies; does nothing when nothing changed
	@$(PYTHON) tools/set_up.py

demo: STARTED := $(shell date +%s)
demo: setup  ## go from nothing to a registered model, on this machine
	@$(BIN)/mlops demo --started $(STARTED)

test: setup  ## run all checks and tests, the two side by side
	@$(MAKE) --no-print-directory -j2 check tests

tests: setup  ## run the tests only
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q

slow: SEED := $(shell od -An -N3 -tu4 /dev/urandom)
slow: setup  ## run the tests that take minutes, and fresh random examples; SEED=… repeats a run
	@echo "random examples of this run: make slow SEED=$(strip $(SEED))"
	PROOFS_SEED=$(strip $(SEED)) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q \
		-m "slow or hypothesis" --hypothesis-profile fresh --hypothesis-seed $(strip $(SEED))

check: setup  ## run the checks only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/python tools/architecture.py --check
	$(BIN)/python tools/pipeline_fields.py --check
	$(BIN)/python tools/security_page.py --check
	$(BIN)/mypy

synth: setup  ## synthesize with all checks; ENVIRONMENTS=dev,staging,prod for several
	$(BIN)/mlops synth --environment $(ENVIRONMENTS)

bench: setup  ## measure, on an idle machine; table, build/bench/results.json and a plot
	$(BIN)/python -m benchmarks

mutants: setup  ## seed faults into the templates; each must be caught or harmless
	$(BIN)/mlops mutants

format: setup  ## format the code, apply ruff's fixes, write what pages have from the code
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .
	$(BIN)/python tools/architecture.py
	$(BIN)/python tools/pipeline_fields.py
	$(BIN)/python tools/security_page.py

lock: setup  ## pin all dependencies again from pyproject.toml
	$(BIN)/python tools/lock.py

clean:  ## remove build products, the local AWS and its models included
	@test ! -x $(BIN)/mlops || $(BIN)/mlops local stop
	rm -rf build cdk.out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
