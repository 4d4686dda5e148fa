//! Which requests may leave: to the endpoints the host named, and nowhere else.

use http::Uri;
use std::fmt;
use std::net::IpAddr;

/// Scheme, host and port: what a request may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    tls: bool,
    /// Lower case, without brackets.
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of a base URL, which holds no user, no query and no fragment.
    pub(crate) fn of_url(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
        if uri.query().is_some() || url.contains('#') {
            return Err("must hold neither query nor fragment");
        }
        Self::of_uri(&uri)
    }

    /// The origin a request goes to.
    pub(crate) fn of_uri(uri: &Uri) -> Result<Self, &'static str> {
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("must begin with https:// or http://"),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user name");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("has no host");
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| "has a port that is none")?,
            // A colon with nothing behind it.
            None if authority.as_str().ends_with(':') => return Err("has a port that is none"),
            None => {
                if tls {
                    443
                } else {
                    80
                }
            }
        };
        Ok(Self { tls, host: host.to_ascii_lowercase(), port })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether it is this machine, by address or by the name that RFC 6761 keeps for it.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

/// The origins one completion may reach: those of the endpoints the host told its plugin.
#[derive(Debug, Default)]
pub(crate) struct Egress {
    granted: Vec<Origin>,
}

impl Egress {
    /// Lets requests to an origin out.
    pub(crate) fn grant(&mut self, origin: Origin) {
        if !self.granted.contains(&origin) {
            self.granted.push(origin);
        }
    }

    /// Checks where a request goes, before anything is done with it.
    pub(crate) fn check(&self, uri: &Uri) -> Result<(), Refused> {
        let origin = Origin::of_uri(uri).map_err(|problem| Refused(problem.to_owned()))?;
        if !uri.path().starts_with('/') {
            return Err(Refused("the path does not begin with a slash".to_owned()));
        }
        if self.granted.contains(&origin) {
            return Ok(());
        }
        Err(Refused(format!("{origin} is not an endpoint this plugin was given")))
    }
}

/// Why a request does not leave.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn egress(url: &str) -> Egress {
        let mut egress = Egress::default();
        egress.grant(Origin::of_url(url).unwrap());
        egress
    }

    #[test]
    fn nothing_is_reached_unless_granted() {
        assert!(Egress::default().check(&Uri::from_static("https://a.example/")).is_err());
    }

    #[test]
    fn scheme_host_and_port_must_be_the_same() {
        let egress = egress("https://a.example/base");
        for allowed in ["https://a.example/", "https://A.example:443/other?x=y"] {
            assert!(egress.check(&allowed.parse().unwrap()).is_ok(), "{allowed}");
        }
        for refused in [
            "http://a.example/",
            "https://a.example:8443/",
            "https://b.example/",
            "https://a.example.evil.example/",
            "https://user@a.example/",
            "https://a.example:/",
            "https://a.example.:443/",
            "/relative",
        ] {
            assert!(egress.check(&refused.parse().unwrap()).is_err(), "{refused}");
        }
    }

    #[test]
    fn loopback_is_recognised_in_every_spelling() {
        for url in
            ["http://localhost", "http://127.1.2.3:9", "http://[::1]", "http://[::ffff:127.0.0.1]"]
        {
            assert!(Origin::of_url(url).unwrap().is_loopback(), "{url}");
        }
        for url in ["http://localhost.example", "http://10.0.0.1", "http://[::2]"] {
            assert!(!Origin::of_url(url).unwrap().is_loopback(), "{url}");
        }
    }
}
