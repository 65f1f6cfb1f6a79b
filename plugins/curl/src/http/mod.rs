//! HTTP (RFC 9110): one request and its response, over HTTP/1 or HTTP/2.

pub(crate) mod auth;
pub(crate) mod cookies;
pub(crate) mod decode;
pub(crate) mod h1;
pub(crate) mod h2;
pub(crate) mod receive;
pub(crate) mod request;
pub(crate) mod tunnel;

use crate::conn::Conn;
use crate::failure::{Failure, Result};
use crate::transfer::{Context, Job};

/// The head of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// `1.1`, `2`.
    pub(crate) version: String,
    /// Names and values, in order.
    pub(crate) fields: Vec<(String, String)>,
    /// How long the head is.
    pub(crate) size: usize,
}

impl Head {
    /// The first value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let own = self.fields.iter();
        own.filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Whether a list has this word.
    pub(crate) fn says(&self, name: &str, word: &str) -> bool {
        let values = self.all(name);
        values
            .iter()
            .flat_map(|value| value.split(','))
            .any(|own| own.trim().eq_ignore_ascii_case(word))
    }
}

/// Whether a connection can serve another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Keep,
    Close,
}

/// Makes one request and takes its response.
pub(crate) async fn exchange(
    context: &Context<'_>,
    job: &mut Job,
    conn: &mut Conn,
) -> Result<(Head, Next)> {
    let request = request::Request::new(context, job, conn.via_proxy, conn.http2)?;
    context.progress.note(|times, now| times.requesting = now);
    job.cookies_seen = 0;
    let exchanged = match conn.http2 {
        true => h2::exchange(context, job, conn, request).await,
        false => h1::exchange(context, job, conn, request).await,
    };
    exchanged.map_err(|failure| told(context, failure))
}

fn told(context: &Context<'_>, failure: Failure) -> Failure {
    if failure.code != 23 || !failure.text.is_empty() {
        context.trace.text(failure.line());
    }
    failure
}
