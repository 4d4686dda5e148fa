//! What goes into the contract's types comes out of them again.

use super::super::question;
use super::*;
use crate::conversation::examples;

#[test]
fn every_block_comes_back_as_it_went() {
    for there in examples::blocks() {
        assert_eq!(block(question::block(there.clone())), there);
    }
}

#[test]
fn what_a_plugin_calls_json_need_not_be() {
    let call = wit::ToolCall {
        id: "t1".to_owned(),
        name: "f".to_owned(),
        input: "{\"city\"".to_owned(),
        server_kind: None,
    };
    let c::ContentBlock::ToolCall(call) = block(wit::ContentBlock::ToolCall(call)) else {
        panic!("another block");
    };
    assert_eq!(call.input.as_str(), r#""{\"city\"""#);
}
