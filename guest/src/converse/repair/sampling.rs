//! Sampling: some models refuse to be told how.

use super::{Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::prepare::Target;
use crate::models::Sampling;

/// Leaves out what the model refuses. Of two that exclude each other the temperature stays.
pub fn repair_sampling(inference: &mut wit::Inference, target: &Target<'_>, repairs: &mut Repairs) {
    let Some(model) = target.model else { return };
    let (temperature, top_p) = match model.sampling {
        Sampling::Both => return,
        Sampling::One => (true, inference.temperature.is_none()),
        Sampling::None => (false, false),
    };
    if !temperature {
        drop_temperature(inference, repairs);
    }
    if !top_p {
        drop_top_p(inference, repairs);
    }
}

/// Leaves the temperature out.
pub fn drop_temperature(inference: &mut wit::Inference, repairs: &mut Repairs) {
    if inference.temperature.take().is_some() {
        repairs.note("temperature", Place::Member("inference.temperature"));
    }
}

/// Leaves `top_p` out.
pub fn drop_top_p(inference: &mut wit::Inference, repairs: &mut Repairs) {
    if inference.top_p.take().is_some() {
        repairs.note("top-p", Place::Member("inference.top-p"));
    }
}
