//! Names and ids in the service's alphabet, and back.

use std::collections::BTreeMap;

/// Longest name or id the service takes.
pub const MAX_LEN: usize = 64;

/// What stands for names that the service would refuse. Each name has one stand-in throughout a
/// request, and no two the same.
#[derive(Debug, Default)]
pub struct Names {
    /// Names and what is sent for them. There are few: it is tools that have names.
    stand_ins: Vec<(String, String)>,
    taken: Taken,
}

/// Names that were given, each with the number behind the last one like it.
#[derive(Debug, Default)]
pub struct Taken(BTreeMap<String, u32>);

impl Taken {
    /// The name, or when it was given before, its start with a number behind it. Names are ASCII, and
    /// no longer than `most`.
    pub fn give(&mut self, wanted: String, most: usize, suffix: fn(u32) -> String) -> String {
        let mut name = wanted.clone();
        while self.0.contains_key(&name) {
            let number = self.0.entry(wanted.clone()).or_default();
            *number += 1;
            let suffix = suffix(*number + 1);
            let start = wanted.get(..wanted.len().min(most - suffix.len())).unwrap_or(&wanted);
            name = format!("{}{suffix}", start.trim_end());
        }
        self.0.insert(name.clone(), 0);
        name
    }
}

impl Names {
    /// The name to send for a name.
    pub fn stand_in(&mut self, name: &str, allowed: fn(char) -> bool) -> String {
        if let Some((_, known)) = self.stand_ins.iter().find(|(given, _)| given == name) {
            return known.clone();
        }
        let stand_in = self.fresh(name, allowed);
        self.stand_ins.push((name.to_owned(), stand_in.clone()));
        stand_in
    }

    /// A name like this one which was not given yet, also not for this one.
    pub fn fresh(&mut self, name: &str, allowed: fn(char) -> bool) -> String {
        let wanted: String =
            name.chars().map(|c| if allowed(c) { c } else { '_' }).take(MAX_LEN).collect();
        let wanted = if wanted.is_empty() { "unnamed".to_owned() } else { wanted };
        self.taken.give(wanted, MAX_LEN, |number| format!("_{number}"))
    }

    /// The name that a stand-in stands for.
    pub fn restore(&self, sent: String) -> String {
        let original = self.stand_ins.iter().find(|(_, stand_in)| *stand_in == sent);
        original.map_or(sent, |(name, _)| name.clone())
    }
}

/// What a tool's name is made of.
pub fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// What the id of a call is made of, for any model but Claude, whose ids are made like names.
pub fn in_id(c: char) -> bool {
    in_name(c) || c == '.' || c == ':'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stand_ins_differ_and_come_back() {
        let mut names = Names::default();
        let long = "x".repeat(70);
        let given = ["a.b", "a_b", "a b", "a_b", "", &long, &"x".repeat(65)];
        let sent: Vec<String> = given.iter().map(|name| names.stand_in(name, in_name)).collect();
        assert_eq!(sent[..5], ["a_b", "a_b_2", "a_b_3", "a_b_2", "unnamed"]);
        assert_eq!((sent[5].len(), sent[6].len()), (64, 64));
        for (given, sent) in given.iter().zip(sent) {
            assert_eq!(names.restore(sent), *given);
        }
        assert_eq!(names.restore("never_sent".to_owned()), "never_sent");
    }

    #[test]
    fn one_name_over_and_over_takes_no_longer_each_time() {
        let mut names = Names::default();
        let last = (0..50_000).map(|_| names.fresh("call_0", in_name)).last();
        assert_eq!(last.as_deref(), Some("call_0_50000"));
    }

    proptest! {
        #[test]
        fn every_name_can_be_sent_and_comes_back(given in prop::collection::vec(any::<String>(), 1..8)) {
            let mut names = Names::default();
            for name in &given {
                let sent = names.stand_in(name, in_name);
                prop_assert!((1..=64).contains(&sent.len()) && sent.chars().all(in_name));
                prop_assert_eq!(&names.restore(sent), name);
            }
        }
    }
}
