//! The AWS SDK for Rust as oracle: the same requests out of the same conversations, the same events
//! out of the same bytes.

use crate::support::{Block, MODEL, ask, provider, replaying, run};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types as sdk;
use aws_smithy_types::{Document, Number};
use bedrock_sim::{Builder, Script, Sim};
use converse_host::{
    ContentBlock, Json, Media, Message, Reasoning, Request, ToolCall, ToolChoice, ToolResult,
    ToolResultContent, ToolSpec, ToolStatus,
};
use std::collections::BTreeMap;

/// The SDK's client, as the sim's own example user, on a connection of its own.
pub fn client(sim: &Sim) -> Client {
    let credentials =
        Credentials::from_keys(Builder::ACCESS_KEY_ID, Builder::SECRET_ACCESS_KEY, None);
    let config = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(sim.url())
        .credentials_provider(credentials)
        .retry_config(aws_sdk_bedrockruntime::config::retry::RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// JSON as the SDK has it.
pub fn document(value: &serde_json::Value) -> Document {
    use serde_json::Value as V;
    match value {
        V::Null => Document::Null,
        V::Bool(value) => Document::Bool(*value),
        V::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(value), _) => Number::PosInt(value),
            (None, Some(value)) => Number::NegInt(value),
            (None, None) => Number::Float(number.as_f64().unwrap()),
        }),
        V::String(text) => Document::String(text.clone()),
        V::Array(list) => Document::Array(list.iter().map(document).collect()),
        V::Object(map) => {
            Document::Object(map.iter().map(|(k, v)| (k.clone(), document(v))).collect())
        }
    }
}

fn schema() -> serde_json::Value {
    serde_json::json!({"type": "object", "properties": {"city": {"type": "string"}, "n": {"minimum": -2}}})
}

fn input() -> serde_json::Value {
    serde_json::json!({"city": "Zürich \"\\\u{1F600}", "n": 1, "list": [true, null, 2.5]})
}

const IMAGE: &[u8] = b"\x89PNG\r\n\x1a\n not really";

/// Of a model that is not in the plugin's table nothing is assumed, so nothing is changed for it.
const UNKNOWN: &str = "vendor.unheard-of-v1:0";

fn our_request() -> Request {
    let call = ToolCall {
        id: "tooluse_1".to_owned(),
        name: "get_weather".to_owned(),
        input: Json::from_value(&input()).unwrap(),
        server_kind: None,
    };
    let result = ToolResult {
        id: "tooluse_1".to_owned(),
        content: vec![
            ToolResultContent::Text("sunny".to_owned()),
            ToolResultContent::Json(Json::from_value(&input()).unwrap()),
        ],
        status: Some(ToolStatus::Success),
        server_kind: None,
    };
    let thoughts = Reasoning { text: "Hm.".to_owned(), signature: Some("c2lnbmF0dXJl".to_owned()) };
    let mut request = Request::new(UNKNOWN)
        .system("Be brief.")
        .message(
            Message::user("What is this?\nAnd the weather?")
                .and(ContentBlock::Image(Media::bytes("png", IMAGE.to_vec()))),
        )
        .message(
            Message { role: converse_host::Role::Assistant, content: vec![] }
                .and(ContentBlock::Reasoning(thoughts))
                .and(ContentBlock::RedactedReasoning(vec![0, 255, 1]))
                .and("Let me look.")
                .and(call),
        )
        .message(Message::user(result))
        .tool(ToolSpec {
            name: "get_weather".to_owned(),
            description: Some("Weather of a city".to_owned()),
            input_schema: Json::from_value(&schema()).unwrap(),
            strict: None,
        });
    request.tool_choice = Some(ToolChoice::Tool("get_weather".to_owned()));
    // Values that are the same in the SDK's single precision.
    request.inference.max_tokens = Some(512);
    request.inference.temperature = Some(0.5);
    request.inference.top_p = Some(0.25);
    request.inference.stop_sequences = vec!["END".to_owned(), "\n\n".to_owned()];
    request.additional_fields = Some(Json::from_value(&input()).unwrap());
    request.response_field_paths = vec!["/usage".to_owned()];
    request.request_metadata = vec![("team".to_owned(), "search".to_owned())];
    request
}

async fn send_with_sdk(client: &Client) {
    let message = |role, content| {
        sdk::Message::builder().role(role).set_content(Some(content)).build().unwrap()
    };
    let image = sdk::ImageBlock::builder()
        .format(sdk::ImageFormat::Png)
        .source(sdk::ImageSource::Bytes(Blob::new(IMAGE)))
        .build()
        .unwrap();
    let thoughts = sdk::ReasoningTextBlock::builder().text("Hm.").signature("c2lnbmF0dXJl").build();
    let call = sdk::ToolUseBlock::builder()
        .tool_use_id("tooluse_1")
        .name("get_weather")
        .input(document(&input()))
        .build();
    let result = sdk::ToolResultBlock::builder()
        .tool_use_id("tooluse_1")
        .content(sdk::ToolResultContentBlock::Text("sunny".to_owned()))
        .content(sdk::ToolResultContentBlock::Json(document(&input())))
        .status(sdk::ToolResultStatus::Success)
        .build();
    let spec = sdk::ToolSpecification::builder()
        .name("get_weather")
        .description("Weather of a city")
        .input_schema(sdk::ToolInputSchema::Json(document(&schema())))
        .build();
    let choice = sdk::SpecificToolChoice::builder().name("get_weather").build().unwrap();
    let tools = sdk::ToolConfiguration::builder()
        .tools(sdk::Tool::ToolSpec(spec.unwrap()))
        .tool_choice(sdk::ToolChoice::Tool(choice))
        .build();
    let inference = sdk::InferenceConfiguration::builder()
        .max_tokens(512)
        .temperature(0.5)
        .top_p(0.25)
        .stop_sequences("END")
        .stop_sequences("\n\n")
        .build();
    use sdk::ContentBlock as B;
    use sdk::ReasoningContentBlock as R;
    let sent = client
        .converse_stream()
        .model_id(UNKNOWN)
        .system(sdk::SystemContentBlock::Text("Be brief.".to_owned()))
        .messages(message(
            sdk::ConversationRole::User,
            vec![B::Text("What is this?\nAnd the weather?".to_owned()), B::Image(image)],
        ))
        .messages(message(
            sdk::ConversationRole::Assistant,
            vec![
                B::ReasoningContent(R::ReasoningText(thoughts.unwrap())),
                B::ReasoningContent(R::RedactedContent(Blob::new([0, 255, 1]))),
                B::Text("Let me look.".to_owned()),
                B::ToolUse(call.unwrap()),
            ],
        ))
        .messages(message(sdk::ConversationRole::User, vec![B::ToolResult(result.unwrap())]))
        .tool_config(tools.unwrap())
        .inference_config(inference)
        .additional_model_request_fields(document(&input()))
        .additional_model_response_field_paths("/usage")
        .request_metadata("team", "search")
        .send()
        .await;
    sent.unwrap_or_else(|error| panic!("{error:?}"));
}

#[tokio::test]
async fn request_is_the_sdks_member_for_member() {
    let sim = Sim::builder().any_model().start().await.unwrap();
    send_with_sdk(&client(&sim)).await;
    let theirs = sim.last_request().unwrap();
    let outcome = run(&provider(&sim).await, our_request()).await;
    assert!(outcome.end.is_ok(), "{outcome:?}");
    let ours = sim.last_request().unwrap();
    assert_ne!(ours.connection, theirs.connection);
    assert_eq!(ours.json(), theirs.json());
    assert_eq!((&ours.method, &ours.path), (&theirs.method, &theirs.path));
    assert_eq!(ours.header("content-type"), theirs.header("content-type"));
}

/// What the SDK makes of an answer.
async fn read_with_sdk(sim: &Sim) -> (BTreeMap<u32, Block>, Option<String>, Option<i32>) {
    let mut stream = client(sim).converse_stream().model_id(MODEL).send().await.unwrap().stream;
    let (mut blocks, mut reason, mut tokens) = (BTreeMap::<u32, Block>::new(), None, None);
    while let Some(event) = stream.recv().await.unwrap() {
        use sdk::ContentBlockDelta as D;
        use sdk::ConverseStreamOutput as E;
        match event {
            E::ContentBlockStart(start) => {
                let index = u32::try_from(start.content_block_index).unwrap();
                let block = blocks.entry(index).or_default();
                if let Some(sdk::ContentBlockStart::ToolUse(tool)) = start.start {
                    block.tool = Some((tool.tool_use_id, tool.name));
                }
            }
            E::ContentBlockDelta(delta) => {
                let index = u32::try_from(delta.content_block_index).unwrap();
                let block = blocks.entry(index).or_default();
                match delta.delta {
                    Some(D::Text(text)) => block.text += &text,
                    Some(D::ToolUse(tool)) => block.input += &tool.input,
                    Some(D::ReasoningContent(sdk::ReasoningContentBlockDelta::Text(text))) => {
                        block.reasoning += &text;
                    }
                    Some(D::ReasoningContent(sdk::ReasoningContentBlockDelta::Signature(text))) => {
                        block.signature += &text;
                    }
                    Some(D::ReasoningContent(
                        sdk::ReasoningContentBlockDelta::RedactedContent(blob),
                    )) => block.redacted.extend(blob.into_inner()),
                    _ => {}
                }
            }
            E::MessageStop(stop) => reason = Some(stop.stop_reason.as_str().to_owned()),
            E::Metadata(metadata) => tokens = metadata.usage.map(|usage| usage.output_tokens),
            _ => {}
        }
    }
    (blocks, reason, tokens)
}

#[tokio::test]
async fn events_are_the_sdks_from_the_same_bytes() {
    let script = Script::assistant()
        .reasoning(["Let me ", "think."], Some("c2lnbmF0dXJl"))
        .redacted("AP8B")
        .text(["Hello", ", ", "wörld 😀", ""])
        .tool_use("tooluse_1", "f", ["{\"a\":", " 1}"])
        .tool_use("tooluse_2", "g", ["{}"])
        .stop("tool_use")
        .usage(11, 22);
    let sim = replaying(script.encode()).await;
    let (blocks, reason, tokens) = read_with_sdk(&sim).await;
    let outcome = ask(&provider(&sim).await, "hi").await;
    assert_eq!(outcome.blocks(), blocks);
    let stop_reason = serde_json::to_value(&outcome.summary().stop_reason).unwrap();
    assert_eq!(stop_reason.as_str(), reason.as_deref());
    let ours = outcome.summary().usage.as_ref().unwrap().output_tokens;
    assert_eq!(Some(i32::try_from(ours).unwrap()), tokens);
}
