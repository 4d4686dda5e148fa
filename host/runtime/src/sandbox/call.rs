//! A call into a plugin, and the three ways it can fail.

use super::meter::Meter;
use crate::conversation::error::{Error, ErrorKind};
use crate::wit::v0_1::types;
use std::time::Duration;

/// Waits for a call. `late` says what did not happen within the limit.
///
/// # Errors
///
/// What the plugin says, kind `plugin` when it breaks, kind `timeout` when it takes too long.
pub(crate) async fn within<T>(
    limit: Duration,
    late: &str,
    meter: &Meter,
    call: impl Future<Output = wasmtime::Result<Result<T, types::Error>>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, meter.run(call)).await {
        Ok(Ok(said)) => said.map_err(Error::from),
        Ok(Err(trap)) => Err(Error::plugin("the plugin broke", &trap)),
        Err(_) => Err(Error::new(ErrorKind::Timeout, format!("{late} {limit:?}"))),
    }
}
