//! Tables of prices.

use super::*;

fn table(rows: &str) -> Result<Prices, Error> {
    Prices::from_json5(&format!("{{ prices: [{rows}] }}"))
}

fn input(prices: &Prices, model: &str) -> Option<f64> {
    prices.of(model).map(|price| price.rates.input)
}

#[test]
fn every_row_of_the_built_in_table_counts() {
    let rows = read(BUILT_IN).unwrap();
    assert!(rows.len() > 90, "only {} rows", rows.len());
    for (i, row) in rows.iter().enumerate() {
        for (name, number) in row.numbers() {
            assert!(number > 0.0, "{:?}: {name} is {number}", row.patterns);
        }
        for pattern in &row.patterns {
            let id = pattern.replace('*', "");
            let first = rows.iter().position(|row| row.patterns.iter().any(|p| fits(p, &id)));
            assert_eq!(first, Some(i), "{pattern} is never reached");
        }
        for geo in row.geo.keys() {
            assert!(
                GEOS.contains(&geo.as_str()),
                "{:?}: no profile begins with {geo}",
                row.patterns
            );
        }
        if let Some(above) = &row.above {
            assert!(above.tokens >= 100_000 && above.input > row.input, "{:?}", row.patterns);
        }
    }
}

#[test]
fn models_are_found_by_every_name_they_have() {
    let prices = Prices::default();
    for (model, expected) in [
        ("amazon.nova-lite-v1:0", 0.06),
        ("us.amazon.nova-lite-v1:0", 0.06),
        ("eu.amazon.nova-lite-v1:0", 0.078),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", 0.06),
        ("anthropic.claude-sonnet-4-20250514-v1:0", 3.0),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.0),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/\
             eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            3.3,
        ),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.6),
    ] {
        let found = input(&prices, model).unwrap_or_else(|| panic!("{model} is not found"));
        assert!((found - expected).abs() < 1e-9, "{model}: {found}");
    }
}

#[test]
fn what_is_not_known_has_no_price() {
    for model in [
        "",
        "no.such-model",
        "xx.amazon.nova-lite-v1:0",
        "jp.amazon.nova-lite-v1:0",
        "us-gov.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/abc",
        "arn:aws:bedrock:us-east-1:123456789012:imported-model/abc",
        "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1",
        "arn:aws:bedrock",
    ] {
        assert_eq!(Prices::default().of(model), None, "{model}");
    }
    assert_eq!(Prices::none().of("amazon.nova-lite-v1:0"), None);
}

#[test]
fn first_row_that_fits_counts() {
    let prices = table(
        r#"{ match: ["a.b", "a.*x"], input: 1, output: 1 },
           { match: ["a.*"], input: 2, output: 2 },
           { match: ["*.y*z*"], input: 3, output: 3 }"#,
    )
    .unwrap();
    for (model, expected) in [
        ("a.b", Some(1.0)),
        ("a.x", Some(1.0)),
        ("a.bx", Some(1.0)),
        ("a.bxb", Some(2.0)),
        ("c.yz", Some(3.0)),
        ("c.y1z2", Some(3.0)),
        ("c.zy", None),
        ("b", None),
    ] {
        assert_eq!(input(&prices, model), expected, "{model}");
    }
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_its_place() {
    let good = r#"{ match: ["a"], input: 1, output: 1 },"#;
    for (row, what) in [
        (r#"{ match: ["b*"], input: -1, output: 1 }"#, "row 2 (`b*`): `input` cannot be -1"),
        (r#"{ match: ["b"], input: 1, output: NaN }"#, "`output` cannot be NaN"),
        (r#"{ match: ["b"], input: 1, output: 1, tiers: { flex: -2 } }"#, "`flex` cannot be -2"),
        (r#"{ match: [], input: 1, output: 1 }"#, "row 2"),
        (r#"{ match: ["b"], input: 1 }"#, "missing field `output`"),
        (r#"{ match: ["b"], inputs: 1, output: 1 }"#, "unknown field `inputs`"),
        (r#"{ match: ["b"], input: 1, output: 1"#, "line 1"),
    ] {
        let error = table(&format!("{good}{row}")).unwrap_err();
        let message = error.message();
        assert!(message.starts_with("table of prices: ") && message.contains(what), "{message}");
    }
}
