//! `converse --version`.

use crate::failure::Failure;
use bedrock_converse_component::COMPONENT;
use converse_host::Host;
use std::io::{self, Write as _};

/// Says what runner, plugin and contract these are. The plugin and its contract are asked, not
/// assumed; the environment's settings play no part.
pub(crate) async fn run() -> Result<(), Failure> {
    let host = Host::builder().vars(|_| None).build()?;
    let plugin = host.load(COMPONENT).await?;
    let description = plugin.description();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "converse {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        stdout,
        "plugin {} {} ({} bytes)",
        description.id,
        description.version,
        COMPONENT.len()
    )?;
    writeln!(stdout, "contract {}", plugin.contract())?;
    stdout.flush()?;
    Ok(())
}
