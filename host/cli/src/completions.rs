//! `converse completions`: completions for a shell.

use crate::args::Args;
use crate::failure::Failure;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::{self, Write as _};

pub(crate) fn run(shell: Shell) -> Result<(), Failure> {
    // Into memory first: the generator panics when it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "converse", &mut script);
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(())
}
