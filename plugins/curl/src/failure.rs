//! Why a transfer failed: curl's exit code, and its words.

use nethost_sdk::tls::{self, CertificateProblem};

/// A transfer that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) text: String,
    /// The system refused the connection, or the name could not be resolved just now.
    pub(crate) cause: Option<nethost_sdk::Error>,
}

/// What a step returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A URL that is none.
pub(crate) const BAD_URL: &str = "URL using bad/illegal format or missing URL";

/// What curl adds where a certificate is not believed.
const ABOUT_CERTIFICATES: &str = "\nMore details here: https://curl.se/docs/sslcerts.html\n\n\
    curl failed to verify the legitimacy of the server and therefore could not\n\
    establish a secure connection to it. To learn more about this situation and\n\
    how to fix it, please visit the web page mentioned above.";

impl Failure {
    pub(crate) fn new(code: u8, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            cause: None,
        }
    }

    pub(crate) fn url() -> Self {
        Self::new(3, BAD_URL)
    }

    /// Receiving failed.
    pub(crate) fn receiving(error: nethost_sdk::Error) -> Self {
        Self {
            code: 56,
            text: match &error {
                nethost_sdk::Error::Denied(_) => error.to_string(),
                nethost_sdk::Error::ConnectionAborted => {
                    "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, \
                     errno 0"
                        .into()
                }
                _ => format!("Recv failure: {error}"),
            },
            cause: Some(error),
        }
    }

    /// Sending failed.
    pub(crate) fn sending(error: nethost_sdk::Error) -> Self {
        Self {
            code: 55,
            text: match &error {
                nethost_sdk::Error::Denied(_) => error.to_string(),
                _ => format!("Send failure: {error}"),
            },
            cause: Some(error),
        }
    }

    /// No session.
    pub(crate) fn tls(failure: tls::Failure) -> Self {
        match failure {
            tls::Failure::Connection(error) => {
                let text = match &error {
                    nethost_sdk::Error::Denied(_) => error.to_string(),
                    nethost_sdk::Error::Timeout => "SSL connection timeout".into(),
                    error => format!("OpenSSL SSL_connect: {error} in connection to the server"),
                };
                let code = match &error {
                    nethost_sdk::Error::Timeout => 28,
                    _ => 35,
                };
                Self {
                    code,
                    text,
                    cause: Some(error),
                }
            }
            tls::Failure::Handshake(text) => Self::new(35, format!("TLS handshake: {text}")),
            tls::Failure::Certificate(problem, text) => {
                let problem = match problem {
                    CertificateProblem::Expired => "certificate has expired".into(),
                    CertificateProblem::NotYetValid => "certificate is not yet valid".into(),
                    CertificateProblem::UnknownIssuer => {
                        "unable to get local issuer certificate".into()
                    }
                    CertificateProblem::WrongName => {
                        return Self::new(
                            60,
                            format!(
                                "SSL: no alternative certificate subject name matches target host \
                                 name: {text}{ABOUT_CERTIFICATES}"
                            ),
                        );
                    }
                    _ => text,
                };
                Self::new(
                    60,
                    format!("SSL certificate problem: {problem}{ABOUT_CERTIFICATES}"),
                )
            }
        }
    }

    /// What one read of a stream came to.
    pub(crate) fn read(error: std::io::Error) -> Self {
        Self::receiving(error.into())
    }

    /// What one write to a stream came to.
    pub(crate) fn write(error: std::io::Error) -> Self {
        Self::sending(error.into())
    }

    /// Whether nethost's policy forbids it.
    pub(crate) fn is_denial(&self) -> bool {
        matches!(self.cause, Some(nethost_sdk::Error::Denied(_)))
    }

    /// The first line, for what happens on the way.
    pub(crate) fn line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}
