# Everything one does with incident-bot. `make help` lists it; what a target needs is installed by it.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Queries are checked against .sqlx, whatever database a person has set.
export SQLX_OFFLINE := true

local := deploy/local
shell_scripts := .ci/run deploy/docs-check deploy/compose/check deploy/kubernetes/check deploy/kubernetes/first-scale \
  deploy/kubernetes/import-legacy deploy/kubernetes/render deploy/monitoring/check deploy/monitoring/generate $(local)/chromium \
  $(local)/postgres $(local)/run $(local)/sqlx-data $(local)/test $(local)/tool $(local)/ui

.PHONY: help
help: ## lists what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

.PHONY: run
run: ## runs it all on this machine, with the sandbox in place of Slack unless Slack tokens are set
	@$(local)/run

.PHONY: test
test: ## runs all tests: Rust, TypeScript, browser
	@$(local)/test

.PHONY: test-faults
test-faults: ## runs the Rust tests with every call broken in every way, which takes long
	@$(local)/test faults

.PHONY: bench
bench: ## measures the queue, what people do, and what more workers bring, against a Postgres that keeps what it is given
	@cargo build --release --workspace --bins
	@TEST_DATABASE_URL=$$($(local)/postgres start bench) cargo bench --workspace --bench '*'

.PHONY: check
check: check-sqlx check-rust check-dependencies check-proto check-ui check-deploy check-images ## formatting, lints, layers, licences, .sqlx, manifests

.PHONY: check-rust
check-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

# First, because it makes the crates with queries compile anew.
.PHONY: check-sqlx
check-sqlx:
	$(local)/sqlx-data --check

# Advisories are fetched from the internet: where they cannot be, the rest is checked all the same.
.PHONY: check-dependencies
check-dependencies:
	@set -e; deny=$$($(local)/tool cargo-deny); \
	echo "cargo deny check bans licenses sources"; \
	"$$deny" --locked check --hide-inclusion-graph bans licenses sources; \
	if "$$deny" fetch db >/dev/null 2>&1; then "$$deny" --locked check advisories; \
	else echo "the advisory database cannot be fetched: advisories are not checked"; fi

.PHONY: check-proto
check-proto:
	@$(local)/ui install
	services/web/ui/node_modules/.bin/buf lint proto

.PHONY: check-ui
check-ui:
	@$(local)/ui npm run --if-present lint
	@$(local)/ui npm run --if-present typecheck

cloudbuild := deploy/cloudbuild
build_scripts := deploy/images deploy/test-images $(addprefix $(cloudbuild)/,build dependencies deploy lib lock mark-tested take-tested test) \
  $(wildcard $(cloudbuild)/stand-ins/*)

.PHONY: check-cloudbuild
check-cloudbuild:
	"$$($(local)/tool shellcheck)" --external-sources $(build_scripts)
	deploy/check-dockerfiles
	deploy/test-image-scripts
	$(cloudbuild)/test

# Says so and succeeds where buildah is missing.
.PHONY: check-images
check-images:
	@deploy/test-images

.PHONY: images
images: ## builds the images of the three services with docker, podman or buildah, and checks what is in them
	@deploy/images

.PHONY: check-deploy
check-deploy: check-cloudbuild
	"$$($(local)/tool shellcheck)" $(shell_scripts)
	"$$($(local)/tool hadolint)" Dockerfile.gateway Dockerfile.worker Dockerfile.web deploy/compose/Dockerfile.sandbox
	deploy/kubernetes/check
	deploy/monitoring/check
	deploy/docs-check
	deploy/compose/check

.PHONY: manifest
manifest: ## writes slack_app_manifest.yaml, for making or updating the Slack app
	@cargo run --quiet --bin gateway -- manifest > slack_app_manifest.yaml
	@echo "slack_app_manifest.yaml is written"

.PHONY: sqlx
sqlx: ## writes .sqlx anew, after a query or a migration has changed
	@$(local)/sqlx-data

.PHONY: fmt
fmt: ## formats everything
	@cargo fmt --all
	@$(local)/ui npm run --if-present format

.PHONY: stop
stop: ## stops the private databases that tests and benchmarks leave running
	@for folder in target/postgres/*/; do if [ -d "$$folder" ]; then $(local)/postgres stop "$$(basename "$$folder")"; fi; done
