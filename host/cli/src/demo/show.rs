//! The demo on standard output: numbered stages, and short lines below them.

use crate::failure::Failure;
use std::io::{self, Write as _};

const STAGES: usize = 7;

pub(crate) struct Show {
    stdout: io::Stdout,
    stage: usize,
    /// What the open line is, if one is.
    open: Option<&'static str>,
}

impl Show {
    pub(crate) fn new() -> Self {
        Self { stdout: io::stdout(), stage: 0, open: None }
    }

    pub(crate) fn stage(&mut self, title: &str) -> Result<(), Failure> {
        self.close()?;
        self.stage += 1;
        Ok(writeln!(self.stdout, "\n[{}/{STAGES}] {title}", self.stage)?)
    }

    pub(crate) fn end(&mut self, title: &str) -> Result<(), Failure> {
        self.close()?;
        Ok(writeln!(self.stdout, "\n{title}")?)
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.close()?;
        let indent = if self.stage == 0 { "" } else { "      " };
        Ok(writeln!(self.stdout, "{indent}{text}")?)
    }

    /// A piece of a line that is still being made, seen at once.
    pub(crate) fn piece(&mut self, of: &'static str, text: &str) -> Result<(), Failure> {
        if self.open != Some(of) {
            self.close()?;
            write!(self.stdout, "      {of} ")?;
            self.open = Some(of);
        }
        write!(self.stdout, "{text}")?;
        Ok(self.stdout.flush()?)
    }

    pub(crate) fn close(&mut self) -> Result<(), Failure> {
        if self.open.take().is_some() {
            writeln!(self.stdout)?;
        }
        Ok(())
    }
}
