//! Model ids: what they may hold, how they stand in a URL, which region they name.

use crate::bindings::types::Error;
use crate::error::invalid;
use std::fmt::Write as _;

/// Longest id Bedrock takes.
const MAX_LEN: usize = 2048;

/// A model id, an inference profile id or an ARN, fit to stand in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelId<'a>(&'a str);

impl<'a> ModelId<'a> {
    /// Checks an id by its characters only: Bedrock's own pattern is made of nested repetitions and
    /// grows with every kind of model, so that a stricter check would refuse good ids.
    ///
    /// # Errors
    ///
    /// Kind `invalid-request`.
    pub fn parse(id: &'a str) -> Result<Self, Error> {
        if id.is_empty() {
            return Err(invalid(
                "model",
                "is empty; give a model id such as us.amazon.nova-lite-v1:0",
            ));
        }
        if id.len() > MAX_LEN {
            return Err(invalid("model", "is longer than 2048 characters"));
        }
        let stray = |c: &char| !(c.is_ascii_alphanumeric() || "._:/-".contains(*c));
        if let Some(stray) = id.chars().find(stray) {
            return Err(invalid("model", &format!("`{stray}` cannot be part of a model id")));
        }
        if id.chars().all(|c| c == '.' || c == '/') {
            return Err(invalid("model", "is a path, not a model id"));
        }
        Ok(Self(id))
    }

    /// The id as it was given.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it is the ARN, or the bare id of twelve characters, of an application inference
    /// profile, which does not say what model it leads to.
    pub fn is_opaque(self) -> bool {
        let bare = self.0.len() == 12
            && self.0.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        bare || (self.0.starts_with("arn:") && self.0.contains(":application-inference-profile/"))
    }

    /// The region an ARN names, where it names one.
    pub fn region(self) -> Option<&'a str> {
        let mut parts = self.0.strip_prefix("arn:")?.split(':');
        let (_partition, service, region) = (parts.next()?, parts.next()?, parts.next()?);
        (matches!(service, "bedrock" | "sagemaker") && !region.is_empty()).then_some(region)
    }

    /// The id as one segment of a path: all but letters, digits and `-._~` percent-encoded, `/`
    /// too.
    pub fn path_segment(self) -> String {
        let mut segment = String::with_capacity(self.0.len() + 16);
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                segment.push(char::from(byte));
            } else {
                let _ = write!(segment, "%{byte:02X}");
            }
        }
        segment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_slashes_are_encoded() {
        let id =
            ModelId::parse("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.a.b-v1:0");
        assert_eq!(
            id.unwrap().path_segment(),
            "arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.a.b-v1%3A0"
        );
    }

    #[test]
    fn region_is_the_arns() {
        let region = |id| ModelId::parse(id).unwrap().region();
        assert_eq!(
            region("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/a.b"),
            Some("us-gov-west-1")
        );
        assert_eq!(region("arn:aws:bedrock:::foundation-model/a.b"), None);
        assert_eq!(region("us.amazon.nova-lite-v1:0"), None);
        assert_eq!(region("arn:aws:s3:us-east-1:1:x"), None);
    }

    #[test]
    fn what_is_no_id_is_refused_by_name() {
        for id in ["", "a b", "a?b", "a%3Ab", "..", "../..", "é", &"a".repeat(2049)] {
            let error = ModelId::parse(id).unwrap_err();
            assert!(error.message.starts_with("model: "), "{}", error.message);
        }
    }
}
