//! Why something was not read or written.

use std::fmt;

use nethost_sdk::http;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};
use serde::Deserialize;

use crate::REFUSED;

/// Why the registry did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was not reached, or does not speak HTTP.
    Http(http::Error),
    /// It said no.
    Status(u16, String),
    /// It sends the client where it must not go.
    Elsewhere(String),
    /// What it sent has another digest or another form.
    Wrong(String),
    /// It wants to know who asks, and is not content with the answer.
    Unauthorized(String),
    /// A file cannot be read.
    File(String, Error),
}

/// What a registry says about an error (distribution-spec, "Error Codes").
#[derive(Deserialize)]
struct Errors {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Failure {
    /// The failure that an answer tells of.
    pub(crate) fn of(response: &http::Response) -> Self {
        let reasons = serde_json::from_slice::<Errors>(response.body());
        let reasons: Vec<String> = reasons
            .map(|told| told.errors)
            .unwrap_or_default()
            .into_iter()
            .take(3)
            .map(|reason| format!("{}: {}", reason.code, reason.message))
            .collect();
        Self::Status(response.status().as_u16(), reasons.join("; "))
    }

    /// The end of the run, for this place.
    pub(crate) fn exit(&self, place: &str) -> Exit {
        Exit::failed(REFUSED, format!("oci: {}: {self}", printable(place)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Status(404, reasons) => {
                write!(f, "the registry does not have it")?;
                told(f, reasons)
            }
            Self::Status(status, reasons) => {
                write!(f, "the registry says {status}")?;
                told(f, reasons)
            }
            Self::Elsewhere(to) => write!(f, "{}", printable(to)),
            Self::Wrong(what) => write!(f, "{}", printable(what)),
            Self::Unauthorized(why) => write!(
                f,
                "the registry wants credentials: {}; --authfile names a file with them",
                printable(why)
            ),
            Self::File(path, error) => write!(f, "{}: {error}", printable(path)),
        }
    }
}

fn told(f: &mut fmt::Formatter<'_>, reasons: &str) -> fmt::Result {
    match reasons {
        "" => Ok(()),
        reasons => write!(f, " ({})", printable(reasons)),
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        Self::Http(error)
    }
}
