# The two commands of this house: `make demo` and `make test`. Both set everything up by themselves.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
RUN = $(VENV)/bin
ARGS ?=
SPREAD = --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test check lint setup setup-demo setup-dev engine lock bench docs clean

demo: setup-demo  ## set up, then a virtual home with its page (ARGS="--port 8080" …)
	@exec $(RUN)/wattstead demo $(ARGS)

# What is linted waits for nobody: the engine is compiled beside it.
test: setup-dev  ## set up, then every test
	@bash tools/debian.sh
	@$(MAKE) --no-print-directory --jobs 2 engine lint
	$(RUN)/pytest $(SPREAD) $(ARGS)

check: setup-dev  ## format, lint, types, import layers, fast tests: under two minutes
	@$(MAKE) --no-print-directory --jobs 2 engine lint
	WATTSTEAD_EXAMPLES=quick $(RUN)/pytest $(SPREAD) -m "not slow and not browser" -q $(ARGS)

lint:
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy

setup: setup-dev  ## everything that development needs
	@$(MAKE) --no-print-directory engine

setup-dev:
	@PYTHON="$(PYTHON)" bash tools/setup.sh $(VENV) dev

setup-demo:
	@PYTHON="$(PYTHON)" bash tools/setup.sh $(VENV) demo
	@$(MAKE) --no-print-directory engine

engine:  # for the processor of this machine, once; after all is installed
	@$(RUN)/python -m wattstead.cli.prepare

bench: setup  ## ratios against peers and limits
	$(RUN)/python bench/run.py $(ARGS)

docs: setup  ## write the generated pages again
	$(RUN)/python tools/make_docs.py

lock:  ## resolve the dependencies again, for Python 3.11 to 3.13
	bash tools/lock.sh

clean:
	rm -rf $(VENV) build dist web/node_modules src/wattstead/api/static .mypy_cache .ruff_cache .pytest_cache .hypothesis
