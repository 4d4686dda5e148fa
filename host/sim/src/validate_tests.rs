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
