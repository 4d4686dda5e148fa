//! `converse chat` with a prompt.

use crate::support::{PNG, World};
use bedrock_converse_component::COMPONENT;
use serde_json::json;

#[test]
fn text_is_all_there_is_on_standard_output() {
    let world = World::new();
    world.converse(&["chat", "hi"]).run().says("Hello! You said: \"hi\".\n");
    let request = world.last_request();
    assert_eq!(request.path, "/model/us.amazon.nova-lite-v1%3A0/converse-stream");
    assert_eq!(request.json()["messages"], json!([{"role": "user", "content": [{"text": "hi"}]}]));
}

#[test]
fn text_is_there_as_soon_as_it_has_come() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "hi sim:gate=2"]).start();
    chat.close_stdin();
    // The rest is only sent once this has been seen.
    assert_eq!(chat.until_stdout_has("Hello!").trim_end(), "Hello!");
    world.sim.release();
    chat.wait().says("Hello! You said: \"hi\".\n");
}

#[test]
fn thoughts_go_to_standard_error() {
    let world = World::new();
    let output = world.converse(&["chat", "think hard"]).run();
    assert_eq!(output.stdout, "Hello! You said: \"think hard\".\n");
    let thoughts = "The user wants an answer to: think hard. I will keep it short and friendly.\n";
    assert_eq!((output.stderr.as_str(), output.code), (thoughts, Some(0)));
}

#[test]
fn tool_calls_go_to_standard_error_and_are_no_failure() {
    let script = bedrock_sim::Script::assistant()
        .text(["Let me look."])
        .tool_use("t1", "get_weather", ["{\"city\":", "\"Oslo\"}"])
        .stop("tool_use")
        .usage(1, 2);
    let world = World::with(bedrock_sim::Sim::builder().replay(script));
    let output = world.converse(&["chat", "Weather?"]).run();
    assert_eq!(output.stdout, "Let me look.\n");
    let told = "tool call: get_weather {\"city\":\"Oslo\"} (id t1)\n\
                note: the model waits for results (tool_use); --tool-command gives them\n";
    assert_eq!(output.stderr, told);
    assert_eq!(output.code, Some(0));
}

#[test]
fn prompt_comes_from_standard_input() {
    let world = World::new();
    let output = world.converse(&["chat"]).stdin("What is\nthis?\n").run();
    output.says("Hello! You said: \"What is\nthis?\".\n");
}

#[test]
fn standard_input_goes_below_the_prompt() {
    let world = World::new();
    let output = world.converse(&["chat", "Sum up:"]).stdin("a\nb\n").run();
    output.says("Hello! You said: \"Sum up:\n\na\nb\".\n");
}

#[test]
fn without_anything_asked_nothing_is_sent() {
    let world = World::new();
    world.converse(&["chat"]).run().fails(2, &["error: nothing is asked"]);
    world.converse(&["chat", "  "]).stdin("\n").run().fails(2, &["error: nothing is asked"]);
    let output = world.converse(&["chat"]).stdin(b"\xff\xfe").run();
    output.fails(2, &["not text (UTF-8)", "--document"]);
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn options_reach_the_model() {
    let world = World::new();
    let options = "chat --system Brief. --max-tokens 50 --temperature 0.5 --top-p 0.9 --stop END \
                   --stop you --model us.amazon.nova-pro-v1:0 Hi";
    let output = world.converse(&options.split_whitespace().collect::<Vec<_>>()).run();
    output.says("Hello! You said: \"Hi\".\n");
    let request = world.last_request();
    assert_eq!(request.path, "/model/us.amazon.nova-pro-v1%3A0/converse-stream");
    let body = request.json();
    assert_eq!(body["system"], json!([{"text": "Brief."}]));
    assert_eq!(
        body["inferenceConfig"],
        json!({"maxTokens": 50, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END", "you"]})
    );
}

#[test]
fn without_options_the_model_decides() {
    let world = World::new();
    world.converse(&["chat", "hi"]).run().says("Hello! You said: \"hi\".\n");
    let body = world.last_request().json();
    let set = body["inferenceConfig"].as_object().map_or(0, |config| config.len());
    assert_eq!((set, body.get("system"), body.get("toolConfig")), (0, None, None), "{body}");
}

#[test]
fn a_cut_answer_is_said_to_be_cut() {
    let world = World::new();
    let output = world.converse(&["chat", "--max-tokens", "2", "Hello there"]).run();
    assert_eq!((output.stdout.as_str(), output.code), ("Hello! Y\n", Some(0)));
    assert!(output.stderr.contains("limit of tokens (max_tokens)"), "{output:?}");
}

#[test]
fn image_is_what_its_bytes_are() {
    let world = World::new();
    let file = world.file("holiday.jpg", PNG);
    let output = world.converse(&["chat", "--image", &file, "What is it?"]).run();
    let sees =
        format!("Hello! You said: \"What is it?\". I see 1 image (png, {} bytes).\n", PNG.len());
    output.says(&sees);
}

#[test]
fn images_are_sent_in_their_order_before_the_text() {
    let world = World::new();
    let first = world.file("a", PNG);
    let second = world.file("b", b"GIF89a\x01\0\x01\0\0\0\0;");
    let output = world.converse(&["chat", "--image", &first, "--image", &second, "Both?"]).run();
    assert!(output.stdout.contains("I see 2 images (png, "), "{output:?}");
    let content = world.last_request().json()["messages"][0]["content"].clone();
    assert_eq!(content[1]["image"]["format"], "gif");
    assert_eq!(content[2], json!({"text": "Both?"}));
}

#[test]
fn what_is_no_image_is_not_sent() {
    let world = World::new();
    let file = world.file("plan.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let output = world.converse(&["chat", "--image", &file, "What is it?"]).run();
    output.fails(2, &["plan.png", "png, jpeg, gif or webp"]);
    let output = world.converse(&["chat", "--image", "nowhere.png", "What is it?"]).run();
    output.fails(2, &["cannot read the image nowhere.png"]);
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn a_large_image_does_not_get_stuck() {
    let world = World::new();
    let mut image = PNG.to_vec();
    image.resize(3 << 20, 0);
    let file = world.file("large.png", &image);
    let output = world.converse(&["chat", "--image", &file, "What is it?"]).run();
    assert!(output.stdout.contains("(png, 3145728 bytes)"), "{output:?}");
}

#[test]
fn plugin_comes_from_a_file() {
    let world = World::new();
    let plugin = world.file("plugin.wasm", COMPONENT);
    world.converse(&["chat", "--plugin", &plugin, "hi"]).run().says("Hello! You said: \"hi\".\n");
}

#[test]
fn what_is_no_plugin_is_not_run() {
    let world = World::new();
    let broken = world.file("broken.wasm", &COMPONENT[..1000]);
    for plugin in [broken.as_str(), "nowhere.wasm"] {
        let output = world.converse(&["chat", "--plugin", plugin, "hi"]).run();
        output.fails(1, &["error: plugin: "]);
        assert_eq!(output.stdout, "");
    }
    assert_eq!(world.sim.stats().requests, 0);
}
