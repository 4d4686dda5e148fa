//! What a guardrail tells of its work.

use serde_json::{Value, json};

use crate::tokens::tokens;

/// What is said instead of an answer.
pub(crate) const BLOCKED: &str = "Sorry, the guardrail does not let this through.";

/// The guardrail a request is under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guardrail {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) traced: bool,
}

impl Guardrail {
    /// The `guardrailConfig` of a request, or the one a prompt asks for by its words.
    pub(crate) fn of(config: &Value, asked: bool) -> Option<Self> {
        if config.is_null() && !asked {
            return None;
        }
        // An ARN ends with the id.
        let id = config["guardrailIdentifier"].as_str().and_then(|id| id.rsplit('/').next());
        let trace = config["trace"].as_str().unwrap_or_default();
        Some(Self {
            id: id.filter(|id| !id.is_empty()).unwrap_or("simguardrail").to_owned(),
            version: config["guardrailVersion"].as_str().unwrap_or("DRAFT").to_owned(),
            traced: asked || trace.starts_with("enabled"),
        })
    }

    /// `GuardrailTraceAssessment`, if it is to be told.
    pub(crate) fn trace(&self, input: &str, output: &str, blocked: bool) -> Option<Value> {
        if !self.traced {
            return None;
        }
        let mut of_input = self.assessment(input);
        if blocked {
            let word = json!({"match": "blocked", "action": "BLOCKED", "detected": true});
            of_input["wordPolicy"] = json!({"customWords": [word], "managedWordLists": []});
            return Some(json!({
                "inputAssessment": {&self.id: of_input},
                "actionReason": "Guardrail blocked.",
            }));
        }
        Some(json!({
            "inputAssessment": {&self.id: of_input},
            "outputAssessments": {&self.id: [self.assessment(output)]},
            "actionReason": "No action.",
        }))
    }

    fn assessment(&self, text: &str) -> Value {
        let length = text.chars().count();
        json!({
            "invocationMetrics": {
                "guardrailProcessingLatency": 50 + tokens(text),
                "usage": {
                    "topicPolicyUnits": 0,
                    "contentPolicyUnits": 0,
                    "wordPolicyUnits": length.div_ceil(1_000),
                    "sensitiveInformationPolicyUnits": 0,
                    "sensitiveInformationPolicyFreeUnits": 0,
                    "contextualGroundingPolicyUnits": 0,
                },
                "guardrailCoverage": {"textCharacters": {"guarded": length, "total": length}},
            },
            "appliedGuardrailDetails": {
                "guardrailId": self.id,
                "guardrailVersion": self.version,
                "guardrailOrigin": ["REQUEST"],
                "guardrailOwnership": "SELF",
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guardrail_tells_only_when_asked_to() {
        assert_eq!(Guardrail::of(&Value::Null, false), None);
        let silent = Guardrail::of(&json!({"guardrailIdentifier": "abc"}), false).unwrap();
        assert_eq!(silent.trace("in", "out", true), None);
        let arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc";
        let config =
            json!({"guardrailIdentifier": arn, "guardrailVersion": "2", "trace": "enabled"});
        let trace = Guardrail::of(&config, false).unwrap().trace("in", "out", false).unwrap();
        assert_eq!(trace["outputAssessments"]["abc"].as_array().map(Vec::len), Some(1));
        let asked = Guardrail::of(&Value::Null, true).unwrap();
        let trace = asked.trace("in", "out", true).unwrap();
        let word = &trace["inputAssessment"]["simguardrail"]["wordPolicy"]["customWords"][0];
        assert_eq!(word["action"], "BLOCKED");
    }
}
