//! `prepare` and `body`: of any request either an error, or a body that the service takes.

use super::{blocks, body, json, list, maybe, pick, text, tools, validity};
use arbitrary::{Result, Unstructured};
use bedrock_converse::bindings::types as wit;
use bedrock_converse::converse::body::{Operation, body as write_body};
use bedrock_converse::converse::prepare::{Target, prepare};

/// A model of each kind that is treated in a way of its own.
const MODELS: [&str; 20] = [
    "anthropic.claude-fable-5-1",
    "us.anthropic.claude-opus-5-20260701-v1:0",
    "anthropic.claude-opus-4-7",
    "us-gov.anthropic.claude-opus-4-6-v1",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-3-7-sonnet-20250219-v1:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
    "anthropic.claude-of-tomorrow",
    "us.amazon.nova-2-lite-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.nova-micro-v1:0",
    "openai.gpt-oss-120b-1:0",
    "openai.gpt-5.5",
    "deepseek.r1-v1:0",
    "meta.llama3-1-8b-instruct-v1:0",
    "mistral.pixtral-large-2502-v1:0",
    "moonshotai.kimi-k2-thinking",
    "qwen.qwen3-32b-v1:0",
    "vendor.unheard-of-v1",
    "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1",
];

/// Checks one input: what to make a request of.
pub fn check(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok(request) = make(&mut u) else { return };
    super::show(&request);
    let operation = match u.arbitrary::<u8>().unwrap_or_default() % 4 {
        0 => Operation::Converse,
        1 => Operation::CountTokens,
        _ => Operation::ConverseStream,
    };
    let model = request.model.clone();
    let target = Target::new(&model, "us-east-1");
    // That cache points are forced is not said a second time.
    let forced = request.caching.as_ref().is_some_and(|caching| caching.force);
    let prepared = match prepare(request, &target, operation) {
        Ok(prepared) => prepared.request,
        Err(error) => {
            assert!(!error.message.trim().is_empty(), "an error without a message");
            return;
        }
    };
    check_body(&prepared, operation, target.claude);
    if !forced {
        check_again(prepared, &target, operation);
    }
}

/// A request with nothing in it.
pub fn empty(model: &str) -> wit::Request {
    wit::Request {
        model: model.to_owned(),
        messages: vec![],
        system: vec![],
        inference: wit::Inference {
            max_tokens: None,
            temperature: None,
            top_p: None,
            stop_sequences: vec![],
        },
        tools: vec![],
        tool_choice: None,
        reasoning: None,
        caching: None,
        guardrail: None,
        output_schema: None,
        output_effort: None,
        service_tier: None,
        performance_latency: None,
        request_metadata: vec![],
        prompt_variables: vec![],
        additional_fields: None,
        response_field_paths: vec![],
        extra_json: None,
    }
}

fn check_body(prepared: &wit::Request, operation: Operation, claude: bool) {
    // What the caller adds on his own account only has to be JSON.
    if let Ok(bytes) = write_body(operation, prepared) {
        let text = String::from_utf8(bytes).expect("a body is text");
        validity::value("the body", &text);
    }
    let plain = wit::Request { extra_json: None, ..prepared.clone() };
    let Ok(bytes) = write_body(operation, &plain) else { return };
    let text = String::from_utf8(bytes).expect("a body is text");
    let Some(sent) = validity::value("the body", &text) else { return };
    match operation {
        Operation::CountTokens => body::check(&sent["input"]["converse"], claude),
        _ => body::check(&sent, claude),
    }
}

/// What was put right once stays as it is.
fn check_again(prepared: wit::Request, target: &Target<'_>, operation: Operation) {
    let once = format!("{prepared:#?}");
    match prepare(prepared, target, operation) {
        Ok(again) => {
            let twice = format!("{:#?}", again.request);
            assert!(once == twice, "prepared again it changes:\n{once}\n{twice}");
        }
        Err(error) => panic!("prepared again it is refused: {}", error.message),
    }
}

fn make(u: &mut Unstructured<'_>) -> Result<wit::Request> {
    let mut request = empty(pick(u, &MODELS)?);
    request.messages = list(u, 6, blocks::message)?;
    if u.arbitrary()? {
        request.tools = list(u, 3, tools::tool)?;
        request.tool_choice = maybe(u, tools::choice)?;
    }
    if u.arbitrary()? {
        request.system = list(u, 3, blocks::system)?;
    }
    if u.arbitrary()? {
        request.reasoning = maybe(u, tools::reasoning)?;
        request.caching = maybe(u, tools::caching)?;
        request.inference = inference(u)?;
    }
    if u.arbitrary()? {
        add_settings(&mut request, u)?;
    }
    Ok(request)
}

fn inference(u: &mut Unstructured<'_>) -> Result<wit::Inference> {
    let unit = |u: &mut Unstructured<'_>| {
        Ok(*u.choose(&[0.0, 0.5, 0.95, 1.0, 1.5, f64::NAN, f64::INFINITY, -0.0, 5e-324])?)
    };
    Ok(wit::Inference {
        max_tokens: maybe(u, |u| {
            Ok(*u.choose(&[0, 1, 1024, 2000, 4096, 9000, 64_000, u32::MAX])?)
        })?,
        temperature: maybe(u, unit)?,
        top_p: maybe(u, unit)?,
        stop_sequences: list(u, 2, text)?,
    })
}

fn add_settings(request: &mut wit::Request, u: &mut Unstructured<'_>) -> Result<()> {
    let pair = |u: &mut Unstructured<'_>| Ok(wit::KeyValue { key: text(u)?, value: text(u)? });
    request.guardrail = maybe(u, |u| {
        Ok(wit::Guardrail {
            identifier: text(u)?,
            version: text(u)?,
            trace: maybe(u, text)?,
            stream_processing_mode: maybe(u, text)?,
        })
    })?;
    request.output_schema = maybe(u, |u| {
        Ok(wit::OutputSchema {
            name: maybe(u, text)?,
            description: maybe(u, text)?,
            schema: json::mostly_object(u)?,
        })
    })?;
    request.output_effort = maybe(u, text)?;
    request.service_tier = maybe(u, text)?;
    request.performance_latency = maybe(u, text)?;
    request.request_metadata = list(u, 2, pair)?;
    request.prompt_variables = list(u, 2, pair)?;
    request.additional_fields = maybe(u, json::mostly_object)?;
    request.response_field_paths = list(u, 2, |u| Ok(format!("/{}", text(u)?)))?;
    request.extra_json = maybe(u, json::mostly_object)?;
    Ok(())
}
