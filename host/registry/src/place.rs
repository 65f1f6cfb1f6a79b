//! The place of a plugin in a registry, as an operator writes it: `oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`.

use std::fmt;
use std::str::FromStr;

use oci_spec::distribution::Reference;

/// What a place in a registry begins with.
pub const SCHEME: &str = "oci://";

/// A place in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Reference);

/// A text that is no such place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    /// It has no registry. None is assumed: whose code runs is for the operator to say.
    #[error("it names no registry; write oci://HOST/REPOSITORY:TAG")]
    NoRegistry,
    /// It is malformed.
    #[error("{0}; write oci://HOST/REPOSITORY:TAG, or oci://HOST/REPOSITORY@sha256:DIGEST")]
    Malformed(String),
    /// Another digest than SHA-256.
    #[error("a plugin is known by its SHA-256; write @sha256: and 64 hexadecimal digits")]
    OtherDigest,
}

impl FromStr for Place {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        let malformed = |why: &dyn fmt::Display| BadPlace::Malformed(why.to_string());
        let text = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| malformed(&"it does not begin with oci://"))?;
        let registry = text.split_once('/').map(|(registry, _)| registry);
        if !registry.is_some_and(|name| name.contains(['.', ':']) || name == "localhost") {
            return Err(BadPlace::NoRegistry);
        }
        let reference: Reference = text.parse().map_err(|error| malformed(&error))?;
        let known = |digest: &str| {
            digest
                .strip_prefix("sha256:")
                .is_some_and(|digits| digits.bytes().all(|digit| !digit.is_ascii_uppercase()))
        };
        if !reference.digest().is_none_or(known) {
            return Err(BadPlace::OtherDigest);
        }
        Ok(Self(reference))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0)
    }
}

impl Place {
    /// The digest of the manifest, if the operator has named one.
    pub fn digest(&self) -> Option<&str> {
        self.0.digest()
    }

    /// The same repository, whatever tag or digest follows.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.0.registry() == other.0.registry() && self.0.repository() == other.0.repository()
    }

    /// A blob of the repository.
    pub fn blob(&self, digest: &str) -> String {
        format!(
            "{SCHEME}{}/{}@{digest}",
            self.0.registry(),
            self.0.repository()
        )
    }

    /// The same repository with this tag, for a text that names none.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self(Reference::with_tag(
            self.0.registry().into(),
            self.0.repository().into(),
            tag.into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place(text: &str) -> Result<Place, BadPlace> {
        text.parse()
    }

    #[test]
    fn a_place_names_its_registry() {
        let tagged = place("oci://registry.example:5000/tools/hello:1.0").unwrap();
        assert_eq!(
            tagged.to_string(),
            "oci://registry.example:5000/tools/hello:1.0"
        );
        assert_eq!(
            tagged.blob("sha256:00"),
            "oci://registry.example:5000/tools/hello@sha256:00"
        );
        let latest = place("oci://localhost/hello").unwrap();
        assert_eq!(latest.to_string(), "oci://localhost/hello:latest");
        let digest = format!("sha256:{}", "0".repeat(64));
        let pinned = place(&format!("oci://registry.example/hello@{digest}")).unwrap();
        assert_eq!(pinned.digest(), Some(&digest[..]));
        assert!(!pinned.is_beside(&tagged));
        assert!(tagged.is_beside(&tagged.with_tag("2.0")));
        for text in ["oci://hello", "oci://tools/hello:1.0", "oci://", "oci:///x"] {
            assert_eq!(place(text), Err(BadPlace::NoRegistry), "{text}");
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for text in [
            "https://registry.example/hello",
            "oci://registry.example/../hello",
            "oci://registry.example/Hello",
            "oci://registry.example/hello:a b",
            "oci://registry.example/hello?x=y",
            "oci://registry.example/hello#x",
            "oci://registry.example/hello:1/../../x",
            "oci://user:secret@registry.example/hello",
            "oci://registry.example/hello\r\nHost: other",
            "oci://registry.example/hello@sha256:00",
        ] {
            assert!(matches!(place(text), Err(BadPlace::Malformed(_))), "{text}");
        }
        let upper = format!("oci://registry.example/hello@sha256:{}", "A".repeat(64));
        assert_eq!(place(&upper), Err(BadPlace::OtherDigest));
        let other = format!("oci://registry.example/hello@sha512:{}", "0".repeat(128));
        assert_eq!(place(&other), Err(BadPlace::OtherDigest));
    }
}
