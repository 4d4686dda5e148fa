//! Signatures of reasoning, which only this sim can have made and which it knows again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Half the bytes of redacted reasoning: what it stands for, and then what shows who made it.
const HALF: usize = 16;

/// The signature of a reasoning text.
pub(crate) fn signature(text: &str) -> String {
    STANDARD.encode(digest("signature", text.as_bytes()))
}

/// Whether this signature was issued for this text.
pub(crate) fn is_signature(signature: &str, text: &str) -> bool {
    signature == self::signature(text)
}

/// Redacted reasoning about a text, in base64.
pub(crate) fn redacted(text: &str) -> String {
    let about = &digest("redacted", text.as_bytes())[..HALF];
    STANDARD.encode([about, &digest("seal", about)[..HALF]].concat())
}

/// Whether this redacted reasoning, in base64, was issued here.
pub(crate) fn is_redacted(base64: &str) -> bool {
    STANDARD.decode(base64).is_ok_and(|bytes| {
        bytes.len() == 2 * HALF && digest("seal", &bytes[..HALF])[..HALF] == bytes[HALF..]
    })
}

fn digest(purpose: &str, bytes: &[u8]) -> [u8; 32] {
    let hash = Sha256::new().chain_update("bedrock-sim ").chain_update(purpose);
    hash.chain_update([0]).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_issued_is_known_again_and_nothing_else() {
        let issued = signature("Let me see.");
        assert!(is_signature(&issued, "Let me see."));
        assert!(!is_signature(&issued, "Let me see"));
        assert!(!is_signature("c2lnbmF0dXJl", "Let me see."));
        assert!(is_redacted(&redacted("hi")) && redacted("hi") != redacted("ho"));
        for foreign in ["", "AP8B", "?", &STANDARD.encode([7; 2 * HALF]), &issued] {
            assert!(!is_redacted(foreign), "{foreign}");
        }
    }
}
