//! Answers that the real service gave, where they are at hand.

use crate::support::World;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[test]
fn recorded_answers_are_told_word_by_word() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let vectors = std::env::var_os("CONVERSE_VECTORS").map_or(beside, PathBuf::from);
    let folder = vectors.join("eventstream/recorded");
    let Ok(files) = std::fs::read_dir(&folder) else { return };
    let recorded = files.map(|file| file.unwrap().path());
    let recorded: Vec<_> =
        recorded.filter(|path| path.extension().is_some_and(|e| e == "bin")).collect();
    assert!(!recorded.is_empty(), "nothing in {}", folder.display());
    for body in recorded {
        let world = World::new();
        world.sim.push_replay(std::fs::read(&body).unwrap());
        let output = world.converse(&["chat", "--json", "hi"]).run();
        assert_eq!(output.code, Some(0), "{}: {output:?}", body.display());
        let told = output.events();
        let expected = std::fs::read(body.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let expected: Vec<&Value> =
            expected["events"].as_array().unwrap().iter().map(|event| &event["payload"]).collect();
        for (name, pointer) in [
            ("text", "/delta/text"),
            ("reasoning_text", "/delta/reasoningContent/text"),
            ("reasoning_signature", "/delta/reasoningContent/signature"),
            ("tool_input", "/delta/toolUse/input"),
        ] {
            let told: String =
                told.iter().filter_map(|event| event["delta"][name].as_str()).collect();
            let expected: String =
                expected.iter().filter_map(|payload| payload.pointer(pointer)?.as_str()).collect();
            assert_eq!(told, expected, "{name} of {}", body.display());
        }
        assert_eq!(told.last().unwrap()["type"], "done");
    }
}
