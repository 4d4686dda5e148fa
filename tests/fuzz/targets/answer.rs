#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| converse_fuzz::checks::answer::check(input));
