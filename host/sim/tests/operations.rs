//! Counting tokens, and looking up one thing of the catalogue.

mod support;

use bedrock_sim::Sim;
use http::Method;
use serde_json::{Value, json};
use support::{Answer, MODEL, asking, bearer, get, post, send};

const CLAUDE: &str = "anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const APPLICATION: &str = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A\
                           application-inference-profile%2Fabcdefgh1234";

async fn count(sim: &Sim, model: &str, input: &Value) -> Answer {
    let body = json!({ "input": input });
    send(sim, bearer(post(sim, &format!("/model/{model}/count-tokens"), &body))).await
}

#[tokio::test]
async fn tokens_counted_are_the_tokens_used() {
    let sim = Sim::start().await.unwrap();
    let mut request = asking("What is in there, and why? sim:latency=1");
    request["system"] = json!([{"text": "Be brief."}]);
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let tool = json!({"name": "weather", "description": "d", "inputSchema": {"json": schema}});
    request["toolConfig"] = json!({"tools": [{"toolSpec": tool}]});
    let counted = count(&sim, MODEL, &json!({"converse": request})).await.json();
    assert!(counted["inputTokens"].as_u64() > Some(20), "{counted}");
    let path = format!("/model/{MODEL}/converse");
    let used = send(&sim, bearer(post(&sim, &path, &request))).await.json();
    assert_eq!(counted, json!({"inputTokens": used["usage"]["inputTokens"]}));
}

#[tokio::test]
async fn a_models_own_request_is_counted_too() {
    let sim = Sim::start().await.unwrap();
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let native = json!({"messages": [{"role": "user", "content": "hi there"}]}).to_string();
    let input = |body: &str| json!({"invokeModel": {"body": body}});
    let counted = count(&sim, CLAUDE, &input(&encode(&native))).await.json();
    assert_eq!(counted, json!({"inputTokens": 2}));
    for (body, named) in [("?", "not valid base64"), (encode("{").as_str(), "reformat your input")]
    {
        let error = count(&sim, CLAUDE, &input(body)).await.error();
        assert!(error.0 == 400 && error.2.contains(named), "{error:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_rejected() {
    let sim = Sim::start().await.unwrap();
    let good = json!({"converse": asking("hi")});
    for (model, input, named) in [
        ("deepseek.r1-v1%3A0", good.clone(), "The provided model doesn't support counting tokens."),
        ("no.body", good.clone(), "identifier is invalid"),
        (CLAUDE, json!({}), "exactly one"),
        (CLAUDE, json!({"converse": {}, "invokeModel": {}}), "exactly one"),
        (CLAUDE, json!({"converse": asking(" ")}), "messages.0.content.0 is blank"),
        (CLAUDE, json!({"converse": asking("sim:status=400,message=no")}), "no"),
    ] {
        let error = count(&sim, model, &input).await.error();
        assert_eq!((error.0, error.1.as_str()), (400, "ValidationException"));
        assert!(error.2.contains(named), "{}", error.2);
    }
    let strict = Sim::builder().strict(true).start().await.unwrap();
    let profile = format!("us.{CLAUDE}");
    assert_eq!(count(&sim, &profile, &good).await.status, 200);
    assert_eq!(count(&strict, CLAUDE, &good).await.status, 200);
    let error = count(&strict, &profile, &good).await.error();
    assert!(error.2.contains("doesn't support counting tokens"), "{}", error.2);
}

#[tokio::test]
async fn application_profiles_are_found_and_answer() {
    let sim = Sim::start().await.unwrap();
    let path = format!("/inference-profiles/{APPLICATION}");
    let profile = send(&sim, bearer(get(&sim, &path))).await.json();
    assert_eq!(profile["inferenceProfileId"], "abcdefgh1234");
    assert_eq!(profile["type"], "APPLICATION");
    let model = profile["models"][0]["modelArn"].as_str().unwrap();
    assert!(model.ends_with("/anthropic.claude-sonnet-4-5-20250929-v1:0"), "{model}");
    for operation in ["converse", "converse-stream"] {
        let path = format!("/model/{APPLICATION}/{operation}");
        let answer = send(&sim, bearer(post(&sim, &path, &asking("hi")))).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }
}

#[tokio::test]
async fn models_are_found_by_themselves() {
    let sim = Sim::start().await.unwrap();
    let get = async |path: String| send(&sim, bearer(get(&sim, &path))).await;
    let model = get(format!("/foundation-models/{CLAUDE}")).await.json();
    assert_eq!(model["modelDetails"]["providerName"], "Anthropic");
    let available = get(format!("/foundation-model-availability/{CLAUDE}")).await.json();
    assert_eq!(available["agreementAvailability"]["status"], "AVAILABLE");
    for list in ["foundation-models", "foundation-model-availability", "inference-profiles"] {
        let error = get(format!("/{list}/no.body")).await.error();
        assert_eq!((error.0, error.1.as_str()), (404, "ResourceNotFoundException"));
    }
    sim.push_fault("status=503".parse().unwrap());
    assert_eq!(get(format!("/foundation-models/{CLAUDE}")).await.status, 503);
    assert!(sim.requests().iter().all(|request| request.method == Method::GET));
}
