//! `read_answer`: an answer in one piece, and what the next request makes of it.

use super::{answer, body, events, json, list, validity};
use arbitrary::{Result, Unstructured};
use bedrock_converse::bindings::types as wit;
use bedrock_converse::converse::body::{Operation, body as write_body};
use bedrock_converse::converse::prepare::{Origin, Target, prepare};
use bedrock_converse::converse::whole::{read_answer, read_count};
use wit::ContentBlock as B;

/// Checks one input: a text, or what to make an answer of.
pub fn check(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok(text) = make(&mut u) else { return };
    super::show(&text);
    if let Err(error) = read_count(&text) {
        assert!(!error.message.trim().is_empty(), "an error without a message");
    }
    match read_answer(&text, Some("request-1".to_owned()), &Origin::default()) {
        Err(error) => assert!(!error.message.trim().is_empty(), "an error without a message"),
        Ok(answer) => {
            answer.content.iter().for_each(check_block);
            answer::check_summary(&answer.summary);
            check_next_request(answer.content);
        }
    }
}

fn make(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 16)? {
        return Ok(u.arbitrary::<&str>()?.to_owned());
    }
    let content = list(u, 5, block)?.join(",");
    let mut members = events::metadata(u)?;
    members.push(format!(r#""stopReason":{}"#, events::stop_reason(u)?));
    members.push(format!(r#""additionalModelResponseFields":{}"#, json::value(u)?));
    let message = format!(r#"{{"role":"assistant","content":[{content}]}}"#);
    members.push(format!(r#""output":{{"message":{message}}}"#));
    Ok(format!("{{{}}}", members.join(",")))
}

fn block(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=11)? {
        0 => json::value(u)?,
        1 => format!(
            r#"{{"toolResult":{{{},"content":[{{"json":{}}}]}}}}"#,
            events::tool(u)?,
            json::value(u)?
        ),
        2 => format!(r#"{{"reasoningContent":{}}}"#, json::value(u)?),
        3 => {
            let (text, signature) = (json::string(u)?, json::string(u)?);
            format!(
                r#"{{"reasoningContent":{{"reasoningText":{{"text":{text},"signature":{signature}}}}}}}"#
            )
        }
        4 => format!(r#"{{"reasoningContent":{{"redactedContent":{}}}}}"#, events::base64(u)?),
        5 => {
            let (text, citation) = (json::string(u)?, events::citation(u)?);
            format!(
                r#"{{"citationsContent":{{"content":[{{"text":{text}}}],"citations":[{citation}]}}}}"#
            )
        }
        6 => format!(
            r#"{{"image":{{"format":{},"source":{}}}}}"#,
            json::string(u)?,
            events::source(u)?
        ),
        7 | 8 => {
            format!(r#"{{"toolUse":{{{},"input":{}}}}}"#, events::tool(u)?, json::mostly_object(u)?)
        }
        _ => format!(r#"{{"text":{}}}"#, json::string(u)?),
    })
}

fn check_block(block: &B) {
    match block {
        B::ToolCall(call) => validity::json("tool-call.input", &call.input),
        B::ToolResult(result) => {
            for content in &result.content {
                match content {
                    wit::ToolResultContent::Json(text) => validity::json("json", text),
                    wit::ToolResultContent::Other(raw) => validity::json(&raw.kind, &raw.json),
                    _ => {}
                }
            }
        }
        B::Other(raw) => validity::json(&raw.kind, &raw.json),
        _ => {}
    }
}

/// An answer goes back as a turn of the next request, whatever is in it.
fn check_next_request(content: Vec<B>) {
    let text = |text: &str| vec![B::Text(text.to_owned())];
    let turn = |role, content| wit::Message { role, content };
    let mut request = super::request::empty("vendor.unheard-of-v1");
    request.messages = vec![
        turn(wit::Role::User, text("Hello")),
        turn(wit::Role::Assistant, content),
        turn(wit::Role::User, text("Go on")),
    ];
    let target = Target::new("vendor.unheard-of-v1", "us-east-1");
    let Ok(prepared) = prepare(request, &target, Operation::Converse) else { return };
    if let Ok(bytes) = write_body(Operation::Converse, &prepared.request) {
        let text = String::from_utf8(bytes).expect("a body is text");
        if let Some(sent) = validity::value("the next request", &text) {
            body::check(&sent, false);
        }
    }
}
