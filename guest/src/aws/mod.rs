//! What is AWS's own: endpoints and model ids, signatures, errors.

pub mod endpoint;
pub mod failure;
pub mod model_id;
pub mod sign;
