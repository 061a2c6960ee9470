# A bare Python 3.11 and make are enough: every target sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo test check docs format benchmarks clean

help: ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Settle the shipped round of four clinics and say where the report is
	$(BIN)/fairpool demo

test: $(VENV)/.installed-test ## Run the test suite and the examples in docstrings (a few minutes)
	$(BIN)/pytest -n 2 -m "not long"
	$(BIN)/pytest -n 2 --doctest-modules src/fairpool

check: $(VENV)/.installed-check docs ## Format, lint, types, walls, all tests in random order, docs executed and built
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2
	$(BIN)/pytest -n 2 --doctest-modules src/fairpool

docs: $(VENV)/.installed-docs ## Build the documentation site in site/ and say where it is
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -d site/.doctrees docs site
	@echo "documentation: file://$(CURDIR)/site/index.html"

format: $(VENV)/.installed-check ## Put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmarks: $(VENV)/.installed-test ## Measure (docs/benchmarks.md says against what)
	$(BIN)/python benchmarks/party_values.py

clean: ## Remove everything that was set up or made
	rm -rf $(VENV) fairpool-demo dist site docs/reference .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-check: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[test,check]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed

$(VENV)/.installed-docs: $(BIN)/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[docs]'
	@touch $@ $(VENV)/.installed
