//! What a client gets to read.

mod support;

use bedrock_sim::{Catalog, Frame, Script, Sim};
use serde_json::{Value, json};
use support::{
    MODEL, asking, bearer, events, finish, get, names, open_http2, post, send, stream, text,
};

#[tokio::test]
async fn a_stream_has_the_services_shape() {
    let sim = Sim::start().await.unwrap();
    let answer = stream(&sim, &asking("hi there")).await;
    assert!(answer.complete);
    let events = answer.events();
    let expected = [
        vec!["messageStart"],
        vec!["contentBlockDelta"; 5],
        vec!["contentBlockStop", "messageStop", "metadata"],
    ];
    assert_eq!(names(&events), expected.concat());
    assert_eq!(text(&events), "Hello! You said: \"hi there\".");
    assert!(events.iter().all(|(_, payload)| payload["p"].is_string()), "{events:?}");
    let usage = &events.last().unwrap().1["usage"];
    assert_eq!(
        (&usage["inputTokens"], &usage["outputTokens"], &usage["totalTokens"]),
        (&json!(2), &json!(7), &json!(9))
    );
    assert_eq!(sim.stats().frames_sent, events.len() as u64);
}

#[tokio::test]
async fn both_http_versions_and_both_operations_agree() {
    let sim = Sim::start().await.unwrap();
    let body = asking("think about it");
    let path = format!("/model/{MODEL}/converse-stream");
    let one = stream(&sim, &body).await;
    let two = finish(open_http2(&sim, bearer(post(&sim, &path, &body))).await).await;
    assert_eq!(one.body, two.body);
    let whole = send(&sim, bearer(post(&sim, &format!("/model/{MODEL}/converse"), &body))).await;
    let content = &whole.json()["output"]["message"]["content"];
    let reasoning = &content[0]["reasoningContent"]["reasoningText"];
    let events = one.events();
    let part = |member: &str| -> String {
        let parts = events
            .iter()
            .filter_map(|(_, payload)| payload["delta"]["reasoningContent"][member].as_str());
        parts.collect()
    };
    assert_eq!(reasoning["text"], part("text"));
    assert_eq!(reasoning["signature"], part("signature"));
    assert_eq!(content[1]["text"], text(&events));
}

#[tokio::test]
async fn tools_are_called_and_their_results_quoted() {
    let sim = Sim::start().await.unwrap();
    let tool = |name: &str| {
        let schema = json!({
            "type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}
        });
        json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}})
    };
    let mut request = asking("use your tools");
    request["toolConfig"] = json!({"tools": [tool("weather"), tool("news")]});
    let events = stream(&sim, &request).await.events();
    let mut calls: Vec<(Value, String)> = Vec::new();
    for (name, payload) in &events {
        match name.as_str() {
            "contentBlockStart" => {
                assert_eq!(payload["contentBlockIndex"], calls.len());
                calls.push((payload["start"]["toolUse"].clone(), String::new()));
            }
            "contentBlockDelta" => calls
                .last_mut()
                .unwrap()
                .1
                .push_str(payload["delta"]["toolUse"]["input"].as_str().unwrap()),
            "messageStop" => assert_eq!(payload["stopReason"], "tool_use"),
            _ => {}
        }
    }
    let called: Vec<_> = calls.iter().map(|(start, _)| start["name"].as_str().unwrap()).collect();
    assert_eq!(called, ["weather", "news"]);
    assert!(calls.iter().all(|(_, input)| input == r#"{"city":"example"}"#), "{calls:?}");

    let ids: Vec<_> = calls.iter().map(|(start, _)| start["toolUseId"].clone()).collect();
    let uses = [0, 1].map(|index: usize| {
        json!({"toolUse": {"toolUseId": ids[index], "name": called[index], "input": {}}})
    });
    let results = [("sunny", 0), ("quiet", 1)].map(|(text, index)| {
        json!({"toolResult": {"toolUseId": ids[index], "content": [{"text": text}]}})
    });
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": uses}));
    messages.push(json!({"role": "user", "content": results}));
    let said = text(&stream(&sim, &request).await.events());
    assert_eq!(said, "The tool returned: \"sunny\". The tool returned: \"quiet\".");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let sim = Sim::start().await.unwrap();
    let converse = format!("/model/{MODEL}/converse");
    let mut malformed = bearer(post(&sim, &converse, &json!({})));
    *malformed.body_mut() = "{\"messages\": [".into();
    for (request, status, code, named) in [
        (malformed, 400, "ValidationException", "not valid JSON"),
        (bearer(post(&sim, &converse, &json!({}))), 400, "ValidationException", "messages"),
        (
            bearer(post(&sim, "/model/nobody.nothing-v1%3A0/converse", &asking("hi"))),
            400,
            "ValidationException",
            "model identifier is invalid",
        ),
        (
            bearer(post(&sim, &converse, &asking("hi sim:latncy=1"))),
            400,
            "ValidationException",
            "`latncy`",
        ),
        (bearer(post(&sim, "/nowhere", &json!({}))), 404, "UnknownOperationException", "/nowhere"),
        (bearer(get(&sim, &converse)), 404, "UnknownOperationException", "GET"),
    ] {
        let error = send(&sim, request).await.error();
        assert_eq!((error.0, error.1.as_str()), (status, code), "{}", error.2);
        assert!(error.2.contains(named), "{}", error.2);
    }
}

#[tokio::test]
async fn replays_are_sent_as_they_are() {
    let recorded = Script::assistant().text(["from", " a file"]).stop("end_turn").usage(1, 2);
    let odd = [Frame::event("unheardOf", &json!({})).encode(), b"no message".to_vec()].concat();
    let sim = Sim::builder().replay(recorded.clone()).replay_queue([odd.clone()]).start().await;
    let sim = sim.unwrap();
    // A request no model would take: a replay answers whatever comes.
    assert_eq!(stream(&sim, &json!({})).await.body, odd);
    assert_eq!(stream(&sim, &json!({})).await.body, recorded.encode());
    assert_eq!(text(&stream(&sim, &asking("hi sim:chunk=3")).await.events()), "from a file");
    sim.push_replay(Script::new().raw("abc"));
    assert_eq!(stream(&sim, &json!({})).await.body, "abc");
    sim.set_replay(None);
    assert_eq!(text(&stream(&sim, &asking("hi")).await.events()), "Hello! You said: \"hi\".");
    assert!(events(&recorded.encode()).len() > 4);
}

#[tokio::test]
async fn the_catalogue_is_listed_and_can_be_another() {
    let sim = Sim::start().await.unwrap();
    let answer = send(&sim, bearer(get(&sim, "/foundation-models?byProvider=Amazon"))).await;
    let models = answer.json()["modelSummaries"].as_array().unwrap().clone();
    assert!(models.iter().any(|model| model["modelId"] == "amazon.nova-lite-v1:0"));
    assert!(models.iter().all(|model| model["modelLifecycle"]["status"].is_string()));
    let answer = send(&sim, bearer(get(&sim, "/inference-profiles?maxResults=1"))).await.json();
    assert_eq!(answer["inferenceProfileSummaries"].as_array().unwrap().len(), 1);
    assert!(answer["nextToken"].is_string());
    let empty = Sim::builder().catalog(Catalog::default()).any_model().start().await.unwrap();
    let answer = send(&empty, bearer(get(&empty, "/foundation-models"))).await;
    assert_eq!(answer.json(), json!({"modelSummaries": []}));
    let path = "/model/nobody.nothing/converse";
    assert_eq!(send(&empty, bearer(post(&empty, path, &asking("hi")))).await.status, 200);
}
