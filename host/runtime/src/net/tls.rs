//! TLS with the platform's certificates, and those of `AWS_CA_BUNDLE` beside them.

use crate::conversation::error::{Error, ErrorKind};
use crate::settings::Vars;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// A file of certificates, in PEM, to be trusted too; AWS's tools read the same variable.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The client's side of TLS.
pub(crate) fn config(vars: &Vars) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unusable = |problem: rustls::Error| {
        failed(format!("this machine's certificates cannot be used: {problem}"))
    };
    let verifier = match vars.get(CA_BUNDLE) {
        None => Verifier::new(Arc::clone(&provider)),
        Some(file) => Verifier::new_with_extra_roots(bundle(&file)?, Arc::clone(&provider)),
    };
    let verifier = Arc::new(verifier.map_err(unusable)?);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    // The platform's own verification, in place of a list of roots: "dangerous" is only its name.
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn bundle(file: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(failed(format!("{CA_BUNDLE}: {file} holds no certificate"))),
        Err(problem) => Err(failed(format!("{CA_BUNDLE}: {file} cannot be read: {problem}"))),
    }
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Transport, message)
}
