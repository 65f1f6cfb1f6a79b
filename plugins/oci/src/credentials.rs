//! The credentials for a registry, from a file in the format of Docker and Podman: `auths` has an entry for each
//! registry, with `auth`, the name and the secret in Base64 (containers-auth.json(5)).

use std::collections::HashMap;

use data_encoding::BASE64;
use nethost_sdk::{Error, files};
use serde::Deserialize;

use crate::failure::Failure;

/// Where they are if no file is named.
const DEFAULT: &str = "~/.docker/config.json";

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    auths: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
}

/// The value of an Authorization field for this registry, if the file has one.
pub(crate) fn of(registry: &str, named: Option<&str>) -> Result<Option<String>, Failure> {
    let path = named.unwrap_or(DEFAULT);
    let bytes = match files::read(path) {
        Ok(bytes) => bytes,
        // The operator, or the policy, need not let it be read.
        Err(Error::NotFound | Error::AccessDenied | Error::Denied(_)) if named.is_none() => {
            return Ok(None);
        }
        Err(error) => return Err(Failure::File(path.to_owned(), error)),
    };
    find(registry, &bytes).map_err(|why| Failure::Wrong(format!("{path}: {why}")))
}

fn find(registry: &str, bytes: &[u8]) -> Result<Option<String>, String> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| format!("no file of credentials: {error}"))?;
    let entry = document.auths.iter().find(|(key, _)| {
        // Older files have URLs.
        let key = key.trim_start_matches("https://");
        key.split('/').next() == Some(registry)
    });
    let Some(auth) = entry.and_then(|(_, entry)| entry.auth.as_deref()) else {
        return Ok(None);
    };
    let decoded = BASE64.decode(auth.as_bytes()).unwrap_or_default();
    match decoded.contains(&b':') {
        true => Ok(Some(format!("Basic {auth}"))),
        false => Err(format!(
            "what it has for {registry} is no name and secret in Base64"
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_registry_gets_its_own_credentials() {
        let file = br#"{"auths": {"r.example:5000": {"auth": "YTpi"}, "https://old.example/v1/": {"auth": "YzpkZQ=="}, "helped.example": {}, "bad.example": {"auth": "x"}}}"#;
        assert_eq!(find("r.example:5000", file).unwrap().unwrap(), "Basic YTpi");
        assert_eq!(
            find("old.example", file).unwrap().unwrap(),
            "Basic YzpkZQ=="
        );
        for other in ["r.example", "example", "helped.example", "xr.example:5000"] {
            assert_eq!(find(other, file).unwrap(), None, "{other}");
        }
        assert!(find("bad.example", file).is_err());
        assert!(find("r.example", b"secret").is_err());
        assert_eq!(find("r.example", b"{}").unwrap(), None);
    }
}
