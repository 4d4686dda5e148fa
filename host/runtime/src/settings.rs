//! Region and endpoints: where requests go, from the program's settings and the environment.

use crate::conversation::error::{Error, ErrorKind};
use crate::net::egress::Origin;
use std::fmt;
use std::sync::Arc;

/// An endpoint of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Base URL, without a trailing slash.
    pub url: String,
    /// Region to sign for.
    pub region: String,
}

/// The environment's variables, or others in their place. Blank ones count as unset.
#[derive(Clone)]
pub(crate) struct Vars(Arc<Get>);

type Get = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Vars {
    pub(crate) fn new(get: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(get))
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    #[cfg(test)]
    pub(crate) fn fixed(vars: &[(&str, &str)]) -> Self {
        let vars: std::collections::HashMap<String, String> =
            vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::new(move |name| vars.get(name).cloned())
    }
}

impl Default for Vars {
    fn default() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }
}

impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vars")
    }
}

/// What decides about endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    region: String,
    endpoint_url: Option<String>,
    vars: Vars,
}

const DEFAULT_REGION: &str = "us-east-1";

/// Services a plugin may ask for, by their endpoint prefixes, and the variables that move them.
const SERVICES: [(&str, &str); 2] = [
    ("bedrock-runtime", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    ("bedrock", "AWS_ENDPOINT_URL_BEDROCK"),
];

/// DNS suffixes of AWS's partitions, by the beginning of their regions (botocore 1.44.5,
/// `partitions.json`). Longer beginnings first; what is not listed is of the partition `aws`.
const PARTITIONS: [(&str, &str); 6] = [
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-iso-", "c2s.ic.gov"),
    ("eusc-", "amazonaws.eu"),
    ("cn-", "amazonaws.com.cn"),
];
const AWS_SUFFIX: &str = "amazonaws.com";

impl Settings {
    /// What the program set goes before the environment.
    ///
    /// # Errors
    ///
    /// Kind `invalid-request` for a region or an endpoint that cannot be one.
    pub(crate) fn new(
        region: Option<String>,
        endpoint_url: Option<String>,
        vars: Vars,
    ) -> Result<Self, Error> {
        let region = region
            .or_else(|| vars.get("AWS_REGION"))
            .or_else(|| vars.get("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| DEFAULT_REGION.to_owned());
        check_region(&region)?;
        let settings = Self { region, endpoint_url, vars };
        settings.endpoint(SERVICES[0].0, None)?;
        Ok(settings)
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The endpoint of a service. `region` is one that the request itself names.
    pub(crate) fn endpoint(&self, service: &str, region: Option<&str>) -> Result<Endpoint, Error> {
        self.resolve(service, region).map(|(endpoint, _)| endpoint)
    }

    /// The same, with the origin that requests to it have.
    pub(crate) fn resolve(
        &self,
        service: &str,
        region: Option<&str>,
    ) -> Result<(Endpoint, Origin), Error> {
        let region = region.unwrap_or(&self.region);
        check_region(region)?;
        let Some((_, variable)) = SERVICES.iter().find(|(name, _)| *name == service) else {
            return Err(invalid(format!("there is no service `{service}` for plugins")));
        };
        let url = match self.configured(variable) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{service}.{region}.{}", suffix(region)),
        };
        let origin = Origin::of_url(&url)
            .map_err(|problem| invalid(format!("endpoint URL `{}`: {problem}", shown(&url))))?;
        if !origin.is_tls() && !origin.is_loopback() {
            return Err(invalid(format!(
                "endpoint URL `{}`: plain http is only for this machine; use https",
                shown(&url)
            )));
        }
        Ok((Endpoint { url, region: region.to_owned() }, origin))
    }

    fn configured(&self, variable: &str) -> Option<String> {
        if let Some(url) = &self.endpoint_url {
            return Some(url.clone());
        }
        let ignored = self.vars.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return None;
        }
        self.vars.get(variable).or_else(|| self.vars.get("AWS_ENDPOINT_URL"))
    }
}

/// A region stands in a host name, so it must be a label of one.
fn check_region(region: &str) -> Result<(), Error> {
    let label = !region.is_empty()
        && region.len() <= 63
        && !region.starts_with('-')
        && !region.ends_with('-')
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if label {
        return Ok(());
    }
    Err(invalid(format!("`{}` is not an AWS region, such as us-east-1", region.escape_default())))
}

fn suffix(region: &str) -> &'static str {
    let partition = PARTITIONS.iter().find(|(beginning, _)| region.starts_with(beginning));
    partition.map_or(AWS_SUFFIX, |(_, suffix)| suffix)
}

/// A URL as it may be shown: without user and password.
fn shown(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)))
    {
        Some((scheme, rest)) => format!("{scheme}://***@{rest}"),
        None => url.to_owned(),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime_url(vars: &[(&str, &str)]) -> Result<String, Error> {
        Settings::new(None, None, Vars::fixed(vars))?
            .endpoint("bedrock-runtime", None)
            .map(|endpoint| endpoint.url)
    }

    #[test]
    fn region_is_the_first_that_is_not_blank() {
        for (vars, region) in [
            (vec![], "us-east-1"),
            (vec![("AWS_DEFAULT_REGION", "eu-west-1")], "eu-west-1"),
            (vec![("AWS_REGION", "ap-south-1"), ("AWS_DEFAULT_REGION", "eu-west-1")], "ap-south-1"),
            (vec![("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "eu-west-1")], "eu-west-1"),
        ] {
            assert_eq!(Settings::new(None, None, Vars::fixed(&vars)).unwrap().region(), region);
        }
        let set = Settings::new(
            Some("sa-east-1".to_owned()),
            None,
            Vars::fixed(&[("AWS_REGION", "ap-south-1")]),
        );
        assert_eq!(set.unwrap().region(), "sa-east-1");
    }

    #[test]
    fn endpoints_follow_the_partition() {
        for (region, url) in [
            ("us-east-1", "https://bedrock-runtime.us-east-1.amazonaws.com"),
            ("us-gov-west-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
            ("us-isob-east-1", "https://bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
            ("eusc-de-east-1", "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(runtime_url(&[("AWS_REGION", region)]).unwrap(), url);
        }
    }

    #[test]
    fn services_own_variable_goes_before_the_common_one() {
        let (common, own) = ("http://127.0.0.1:1", "http://127.0.0.1:2/base/");
        let vars = [("AWS_ENDPOINT_URL", common), ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", own)];
        assert_eq!(runtime_url(&vars).unwrap(), "http://127.0.0.1:2/base");
        assert_eq!(runtime_url(&[("AWS_ENDPOINT_URL", common)]).unwrap(), common);
        let settings = Settings::new(None, None, Vars::fixed(&vars)).unwrap();
        assert_eq!(settings.endpoint("bedrock", None).unwrap().url, common);

        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        let url = runtime_url(&[("AWS_ENDPOINT_URL", common), ignored]).unwrap();
        assert!(url.ends_with(".amazonaws.com"), "{url}");
    }

    #[test]
    fn region_of_the_request_goes_first() {
        let settings = Settings::new(None, None, Vars::fixed(&[])).unwrap();
        let endpoint = settings.endpoint("bedrock-runtime", Some("eu-west-3")).unwrap();
        assert_eq!(endpoint.region, "eu-west-3");
        assert_eq!(endpoint.url, "https://bedrock-runtime.eu-west-3.amazonaws.com");
    }

    #[test]
    fn a_region_cannot_move_the_host() {
        let settings = Settings::new(None, None, Vars::fixed(&[])).unwrap();
        for region in ["", "a.evil.example/", "us-east-1@evil.example", "US-EAST-1", "-x", "é"] {
            assert!(settings.endpoint("bedrock-runtime", Some(region)).is_err(), "{region}");
        }
        assert!(settings.endpoint("s3", None).is_err());
    }

    #[test]
    fn plain_http_only_to_this_machine() {
        for good in
            ["http://localhost:9000", "http://127.9.9.9", "http://[::1]:80", "https://x.example"]
        {
            assert_eq!(runtime_url(&[("AWS_ENDPOINT_URL", good)]).unwrap(), good);
        }
        for bad in
            ["http://x.example", "http://10.0.0.1", "ftp://localhost", "localhost:9000", "http://"]
        {
            let error = runtime_url(&[("AWS_ENDPOINT_URL", bad)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{bad}");
        }
        let error =
            runtime_url(&[("AWS_ENDPOINT_URL", "https://u:hunter2@x.example")]).unwrap_err();
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}
