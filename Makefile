# What people do here. `make` alone lists it.
#
# Where packages come from is pip's own configuration; nothing here names an index.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Tried in this order; `make install PYTHON=/path/to/python` names another one.
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types check bench lock clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## make the environment in .venv; quick when nothing changed

$(STAMP): requirements.lock pyproject.toml
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		for python in $(PYTHONS); do \
			if "$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
				2>/dev/null; then found="$$python"; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Duebell needs Python 3.11 to 3.14 with its venv module" \
				"(on Debian and Ubuntu: apt install python3 python3-venv)." \
				"If it is not on the PATH: make install PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$found ..."; \
		"$$found" -m venv --clear $(VENV); \
	fi
	@echo "Installing the packages of requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## start everything on the sandbox and let an invoice be created
	@$(BIN)/duebell up --sandbox --demo

# One more than two processors have to do: in some tests all but a timer waits.
test: install ## run all tests, in three processes
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: install ## check style and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: install ## check the types
	@$(BIN)/mypy

check: lint types test ## everything that has to pass before a change goes in

bench: install ## measure speed and latency on the sandbox
	@$(BIN)/python -m benchmarks

lock: install ## remake requirements.lock from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header \
		--quiet -o requirements.lock

clean: ## remove the environment and what tools left; the data directory stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
