# The README's two commands, and what they stand on.
TARGET    := $(or $(CARGO_TARGET_DIR),target)
REGWARDEN := $(TARGET)/debug/regwarden
CHANNEL   := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)

.PHONY: demo test setup test-tools check-style bench bless artifacts wasm clean

## Builds everything and shows the main job on the examples.
demo: setup
	cargo build --locked --package regwarden-host
	@REGWARDEN=$(REGWARDEN) sh artifacts/demo.sh

## Builds everything and runs every test.
test: setup test-tools check-style
	cargo test --locked --workspace
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace --quiet

## The toolchain and the Wasm targets; does nothing where they are there.
setup:
	@command -v rustup >/dev/null || { echo "rustup is missing; see https://rustup.rs"; exit 1; }
	@rustup which rustc >/dev/null 2>&1 || rustup toolchain install $(CHANNEL) --profile minimal --component rustfmt --component clippy
	@cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
	@rustup target list --installed | grep -q wasm32-wasip1 || rustup target add wasm32-wasip1
	@rustup target list --installed | grep -q wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
	@command -v wasm-opt >/dev/null || { apt-get update -q && apt-get install -y -q binaryen; } >/dev/null 2>&1 || echo "wasm-opt is missing, so the policy stays larger than need be; it comes with binaryen"

## What tests run for real: a registry, skopeo, etcd and a kube-apiserver. Does nothing where they are there; what cannot
## be had is named, and the tests that need it say that they skip.
test-tools:
	@for pair in docker-registry:docker-registry skopeo:skopeo etcd:etcd-server; do \
	  command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  { apt-get update -q && apt-get install -y -q --no-install-recommends $$missing; } >/dev/null 2>&1 \
	    || echo "missing for tests:$$missing (packages of Debian; apt-get needs root)"; \
	fi
	@.ci/kube-apiserver.sh >/dev/null || echo "without kube-apiserver the tests of live clusters skip"

check-style:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

## Prints the figures of the README.
bench: setup
	cargo bench --locked --package conformance --bench ratio

## Writes the generated files anew.
bless: setup
	BLESS=1 cargo test --locked --package conformance artifacts

clean:
	cargo clean

## What a release consists of, in artifacts/: the policy with its metadata, the WASI command, their sums, and beside
## them the generated files that are in git. The same bytes from every clone.
artifacts: setup
	@command -v wasm-opt >/dev/null || { echo "wasm-opt is missing, without which the bytes differ from a release; it comes with binaryen"; exit 1; }
	cargo build --locked --package regwarden-host
	$(REGWARDEN) export artifacts/regwarden.wasm
	@mkdir -p $(TARGET)/regwarden-guest
	rustc --edition 2024 -o $(TARGET)/regwarden-guest/wasi host-runner/build/wasi.rs
	$(TARGET)/regwarden-guest/wasi . $(TARGET)/regwarden-guest artifacts/regwarden-wasi.wasm
	cd artifacts && sha256sum $(RELEASED) > SHA256SUMS

RELEASED := regwarden.wasm regwarden-wasi.wasm regwarden.cdx.json metadata.yml policy.yaml artifacthub-pkg.yml \
	artifacthub-repo.yml questions-ui.yml settings.schema.json catalogue.json rules.md rbac.yaml

wasm: artifacts
