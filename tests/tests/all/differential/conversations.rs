//! Requests of all kinds that need no repair.

use super::content::{
    guarded, json, name, object, of_assistant, of_system, of_tool, of_user, one_of, text,
};
use converse_host::{
    CachePoint, ContentBlock as B, Guardrail, Inference, Json, Message, OutputSchema, Request,
    Role, SystemBlock, Tool, ToolCall, ToolChoice, ToolResult, ToolResultContent as C, ToolSpec,
    ToolStatus,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Of a model that is not in the plugin's table nothing is assumed, so nothing is changed for it.
const UNKNOWN: &str = "vendor.unheard-of-v1:0";

const PROMPT: &str = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1";

/// A conversation, and all there is to be set beside it.
pub fn whole() -> impl Strategy<Value = Request> {
    let talk = (vec(exchange(), 0..3), vec(of_user(), 0..3));
    let given = (of(tools()), vec(system(), 0..3), of(inference()), 0..5_usize);
    (talk, given, settings(), vec(("/[a-z]{1,6}", of(json())), 0..2)).prop_map(
        |((exchanges, last), (tools, system, inference, long), settings, fields)| {
            let mut request = settings;
            request.model = UNKNOWN.to_owned();
            let calls = exchanges.iter().any(|exchange| !exchange.calls.is_empty());
            request.messages = messages(exchanges, last);
            request.system = system;
            request.inference = inference.unwrap_or_default();
            // Who speaks of calls has to offer tools.
            if let Some((tools, choice)) = tools.or_else(|| calls.then(one_tool)) {
                (request.tools, request.tool_choice) = (tools, choice);
            }
            request.response_field_paths = fields.iter().map(|(path, _)| path.clone()).collect();
            request.additional_fields = fields.into_iter().find_map(|(_, json)| json);
            name_documents(&mut request);
            fit_cache_points(&mut request, long);
            request
        },
    )
}

/// A stored prompt, which has most settings of its own.
pub fn of_a_prompt() -> impl Strategy<Value = Request> {
    let variables = btree_map(name(), any::<String>(), 1..4);
    (settings(), variables, vec(text(), 0..2)).prop_map(|(mut request, variables, texts)| {
        request.model = PROMPT.to_owned();
        request.prompt_variables = variables.into_iter().collect();
        if !texts.is_empty() {
            let content = texts.into_iter().map(B::Text).collect();
            request.messages = vec![Message { role: Role::User, content }];
        }
        request
    })
}

/// What the user says, what is said in between, and what the assistant answers.
#[derive(Debug, Clone)]
struct Exchange {
    user: Vec<B>,
    system: Option<B>,
    assistant: Vec<B>,
    calls: Vec<Call>,
}

#[derive(Debug, Clone)]
struct Call {
    name: String,
    input: Json,
    result: Vec<C>,
    status: Option<ToolStatus>,
    /// The service runs the tool.
    by_service: bool,
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let status = of(select(vec![ToolStatus::Success, ToolStatus::Error]));
    let call = (name(), json(), vec(of_tool(), 1..3), status, prop::bool::weighted(0.2)).prop_map(
        |(name, input, result, status, by_service)| Call {
            name,
            input,
            result,
            status,
            by_service,
        },
    );
    (vec(of_user(), 0..3), of(of_system()), vec(of_assistant(), 0..3), vec(call, 0..3))
        .prop_map(|(user, system, assistant, calls)| Exchange { user, system, assistant, calls })
}

/// The turns of a conversation: results stand at the beginning of the turn behind their calls.
fn messages(exchanges: Vec<Exchange>, last: Vec<B>) -> Vec<Message> {
    let turn = |role, said: &str, mut content: Vec<B>, more: Vec<B>| {
        content.push(B::Text(said.to_owned()));
        content.extend(more);
        Message { role, content }
    };
    let mut messages = Vec::new();
    let mut results = Vec::new();
    for (e, exchange) in exchanges.into_iter().enumerate() {
        messages.push(turn(Role::User, "Hello", std::mem::take(&mut results), exchange.user));
        messages.extend(
            exchange.system.map(|block| Message { role: Role::System, content: vec![block] }),
        );
        let mut assistant = turn(Role::Assistant, "Well", vec![], exchange.assistant);
        for (c, call) in exchange.calls.into_iter().enumerate() {
            let id = format!("tooluse_{e}.{c}:a-b");
            let kind = |kind: &str| call.by_service.then(|| kind.to_owned());
            assistant.content.push(B::ToolCall(ToolCall {
                id: id.clone(),
                name: call.name,
                input: call.input,
                server_kind: kind("server_tool_use"),
            }));
            let result = B::ToolResult(ToolResult {
                id,
                content: call.result,
                status: call.status,
                server_kind: kind("nova_code_interpreter_result"),
            });
            if call.by_service { assistant.content.push(result) } else { results.push(result) }
        }
        messages.push(assistant);
    }
    messages.push(turn(Role::User, "Go on", results, last));
    messages
}

fn tools() -> impl Strategy<Value = (Vec<Tool>, Option<ToolChoice>)> {
    let spec =
        (of(text()), object(), of(any::<bool>())).prop_map(|(description, schema, strict)| {
            let mut schema = schema;
            schema["type"] = "object".into();
            let input_schema = Json::from_value(&schema).unwrap();
            ToolSpec { name: String::new(), description, input_schema, strict }
        });
    (vec((name(), spec), 1..4), of(name()), any::<bool>(), 0..4).prop_map(
        |(specs, system, point, choice)| {
            let specs = specs.into_iter().enumerate();
            let mut tools: Vec<Tool> = specs
                .map(|(t, (name, spec))| ToolSpec { name: format!("{t}{name}"), ..spec })
                .map(Tool::Function)
                .collect();
            let choice = match (choice, &tools[0]) {
                (1, Tool::Function(spec)) => Some(ToolChoice::Tool(spec.name.clone())),
                (2, _) => Some(ToolChoice::Any),
                (3, _) => Some(ToolChoice::Auto),
                _ => None,
            };
            tools.extend(system.map(|name| Tool::System(format!("s{name}"))));
            tools.extend(point.then(|| Tool::CachePoint(CachePoint::default())));
            (tools, choice)
        },
    )
}

fn one_tool() -> (Vec<Tool>, Option<ToolChoice>) {
    let input_schema = Json::parse(r#"{"type":"object"}"#).unwrap();
    let spec = ToolSpec { name: "f".to_owned(), description: None, input_schema, strict: None };
    (vec![Tool::Function(spec)], None)
}

fn system() -> impl Strategy<Value = SystemBlock> {
    prop_oneof![
        3 => text().prop_map(SystemBlock::Text),
        1 => guarded().prop_map(SystemBlock::GuardContent),
        1 => Just(SystemBlock::CachePoint(CachePoint::default())),
    ]
}

/// Numbers that are the same in the SDK's single precision.
fn inference() -> impl Strategy<Value = Inference> {
    let unit = || of((0..=64_u8).prop_map(|parts| f64::from(parts) / 64.0));
    let most = 1..=u32::try_from(i32::MAX).unwrap();
    (of(most), unit(), unit(), vec("[^\u{0}]{1,5}", 0..3)).prop_map(
        |(max_tokens, temperature, top_p, stop_sequences)| Inference {
            max_tokens,
            temperature,
            top_p,
            stop_sequences,
        },
    )
}

/// What a stored prompt takes too.
fn settings() -> impl Strategy<Value = Request> {
    // The SDK writes trace and mode also where they are not set.
    let guardrail = (
        "[a-z0-9]{1,10}",
        one_of(&["DRAFT", "1"]),
        one_of(&["enabled", "disabled", "enabled_full"]),
        one_of(&["sync", "async"]),
    )
        .prop_map(|(identifier, version, trace, mode)| Guardrail {
            identifier,
            version,
            trace: Some(trace),
            stream_processing_mode: Some(mode),
        });
    let output = (of(name()), of(text()), json())
        .prop_map(|(name, description, schema)| OutputSchema { name, description, schema });
    let metadata = btree_map("[a-zA-Z0-9:_@$#=/+,. -]{1,9}", "[a-zA-Z0-9:_@ ]{0,9}", 0..3);
    let tier = one_of(&["priority", "default", "flex", "reserved"]);
    let effort = one_of(&["low", "medium", "high", "xhigh", "max"]);
    let latency = one_of(&["standard", "optimized"]);
    (of(guardrail), of(output), of(effort), of(tier), of(latency), metadata).prop_map(
        |(guardrail, output_schema, output_effort, service_tier, performance_latency, metadata)| {
            let mut request = Request::new("");
            request.guardrail = guardrail;
            request.output_schema = output_schema;
            request.output_effort = output_effort;
            request.service_tier = service_tier;
            request.performance_latency = performance_latency;
            request.request_metadata = metadata.into_iter().collect();
            request
        },
    )
}

/// Each document has a name of its own.
fn name_documents(request: &mut Request) {
    let mut number = 0;
    let mut name = |document: &mut converse_host::Document| {
        number += 1;
        document.name = format!("Report [{number}] (a-b_c)");
    };
    for block in request.messages.iter_mut().flat_map(|message| &mut message.content) {
        match block {
            B::Document(document) => name(document),
            B::ToolResult(result) => result.content.iter_mut().for_each(|content| {
                if let C::Document(document) = content {
                    name(document);
                }
            }),
            _ => {}
        }
    }
}

/// Four cache points at most, of which the first ones live long.
fn fit_cache_points(request: &mut Request, long: usize) {
    let mut seen = 0;
    let mut fits = |point: &mut CachePoint| {
        point.ttl = match seen {
            at if at < long => Some("1h".to_owned()),
            at => (at % 2 == 0).then(|| "5m".to_owned()),
        };
        seen += 1;
        seen <= 4
    };
    request.tools.retain_mut(|tool| match tool {
        Tool::CachePoint(point) => fits(point),
        _ => true,
    });
    request.system.retain_mut(|block| match block {
        SystemBlock::CachePoint(point) => fits(point),
        _ => true,
    });
    for message in &mut request.messages {
        message.content.retain_mut(|block| match block {
            B::CachePoint(point) => fits(point),
            _ => true,
        });
    }
}
