//! What fuzzing found once, and what it is to find at once: the checks of `tests/fuzz` on the inputs
//! that are kept there, and on a few that are made up.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../../tests/fuzz/checks/mod.rs"]
mod checks;

use checks::CHECKS;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::fs;
use std::path::Path;

/// Checks every input of a folder. Gives how many there were.
fn replay(folder: &str) -> usize {
    let mut seen = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz").join(folder);
    for (name, check) in CHECKS {
        // A target in which nothing was found yet has no folder.
        let inputs = fs::read_dir(folder.join(name)).into_iter().flatten();
        for path in inputs.map(|entry| entry.unwrap().path()) {
            // A check that fails says what is wrong, and this with what.
            eprintln!("{}", path.display());
            check(&fs::read(&path).unwrap());
            seen += 1;
        }
    }
    seen
}

#[test]
fn corpus_keeps_its_promises() {
    assert!(replay("corpus") > 100);
}

#[test]
fn faults_that_were_found_stay_mended() {
    assert!(replay("regressions") > 5);
}

#[test]
fn made_up_inputs_keep_the_promises() {
    for (name, check) in CHECKS {
        // A check that fails says so each time it is tried; the input as it is will do.
        let config = Config {
            cases: 512,
            max_shrink_iters: 0,
            // The same each time: what fails here is what was changed. `make fuzz` looks for more.
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..Config::default()
        };
        let inputs = prop::collection::vec(any::<u8>(), 0..600);
        let outcome = TestRunner::new(config).run(&inputs, |input| {
            check(&input);
            Ok(())
        });
        outcome.unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}
