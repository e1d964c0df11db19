# The README's two commands, and what they stand on.
TARGET    := $(or $(CARGO_TARGET_DIR),target)
REGWARDEN := $(TARGET)/debug/regwarden
CHANNEL   := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)

.PHONY: demo test setup test-tools check-style bench bless wasm clean

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

## The policy as files: the waPC module that the binary embeds, and the WASI command.
wasm: setup
	cargo build --locked --package regwarden-host
	$(REGWARDEN) export artifacts/regwarden.wasm
	cargo build --locked --package regwarden-policy --features wasi --bin regwarden-policy-wasi --target wasm32-wasip1 --profile guest
	cp $(TARGET)/wasm32-wasip1/guest/regwarden-policy-wasi.wasm artifacts/regwarden-wasi.wasm
