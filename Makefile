# Everything stands on two stamps: .venv/.installed is what `make run` needs, .venv/.installed-dev adds what
# tests and linters need, so that nobody waits for mypy to see the monitor run.
#
#   make run CONFIG=my.toml     make test ARGS='-k midnight'     make lock UPGRADE=--upgrade
#   make test WORKERS=8         make run PYTHON=python3.13

CONFIG   ?= config.toml
WORKERS  ?= 2
ARGS     ?=
UPGRADE  ?=
NOTEBOOKS = $(wildcard notebooks/*.ipynb)

# The first interpreter that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

BIN     := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check
UV      := uv==0.13.9

# Bytecode is written by all cores at once and not for other people's tests: half the time of pip's own way.
INSTALL_LOCK = $(INSTALL) --no-compile --require-hashes -r
COMPILE      = $(BIN)/python -m compileall -q -j 0 -x '/tests?/' .venv/lib >/dev/null 2>&1 || true

.PHONY: help run test test-real lint format conformance bench notebooks lock clean distclean FORCE
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

run: .venv/.installed ## set up and run the daemon on config.toml
	@$(BIN)/complaint-monitor run --config "$(CONFIG)" $(ARGS)

# Hundreds of tests start a program of ours. Where bytecode is not to be written, as in many containers, each start
# would compile it anew, and each of pytest's workers all tests. The workers are the parallelism: BLAS with threads
# of its own in each of them waits for a core that is taken, and burns the other while it waits.
test: .venv/.installed-dev ## set up and run all tests
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-real: .venv/.installed-dev ## read real ticket servers; installs Debian's packages, so it needs root
	tests/real/install.sh
	COMPLAINT_MONITOR_REAL=1 $(BIN)/python -m pytest -m real tests/real $(ARGS)

lint: .venv/.installed-dev ## style, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.installed-dev ## mend what ruff can mend by itself
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

conformance: .venv/.installed-dev ## which connector keeps which promise, by the tests that show it
	$(BIN)/python -m tests.support.conformance

bench: .venv/.installed-dev ## measure; prints each target as a ratio
	$(BIN)/python -m bench $(ARGS)

notebooks: .venv/.installed-dev ## run the notebooks and keep their output
	CONFIG="$(CONFIG)" $(BIN)/jupyter-execute --inplace $(NOTEBOOKS)

# UV_* and PIP_* of one's own machine must not colour the lock: no address, and hashes of the public files.
LOCK = env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	UV_CUSTOM_COMPILE_COMMAND="make lock" \
	$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --group build $(UPGRADE)

lock: .venv/.installed ## write both requirements files anew (UPGRADE=--upgrade for newer versions)
	$(INSTALL) $(UV)
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra columnar --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove caches and build results; keeps .venv and var/
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too; keeps var/
	rm -rf .venv

# The stamp holds the folder it was made in: a virtual environment does not survive a move of its folder, nor
# the loss of its interpreter. Then make a new one.
ifneq "$(shell $(BIN)/python -c pass 2>/dev/null && cat .venv/.installed 2>/dev/null)" "$(CURDIR)"
.venv/.installed: FORCE
endif
FORCE:

.venv/.installed: requirements.txt requirements-text.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "complaint-monitor needs Python 3.11 or later; python3 here is:" \
		"$$(python3 --version 2>&1). Install a newer one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up .venv, about half a minute ..."
	@test "$$(cat $@ 2>/dev/null || pwd -P)" = "$$(pwd -P)" \
		&& $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| "$(PYTHON)" -m venv --clear .venv \
		|| { echo "No virtual environment: see above (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@rm -f $@ $@-dev
	@$(INSTALL_LOCK) requirements.txt
	@$(INSTALL_LOCK) requirements-text.txt --no-deps
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(COMPILE)
	@pwd -P > $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@echo "Adding the tools for tests and linters, about a minute ..."
	@$(INSTALL_LOCK) requirements-dev.txt
	@$(COMPILE)
	@touch $@
