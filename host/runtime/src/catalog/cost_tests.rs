//! Costs.

use super::*;
use crate::conversation::event::{CacheWrite, StopReason};

const PRICES: &str = r#"{ prices: [
    {
        match: ["v.m*"], input: 10, output: 20, cacheRead: 1, cacheWrite: 12.5,
        above: { tokens: 1000, input: 100, output: 200, cacheRead: 10, cacheWrite: 125 },
        tiers: { flex: 0.5 }, latencies: { optimized: 2 },
    },
    { match: ["v.plain"], input: 1, output: 1 },
]}"#;

fn usage(input: u64, output: u64) -> Usage {
    Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        ..Usage::default()
    }
}

fn summary(usage: Usage) -> Summary {
    Summary {
        stop_reason: StopReason::EndTurn,
        usage: Some(usage),
        latency_ms: None,
        request_id: None,
        guardrail_trace: None,
        invoked_model: None,
        performance_latency: None,
        service_tier: None,
        response_fields: None,
        extra_json: None,
        cost: None,
    }
}

fn cost(model: &str, summary: &Summary) -> Option<Cost> {
    Bill::new(&Request::new(model), Prices::from_json5(PRICES).unwrap()).cost(summary)
}

fn total(model: &str, usage: Usage) -> Option<f64> {
    cost(model, &summary(usage)).map(|cost| cost.total)
}

#[test]
fn each_kind_of_token_has_its_rate() {
    let mut used = usage(100, 200);
    used.cache_read_tokens = Some(300);
    used.cache_write_tokens = Some(60);
    used.cache_write_details = vec![
        CacheWrite { ttl: "5m".to_owned(), tokens: 20 },
        CacheWrite { ttl: "1h".to_owned(), tokens: 40 },
    ];
    let cost = cost("us.v.m", &summary(used)).unwrap();
    assert_eq!(cost.input, 0.001);
    assert_eq!(cost.output, 0.004);
    assert_eq!(cost.cache_read, 0.0003);
    // 20 at 12.5, and 40 at twice the input's 10.
    assert_eq!(cost.cache_write, 0.00105);
    assert_eq!(cost.total, 0.00635);
}

#[test]
fn writes_of_which_no_time_is_told_are_ordinary_ones() {
    let mut used = usage(0, 0);
    used.cache_write_tokens = Some(1000);
    assert_eq!(total("v.m", used.clone()), Some(0.0125));
    used.cache_write_details = vec![CacheWrite { ttl: "1h".to_owned(), tokens: 400 }];
    assert_eq!(total("v.m", used.clone()), Some(0.0155));
    used.cache_write_tokens = None;
    assert_eq!(total("v.m", used), Some(0.008));
}

#[test]
fn long_requests_cost_more_as_a_whole() {
    let mut used = usage(400, 10);
    used.cache_read_tokens = Some(500);
    used.cache_write_tokens = Some(100);
    assert_eq!(total("v.m", used.clone()), Some(0.00595));
    // One token more, whichever it is, and every token is a dear one.
    used.cache_read_tokens = Some(501);
    assert_eq!(total("v.m", used), Some(0.05951));
}

#[test]
fn tokens_without_a_rate_make_the_cost_unknown() {
    let mut used = usage(10, 10);
    used.cache_read_tokens = Some(0);
    assert_eq!(total("v.plain", used.clone()), Some(0.00002));
    used.cache_read_tokens = Some(1);
    assert_eq!(total("v.plain", used), None);
    let mut used = usage(10, 10);
    used.cache_write_tokens = Some(1);
    assert_eq!(total("v.plain", used), None);
}

#[test]
fn numbers_that_contradict_each_other_make_the_cost_unknown() {
    let mut used = usage(1, 1);
    used.cache_write_tokens = Some(1);
    used.cache_write_details = vec![CacheWrite { ttl: "1h".to_owned(), tokens: 2 }];
    assert_eq!(total("v.m", used.clone()), None);
    used.cache_write_tokens = Some(u64::MAX);
    assert_eq!(total("v.m", used), None);
    let mut silent = summary(usage(1, 1));
    silent.usage = None;
    assert_eq!(cost("v.m", &silent), None);
    assert_eq!(cost("v.other", &summary(usage(1, 1))), None);
}

#[test]
fn tiers_and_latencies_cost_what_the_table_says_or_nothing_known() {
    let prices = Prices::from_json5(PRICES).unwrap();
    let cost = |asked: &str, used: Option<&str>, latency: Option<&str>| {
        let mut request = Request::new("v.m");
        request.service_tier = Some(asked.to_owned());
        let mut summary = summary(usage(100, 0));
        summary.service_tier = used.map(str::to_owned);
        summary.performance_latency = latency.map(str::to_owned);
        Bill::new(&request, prices.clone()).cost(&summary).map(|cost| cost.total)
    };
    assert_eq!(cost("default", None, Some("standard")), Some(0.001));
    assert_eq!(cost("flex", None, None), Some(0.0005));
    assert_eq!(cost("priority", None, None), None);
    // What was used goes before what was asked for.
    assert_eq!(cost("priority", Some("default"), None), Some(0.001));
    assert_eq!(cost("default", Some("reserved"), None), None);
    assert_eq!(cost("default", None, Some("optimized")), Some(0.002));
    assert_eq!(cost("flex", None, Some("optimized")), None);

    let mut request = Request::new("v.m");
    request.service_tier = Some("flex".to_owned());
    let mut used = usage(100, 0);
    used.cache_write_tokens = Some(1);
    assert_eq!(Bill::new(&request, prices.clone()).cost(&summary(used)), None);
}

#[test]
fn model_that_a_router_chose_is_the_one_that_costs() {
    let router = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/x:1";
    let mut routed = summary(usage(100, 0));
    assert_eq!(cost(router, &routed), None);
    routed.invoked_model = Some("arn:aws:bedrock:us-east-1::foundation-model/v.m-1".to_owned());
    assert_eq!(cost(router, &routed).map(|cost| cost.total), Some(0.001));
}
