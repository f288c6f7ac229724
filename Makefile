# Two commands matter: `make run` and `make test`.
.PHONY: advisories package run setup setup-test build test fuzz e2e lint format assets bench chaos soak shots clean help

run: ## Install what is missing, build, and serve a demo workspace on http://127.0.0.1:8080
	@Scripts/setup run
	@Scripts/build
	@exec .build/release/throughline demo --data data --port 8080

test: ## Everything: both engines, real browser, real servers
	@Scripts/test

fuzz: ## Fuzz every parser for SECONDS (600) each; figures are in docs/security/fuzzing.md
	@Scripts/fuzz --seconds $(or $(SECONDS),600)

advisories: ## Ask OSV whether anything we ship or build with has a known fault
	@Scripts/advisories

setup: ; @Scripts/setup run
setup-test: ; @Scripts/setup test
build: setup ; @Scripts/build
assets: ; @.venv/bin/python Scripts/assets && .venv/bin/python Scripts/embed
e2e: setup-test ; @swift build --product throughline && .venv/bin/python -m pytest -q EndToEnd
bench: setup build ## Measure against nginx and print the figures of docs/benchmarks.md
	@.venv/bin/python Benchmarks/run
chaos: setup build ## Kill workers 10,000 times on each engine and count what arrives
	@Scripts/chaos
soak: setup build ## An hour at a small team's load: memory and descriptors must stay flat
	@.venv/bin/python Benchmarks/soak
package: setup build ## Make the Debian package
	@Scripts/package
shots: ; @.venv/bin/python Scripts/shots http://127.0.0.1:8080
lint: ; @swift format lint --strict -r Sources Tests Package.swift
format: ; @swift format format -i -r Sources Tests Package.swift
clean: ; @rm -rf .build assets Sources/CAssets/generated .venv

help: ## Show these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'
