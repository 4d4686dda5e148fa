//! What the service says when it fails: whatever it is, an error with a kind and a message.

use super::{json, maybe, pick, text, validity};
use arbitrary::{Result, Unstructured};
use bedrock_converse::aws::failure::{Head, from_error_frame, from_exception, from_response};
use bedrock_converse::bindings::types::Error;

/// Checks one input: a head and a body.
pub fn check(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok((status, code, body)) = make(&mut u) else { return };
    super::show(&(status, &code, body.escape_ascii().to_string()));
    let (after, id) = (text(&mut u).ok(), text(&mut u).ok());
    let respond = |error_type: Option<String>| {
        let (retry_after, request_id) = (after.clone(), id.clone());
        from_response(
            Head { status, error_type, request_id, retry_after, ..Head::default() },
            &body,
        )
    };
    let error = respond(code.clone());
    check_error(&error);
    assert_eq!(error.status, Some(status));
    assert_eq!(error.request_id, id);

    let name = code.unwrap_or_default();
    // Namespace and address say nothing about the error.
    let dressed = respond(Some(format!("com.amazon#{name}:http://x")));
    let plain = name.split([':', '#']).next() == Some(&*name) && !name.trim().is_empty();
    assert!(!plain || dressed.kind == error.kind, "{name}: {:?} {:?}", dressed.kind, error.kind);

    check_error(&from_exception(&name, &body));
    check_error(&from_error_frame(&name, &String::from_utf8_lossy(&body)));
}

fn make(u: &mut Unstructured<'_>) -> Result<(u16, Option<String>, Vec<u8>)> {
    let status = u.int_in_range(100..=599)?;
    let code = maybe(u, |u| {
        Ok(match u.int_in_range(0..=3)? {
            0 => text(u)?,
            1 => pick(u, &["", ":", "#", " ", "com.amazon#:", "é"])?.to_owned(),
            _ => pick(
                u,
                &["ThrottlingException", "ValidationException", "validationException", "New"],
            )?
            .to_owned(),
        })
    })?;
    let body = match u.int_in_range(0..=4)? {
        0 => u.arbitrary::<&[u8]>()?.to_vec(),
        1 => pick(u, &["", "<html>nginx</html>", " <", "{}", "null", "[]"])?.as_bytes().to_vec(),
        2 => json::value(u)?.into_bytes(),
        _ => {
            let name = pick(u, &["message", "Message", "errorMessage", "code", "__type"])?;
            let (said, status) = (json::string(u)?, json::value(u)?);
            format!(r#"{{"{name}":{said},"originalStatusCode":{status}}}"#).into_bytes()
        }
    };
    Ok((status, code, body))
}

fn check_error(error: &Error) {
    assert!(!error.message.trim().is_empty(), "an error without a message");
    assert_ne!(error.code.as_deref(), Some(""), "a code that is none: {error:?}");
    assert!(!error.message.starts_with(':'), "{}", error.message);
    if let Some(text) = &error.raw_json {
        validity::json("raw-json", text);
    }
}
