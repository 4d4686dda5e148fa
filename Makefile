# Each target sets up what it needs; nothing has to be installed by hand but Rust.
#
# All of them build the whole workspace: cargo unifies features over what is built together, and a
# part built alone would compile wasmtime a second time.
.PHONY: demo test bench fuzz guest

demo:
	scripts/guest-toolchain
	cargo build --release
	target/release/converse demo

test: guest
	scripts/rust-components
	cargo fmt --all --check
	cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Beside the AWS SDK for Rust; minutes, on a machine that does nothing else.
bench:
	scripts/guest-toolchain
	cargo bench --workspace --bench versus_sdk

# Looks for inputs that break a promise of the plugin's code, natively: FUZZ_SECONDS for each target.
fuzz:
	scripts/fuzz

# The plugin as a file, for `converse chat --plugin` and hosts that load one; prints its size.
guest:
	scripts/guest-toolchain
	cargo run --quiet --bin bedrock-converse-component -- target/bedrock-converse.wasm
