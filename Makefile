# make            start the lab on this machine (the first time, it installs what it needs)
# make class      start it for a room: every browser on this network can open it
# make test       everything continuous integration runs: style, types, unit, page and browser tests
# make check      style and types only          make lint    repair style
# make bundle     put the lab and all it needs into a folder, for a machine without internet
# make repair     install again what is damaged or missing in .venv
# make lock       write requirements.lock anew: all versions, with their hashes, as requirements.txt allows them
# make bench      the benchmarks, default form  make clean   remove .venv and caches, never data

VENV ?= .venv
PORT ?= 8501
BIN = $(VENV)/bin

# ENGINE=ray     where a class computes: see docs/deploy.md
# WHEELS=folder   install from there alone, as from the wheels of a bundle: no index is asked
# TORCH=cpu       PyTorch without CUDA, from its own index: on Linux a fraction of the size
TORCH_INDEX ?= https://download.pytorch.org/whl
BUNDLE ?= bundle
ifdef WHEELS
export PIP_NO_INDEX = 1
export PIP_FIND_LINKS = $(WHEELS)
endif
ifdef TORCH
export PIP_EXTRA_INDEX_URL = $(TORCH_INDEX)/$(TORCH)
endif

# The first Python that really runs, is supported and can make a venv. Being on PATH is not enough:
# a version manager's shim may stand for a version that is not active.
SUPPORTED = import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
CANDIDATES = python3.11 python3.12 python3.13 python3
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(SUPPORTED)' >/dev/null 2>&1 && echo $(p))))

# What is broken in the installation, in a sentence, before anything ends in a traceback or "Bus error".
CHECK = $(BIN)/python scripts/check-environment
DEV = --requirements requirements-dev.txt
OR_SAY_WHY = || { code=$$?; $(CHECK) --imports; exit $$code; }

.PHONY: run class bundle install install-dev lock repair test check lint bench clean

run: install
	@$(CHECK)
	$(BIN)/streamlit run app.py $(OR_SAY_WHY)

class: install
	@$(CHECK)
	@exec $(if $(ENGINE),env DLLAB_ENGINE=$(ENGINE)) $(BIN)/python -m dlcore class --port $(PORT) $(if $(ADDRESS),--address $(ADDRESS))

# Each stamp is newer than the requirements it stands for, so the second start installs nothing.
install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@python="$(PYTHON)"; "$$python" -c '$(SUPPORTED)' >/dev/null 2>&1 || { \
		echo "Deep Learning Lab needs Python 3.11, 3.12 or 3.13 with its venv module: install one" \
			"(Debian, Ubuntu: python3-venv) or name one with PYTHON=/path/to/python." >&2; exit 1; }; \
	"$$python" -m venv $(VENV)

$(VENV)/.installed: requirements.txt $(BIN)/python
	@echo "Installing into $(VENV). PyTorch is large: the first time takes some minutes."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		rm -rf $(VENV)/lib/python3*/site-packages/pip $(VENV)/lib/python3*/site-packages/pip-*; \
		$(BIN)/python -m ensurepip; }
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@$(CHECK) --repair
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@$(CHECK) $(DEV)
	@touch $@

# The lock's hashes are those of the usual index: PyTorch's own has others.
bundle: $(BIN)/python
	@$(BIN)/python scripts/bundle --into $(BUNDLE) $(if $(TORCH),--requirements requirements.txt)

# For every platform and every supported Python. Its tool has an environment of its own, gone afterwards.
lock: $(BIN)/python
	@tool="$$(mktemp -d)" && trap 'rm -rf "$$tool"' EXIT && $(BIN)/python -m venv "$$tool" && \
	"$$tool/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9 && \
	"$$tool/bin/uv" pip compile requirements.txt --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" --quiet --output-file requirements.lock

repair: $(BIN)/python
	@$(CHECK) --repair $(if $(wildcard $(VENV)/.installed-dev),$(DEV))

# Two processes share the machine: tests/conftest.py says who begins with what.
# E2E=required turns a missing browser into a failure; otherwise the browser tests skip and say why.
test: check
	@chromium="$$(scripts/find-chromium $(BIN)/python)" || exit 1; \
	if [ -n "$$chromium" ]; then export CHROMIUM="$$chromium"; fi; \
	set -x; $(BIN)/python -m pytest -n 2 --dist worksteal --durations=10 || \
	$(BIN)/python scripts/once-more $$?

check: install-dev
	@$(CHECK) $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lint: install-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: install-dev
	@$(CHECK) $(DEV)
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.time_to
	$(BIN)/python -m benchmarks.blackpatch
	$(BIN)/python -m benchmarks.landscape
	$(BIN)/python -m benchmarks.inference
	$(BIN)/python -m benchmarks.photo
	$(BIN)/python -m benchmarks.unlike
	$(BIN)/python -m benchmarks.black_patch_pages
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.runs
	$(BIN)/python -m benchmarks.sweep
	$(BIN)/python -m benchmarks.internals

clean:
	@if [ -f $(VENV)/pyvenv.cfg ]; then rm -rf $(VENV); fi
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
