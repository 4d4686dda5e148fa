//! The contract itself, as it is written in `wit/`.

use std::path::Path;
use wit_parser::{Docs, Resolve, TypeDefKind, TypeOwner};

pub fn contract() -> Resolve {
    let wit = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit"));
    let mut resolve = Resolve::default();
    for part in ["deps/io.wit", "deps/clocks.wit", "deps/http.wit", "0.1"] {
        resolve.push_path(wit.join(part)).unwrap();
    }
    resolve
}

/// Whoever writes a plugin reads the contract and nothing else.
#[test]
fn everything_in_it_is_documented() {
    let resolve = contract();
    let mut bare = Vec::new();
    let mut seen = 0;
    let mut check = |what: String, docs: &Docs| {
        seen += 1;
        if docs.contents.as_deref().unwrap_or_default().trim().is_empty() {
            bare.push(what);
        }
    };
    let ours = |package| resolve.packages[package].name.namespace == "converse";
    for (_, interface) in resolve.interfaces.iter().filter(|(_, i)| i.package.is_some_and(ours)) {
        let place = interface.name.clone().unwrap_or_default();
        check(place.clone(), &interface.docs);
        for (name, function) in &interface.functions {
            check(format!("{place}.{name}"), &function.docs);
        }
    }
    for (_, world) in resolve.worlds.iter().filter(|(_, w)| w.package.is_some_and(ours)) {
        check(world.name.clone(), &world.docs);
    }
    for (_, of_type) in &resolve.types {
        let (Some(name), TypeOwner::Interface(id)) = (&of_type.name, of_type.owner) else {
            continue;
        };
        if !resolve.interfaces[id].package.is_some_and(ours) {
            continue;
        }
        let part = |part: &str| format!("{name}.{part}");
        match &of_type.kind {
            // Named here by `use`, documented where it is.
            TypeDefKind::Type(wit_parser::Type::Id(_)) => continue,
            TypeDefKind::Record(record) => {
                record.fields.iter().for_each(|field| check(part(&field.name), &field.docs));
            }
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().for_each(|case| check(part(&case.name), &case.docs));
            }
            TypeDefKind::Enum(of_enum) => {
                of_enum.cases.iter().for_each(|case| check(part(&case.name), &case.docs));
            }
            _ => {}
        }
        check(name.clone(), &of_type.docs);
    }
    assert!(bare.is_empty(), "without a word: {bare:?}");
    assert!(seen > 200, "only {seen} things were looked at");
}

/// A closed variant cannot grow, so each that may has a way out.
#[test]
fn every_variant_of_content_has_another_case() {
    let resolve = contract();
    for name in [
        "content-block",
        "system-block",
        "tool-result-content",
        "tool",
        "tool-choice",
        "guard-content",
        "citation-location",
        "role",
        "reasoning-effort",
        "event",
        "block-kind",
        "delta",
        "stop-reason",
    ] {
        let of_type = resolve.types.iter().find(|(_, t)| {
            t.name.as_deref() == Some(name) && matches!(t.kind, TypeDefKind::Variant(_))
        });
        let (_, of_type) = of_type.unwrap_or_else(|| panic!("no variant {name}"));
        let TypeDefKind::Variant(variant) = &of_type.kind else { unreachable!() };
        assert!(variant.cases.iter().any(|case| case.name == "other"), "{name}");
    }
}
