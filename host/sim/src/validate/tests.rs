use serde_json::json;

use super::*;

/// A request with everything that is right.
fn good() -> Value {
    json!({
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "inferenceConfig": {"maxTokens": 1, "temperature": 0.0, "topP": 1.0, "stopSequences": ["."]},
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": {}}}}]},
        "messages": [
            {"role": "user", "content": [
                {"text": "hi"},
                {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
                {"document": {"name": "a", "format": "pdf", "source": {"s3Location": {"uri": "s3://a/b"}}}}
            ]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {}}},
                {"toolUse": {"toolUseId": "t2", "name": "weather", "input": {}}}
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "t2", "content": [{"text": "x"}]}},
                {"toolResult": {"toolUseId": "t1", "content": [{"json": {}}]}}
            ]}
        ]
    })
}

/// Checks what answers to no model in particular.
fn converse(request: &Value) -> Checked {
    super::converse(request, &Rules::default())
}

#[test]
fn a_good_request_passes() {
    assert_eq!(converse(&good()), Ok(()));
}

#[test]
fn a_server_tool_needs_no_result_of_the_client() {
    let request = json!({
        "toolConfig": {"tools": [{"systemTool": {"name": "nova_code_interpreter"}}]},
        "messages": [
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "s1", "name": "nova_code_interpreter", "input": {}, "type": "server_tool_use"}},
                {"toolResult": {"toolUseId": "s1", "content": [{"json": {}}]}},
                {"text": "done"}
            ]},
            {"role": "user", "content": [{"text": "thanks"}]}
        ]
    });
    assert_eq!(converse(&request), Ok(()));
}

#[test]
fn each_mistake_is_rejected_by_name() {
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/messages", json!([]), "messages field is empty"),
        ("/messages", json!(null), "messages field is empty"),
        ("/messages/0/role", json!("assistant"), "start with a user message"),
        ("/messages/1/role", json!("model"), "'messages.1.role'"),
        ("/messages/1/role", json!("user"), "alternate between user and assistant"),
        ("/messages/0/content", json!([]), "Message object at messages.0 is empty"),
        ("/messages/0/content/0", json!({"text": " \n"}), "at messages.0.content.0 is blank"),
        ("/messages/0/content/0", json!({"text": 5}), "'messages.0.content.0.text'"),
        ("/messages/0/content/0", json!({"word": "x"}), "messages.0.content.0 must set one"),
        ("/messages/0/content/0", json!({"text": "x", "image": {}}), "must set one"),
        ("/messages/0/content/1/image/source/bytes", json!("Q?"), "bytes is not valid base64"),
        ("/messages/0/content/1/image/source/bytes", json!(""), "source.bytes is empty"),
        ("/messages/0/content/1/image/format", json!("bmp"), "content.1.image.format'"),
        ("/messages/0/content/1/image/source", json!({}), "image.source must set one"),
        ("/messages/0/content/2/document/name", json!(""), "content.2.document.name'"),
        ("/messages/1/content/0/toolUse/input", json!("{}"), "toolUse.input is invalid"),
        ("/messages/1/content/0/toolUse/name", json!("a b"), "content.0.toolUse.name'"),
        ("/messages/1/content/0/toolUse/toolUseId", json!("a b"), "toolUse.toolUseId'"),
        ("/messages/2/content/1/toolResult/toolUseId", json!("t9"), "following Ids: t1"),
        ("/messages/2/content", json!([{"text": "no"}]), "following Ids: t1, t2"),
        ("/toolConfig", json!(null), "toolConfig field must be defined"),
        ("/toolConfig/tools", json!([]), "'toolConfig.tools'"),
        ("/toolConfig/tools/0/toolSpec/name", json!("a.b"), "toolSpec.name'"),
        ("/toolConfig/tools/0/toolSpec/inputSchema", json!({}), "inputSchema.json"),
        ("/inferenceConfig/maxTokens", json!(0), "'inferenceConfig.maxTokens'"),
        ("/inferenceConfig/maxTokens", json!("9"), "Member must be a number"),
        ("/inferenceConfig/temperature", json!(1.1), "'inferenceConfig.temperature'"),
        ("/inferenceConfig/topP", json!(-0.1), "'inferenceConfig.topP'"),
        ("/inferenceConfig/stopSequences/0", json!(""), "stopSequences.0'"),
        ("/system/0/text", json!(""), "SystemContentBlock object at system.0 is blank"),
        (
            "/messages",
            user(json!([{"toolResult": {"toolUseId": "t", "content": []}}])),
            "no toolUse block",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut request = good();
        *request.pointer_mut(pointer).expect(pointer) = value.clone();
        let error = converse(&request).expect_err(&format!("{pointer} = {value}"));
        assert_eq!((error.status.as_u16(), error.code.as_str()), (400, "ValidationException"));
        assert!(error.message.contains(expected), "{pointer} = {value}: {}", error.message);
    }
    assert!(converse(&json!([])).is_err());
}

#[test]
fn a_choice_must_be_one_of_the_tools() {
    let mut request = good();
    request["toolConfig"]["toolChoice"] = json!({"tool": {"name": "news"}});
    let error = converse(&request).unwrap_err();
    assert!(error.message.contains("toolChoice.tool.name"), "{}", error.message);
}

/// The error of a request to a model of the catalogue, and `ok` if there is none.
fn said(request: &Value, model_id: &str, strict: bool) -> String {
    let catalog = crate::Catalog::built_in("us-east-1");
    let model = catalog.resolve(model_id);
    assert!(model.is_some(), "{model_id}");
    let checked = super::converse(request, &Rules { model, kept_prompt: false, strict });
    checked.map_or_else(|error| error.message, |()| "ok".to_owned())
}

const OPUS: &str = "us.anthropic.claude-opus-4-7";
const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const OLD_HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
const NOVA: &str = "amazon.nova-lite-v1:0";
const LLAMA: &str = "meta.llama3-1-8b-instruct-v1:0";

fn asking() -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})
}

#[test]
fn turns_answer_calls_and_nothing_else() {
    let result = |id: &str| json!({"toolResult": {"toolUseId": id, "content": []}});
    let call = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "weather", "input": {}}});
    for (pointer, value, expected) in [
        ("/messages/2/content", json!([result("t1"), result("t2"), result("t1")]), "second one"),
        (
            "/messages/2/content",
            json!([result("t1"), {"text": "and"}, result("t2")]),
            "must come first, before messages.2.content.1",
        ),
        ("/messages/1/content", json!([call("t1"), call("t1")]), "toolUseId t1 at messages.1"),
        ("/messages/0/content", json!([call("t1")]), "only allowed for role assistant"),
        ("/messages/1/content/0/toolUse/input", json!({"a": [{"": 1}]}), "input has an empty key"),
        (
            "/messages/2/content/0/toolResult",
            json!({"toolUseId": "t2", "content": [], "status": "bad"}),
            "toolResult.status'",
        ),
        ("/toolConfig/tools", json!([{}]), "tools.0 must set one"),
        ("/toolConfig/tools", json!([{"systemTool": {"name": ""}}]), "systemTool.name'"),
    ] {
        let mut request = good();
        *request.pointer_mut(pointer).expect(pointer) = value.clone();
        let error = converse(&request).expect_err(&format!("{pointer} = {value}"));
        assert!(error.message.contains(expected), "{pointer} = {value}: {}", error.message);
    }
    let mut request = good();
    request["messages"][2]["content"].as_array_mut().unwrap().push(json!({"text": "go on"}));
    assert_eq!(converse(&request), Ok(()));
    request["messages"].as_array_mut().unwrap().pop();
    let error = converse(&request).unwrap_err().message;
    assert!(error.contains("after messages.1.content for the following Ids: t1, t2"), "{error}");
    let tool = request["toolConfig"]["tools"][0].clone();
    request["toolConfig"]["tools"].as_array_mut().unwrap().push(tool);
    assert!(converse(&request).unwrap_err().message.contains("weather at toolConfig.tools.1"));
}

#[test]
fn documents_have_good_names_and_words_beside_them() {
    let with = |names: &[&str], text: bool| {
        let mut request = asking();
        let documents = names.iter().map(
            |name| json!({"document": {"name": name, "format": "txt", "source": {"text": "x"}}}),
        );
        let text = text.then(|| json!({"text": "look"}));
        request["messages"][0]["content"] = documents.chain(text).collect();
        converse(&request).map_or_else(|error| error.message, |()| "ok".to_owned())
    };
    assert_eq!(with(&["Plan_2 (new) [a-b]", "Other"], true), "ok");
    for name in ["notes.txt", "two  spaces", "\u{fc}ber", "wide\u{3000}space", "a/b"] {
        let error = with(&[name], true);
        assert!(
            error.contains("name at messages.0.content.0.document.name can"),
            "{name}: {error}"
        );
    }
    assert!(with(&["a".repeat(201).as_str()], true).contains("less than or equal to 200"));
    assert!(with(&["a", "b", "a"], true).contains("document name a at messages.0.content is not"));
    assert!(with(&["a"], false).contains("messages.0 has a document and no text"));
}

#[test]
fn members_around_the_conversation_are_checked() {
    let many: serde_json::Map<_, _> = (0..17).map(|n| (n.to_string(), json!("x"))).collect();
    for (member, value, expected) in [
        ("requestMetadata", json!({}), "'requestMetadata'"),
        ("requestMetadata", json!({"team": "a!"}), "'requestMetadata.team'"),
        ("requestMetadata", json!({"te\u{e4}m": "a"}), "'requestMetadata.te"),
        ("requestMetadata", json!({"team": 5}), "'requestMetadata.team'"),
        ("requestMetadata", Value::Object(many), "less than or equal to 16"),
        ("additionalModelResponseFieldPaths", json!(["usage"]), "FieldPaths.0'"),
        ("additionalModelResponseFieldPaths", json!(vec!["/a"; 11]), "less than or equal to 10"),
        ("serviceTier", json!({"type": "cheap"}), "'serviceTier.type'"),
        ("performanceConfig", json!({"latency": "slow"}), "'performanceConfig.latency'"),
    ] {
        let mut request = asking();
        request[member] = value.clone();
        let error = converse(&request).expect_err(&format!("{member} = {value}"));
        assert!(error.message.contains(expected), "{member} = {value}: {}", error.message);
    }
    let mut request = asking();
    request["requestMetadata"] = json!({"Cost:centre/1": "a_b@c $#=+,-. ", "sim": "message=a%20b"});
    assert_eq!(converse(&request), Ok(()));
}

#[test]
fn a_kept_prompt_has_its_own_settings() {
    let rules = Rules { kept_prompt: true, ..Rules::default() };
    assert_eq!(super::converse(&json!({}), &rules), Ok(()));
    assert_eq!(super::converse(&asking(), &rules), Ok(()));
    let variables = json!({"promptVariables": {"city": {"text": "Oslo"}}});
    assert_eq!(super::converse(&variables, &rules), Ok(()));
    for member in ["inferenceConfig", "system", "toolConfig", "additionalModelRequestFields"] {
        let error = super::converse(&json!({member: {}}), &rules).unwrap_err().message;
        assert!(error.contains(&format!("The {member} field")), "{error}");
    }
    let wrong = json!({"promptVariables": {"city": "Oslo"}});
    let error = super::converse(&wrong, &rules).unwrap_err().message;
    assert!(error.contains("promptVariables.city.text"), "{error}");
}

#[test]
fn cache_points_are_few_and_in_order() {
    let point = |ttl: &str| json!({"cachePoint": {"type": "default", "ttl": ttl}});
    let mut request = asking();
    request["system"] = json!([{"text": "x"}, point("1h"), {"text": "y"}, point("5m")]);
    assert_eq!(said(&request, HAIKU, true), "ok");
    for model in [OLD_HAIKU, LLAMA] {
        assert!(said(&request, model, false).contains("system.1 is a cachePoint"));
    }
    request["messages"][0]["content"] = json!([{"text": "hi"}, point("1h")]);
    let error = said(&request, HAIKU, false);
    assert!(error.contains("messages.0.content.1.cachePoint.ttl"), "{error}");
    request["messages"][0]["content"] =
        json!([{"text": "hi"}, point("5m"), point("5m"), point("5m")]);
    assert!(said(&request, HAIKU, false).contains("messages.0.content.3 is one too many"));
    request["messages"][0]["content"] = json!([{"text": "hi"}, point("1d")]);
    assert!(said(&request, HAIKU, false).contains("'messages.0.content.1.cachePoint.ttl'"));
    let tool = json!({"toolSpec": {"name": "f", "inputSchema": {"json": {}}}});
    let mut tools = asking();
    tools["toolConfig"] = json!({"tools": [tool, point("5m")]});
    for (model, strict, expected) in
        [(HAIKU, true, "ok"), (NOVA, false, "ok"), (NOVA, true, "toolConfig.tools.1")]
    {
        assert!(said(&tools, model, strict).contains(expected), "{model}");
    }
}

#[test]
fn models_take_what_they_can() {
    let mut image = asking();
    let picture = json!({"image": {"format": "png", "source": {"bytes": "QUJD"}}});
    image["messages"][0]["content"].as_array_mut().unwrap().push(picture);
    let mut video = asking();
    video["messages"][0]["content"][0] = json!({"video": {"format": "mp4", "source": {}}});
    let with = |config: Value| {
        let mut request = asking();
        request["inferenceConfig"] = config;
        request
    };
    let hot = with(json!({"temperature": 0.5}));
    let both = with(json!({"temperature": 0.5, "topP": 0.5}));
    let mut prefilled = asking();
    let turn = json!({"role": "assistant", "content": [{"text": "Well"}]});
    prefilled["messages"].as_array_mut().unwrap().push(turn);
    for (request, model, expected) in [
        (&image, NOVA, "ok"),
        (&image, LLAMA, "image content block at messages.0.content.1"),
        (&video, NOVA, "ok"),
        (&video, HAIKU, "video content block at messages.0.content.0"),
        (&hot, HAIKU, "ok"),
        (&hot, OPUS, "`temperature` is deprecated"),
        (&both, NOVA, "ok"),
        (&both, OLD_HAIKU, "ok"),
        (&both, HAIKU, "`temperature` and `top_p` cannot both be specified"),
        (&prefilled, HAIKU, "ok"),
        (&prefilled, OPUS, "must end with a user message"),
    ] {
        assert!(said(request, model, true).contains(expected), "{model} {request}");
    }
}

#[test]
fn thinking_has_its_price() {
    let tool = json!({"toolSpec": {"name": "f", "inputSchema": {"json": {}}}});
    let with = |thinking: Value, choice: Value, config: Value| {
        let mut request = asking();
        request["toolConfig"] = json!({"tools": [tool], "toolChoice": choice});
        request["additionalModelRequestFields"] = json!({"thinking": thinking});
        request["inferenceConfig"] = config;
        request
    };
    let enabled = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    let (auto, none) = (json!({"auto": {}}), json!({}));
    for (request, expected) in [
        (with(enabled(1_024), auto.clone(), json!({"maxTokens": 1_025})), "ok"),
        (with(enabled(1_024), auto.clone(), none.clone()), "ok"),
        (with(enabled(1_023), auto.clone(), none.clone()), "thinking.budget_tokens: Input should"),
        (with(enabled(1_024), auto.clone(), json!({"maxTokens": 1_024})), "inferenceConfig.maxT"),
        (with(enabled(1_024), json!({"any": {}}), none.clone()), "toolConfig.toolChoice forces"),
        (
            with(json!({"type": "adaptive"}), json!({"tool": {"name": "f"}}), none.clone()),
            "toolConfig.toolChoice forces",
        ),
        (with(json!({"type": "disabled"}), json!({"any": {}}), none), "ok"),
    ] {
        assert!(said(&request, HAIKU, false).contains(expected), "{request}");
        assert_eq!(said(&request, NOVA, false), "ok");
    }
    let cool = with(enabled(1_024), auto, json!({"temperature": 0.5}));
    assert_eq!(said(&cool, HAIKU, false), "ok");
    assert!(said(&cool, HAIKU, true).contains("may only be set to 1"));
}

#[test]
fn thoughts_come_back_as_they_were() {
    let with = |reasoning: Value| {
        let turn = [json!({"reasoningContent": reasoning}), json!({"text": "Well."})];
        let again = json!({"role": "user", "content": [{"text": "go on"}]});
        let mut request = asking();
        let messages = request["messages"].as_array_mut().unwrap();
        messages.extend([json!({"role": "assistant", "content": turn}), again]);
        request
    };
    let thought = |text: &str, signature: &str| {
        with(json!({"reasoningText": {"text": text, "signature": signature}}))
    };
    let signed = thought("Hm.", &crate::thoughts::signature("Hm."));
    let changed = thought("Hm!", &crate::thoughts::signature("Hm."));
    let unsigned = with(json!({"reasoningText": {"text": "Hm."}}));
    let redacted = with(json!({"redactedContent": crate::thoughts::redacted("Hm.")}));
    let foreign = with(json!({"redactedContent": "AP8B"}));
    let at = "messages.1.content.0: ";
    for (request, expected) in [
        (&signed, "ok"),
        (&changed, "Invalid `signature` in `thinking` block"),
        (&unsigned, "thinking.signature: Field required"),
        (&redacted, "ok"),
        (&foreign, "Invalid `data` in `redacted_thinking` block"),
    ] {
        let said = said(request, HAIKU, false);
        let expected = if expected == "ok" { expected } else { &format!("{at}{expected}") };
        assert!(said.ends_with(expected), "{said}");
    }
    for (request, strict, expected) in [
        (&changed, false, "ok"),
        (&foreign, true, "ok"),
        (&unsigned, true, "ok"),
        (&signed, true, "doesn't support the signature field at messages.1.content.0"),
    ] {
        assert!(said(request, NOVA, strict).contains(expected), "{request}");
    }
}

#[test]
fn a_tool_that_says_nothing_passes_unless_it_is_strict() {
    let mut request = good();
    request["messages"][2]["content"][0]["toolResult"]["content"] = json!([{"text": ""}]);
    assert_eq!(said(&request, NOVA, false), "ok");
    let error = said(&request, NOVA, true);
    assert!(error.contains("at messages.2.content.0.toolResult.content.0 is blank"), "{error}");
}
