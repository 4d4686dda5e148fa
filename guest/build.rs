//! Makes Rust of the table of models, so that the component reads no JSON5 to know them.

use serde::Deserialize;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const TABLE: &str = "src/models.json5";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={TABLE}");
    let table: Table = json5::from_str(&fs::read_to_string(TABLE)?)
        .map_err(|problem| format!("guest/{TABLE}: {problem}"))?;
    let mut code = "pub(super) static MODELS: &[Model] = &[\n".to_owned();
    for model in &table.models {
        model.write(&mut code)?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("models.rs"), code)?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    models: Vec<Model>,
}

/// A row as it stands in the table; `models::Model` says what the members mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Model {
    #[serde(rename = "match")]
    patterns: Vec<String>,
    context: Option<u32>,
    output: Option<u32>,
    #[serde(default)]
    input: Vec<String>,
    reasoning: Option<Reasoning>,
    #[serde(default)]
    efforts: Vec<Effort>,
    #[serde(default)]
    mandatory: bool,
    #[serde(default)]
    interleaved: bool,
    #[serde(default)]
    block_binding: bool,
    caching: Option<Caching>,
    #[serde(default)]
    sampling: Sampling,
    #[serde(default = "yes")]
    prefill: bool,
    #[serde(default = "yes")]
    forced_tool: bool,
    replay: Option<Replay>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Reasoning {
    None,
    Adaptive,
    Budget,
    Nova,
    GptOss,
    Gpt,
    Always,
}

#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Replay {
    Signed,
    Text,
    Redacted,
    None,
}

#[derive(Deserialize, Debug, Clone, Copy)]
enum Caching {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "5m")]
    Short,
    #[serde(rename = "1h")]
    Long,
}

#[derive(Deserialize, Debug, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Sampling {
    #[default]
    Both,
    One,
    None,
}

impl Model {
    /// Claude's thoughts are signed; who does not think takes none.
    fn replay(&self) -> Option<Replay> {
        self.replay.or(match self.reasoning? {
            Reasoning::Adaptive | Reasoning::Budget => Some(Replay::Signed),
            Reasoning::None => Some(Replay::None),
            _ => None,
        })
    }

    fn write(&self, code: &mut String) -> Result<(), Box<dyn Error>> {
        let Self { patterns, context, output, mandatory, interleaved, block_binding, .. } = self;
        let efforts: Vec<String> =
            self.efforts.iter().map(|effort| format!("{effort:?}").to_lowercase()).collect();
        let reasoning = self.reasoning.map(|style| format!("Thinking::{style:?}"));
        let replay = self.replay().map(|replay| format!("Replay::{replay:?}"));
        let caching = self.caching.map(|caching| format!("Caching::{caching:?}"));
        writeln!(
            code,
            "Model {{ patterns: {:?}, context: {context:?}, output: {output:?}, \
             input: {:?}, thinking: {}, efforts: {:?}, mandatory: {mandatory}, \
             interleaved: {interleaved}, block_binding: {block_binding}, caching: {}, \
             sampling: Sampling::{:?}, prefill: {}, forced_tool: {}, replay: {} }},",
            patterns.join(" "),
            self.input.join(" "),
            option(reasoning),
            efforts.join(" "),
            option(caching),
            self.sampling,
            self.prefill,
            self.forced_tool,
            option(replay),
        )?;
        Ok(())
    }
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}
