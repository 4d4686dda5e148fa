//! Events as the service writes them, and as it should not.

use super::{json, list, pick, text, wire};
use arbitrary::{Result, Unstructured};

/// A frame of an answer.
pub fn frame(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(match u.int_in_range(0..=31)? {
        0 => wire::flawed(u)?,
        1 => u.arbitrary::<&[u8]>()?.to_vec(),
        2 => exception(u)?,
        3 => {
            let headers = [
                wire::text_header(":message-type", pick(u, &["error", "other"])?),
                wire::text_header(":error-code", &text(u)?),
                wire::text_header(":error-message", &text(u)?),
            ];
            wire::encode(&headers[u.int_in_range(0..=1)?..u.int_in_range(1..=3)?], b"")
        }
        4 => {
            let name = event_name(u)?;
            event(name, &json::value(u)?)
        }
        5 => {
            let name = event_name(u)?;
            wire::encode(&headers(name), u.arbitrary()?)
        }
        6 => event("messageStart", &format!(r#"{{"role":{}}}"#, role(u)?)),
        7..=9 => message_stop(u)?,
        10..=12 => event("metadata", &format!("{{{}}}", metadata(u)?.join(","))),
        13..=16 => {
            let start = start(u)?;
            event("contentBlockStart", &at_index(u, &format!(r#""start":{start}"#))?)
        }
        17..=20 => event("contentBlockStop", &at_index(u, r#""p":"ab""#)?),
        _ => {
            let delta = delta(u)?;
            event("contentBlockDelta", &at_index(u, &format!(r#""delta":{delta}"#))?)
        }
    })
}

/// Whether a frame's headers say that the message ends in it.
pub const MESSAGE_STOP: &str = "messageStop";

/// Members of the event `metadata`, some of them.
pub fn metadata(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    list(u, 4, |u| {
        Ok(match u.int_in_range(0..=7)? {
            0 => format!(r#""metrics":{{"latencyMs":{},"x":{}}}"#, number(u)?, json::value(u)?),
            1 => format!(r#""performanceConfig":{{"latency":{}}}"#, json::string(u)?),
            2 => format!(r#""serviceTier":{{"type":{}}}"#, json::string(u)?),
            3 => format!(r#""trace":{{"guardrail":{}}}"#, json::value(u)?),
            4 => format!(r#""trace":{{"promptRouter":{{"invokedModelId":{}}}}}"#, json::string(u)?),
            5 => format!(r#"{}:{}"#, json::string(u)?, json::value(u)?),
            _ => usage(u)?,
        })
    })
}

/// The name of a reason to stop, as JSON.
pub fn stop_reason(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=3)? {
        0 => json::string(u)?,
        _ => json::quoted(pick(u, &["end_turn", "tool_use", "max_tokens", "refusal"])?),
    })
}

/// What a citation says.
pub fn citation(u: &mut Unstructured<'_>) -> Result<String> {
    let location = match u.int_in_range(0..=3)? {
        0 => json::value(u)?,
        1 => format!(r#"{{"web":{{"url":{}}}}}"#, json::string(u)?),
        2 => r#"{"documentChar":{"documentIndex":0,"start":1,"end":2}}"#.to_owned(),
        _ => format!(r#"{{"searchResultLocation":{{"start":{}}}}}"#, number(u)?),
    };
    let (title, source) = (json::string(u)?, json::string(u)?);
    Ok(format!(
        r#"{{"title":{title},"sourceContent":[{{"text":{source}}},{{}}],"location":{location}}}"#
    ))
}

/// What names a tool's call or result.
pub fn tool(u: &mut Unstructured<'_>) -> Result<String> {
    let kind = pick(u, &["", r#","type":"tool_use""#, r#","type":"server_tool_use""#])?;
    let status = pick(u, &["", r#","status":"error""#, r#","status":1"#])?;
    Ok(format!(r#""toolUseId":{},"name":{}{kind}{status}"#, json::string(u)?, json::string(u)?))
}

/// Where an image is.
pub fn source(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=3)? {
        0 => json::value(u)?,
        1 => format!(r#"{{"bytes":{}}}"#, base64(u)?),
        _ => format!(r#"{{"s3Location":{{"uri":{}}}}}"#, json::string(u)?),
    })
}

/// Bytes, mostly as base64.
pub fn base64(u: &mut Unstructured<'_>) -> Result<String> {
    match u.int_in_range(0..=3)? {
        0 => json::string(u),
        _ => Ok(json::quoted(pick(u, &["", "AP8B", "AA==", "c2ln"])?)),
    }
}

fn event(name: &str, payload: &str) -> Vec<u8> {
    wire::encode(&headers(name), payload.as_bytes())
}

fn headers(name: &str) -> [(String, u8, Vec<u8>); 2] {
    [wire::text_header(":event-type", name), wire::text_header(":message-type", "event")]
}

fn event_name<'a>(u: &mut Unstructured<'_>) -> Result<&'a str> {
    pick(
        u,
        &[
            "messageStart",
            "contentBlockStart",
            "contentBlockDelta",
            "contentBlockStop",
            MESSAGE_STOP,
            "metadata",
            "initial-response",
            "",
        ],
    )
}

fn exception(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let name = pick(u, &["throttlingException", "modelStreamErrorException", "new", ":", ""])?;
    let headers = [
        wire::text_header(":exception-type", name),
        wire::text_header(":message-type", "exception"),
    ];
    let payload = match u.int_in_range(0..=2)? {
        0 => json::value(u)?,
        1 => text(u)?,
        _ => format!(r#"{{"message":{},"originalStatusCode":{}}}"#, json::string(u)?, number(u)?),
    };
    Ok(wire::encode(&headers, payload.as_bytes()))
}

fn message_stop(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let reason = stop_reason(u)?;
    let fields = match u.arbitrary()? {
        true => format!(r#","additionalModelResponseFields":{}"#, json::value(u)?),
        false => String::new(),
    };
    Ok(event(MESSAGE_STOP, &format!(r#"{{"stopReason":{reason}{fields}}}"#)))
}

fn at_index(u: &mut Unstructured<'_>, member: &str) -> Result<String> {
    let index = match u.int_in_range(0..=15)? {
        0 => number(u)?,
        _ => pick(u, &["0", "1", "2"])?,
    };
    Ok(format!(r#"{{"contentBlockIndex":{index},{member}}}"#))
}

fn number<'a>(u: &mut Unstructured<'_>) -> Result<&'a str> {
    pick(
        u,
        &["0", "7", "500", "4294967295", "4294967296", "18446744073709551616", "-1", "1.5", "null"],
    )
}

fn role(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=3)? {
        0 => json::string(u)?,
        _ => r#""assistant""#.to_owned(),
    })
}

fn usage(u: &mut Unstructured<'_>) -> Result<String> {
    let (input, cached) = (number(u)?, number(u)?);
    let details = pick(u, &["null", "[]", r#"[{"ttl":"1h","inputTokens":3}]"#, "[{}]", "{}"])?;
    Ok(format!(
        r#""usage":{{"inputTokens":{input},"outputTokens":2,"totalTokens":3,"cacheReadInputTokens":{cached},"cacheDetails":{details}}}"#
    ))
}

fn start(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=7)? {
        0 => json::value(u)?,
        1 => format!(r#"{{"toolResult":{{{}}}}}"#, tool(u)?),
        2 => format!(r#"{{"image":{{"format":{}}}}}"#, json::string(u)?),
        _ => format!(r#"{{"toolUse":{{{}}}}}"#, tool(u)?),
    })
}

fn delta(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=15)? {
        0 => json::value(u)?,
        1 => format!(r#"{{"reasoningContent":{{"redactedContent":{}}}}}"#, base64(u)?),
        2 => format!(r#"{{"reasoningContent":{}}}"#, json::value(u)?),
        3 => format!(r#"{{"reasoningContent":{{"signature":{}}}}}"#, json::string(u)?),
        4 | 5 => format!(r#"{{"reasoningContent":{{"text":{}}}}}"#, json::string(u)?),
        6 => format!(r#"{{"citation":{}}}"#, citation(u)?),
        7 => format!(
            r#"{{"toolResult":[{{"text":{}}},{{"json":{}}}]}}"#,
            json::string(u)?,
            json::value(u)?
        ),
        8 => format!(r#"{{"image":{{"source":{}}}}}"#, source(u)?),
        9 | 10 => {
            format!(r#"{{"toolUse":{{"input":{}}}}}"#, json::quoted(&json::mostly_object(u)?))
        }
        _ => format!(r#"{{"text":{}}}"#, json::string(u)?),
    })
}
