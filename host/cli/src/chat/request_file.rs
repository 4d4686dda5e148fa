//! A request from a file, as JSON.

use super::input;
use crate::failure::Failure;
use converse_host::Request;
use std::path::Path;

/// Where the request to start from is.
pub(crate) enum Given {
    Request(Box<Request>),
    /// Not read yet, as that may take long.
    StandardInput,
}

impl Given {
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            None => Ok(Self::Request(Box::default())),
            Some(file) if file == Path::new("-") => Ok(Self::StandardInput),
            Some(file) => {
                let name = file.display();
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Failure::Usage(format!("cannot read the request {name}: {error}"))
                })?;
                Ok(Self::Request(Box::new(parse(&text, &name.to_string())?)))
            }
        }
    }

    pub(crate) async fn request(self) -> Result<Request, Failure> {
        match self {
            Self::Request(request) => Ok(*request),
            Self::StandardInput => parse(&input::standard_input().await?, "standard input"),
        }
    }
}

fn parse(text: &str, name: &str) -> Result<Request, Failure> {
    let wrong = |problem: String| Failure::Usage(format!("{name} is not a request: {problem}"));
    let request = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    // A list would be taken for the members in their order.
    if !text.trim_start().starts_with('{') {
        return Err(wrong("an object is needed".to_owned()));
    }
    Ok(request)
}
