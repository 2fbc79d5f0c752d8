# The few verbs of this house. Everything happens in a virtual environment of its own.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo picture test siege test-models hil hil-long hil-arm lint bench households evenings science science-long clean

demo: $(VENV)/.lamp  ## play an evening in a simulated house; SEED=1 for another one
	$(BIN)/lamp demo $(if $(SEED),--seed $(SEED))

picture: $(VENV)/.lamp  ## the moving picture of README, from a demo as it runs today
	$(BIN)/lamp demo --minutes 15 --speed 0
	cp demo-out/evening-0.svg docs/evening.svg

test: $(INSTALLED)  ## the whole suite, hardware mocked
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered $(ARGS)
	$(BIN)/python -m tests.coverage_gate

siege: $(INSTALLED)  ## what the lamp promises when everything dies, at length: docs/reliability.md
	$(BIN)/python -m tests.siege $(ARGS)

test-models: $(INSTALLED)  ## those tests that need torch and transformers, which the lamp does not
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[models]'
	$(BIN)/python -m pytest tests/recipe tests/transcriber/test_add_model.py

hil: $(INSTALLED)  ## the hardware in the loop: pins and sound of a simulated board, by a real kernel
	tests/hil/kernel/build.sh > /dev/null
	$(BIN)/python -m $(if $(ARGS),pytest -m hil $(ARGS),tests.hil.all)

hil-long: $(INSTALLED)  ## the same in Debian guests, at length: 200 power cuts, updates; nightly
	tests/hil/kernel/build.sh > /dev/null
	LAMP_HIL_LONG=1 LAMP_HIL_CUTS=200 $(BIN)/python -m pytest -m hil tests/hil/guest -s $(ARGS)

hil-arm: $(INSTALLED)  ## build the image for a card and boot it in an emulated ARM machine; nightly
	$(BIN)/python -m pytest -m hil_arm tests/hil_arm -s $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)  ## speed and memory, as published in docs/speed.md
	$(BIN)/python -m bench

households: $(INSTALLED)  ## hours in households of text, against plain learners; docs/simulation.md
	$(BIN)/python -m bench.household --scenario base,cer20,mixed,two,busy,noise3,friends \
		--seeds 0-19 --against lr,knn --jobs 2 --quartiles $(ARGS)

evenings: $(INSTALLED)  ## ten of the demo's evenings, measured
	$(BIN)/python -m bench.evenings --seeds 0-9 --minutes 30 --jobs 2 $(ARGS)

science: $(INSTALLED)  ## rebuild the figures of docs/science.md
	$(BIN)/python -m bench.science

science-long: $(INSTALLED)  ## the larger experiments, kept one by one in science-long/; half an hour
	$(BIN)/python -m bench.science.long $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Install what is missing (Debian: sudo apt install python3-venv), then again."; false; }

$(VENV)/.lamp: $(VENV)/bin/python pyproject.toml
	@echo "Installing the lamp into $(VENV): about a minute, the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	touch $@

$(INSTALLED): $(VENV)/.lamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .coverage demo-out

.PHONY: lock
lock: $(INSTALLED)  ## write down the versions installed now
	echo '# Versions the tests passed with; used as constraints by the Makefile. Renew: make lock' > requirements.lock
	$(BIN)/python -m pip freeze --exclude-editable >> requirements.lock
