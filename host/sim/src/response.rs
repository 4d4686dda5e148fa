//! An answer with all that is told along with it, as both operations write it.

use serde_json::{Map, Value, json};

use crate::Script;
use crate::answer::Answer;
use crate::block::Block;
use crate::cache::InputUsage;
use crate::prompt::{Prompt, list};

/// The whole response to a request.
#[derive(Debug)]
pub(crate) struct Response {
    answer: Answer,
    usage: Value,
    /// What the model's own response has where the request asked to see it.
    additional: Option<Value>,
    /// `trace`, `performanceConfig` and `serviceTier`, as far as asked for.
    told: Map<String, Value>,
}

impl Response {
    /// To a valid request. `router_chose` is the model a prompt router chose.
    pub(crate) fn to(
        request: &Value,
        prompt: &Prompt,
        input: &InputUsage,
        router_chose: Option<&str>,
    ) -> Self {
        let answer = Answer::to(prompt);
        let paths = list(&request["additionalModelResponseFieldPaths"]);
        let mut told = Map::new();
        if let Some(trace) = trace(prompt, &answer, router_chose) {
            told.insert("trace".to_owned(), trace);
        }
        for name in ["performanceConfig", "serviceTier"] {
            if let Some(asked) = request.get(name).filter(|asked| asked.is_object()) {
                told.insert(name.to_owned(), asked.clone());
            }
        }
        Self {
            usage: input.to_json(answer.output_tokens()),
            additional: picked(&native(&answer, input), paths),
            answer,
            told,
        }
    }

    /// The body of a Converse response.
    pub(crate) fn to_json(&self) -> Value {
        let content: Vec<Value> = self.answer.blocks.iter().map(Block::to_json).collect();
        let mut body = self.stop();
        body["output"] = json!({"message": {"role": "assistant", "content": content}});
        if let Value::Object(body) = &mut body {
            body.extend(self.metadata());
        }
        body
    }

    /// The events of a ConverseStream response.
    pub(crate) fn to_script(&self) -> Script {
        let blocks = self.answer.blocks.iter();
        blocks
            .fold(Script::assistant(), |script, block| block.add_to(script))
            .event("messageStop", self.stop())
            .event("metadata", Value::Object(self.metadata()))
    }

    fn stop(&self) -> Value {
        let mut stop = json!({"stopReason": self.answer.stop_reason});
        if let Some(additional) = &self.additional {
            stop["additionalModelResponseFields"] = additional.clone();
        }
        stop
    }

    fn metadata(&self) -> Map<String, Value> {
        let mut metadata = self.told.clone();
        metadata.insert("usage".to_owned(), self.usage.clone());
        // A number that looks like one, and is the same in every run.
        let latency = 100 + 10 * self.answer.output_tokens();
        metadata.insert("metrics".to_owned(), json!({"latencyMs": latency}));
        metadata
    }
}

fn trace(prompt: &Prompt, answer: &Answer, router_chose: Option<&str>) -> Option<Value> {
    let mut trace = Map::new();
    let blocked = answer.stop_reason == "guardrail_intervened";
    let guardrail = prompt.guardrail.as_ref();
    if let Some(told) = guardrail.and_then(|it| it.trace(&prompt.text, &answer.text(), blocked)) {
        trace.insert("guardrail".to_owned(), told);
    }
    if let Some(model) = router_chose {
        trace.insert("promptRouter".to_owned(), json!({"invokedModelId": model}));
    }
    (!trace.is_empty()).then_some(Value::Object(trace))
}

/// What the model itself would have answered, as far as it is not the message.
fn native(answer: &Answer, input: &InputUsage) -> Value {
    let mut native = json!({
        "type": "message",
        "role": "assistant",
        "stop_reason": answer.stop_reason,
        "usage": {
            "input_tokens": input.fresh,
            "output_tokens": answer.output_tokens(),
            "cache_creation_input_tokens": input.write(),
            "cache_read_input_tokens": input.read,
            "output_tokens_details": {"thinking_tokens": answer.thinking_tokens()},
        },
    });
    if let Some(sequence) = &answer.stopped_by {
        native["stop_sequence"] = sequence.as_str().into();
    }
    native
}

/// What the pointers lead to, in its place; pointers to nothing are passed over.
fn picked(native: &Value, pointers: &[Value]) -> Option<Value> {
    let mut picked = Value::Null;
    for pointer in pointers.iter().filter_map(Value::as_str) {
        let Some(value) = native.pointer(pointer) else { continue };
        // There are no lists in it, and no names that would have to be escaped.
        let place = pointer.split('/').skip(1).fold(&mut picked, |place, name| &mut place[name]);
        *place = value.clone();
    }
    (!picked.is_null()).then_some(picked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(request: &Value) -> Response {
        let input = InputUsage { fresh: 3, ..InputUsage::default() };
        Response::to(request, &Prompt::of(request), &input, None)
    }

    fn asking(text: &str) -> Value {
        json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
    }

    #[test]
    fn both_operations_give_the_same_answer() {
        let response = response(&asking("think"));
        let whole = response.to_json();
        assert_eq!(whole["output"]["message"]["content"].as_array().map(Vec::len), Some(2));
        let output = response.answer.output_tokens();
        assert_eq!(whole["usage"]["totalTokens"], 3 + output);
        let metadata = response.to_script().frames().last().cloned().unwrap_or_default();
        let metadata = String::from_utf8_lossy(&metadata).into_owned();
        assert!(metadata.contains(&whole["usage"].to_string()), "{metadata}");
    }

    #[test]
    fn fields_of_the_model_are_picked_by_pointer() {
        let fields = |text: &str, pointers: Value| {
            let mut request = asking(text);
            request["additionalModelResponseFieldPaths"] = pointers;
            response(&request).stop()["additionalModelResponseFields"].clone()
        };
        let details = json!(["/usage/output_tokens_details", "/stop_reason", "/nothing/at/all"]);
        let told = fields("think", details.clone());
        assert_eq!(told["stop_reason"], "end_turn");
        assert!(told["usage"]["output_tokens_details"]["thinking_tokens"].as_u64() > Some(0));
        assert_eq!(told.as_object().map(|told| told.len()), Some(2));
        let told = fields("hi", details);
        assert_eq!(told["usage"], json!({"output_tokens_details": {"thinking_tokens": 0}}));
        // A part of what is there already, and the other way round.
        let told = fields("hi", json!(["/usage", "/usage/input_tokens"]));
        assert_eq!(told["usage"]["output_tokens_details"], json!({"thinking_tokens": 0}));
        assert_eq!(fields("hi", json!(["/nothing", "/stop_sequence", "stop_reason"])), Value::Null);
    }

    #[test]
    fn what_was_asked_for_is_told() {
        let mut request = asking("be on your guard");
        request["serviceTier"] = json!({"type": "flex"});
        request["performanceConfig"] = json!({"latency": "optimized"});
        let metadata = response(&request).metadata();
        assert_eq!(metadata["serviceTier"], json!({"type": "flex"}));
        assert_eq!(metadata["performanceConfig"], json!({"latency": "optimized"}));
        assert!(metadata["trace"]["guardrail"]["inputAssessment"].is_object());
        assert!(!response(&asking("hi")).metadata().contains_key("trace"));
    }
}
