# Every target works on a fresh clone with Python 3.11 or newer and nothing else: it makes
# .venv and installs what it needs from the lock files, once.

.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

PYTHON ?=
TEST_WORKERS ?= 2
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
CREATED := $(VENV)/.created
SERVER := $(VENV)/.server-installed
DEV := $(VENV)/.dev-installed

# What Python compiles is kept in .venv, whatever the surroundings say: the tests start hundreds
# of processes, and each would spend two seconds on compiling the same packages anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links \
	pyproject.toml --extra server --extra postgres requirements/server.in

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: $(SERVER) ## Start the service on 127.0.0.1:8080 with an SQLite file (ARGS="--port 9000" passes options on)
	@exec $(BIN)/seriatim serve $(ARGS)

.PHONY: test
test: $(DEV) ## Run the whole ordinary suite, PostgreSQL included (ARGS="-k prefix" passes options on)
	@tests/browser/install-chromium
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadscope $(ARGS)

.PHONY: test-cases
test-cases: $(DEV) ## Send every case that Schemathesis makes up of the OpenAPI document
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) tests/contract/test_schemathesis.py --all-cases $(ARGS)

.PHONY: screenshots
screenshots: $(DEV) ## Write the docs' screenshots of the console, as the browser tests make them
	@tests/browser/install-chromium
	@$(BIN)/python -m pytest tests/browser/test_screenshots.py --write-screenshots $(ARGS)

.PHONY: test-fault
test-fault: $(DEV) ## Kill, cut and fail over for 45 minutes (ARGS="--minutes 5 --seed 7" passes options on)
	@exec $(BIN)/python -m tests.fault $(ARGS)

.PHONY: coverage
coverage: $(DEV) ## Show that the tests without a database take every branch of domain and engine
	@$(BIN)/python -m pytest -q tests/unit/domain tests/unit/engine tests/unit/verifier \
		--cov seriatim.domain --cov seriatim.engine --cov-branch --cov-report term-missing:skip-covered --cov-fail-under 100 $(ARGS)

.PHONY: mutants
mutants: $(DEV) ## Change domain and engine in small ways, and see whether a test notices (ARGS="--sample 50 --seed 2")
	@exec $(BIN)/python -m tests.mutants $(ARGS)

.PHONY: check
check: $(DEV) ## Check format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(DEV) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(DEV) ## Run the benchmarks and write bench/results/latest.json
	@exec $(BIN)/python -m bench $(ARGS)

.PHONY: lock
lock: $(DEV) ## Compile the lock files anew (ARGS=--upgrade takes the newest versions)
	$(COMPILE) $(ARGS) --output-file requirements/server.lock
	$(COMPILE) $(ARGS) requirements/dev.in --constraints requirements/server.lock --output-file requirements/dev.lock

.PHONY: clean
clean: ## Remove .venv, caches and build results (never a database)
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A Python is taken only when it runs, is new enough and can make virtual environments:
# a name on the PATH may be a version manager's shim with nothing behind it.
$(CREATED):
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			echo "making $(VENV) with $$("$$candidate" --version)"; \
			rm -rf $(VENV) && "$$candidate" -m venv $(VENV) && touch $@ && exit 0; \
		fi; \
	done; \
	echo 'No usable Python found: 3.11 or newer with the venv and ensurepip modules is needed' >&2; \
	echo '(on Debian and Ubuntu: apt-get install python3-venv; elsewhere: make PYTHON=/path/to/python3.11 ...).' >&2; \
	exit 1

# dev.lock holds everything of server.lock at the same versions (a test sees to it), so either
# order is right, and whoever has installed the one needs the other no more.
# The project is installed last, from this folder, with the build tool of the lock file.
$(SERVER): $(CREATED) requirements/server.lock pyproject.toml
	@echo 'installing requirements/server.lock'
	@$(INSTALL) --require-hashes --no-compile --requirement requirements/server.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(DEV): $(CREATED) requirements/dev.lock pyproject.toml
	@echo 'installing requirements/dev.lock'
	@$(INSTALL) --require-hashes --no-compile --requirement requirements/dev.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $(SERVER) $@
