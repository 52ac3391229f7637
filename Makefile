# Everything a developer or a newcomer does; `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OURS := libs/core services/ingest services/processor services/query services/notifier .
# An image's name, and where its Dockerfile is.
IMAGES := standalone=. ingest=services/ingest processor=services/processor query=services/query notifier=services/notifier gateway=deploy/gateway
BASE_IMAGE ?= python:3.13-slim
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# What restarts the broker that others are using, and so runs by itself.
OUTAGES := tests/cluster/test_kafka_outages.py
EDITABLE := $(foreach p,$(OURS),-e $(p))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run check test services-up services-down test-cluster faults images bench bench-batches bench-cluster bench-live bench-notifications generate verify format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-19s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start Calotype on http://127.0.0.1:8080 (honours CALOTYPE_HOST, CALOTYPE_PORT, CALOTYPE_DATA_DIR)
	$(BIN)/calotype serve

check: $(VENV)/.dev ## Format, lint, types, layers, unit tests (under a minute)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 tests/unit tests/architecture

test: check verify ## All of check, then conformance, pixels, the story, the page and the kill tests
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests -m "not cluster" --ignore=tests/unit --ignore=tests/architecture

services-up: ## Start a real Kafka, S3 server and MongoDB on free ports of this machine (see deploy/services)
	$(PYTHON) -m deploy.services up

services-down: ## Stop them, and remove their data
	$(PYTHON) -m deploy.services down

test-cluster: $(VENV)/.dev ## The same conformance and story, and the faults, on the real servers of services-up
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests -m "cluster and not faults" --ignore=$(OUTAGES)
	$(BIN)/pytest -q $(OUTAGES)
	$(BIN)/pytest -q tests -m "cluster and faults"

faults: $(VENV)/.dev ## Every fault on the servers of services-up, 20 times each (RUNS=1: as in CI); see docs/reliability.md
	CALOTYPE_FAULT_RUNS=$(or $(RUNS),20) $(BIN)/pytest -q tests/faults -m cluster

fuzz: $(VENV)/.dev ## Damaged files through the whole door (FILES=20000, SEED=another each time)
	CALOTYPE_FUZZ_FILES=$(or $(FILES),20000) CALOTYPE_FUZZ_SEED=$(or $(SEED),$$RANDOM) $(BIN)/pytest -q -s tests/flow/test_fuzz.py

images: ## Build the container images calotype/… (BASE_IMAGE=another Debian with Python, DOCKER_FLAGS=--network=host)
	for image in $(IMAGES); do \
	  docker build $(DOCKER_FLAGS) --build-arg BASE_IMAGE=$(BASE_IMAGE) --tag calotype/$${image%%=*} \
	    --label org.opencontainers.image.version=$(VERSION) --label org.opencontainers.image.revision=$$(git rev-parse HEAD) \
	    --file $${image#*=}/Dockerfile . || exit 1; \
	done

bench: $(VENV)/.dev ## Measure, and write docs/benchmarks.md (PHOTOS=folder of photographs)
	$(BIN)/python -m bench.standalone $(if $(PHOTOS),--photos $(PHOTOS))

bench-engine: $(VENV)/.dev ## The same of the decoding child alone: against bare libvips, sharp (from npm) and Pillow
	$(BIN)/python -m bench.engine $(if $(PHOTOS),--photos $(PHOTOS))

bench-batches: $(VENV)/.dev ## The same of jobs: CSVs in, fetched from a shop of ours, CSVs out
	$(BIN)/python -m bench.batches $(if $(PHOTOS),--photos $(PHOTOS))

bench-cluster: $(VENV)/.dev ## The same of the services on the real servers of services-up
	$(BIN)/python -m bench.cluster $(if $(PHOTOS),--photos $(PHOTOS))

bench-live: $(VENV)/.dev ## The same of telling: 2,000 WebSocket clients on one job
	$(BIN)/python -m bench.live

bench-notifications: $(VENV)/.dev ## The same of webhooks: 1,000 of them, a tenth of them dead, and one callback
	$(BIN)/python -m bench.notifications

generate: $(VENV)/.dev ## Regenerate the protobuf code and the generated pages of docs/
	$(BIN)/python -m docs.generate

verify: $(VENV)/.dev ## Prove that nothing generated differs from its source
	$(BIN)/python -m docs.generate --check

format: $(VENV)/.dev ## Format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.dev ## Resolve the newest dependencies into requirements/*.txt (hashed, no hosts)
	$(BIN)/uv lock --upgrade
	$(BIN)/uv export -q --no-emit-workspace --no-annotate --no-header --no-dev --group build -o requirements/standalone.txt
	$(BIN)/uv export -q --no-emit-workspace --no-annotate --no-header --only-group build -o requirements/build.txt
	$(BIN)/uv export -q --no-emit-workspace --no-annotate --no-header --all-groups -o requirements/dev.txt
	for service in ingest processor query notifier; do \
	  $(BIN)/uv export -q --no-emit-workspace --no-annotate --no-header --no-dev --package calotype-$$service -o requirements/$$service.txt; \
	done

clean: ## Remove the virtual environment and the caches (never your data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Calotype needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/standalone.txt $(OURS:%=%/pyproject.toml) | $(BIN)/python
	$(PIP) --require-hashes -r requirements/standalone.txt
	$(PIP) --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
