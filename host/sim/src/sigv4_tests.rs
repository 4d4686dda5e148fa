use std::path::Path;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::*;

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let entries = list.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect(name);
        (name, HeaderValue::from_str(value).expect(value))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in entries {
        headers.append(name, value);
    }
    headers
}

const AUTHORIZATION: &str = "Credential=KEY/20300102/eu-west-1/bedrock/aws4_request, \
    SignedHeaders=content-type;host;x-amz-date;x-custom,Signature=abc";

#[test]
fn a_request_gets_the_signature_another_implementation_gave_it() {
    let headers = headers(&[
        ("Content-Type", "application/json"),
        ("X-Amz-Date", "20300102T030405Z"),
        ("X-Custom", "  a   b c "),
        ("X-Custom", "d"),
        ("User-Agent", "not signed"),
    ]);
    let request = SignedRequest {
        method: "POST",
        path: "/base//x/../model/./a%3A0/converse",
        query: "",
        headers: &headers,
        host: "localhost:8080",
        body: b"{\"a\": \"b\"}",
    };
    let authorization = Authorization::parse(AUTHORIZATION).unwrap();
    let canonical = canonical_request(&request, &authorization.signed_headers);
    let expected = "POST\n/base/model/a%253A0/converse\n\n\
        content-type:application/json\nhost:localhost:8080\nx-amz-date:20300102T030405Z\n\
        x-custom:a b c,d\n\ncontent-type;host;x-amz-date;x-custom\n\
        e47aeff37f2bf09285444b8be9fed1f517d9f8de79d2dd63dd22bd1990716f53";
    assert_eq!(canonical, expected);
    let to_sign = string_to_sign("20300102T030405Z", authorization.scope, &canonical);
    let secret = "sim/Secret+Example0123456789abcdefghijk0";
    let right = "4dfc431cd6a53d8d4c25b45389bba60f407e115e40be84ff9705988faed89ae5";
    assert!(verify(secret, authorization.scope, &to_sign, right));
    assert!(!verify("other", authorization.scope, &to_sign, right));
    assert!(!verify(secret, authorization.scope, &format!("{to_sign} "), right));
    assert!(!verify(secret, authorization.scope, &to_sign, &right.to_uppercase()));
    assert!(!verify(secret, authorization.scope, &to_sign, &right[..62]));
    assert!(!verify(secret, authorization.scope, &to_sign, ""));
    let elsewhere = Scope { region: "eu-west-2", ..authorization.scope };
    assert!(!verify(secret, elsewhere, &to_sign, right));
}

#[test]
fn the_path_is_encoded_once_more() {
    for (path, canonical) in [
        ("/", "/"),
        ("", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("//a///b", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/../a", "/a"),
        ("/m/a:0", "/m/a%3A0"),
        ("/m/a%3A0%2Fb", "/m/a%253A0%252Fb"),
        ("/-._~", "/-._~"),
    ] {
        assert_eq!(canonical_path(path), canonical, "{path}");
    }
}

#[test]
fn the_query_is_sorted_and_encoded_the_same_way_always() {
    for (query, canonical) in [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=10&a", "a=&a=10&a=2"),
        ("token=a%2Fb%2bc%3D%3D", "token=a%2Fb%2Bc%3D%3D"),
        ("q=a b", "q=a%20b"),
        ("A=1&a=0", "A=1&a=0"),
        ("x=a=b", "x=a%3Db"),
    ] {
        assert_eq!(canonical_query(query), canonical, "{query}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (parameters, named) in [
        ("", "'Credential'"),
        ("Credential=a/b/c/d/e, Signature=x", "'SignedHeaders'"),
        ("Credential=a/b/c/d/e, SignedHeaders=host", "'Signature'"),
        ("Credential=a/b/c/d, SignedHeaders=host, Signature=x", "'a/b/c/d'"),
    ] {
        let error = Authorization::parse(parameters).unwrap_err();
        assert!(error.contains(named), "{parameters}: {error}");
    }
}

/// Requests signed by another signer, where they are at hand.
#[test]
fn shared_vectors_verify() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/sigv4.json");
    let Ok(file) = std::fs::read(path) else {
        return;
    };
    let file: Value = serde_json::from_slice(&file).unwrap();
    let mut verified = 0;
    for vector in file["vectors"].as_array().unwrap() {
        for part in ["client", "minimal"] {
            if vector[part]["canonical_request"].is_string() {
                verify_vector(vector, &vector[part]);
                verified += 1;
            }
        }
    }
    assert!(verified > 30, "only {verified} signatures in the file");
}

fn verify_vector(vector: &Value, signed: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&vector["name"]);
    let uri: http::Uri = text(&vector["url"]).parse().expect(&name);
    let sent = signed["headers_sent"].as_object().unwrap();
    let sent: Vec<_> = sent.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let headers = headers(&sent);
    // What a client puts into `Host`: lower case, without the scheme's own port.
    let own_port = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    let host = uri.host().unwrap().to_lowercase();
    let host = match uri.port_u16() {
        Some(port) if port != own_port => format!("{host}:{port}"),
        _ => host,
    };
    let body = text(&vector["body_utf8"]);
    let request = SignedRequest {
        method: vector["method"].as_str().unwrap(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        host: &host,
        body: body.as_bytes(),
    };
    let header = headers["authorization"].to_str().unwrap();
    let (algorithm, parameters) = header.split_once(' ').unwrap();
    assert_eq!(algorithm, ALGORITHM);
    let authorization = Authorization::parse(parameters).expect(&name);
    assert_eq!(authorization.access_key_id, vector["access_key_id"]);
    let canonical = canonical_request(&request, &authorization.signed_headers);
    assert_eq!(canonical, text(&signed["canonical_request"]), "{name}");
    let time = headers["x-amz-date"].to_str().unwrap();
    let to_sign = string_to_sign(time, authorization.scope, &canonical);
    assert_eq!(to_sign, text(&signed["string_to_sign"]), "{name}");
    let secret = vector["secret_access_key"].as_str().unwrap();
    assert!(verify(secret, authorization.scope, &to_sign, authorization.signature), "{name}");
}
