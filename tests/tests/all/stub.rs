//! Plugins of a few lines, in WebAssembly's text, for what the real one does not do.

use crate::contract::contract;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// A plugin whose functions give what is written here.
#[derive(Debug, Default)]
pub struct Stub {
    /// Interfaces it exports beside `provider`.
    exports: Vec<&'static str>,
    /// Instructions for each function of them, with the name the function has in a module.
    functions: Vec<(&'static str, &'static str)>,
    /// Memory, from its beginning.
    data: Vec<(u32, Vec<u8>)>,
}

/// Where results lie. What was never written is zero.
const COUNT: u32 = 1_000;
const RESPONSE: u32 = 1_200;
const BLOCK: u32 = 1_400;
const TEXT: u32 = 1_500;

impl Stub {
    /// Exports `provider` and nothing else: it describes itself by empty texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts 42 tokens, after some instructions.
    pub fn counting(mut self, first: &'static str) -> Self {
        self.exports.push("token-counter");
        self.functions.push(("token-counter@0.1.0#count-tokens", first));
        self.data.push((COUNT + 8, 42_u64.to_le_bytes().into()));
        self
    }

    /// Answers `text` in one piece, with 100 tokens of input and 10 of output.
    pub fn completing(mut self, text: &str) -> Self {
        self.exports.push("non-streaming");
        self.functions.push(("non-streaming@0.1.0#complete", ""));
        let word = |value: usize| (value as u32).to_le_bytes().to_vec();
        let long = |value: u64| value.to_le_bytes().to_vec();
        self.data.extend([
            // The role is the second case, the list has one block, a text.
            (RESPONSE + 8, vec![1]),
            (RESPONSE + 20, [word(BLOCK as usize), word(1)].concat()),
            (BLOCK + 4, [word(TEXT as usize), word(text.len())].concat()),
            (TEXT, text.as_bytes().to_vec()),
            // In the summary the usage is set: input, output, total.
            (RESPONSE + 48, vec![1]),
            (RESPONSE + 56, [long(100), long(10), long(110)].concat()),
        ]);
        self
    }

    /// The component.
    pub fn build(&self) -> Vec<u8> {
        let mut resolve = contract();
        let exports: String = self
            .exports
            .iter()
            .map(|name| format!("export converse:provider/{name}@0.1.0;"))
            .collect();
        let world = format!(
            "package test:stub; world stub {{ include converse:provider/plugin@0.1.0; {exports} }}"
        );
        let package = resolve.push_str("stub.wit", &world).unwrap();
        let world = resolve.select_world(&[package], Some("stub")).unwrap();
        let mut module = wat::parse_str(self.text()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }

    fn text(&self) -> String {
        let functions: String = self
            .functions
            .iter()
            .map(|(name, first)| {
                let result = if name.ends_with("complete") { RESPONSE } else { COUNT };
                format!(
                    r#"(func (export "converse:provider/{name}") (param i32) (result i32)
                        (local $i i32) (local $pollable i32) {first} (i32.const {result}))"#
                )
            })
            .collect();
        let data: String = self
            .data
            .iter()
            .map(|(at, bytes)| {
                let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
                format!(r#"(data (i32.const {at}) "{bytes}")"#)
            })
            .collect();
        format!(
            r#"(module
                (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
                    (func $pause (param i64) (result i32)))
                (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
                (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $drop (param i32)))
                (memory (export "memory") 16)
                (global $free (mut i32) (i32.const 65536))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.set $free
                        (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                    (global.get $free)
                    (global.set $free (i32.add (global.get $free) (local.get 3))))
                (func (export "converse:provider/provider@0.1.0#describe") (result i32)
                    (i32.const 32))
                (func (export "converse:provider/provider@0.1.0#start") (param i32) (result i32)
                    unreachable)
                (func (export "converse:provider/provider@0.1.0#[method]completion.next")
                    (param i32) (result i32) unreachable)
                {functions}
                {data})"#
        )
    }
}
