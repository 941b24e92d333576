# The developer's interface. `make help` lists it.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
# A machine that forbids it would translate all our modules anew at the start of every process.
unexport PYTHONDONTWRITEBYTECODE
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup programs demo run check test test-postgres mutants words goldens reference look twelve bench lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## virtual environment with everything pinned by hash

$(STAMP): requirements/dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" tools/setup.sh "$(VENV)"
	@touch $@

programs: ## what some tests drive: Chromium, a Japanese font, real senders (Debian packages, when root)
	@tools/programs.sh

demo: setup ## real attack lines over real sockets, an incident in plain Japanese on screen
	@$(BIN)/hinomi demo

run: setup ## the tower on ./data
	@$(BIN)/hinomi up --data data

check: setup ## format, lint, types, imports, unit tests: under a minute
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/vendor.py
	@$(BIN)/pytest -q -n 2 tests/unit tests/architecture

test: setup programs ## everything
	@tools/test.sh "$(BIN)"

test-postgres: setup ## the portal's tests and the contracts once more, on Debian's PostgreSQL
	@HINOMI_TEST_DATABASE=postgres $(BIN)/pytest -q -n 2 tests/portal tests/stores tests/e2e/contracts

mutants: setup ## change the detection core in small ways; the tests must notice
	@$(BIN)/python tools/mutants.py

words: setup ## every customer text, rendered with short, long and hostile slots
	@$(BIN)/python tools/words.py

goldens: setup ## rewrite expected files; the diff is the review
	@HINOMI_GOLDENS=write $(BIN)/pytest -q -p no:randomly tests/goldens

reference: setup ## rewrite docs/reference/commands.md, formats.md and formats/ from the program
	@$(BIN)/python -m tools.reference

look: setup ## photograph every screen at 390 and 1280 px into build/look
	@tools/programs.sh browser
	@$(BIN)/python tools/look.py build/look

twelve: setup ## the twelve cases from attack to end in a browser, by day and by night; photographs
	@tools/programs.sh browser
	@HINOMI_PHOTOS=build/twelve $(BIN)/pytest -q -s -n0 tests/e2e/twelve

bench: setup ## every benchmark, as ratios
	@$(BIN)/hinomi bench all

lock: ## recompile requirements/*.txt from pyproject.toml (needs uv)
	@tools/lock.sh

clean: ## remove the virtual environment
	rm -rf $(VENV)
