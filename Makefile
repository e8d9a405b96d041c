# `make report` and `make test` are all a newcomer needs: both make the environment first where it is missing.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: setup report test check lint types bench

setup: $(VENV)/ready

$(VENV)/ready: setup.cfg constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

report: setup
	$(BIN)/eigen2arc compare demo --out runs/demo

# Two workers with one thread each: more threads would only fight over a laptop's cores.
test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 -m "not slow and not data and not gpu and not browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# mypy cannot follow an editable install's import hook; links that spell the namespace out are all it needs.
types: setup
	mkdir -p build/types/eigen2arc
	for room in core datasets classical deep compare; do ln -sfn ../../../$$room build/types/eigen2arc/$$room; done
	MYPYPATH=build/types $(BIN)/mypy --namespace-packages --explicit-package-bases -p eigen2arc

check: lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2

bench: setup
	$(BIN)/eigen2arc bench
