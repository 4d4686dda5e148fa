//! The component itself: what it asks for, and what it says it is.

use crate::support::{host, load};
use bedrock_converse_component::COMPONENT;
use converse_host::ErrorKind;
use wasmparser::{ComponentExternName, Parser, Payload};

/// Names of the component's own imports or exports, not of components within it.
fn names(of_imports: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(COMPONENT) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if of_imports && depth == 0 => {
                names.extend(section.into_iter().map(|import| name(import.unwrap().name)));
            }
            Payload::ComponentExportSection(section) if !of_imports && depth == 0 => {
                names.extend(section.into_iter().map(|export| name(export.unwrap().name)));
            }
            _ => {}
        }
    }
    names.sort();
    names
}

fn name(name: ComponentExternName<'_>) -> String {
    name.name.to_owned()
}

#[test]
fn imports_are_the_contracts_and_no_more() {
    assert_eq!(
        names(true),
        [
            "converse:provider/credentials@0.1.0",
            "converse:provider/discovery-cache@0.1.0",
            "converse:provider/endpoints@0.1.0",
            "converse:provider/log@0.1.0",
            "converse:provider/types@0.1.0",
            "wasi:clocks/monotonic-clock@0.2.12",
            "wasi:clocks/wall-clock@0.2.12",
            "wasi:http/outgoing-handler@0.2.12",
            "wasi:http/types@0.2.12",
            "wasi:io/error@0.2.12",
            "wasi:io/poll@0.2.12",
            "wasi:io/streams@0.2.12",
        ]
    );
    assert_eq!(
        names(false),
        [
            "converse:provider/non-streaming@0.1.0",
            "converse:provider/provider@0.1.0",
            "converse:provider/token-counter@0.1.0",
        ]
    );
}

#[tokio::test]
async fn says_what_it_is() {
    let provider = load(host()).await;
    let description = provider.description();
    assert_eq!(description.id, "amazon-bedrock");
    assert_eq!(description.api, "bedrock-converse-stream");
    assert_eq!(description.aliases, ["bedrock", "aws-bedrock"]);
    assert_eq!(provider.contract(), "converse:provider@0.1.0");
    assert_eq!(provider.describe().await.unwrap(), *description);
}

#[tokio::test]
async fn second_load_comes_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = || converse_host::CompileCache::Dir(folder.path().join("compiled"));
    let first = load(host().compile_cache(cache())).await.load_report();
    let second = load(host().compile_cache(cache())).await.load_report();
    assert!(!first.cache_hit && second.cache_hit, "{first:?} {second:?}");
    assert_eq!(second.bytes, COMPONENT.len());
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_when_it_is_loaded() {
    let host = host().build().unwrap();
    let truncated = &COMPONENT[..COMPONENT.len() / 2];
    // An empty component and an empty module, by their preambles.
    let empty_component = b"\0asm\x0d\0\x01\0";
    let module = b"\0asm\x01\0\0\0";
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("text", b"(component)"),
        ("half a component", truncated),
        ("a module", module),
        ("an empty component", empty_component),
    ] {
        let error = host.load(bytes).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Plugin, "{what}: {error}");
    }
    let error = host.load(empty_component).await.unwrap_err();
    assert!(error.message().contains("converse:provider@0.1.0"), "{error}");
}
