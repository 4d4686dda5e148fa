//! What is AWS's own: endpoints and model ids, signatures, errors, retries.

pub mod clock;
pub mod endpoint;
pub mod failure;
pub mod model_id;
pub mod retry;
pub mod sign;
