//! The Bedrock plugin as bytes: a WebAssembly component of the world `converse:provider/plugin`.
//!
//! The build script compiles the crate `bedrock-converse` for `wasm32-unknown-unknown` and makes the
//! component of it. Hand the bytes to a host:
//!
//! ```text
//! let provider = host.load(bedrock_converse_component::COMPONENT).await?;
//! ```
#![forbid(unsafe_code)]

/// The component's bytes.
pub const COMPONENT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/bedrock_converse.component.wasm"));

#[cfg(test)]
mod tests {
    /// What every caller downloads and compiles; the README and the design promise it.
    const MOST: usize = 500_000;

    #[test]
    fn is_a_component_of_the_promised_size() {
        // The component model's preamble: magic, version 13, layer 1.
        assert_eq!(&super::COMPONENT[..8], b"\0asm\x0d\0\x01\0");
        assert!(super::COMPONENT.len() < MOST, "{} bytes", super::COMPONENT.len());
    }
}
