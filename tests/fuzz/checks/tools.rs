//! Tools and settings of a request, made of bytes.

use super::{json, maybe, pick, text};
use arbitrary::{Result, Unstructured};
use bedrock_converse::bindings::types as wit;

/// A tool.
pub fn tool(u: &mut Unstructured<'_>) -> Result<wit::Tool> {
    Ok(match u.int_in_range(0..=9)? {
        0 => wit::Tool::System(name(u)?),
        1 => wit::Tool::CachePoint(point(u)?),
        2 => wit::Tool::Other(raw(u)?),
        _ => wit::Tool::Function(wit::ToolSpec {
            name: name(u)?,
            description: maybe(u, text)?,
            input_schema: match u.arbitrary()? {
                true => r#"{"type":"object"}"#.to_owned(),
                false => json::mostly_object(u)?,
            },
            strict: u.arbitrary()?,
        }),
    })
}

/// A choice of tools.
pub fn choice(u: &mut Unstructured<'_>) -> Result<wit::ToolChoice> {
    Ok(match u.int_in_range(0..=5)? {
        0 => wit::ToolChoice::Auto,
        1 => wit::ToolChoice::Any,
        2 => wit::ToolChoice::None,
        3 => wit::ToolChoice::Other(raw(u)?),
        _ => wit::ToolChoice::Tool(name(u)?),
    })
}

/// Thinking.
pub fn reasoning(u: &mut Unstructured<'_>) -> Result<wit::Reasoning> {
    use wit::ReasoningEffort as E;
    let effort = |u: &mut Unstructured<'_>| {
        Ok(match u.int_in_range(0..=7)? {
            0 => E::Off,
            1 => E::Minimal,
            2 => E::Low,
            3 => E::Medium,
            4 => E::High,
            5 => E::Xhigh,
            6 => E::Max,
            _ => E::Other(text(u)?),
        })
    };
    Ok(wit::Reasoning {
        effort: maybe(u, effort)?,
        budget_tokens: maybe(u, |u| Ok(*u.choose(&[0, 1023, 1024, 4095, 20_000, u32::MAX])?))?,
        interleaved: u.arbitrary()?,
        display: maybe(u, text)?,
    })
}

/// Automatic cache points.
pub fn caching(u: &mut Unstructured<'_>) -> Result<wit::Caching> {
    use wit::CacheRetention as R;
    let retention = *u.choose(&[R::None, R::Short, R::Long])?;
    Ok(wit::Caching { retention, force: u.arbitrary()? })
}

/// A cache point.
pub fn point(u: &mut Unstructured<'_>) -> Result<wit::CachePoint> {
    let ttl = maybe(u, |u| Ok(pick(u, &["1h", "5m", "1d"])?.to_owned()))?;
    Ok(wit::CachePoint { ttl })
}

/// A name of a tool: mostly one of a few, so that they meet.
pub fn name(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=4)? {
        0 => text(u)?,
        1 => pick(u, &["a.b", "a_b", "a b", "a_b_2", "a:b"])?.to_owned(),
        2 => format!("{}{}", "x".repeat(63), pick(u, &["", "y", "yz", "é"])?),
        _ => pick(u, &["f", "g"])?.to_owned(),
    })
}

/// A case the contract does not know. Its name is none that it does.
pub fn raw(u: &mut Unstructured<'_>) -> Result<wit::Raw> {
    let kind = pick(u, &["brandNew", "newer", "\"", ""])?.to_owned();
    Ok(wit::Raw { kind, json: json::mostly_object(u)? })
}
