//! A request made ready: checked, repaired, told how to think and what to cache.

use super::body::Operation;
use super::caching::place_cache_points;
use super::check::{check, check_messages};
use super::invalid::Mapped;
use super::reasoning::apply_reasoning;
use super::repair::{Names, Place, Repairs, repair, repair_cache_points};
use super::room::apply_room;
use crate::bindings::types as wit;
use crate::models::{self, Model};

/// The model a request is for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its id; for an opaque profile, that of the model behind it.
    id: &'a str,
    /// What is known of it.
    pub model: Option<&'static Model>,
    /// It is one of Anthropic's.
    pub claude: bool,
    /// It runs in GovCloud, where Anthropic's newer switches are not known.
    pub gov_cloud: bool,
}

impl<'a> Target<'a> {
    /// A model by its id, in a region.
    pub fn new(id: &'a str, region: &str) -> Self {
        let gov_cloud = region.starts_with("us-gov-")
            || id.starts_with("us-gov.")
            || id.starts_with("arn:aws-us-gov:");
        Self { id, model: Model::find(id), claude: models::is_claude(id), gov_cloud }
    }

    /// What people call it.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// Whether it is one of Amazon's own.
    pub fn is_nova(&self) -> bool {
        models::bare_id(self.id).is_some_and(|bare| bare.starts_with("amazon.nova"))
    }
}

/// A request made ready.
#[derive(Debug)]
pub struct Prepared {
    /// What is sent.
    pub request: wit::Request,
    /// What was changed.
    pub repairs: Repairs,
    /// What the answer has to be told of the request.
    pub origin: Origin,
}

/// What an answer has to be told of its request.
#[derive(Debug, Default)]
pub struct Origin {
    /// The tools' names, to be put back.
    pub names: Names,
    /// Fields of the model's response were asked for that the caller did not ask for.
    pub own_response_fields: bool,
}

/// Makes a request ready for a model.
///
/// # Errors
///
/// Kind `invalid-request` for what cannot be sent, kind `unsupported` for what the model cannot do.
/// The message begins with the member's name.
pub fn prepare(
    mut request: wit::Request,
    target: &Target<'_>,
    operation: Operation,
) -> Result<Prepared, wit::Error> {
    let mut repairs = Repairs::default();
    check(&request)?;
    let names = prepare_operation(&mut request, target, operation, &mut repairs)?;
    check_messages(&request)?;
    apply_room(&mut request, target, &mut repairs);
    let own_response_fields = apply_reasoning(&mut request, target, &mut repairs)?;
    let forced = place_cache_points(&mut request, target, &mut repairs);
    repair_cache_points(&mut request, target, forced, &mut repairs);
    Ok(Prepared { request, repairs, origin: Origin { names, own_response_fields } })
}

fn prepare_operation(
    request: &mut wit::Request,
    target: &Target<'_>,
    operation: Operation,
    repairs: &mut Repairs,
) -> Mapped<Names> {
    // Only a stream has text that could wait for a guardrail or not.
    if operation != Operation::ConverseStream
        && let Some(guardrail) = &mut request.guardrail
        && guardrail.stream_processing_mode.take().is_some()
    {
        repairs.note("stream-processing-mode", Place::Member("guardrail.stream-processing-mode"));
    }
    repair(request, target, repairs)
}
