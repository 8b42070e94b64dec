# Two commands do all the set-up on a fresh Debian or Ubuntu: `make demo` and `make test`.
# PYTHON=/path/to/python chooses the interpreter, ARGS="-k pace" goes on to pytest.

PYTHON ?=
ARGS ?=
export PYTHON

BIN := .venv/bin
COMPILE := uv pip compile --quiet --no-config --universal --generate-hashes \
	--python-version 3.11 --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-mysql check format lock bench-main bench-sessions bench-numbers fuzz image try-image clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: .venv, locked dependencies, browser, servers
	@scripts/setup python browser servers

demo: ## run the main job against a make-believe ad platform, on SQLite, without a server
	@scripts/setup python browser
	@$(BIN)/danga demo

test: check ## run the checks and the whole suite: real Chromium, MariaDB, Redis, Celery workers
	@scripts/setup browser servers
	@$(BIN)/pytest -n 2 $(ARGS)

# The suite has two of the three databases; this one takes root and 0.4 GB (MYSQL9=options).
test-mysql: ## run the tests of the storage on a real MySQL 9 too (root; see scripts/mysql9)
	@scripts/setup python servers
	@scripts/mysql9 $(MYSQL9) $(BIN)/pytest -n 2 tests/storage tests/sessions tests/pace $(ARGS)

check: ## format, lint, strict types, import layers
	@scripts/setup python
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >.tools/imports.log || { cat .tools/imports.log; exit 1; }

format: ## write the house format and the fixes that are safe
	@scripts/setup python
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Only new wants move: versions in the files stay unless pyproject.toml excludes them
# (`make lock UPGRADE=--upgrade` moves all). No index address is written into the files.
lock: ## recompile both requirement files with their hashes (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	@$(COMPILE) $(UPGRADE) --group dev pyproject.toml -o requirements-dev.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml -o requirements.txt -c requirements-dev.txt

bench-main: ## measure the main job; writes bench/results/main.json (about ten minutes)
	@scripts/setup python browser servers
	@$(BIN)/python -m bench.main

bench-sessions: ## measure sessions and their surroundings; writes bench/results/sessions.json
	@scripts/setup python browser servers
	@$(BIN)/python -m bench.sessions

bench-numbers: ## measure costs and storage at size; writes bench/results/numbers.json (ARGS="--readings 26000000")
	@scripts/setup python servers
	@$(BIN)/python -m bench.numbers $(ARGS)

fuzz: ## bring 2,800 hostile pickles, cookie files and vault rows to the doors (ARGS="--seed 7")
	@scripts/setup python
	@$(BIN)/python -m bench.hostile $(ARGS)

image: ## build the container image
	@scripts/build-image

try-image: ## run doctor and the main job inside the image that was built
	@scripts/try-image

clean: ## remove what make made: .venv, caches, notes
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
