# Two commands do everything on a fresh machine: `make demo` and `make test`.
# They need Python 3.11 or later with its venv module, and make. Nothing is installed outside .venv,
# but for Chromium, Node, Go with go-oidc and jq, which `make test` installs with apt where it may and otherwise
# tells you how, and the npm packages in tests/node/node_modules.

PYTHON ?= python3
PORT ?= 8000
EDGE_PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo setup test check bench bench-serve soak fmt lock lighthouse browser node runtimes pictures screenshots clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/edge.stamp ## Start origin and local edge with sample data
	@$(BIN)/python -m barbican.demo --port $(PORT) --edge-port $(EDGE_PORT)

setup: $(VENV)/dev.stamp ## Make .venv ready for development

test: $(VENV)/dev.stamp browser node runtimes ## Run the whole suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp ## Linters, types, import contracts, Django's checks
	@scripts/check

bench: $(VENV)/dev.stamp ## Benchmarks, as ratios in one run
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.edge

bench-serve: $(VENV)/dev.stamp ## The same through the shipped gunicorn, under load
	@$(BIN)/python -m bench.serve

soak: $(VENV)/dev.stamp ## 100,000 requests through the local edge: does anything grow?
	@$(BIN)/python -m bench.soak

fmt: $(VENV)/dev.stamp ## Format Python and templates
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2 || true

lock: $(VENV)/dev.stamp ## Compile the locked requirements anew from pyproject.toml
	@scripts/lock

lighthouse: $(VENV)/dev.stamp browser node ## Lighthouse on the main pages, its reports in reports/lighthouse
	@LIGHTHOUSE_REPORTS=reports/lighthouse $(BIN)/python -m pytest tests/e2e/test_lighthouse.py

screenshots: $(VENV)/dev.stamp browser ## Take the pictures of the pages anew
	@$(BIN)/python scripts/screenshots.py

pictures: ## Draw the icon and the social picture from their SVG files
	@scripts/pictures

browser: # Chromium for the browser tests
	@scripts/browser

node: # The npm packages of the tests with Node
	@scripts/node

runtimes: # Go with go-oidc and jq, for the samples
	@scripts/runtimes

clean: ## Remove .venv, the demo's state and every cache
	@rm -rf $(VENV) .edge .keys .mypy_cache .ruff_cache .pytest_cache staticfiles reports

$(VENV)/bin/python:
	@scripts/make-venv $(PYTHON) $(VENV)

$(VENV)/edge.stamp: requirements-edge.txt | $(VENV)/bin/python
	@echo "Installing what the demo needs (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r $<
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what development needs (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r $<
	@touch $@ $(VENV)/edge.stamp
