//! Thinking: one scale of levels, and what each family of models wants to be told.
//!
//! Sources: Anthropic's and Amazon's parameter references in the Bedrock user guide. What a level
//! stands for where a model has none of its own is a choice made here, the same that other clients
//! make.

use super::invalid::{Invalid, Mapped, json_object};
use super::merge::merge;
use super::prepare::Target;
use super::repair::{Place, Repairs, drop_temperature, drop_top_p};
use crate::bindings::types as wit;
use crate::error::unsupported;
use crate::json::{Members, Writer, elements, member};
use crate::models::{Model, Thinking};
use wit::ReasoningEffort as Effort;

/// The least budget Claude takes, and what is left to the answer beside the thoughts.
const LEAST: u32 = 1024;

/// The beta that lets Claude think between calls of tools.
const INTERLEAVED: &str = "interleaved-thinking-2025-05-14";

/// The beta that lets Claude leave out thoughts which no longer fit the conversation before them.
const BINDING: &str = "thinking-binding-controls-2026-08-01";

/// Where Claude says how many tokens were thoughts.
const THOUGHT_TOKENS: &str = "/usage/output_tokens_details";

/// Puts `reasoning` into the model's own fields. Says whether fields of its response were asked for
/// on our own account.
///
/// # Errors
///
/// Kind `unsupported` when the model cannot do what is asked, `invalid-request` for a budget that
/// does not fit.
pub fn apply_reasoning(
    request: &mut wit::Request,
    target: &Target<'_>,
    repairs: &mut Repairs,
) -> Result<bool, wit::Error> {
    let Some(options) = request.reasoning.take() else { return Ok(false) };
    if options.effort.is_none() && options.budget_tokens.is_none() && options.display.is_none() {
        return Ok(false);
    }
    let off = matches!(options.effort, Some(Effort::Off));
    if !off && unthinking_turn(&request.messages, target) {
        repairs.note("reasoning-turn", Place::Member("reasoning"));
        return Ok(false);
    }
    let Some(model) = target.model.filter(|model| model.thinking.is_some()) else {
        if off {
            return Ok(false);
        }
        let problem = format!(
            "it is not known how {} is told to think; set its own switch in additional-fields",
            target.id()
        );
        return Err(unsupported("reasoning", &problem));
    };
    let mut switch = Switch { options: &options, model, target, repairs };
    let fields = match model.thinking {
        Some(Thinking::Adaptive) => switch.adaptive()?,
        Some(Thinking::Budget) => switch.budget(&request.inference)?,
        Some(Thinking::Nova) => switch.nova(&mut request.inference)?,
        Some(Thinking::GptOss) => switch.gpt_oss()?,
        Some(Thinking::Gpt) => switch.gpt()?,
        Some(Thinking::Always) => switch.always()?,
        Some(Thinking::None) | None => switch.none()?,
    };
    let Some(fields) = fields else { return Ok(false) };
    if fields.thinks && target.claude {
        fit_claude(request, model, repairs)?;
    }
    add_fields(request, &fields)?;
    let ask = fields.thinks
        && target.claude
        && request.response_field_paths.len() < 10
        && !request.response_field_paths.iter().any(|path| THOUGHT_TOKENS.starts_with(&**path));
    if ask {
        request.response_field_paths.push(THOUGHT_TOKENS.to_owned());
    }
    Ok(ask && request.response_field_paths.len() == 1)
}

/// Members for the model's own fields.
struct Fields {
    json: String,
    betas: Vec<&'static str>,
    /// The model will think.
    thinks: bool,
}

struct Switch<'a> {
    options: &'a wit::Reasoning,
    model: &'static Model,
    target: &'a Target<'a>,
    repairs: &'a mut Repairs,
}

type Switched = Result<Option<Fields>, wit::Error>;

impl Switch<'_> {
    fn adaptive(&mut self) -> Switched {
        let mut betas = Vec::new();
        let mut w = Writer::default();
        w.open().key("thinking").open();
        if self.is_off() && !self.model.mandatory {
            w.member("type", "disabled").close().close();
            return Ok(Some(Fields { json: w.finish(), betas, thinks: false }));
        }
        self.refuse_budget()?;
        w.member("type", "adaptive");
        w.optional("display", self.display()?);
        if self.model.block_binding && !self.target.gov_cloud {
            w.key("block_binding").open().member("prefix_mismatch_behavior", "drop_block").close();
            betas.push(BINDING);
        }
        w.close();
        if let Some(level) = self.level()? {
            w.key("output_config").open().member("effort", &level).close();
        }
        w.close();
        Ok(Some(Fields { json: w.finish(), betas, thinks: true }))
    }

    fn budget(&mut self, inference: &wit::Inference) -> Switched {
        let Some(budget) = self.budget_tokens(inference)? else { return Ok(None) };
        let mut betas = Vec::new();
        if self.model.interleaved && self.options.interleaved != Some(false) {
            betas.push(INTERLEAVED);
        }
        let mut w = Writer::default();
        w.open().key("thinking").open().member("type", "enabled");
        w.key("budget_tokens").number(budget).optional("display", self.display()?).close().close();
        Ok(Some(Fields { json: w.finish(), betas, thinks: true }))
    }

    /// A budget that is asked for must fit; one that stands for a level is made to. Where not even
    /// the least does, the model answers without thinking.
    fn budget_tokens(&mut self, inference: &wit::Inference) -> Result<Option<u32>, wit::Error> {
        if self.is_off() {
            return Ok(None);
        }
        let most = inference.max_tokens.unwrap_or(u32::MAX);
        if let Some(budget) = self.options.budget_tokens {
            let wrong = |problem: String| Invalid::new("reasoning.budget-tokens", problem).into();
            if budget < LEAST {
                return Err(wrong(format!("must be at least {LEAST}")));
            }
            if budget >= most {
                return Err(wrong(format!("must be less than the {most} tokens of the answer")));
            }
            return Ok(Some(budget));
        }
        let wanted = match &self.options.effort {
            None | Some(Effort::Off) => return Ok(None),
            Some(Effort::Minimal) => 1024,
            Some(Effort::Low) => 2048,
            Some(Effort::Medium) => 8192,
            Some(Effort::High | Effort::Xhigh | Effort::Max) => 16_384,
            Some(Effort::Other(level)) => {
                let problem = format!("`{level}` stands for no budget; give budget-tokens");
                return Err(unsupported("reasoning.effort", &problem));
            }
        };
        let budget = wanted.min(most.saturating_sub(LEAST));
        if budget < wanted {
            self.repairs.note("reasoning-room", Place::Member("reasoning.effort"));
        }
        Ok((budget >= LEAST).then_some(budget))
    }

    fn nova(&mut self, inference: &mut wit::Inference) -> Switched {
        self.refuse_budget()?;
        let mut w = Writer::default();
        w.open().key("reasoningConfig").open();
        if self.options.effort.is_none() || self.is_off() {
            w.member("type", "disabled").close().close();
            return Ok(Some(Fields { json: w.finish(), betas: vec![], thinks: false }));
        }
        let level = self.level()?.unwrap_or_default();
        if level == "high" {
            // Nova decides by itself how long and how freely it thinks then, and refuses to be told.
            drop_temperature(inference, self.repairs);
            drop_top_p(inference, self.repairs);
            if inference.max_tokens.is_some() {
                let problem =
                    "cannot be set along with the highest level of thinking; leave one out";
                return Err(unsupported("inference.max-tokens", problem));
            }
        }
        w.member("type", "enabled").member("maxReasoningEffort", &level).close().close();
        Ok(Some(Fields { json: w.finish(), betas: vec![], thinks: true }))
    }

    fn gpt_oss(&mut self) -> Switched {
        self.refuse_budget()?;
        if self.is_off() && !self.model.mandatory {
            return Ok(None);
        }
        let Some(level) = self.level()? else { return Ok(None) };
        let mut w = Writer::default();
        w.open().member("reasoning_effort", &level).close();
        Ok(Some(Fields { json: w.finish(), betas: vec![], thinks: true }))
    }

    fn gpt(&mut self) -> Switched {
        self.refuse_budget()?;
        let Some(level) = self.level()? else { return Ok(None) };
        let mut w = Writer::default();
        w.open().key("reasoning").open().member("effort", &level).close().close();
        Ok(Some(Fields { json: w.finish(), betas: vec![], thinks: level != "none" }))
    }

    fn always(&mut self) -> Switched {
        self.refuse_budget()?;
        if self.is_off() {
            let problem = format!("{} cannot answer without thinking", self.target.id());
            return Err(unsupported("reasoning.effort", &problem));
        }
        if self.options.effort.is_some() {
            self.repairs.note("reasoning-level", Place::Member("reasoning.effort"));
        }
        Ok(None)
    }

    fn none(&mut self) -> Switched {
        if self.is_off() {
            return Ok(None);
        }
        let problem =
            format!("{} does not think; leave it out, or set it to off", self.target.id());
        Err(unsupported("reasoning", &problem))
    }

    /// The model's own name of the level that is asked for, or of the nearest one it has: the next
    /// lower, else the lowest. `None` leaves it to the model.
    fn level(&mut self) -> Result<Option<String>, wit::Error> {
        const SCALE: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
        let wanted = match &self.options.effort {
            None => return Ok(None),
            Some(Effort::Other(level)) => return Ok(Some(level.clone())),
            Some(Effort::Off) => 0,
            Some(Effort::Minimal) => 1,
            Some(Effort::Low) => 2,
            Some(Effort::Medium) => 3,
            Some(Effort::High) => 4,
            Some(Effort::Xhigh) => 5,
            Some(Effort::Max) => 6,
        };
        let place = |level: &str| SCALE.iter().position(|known| *known == level).unwrap_or(0);
        // Only who asks for none gets none.
        let levels = self.model.efforts().filter(|level| wanted == 0 || *level != "none");
        let nearest =
            levels.clone().rfind(|level| place(level) <= wanted).or(levels.clone().next());
        let level = nearest.unwrap_or("low");
        if place(level) != wanted {
            self.repairs.note("reasoning-level", Place::Member("reasoning.effort"));
        }
        Ok(Some(level.to_owned()))
    }

    /// Thoughts are summarized unless it is said otherwise: newer models would else leave them out.
    fn display(&mut self) -> Result<Option<&str>, wit::Error> {
        let display = self.options.display.as_deref();
        if !self.target.gov_cloud {
            return Ok(Some(display.unwrap_or("summarized")));
        }
        match display {
            None => {}
            Some("summarized") => {
                self.repairs.note("reasoning-display", Place::Member("reasoning.display"));
            }
            Some(_) => {
                let problem = "cannot be chosen in GovCloud, where thoughts are summarized";
                return Err(unsupported("reasoning.display", problem));
            }
        }
        Ok(None)
    }

    fn is_off(&self) -> bool {
        matches!(self.options.effort, Some(Effort::Off))
    }

    fn refuse_budget(&self) -> Result<(), wit::Error> {
        if self.options.budget_tokens.is_none() || self.options.effort.is_some() {
            return Ok(());
        }
        let problem = format!("{} takes no budget; give an effort", self.target.id());
        Err(unsupported("reasoning.budget-tokens", &problem))
    }
}

/// Claude with a budget that has called tools goes on thinking only when it thought before the calls.
/// The turn may be another model's, or thinking was asked for only now.
fn unthinking_turn(messages: &[wit::Message], target: &Target<'_>) -> bool {
    use wit::ContentBlock as B;
    let budget = target.model.is_some_and(|model| model.thinking == Some(Thinking::Budget));
    let [.., called, answered] = messages else { return false };
    let goes_on = answered.content.iter().any(|block| matches!(block, B::ToolResult(_)));
    let thought = matches!(called.content.first(), Some(B::Reasoning(_) | B::RedactedReasoning(_)));
    budget && goes_on && !thought
}

/// While it thinks, Claude samples as it likes, and mostly cannot be made to call a tool.
fn fit_claude(request: &mut wit::Request, model: &Model, repairs: &mut Repairs) -> Mapped<()> {
    if let Some(last) = request.messages.last()
        && matches!(last.role, wit::Role::Assistant)
    {
        let place = format!("messages[{}]", request.messages.len() - 1);
        let problem = "is a turn of the assistant, from which Claude does not go on while it \
                       thinks; end with one of the user, or set reasoning to off";
        return Err(Invalid::new(place, problem));
    }
    if !model.forced_tool
        && matches!(request.tool_choice, Some(wit::ToolChoice::Any | wit::ToolChoice::Tool(_)))
    {
        let problem = "this model cannot be made to call a tool while it thinks; choose `auto`, or set \
                       reasoning to off";
        return Err(Invalid::new("tool-choice", problem));
    }
    let inference = &mut request.inference;
    if inference.temperature.is_some_and(|temperature| temperature < 1.0) {
        drop_temperature(inference, repairs);
    }
    if inference.top_p.is_some_and(|top_p| top_p < 0.95) {
        drop_top_p(inference, repairs);
    }
    Ok(())
}

/// Merges our members into what the caller gave. Betas of both stand in one list.
fn add_fields(request: &mut wit::Request, fields: &Fields) -> Mapped<()> {
    const BETA: &str = "anthropic_beta";
    let place = "additional-fields";
    let given = request.additional_fields.take().unwrap_or_else(|| "{}".to_owned());
    json_object(&given, place)?;
    let members = Members::parse("", given.as_bytes());
    let members = members.map_err(|_| Invalid::new(place, "cannot be read"))?;
    let mut betas: Vec<String> = match members.raw(BETA) {
        None => Vec::new(),
        Some(one) if one.get().starts_with('"') => vec![one.get().to_owned()],
        Some(list) => match elements("", BETA, list) {
            Ok(list) => list.iter().map(|beta| beta.get().to_owned()).collect(),
            Err(_) => {
                let problem = "is neither a text nor a list of texts";
                return Err(Invalid::new(format!("{place}.{BETA}"), problem));
            }
        },
    };
    for beta in &fields.betas {
        let beta = format!("\"{beta}\"");
        if !betas.contains(&beta) {
            betas.push(beta);
        }
    }
    let rest: Vec<String> = members
        .into_list()
        .iter()
        .filter(|(name, _)| name != BETA)
        .map(|(name, value)| member(name, value.get()))
        .collect();
    let mut merged = merge(place, &fields.json, &format!("{{{}}}", rest.join(",")))?;
    if !betas.is_empty() {
        merged.truncate(merged.len() - 1);
        merged.push_str(&format!(",\"{BETA}\":[{}]}}", betas.join(",")));
    }
    request.additional_fields = Some(merged);
    Ok(())
}
