# `make report` and `make test` are all a newcomer needs: both make the environment first where it is missing.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: setup report picture test check lint types bench fuzz gpu-check

setup: $(VENV)/ready

$(VENV)/ready: setup.cfg constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,dlib]'
	touch $@

report: setup
	$(BIN)/eigen2arc compare demo --out runs/demo

# README's picture: the first screen of the demo's report.
CHROMIUM ?= chromium
picture: setup
	$(BIN)/eigen2arc compare demo --cost --out runs/demo
	$(CHROMIUM) --headless --no-sandbox --hide-scrollbars --window-size=1400,1200 --screenshot=docs/report.png \
		file://$(CURDIR)/runs/demo/report.html

# Two workers with one thread each: more threads would only fight over a laptop's cores. Each begins with a half of the
# files, one after the other, so that loops are compiled and fixtures made by one of them, and takes over from the other.
# Images of containers often forbid Python to keep its byte code: it would be made anew for every command that is tried.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist worksteal

test: setup
	$(PYTEST) -m "not slow and not data and not gpu and not browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# mypy cannot follow an editable install's import hook; links that spell the namespace out are all it needs.
types: setup
	mkdir -p build/types/eigen2arc
	for room in core datasets classical deep recognize compare; do ln -sfn ../../../$$room build/types/eigen2arc/$$room; done
	MYPYPATH=build/types $(BIN)/mypy --namespace-packages --explicit-package-bases -p eigen2arc

check: lint types
	$(PYTEST)

bench: setup
	$(BIN)/eigen2arc bench

fuzz: setup
	$(BIN)/eigen2arc selftest fuzz

# For a machine with a CUDA card: it needs neither `make setup` nor a network, only what CONTRIBUTING.md lists, in the
# Python that PYTHON names. Links spell the namespace out; wheels of what is missing there lie in WHEELS, if anywhere.
OUT ?= build
WHEELS ?= wheels
gpu-check:
	mkdir -p build/namespace/eigen2arc build/wheels "$(OUT)"
	for room in core datasets classical deep recognize compare; do ln -sfn ../../../$$room build/namespace/eigen2arc/$$room; done
	for wheel in "$(WHEELS)"/*.whl; do test ! -e "$$wheel" || $(PYTHON) -m zipfile -e "$$wheel" build/wheels; done
	PYTHONPATH="$(CURDIR)/build/namespace:$(CURDIR)/build/wheels$${PYTHONPATH:+:$$PYTHONPATH}" \
		$(PYTHON) -m eigen2arc.compare.gpu_check --out "$(OUT)/gpu-check.json" $(GPU_CHECK)
