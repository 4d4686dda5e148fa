//! What `converse chat` sends along with a prompt.

use crate::support::{PNG, World};
use serde_json::{Value, json};

fn content(world: &World) -> Value {
    world.last_request().json()["messages"][0]["content"].clone()
}

#[test]
fn documents_are_named_after_their_files() {
    let world = World::new();
    let report = world.file("annual_report.v2.PDF", b"%PDF-1.7");
    let notes = world.file("notes.markdown", b"# Notes");
    let chat = ["chat", "--document", &report, "--document", &notes, "--cite", "Sum up"];
    let output = world.converse(&chat).run();
    output.says("Hello! You said: \"Sum up\". I see 2 documents (pdf, 8 bytes; md, 7 bytes).\n");
    let content = content(&world);
    assert_eq!(content[0]["document"]["name"], "annual_report_v2");
    assert_eq!(content[0]["document"]["citations"], json!({"enabled": true}));
    assert_eq!(content[1]["document"]["name"], "notes");
    assert_eq!(content[2], json!({"text": "Sum up"}));
}

#[test]
fn names_the_service_does_not_take_are_left_to_the_plugin() {
    let world = World::new();
    let (first, second) =
        (world.file("Überblick 1.txt", b"a"), world.file("Äberblick 1.txt", b"b"));
    let output = world.converse(&["chat", "-d", &first, "-d", &second, "Compare"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)), "{output:?}");
    let content = content(&world);
    assert_eq!(content[0]["document"]["name"], "_berblick 1");
    assert_eq!(content[1]["document"]["name"], "_berblick 1 (2)");
}

#[test]
fn documents_of_one_name_are_told_apart() {
    let world = World::new();
    let (text, page) = (world.file("a.txt", b"a"), world.file("a.htm", b"<p>a"));
    let output = world.converse(&["chat", "-d", &text, "-d", &page, "Compare"]).run();
    assert_eq!(output.code, Some(0), "{output:?}");
    let content = content(&world);
    assert_eq!(
        (&content[0]["document"]["name"], &content[0]["document"]["format"]),
        (&json!("a"), &json!("txt"))
    );
    assert_eq!(
        (&content[1]["document"]["name"], &content[1]["document"]["format"]),
        (&json!("a (2)"), &json!("html"))
    );
    assert_eq!(content[0]["document"].get("citations"), None);
}

#[test]
fn videos_and_sounds_are_sent_by_their_ending() {
    let world = World::new();
    let (video, sound) = (world.file("a.3gp", b"v"), world.file("a.mp3", b"s"));
    let image = world.file("a.png", PNG);
    let chat = ["chat", "--audio", &sound, "--video", &video, "--image", &image, "What is it?"];
    assert_eq!(world.converse(&chat).run().code, Some(0));
    let content = content(&world);
    assert_eq!(content[0]["image"]["format"], "png");
    assert_eq!(content[1]["video"]["format"], "three_gp");
    assert_eq!(content[2]["audio"]["format"], "mp3");
}

#[test]
fn what_cannot_be_sent_is_told_before_anything_is_sent() {
    let world = World::new();
    let (program, empty) = (world.file("a.exe", b"MZ"), world.file("a.pdf", b""));
    for (args, complaint) in [
        (["--document", &program], "a.exe is not a document by its ending: pdf, csv, "),
        (["--document", &empty], "a.pdf is empty"),
        (["--document", "nowhere.pdf"], "cannot read the document nowhere.pdf"),
        (["--video", &program], "a.exe is not a video by its ending"),
        (["--audio", "nowhere.mp3"], "cannot read the sound nowhere.mp3"),
    ] {
        let output = world.converse(&[&["chat"], &args[..], &["What is it?"]].concat()).run();
        output.fails(2, &[complaint]);
    }
    world.converse(&["chat", "--cite", "Hello"]).run().fails(2, &["--document"]);
    assert_eq!(world.sim.stats().requests, 0);
}
