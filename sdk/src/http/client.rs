//! Fetches a URL.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use hyper::{Method, Uri, header};

use super::{Connection, Error, Protocol, Request, Response};
use crate::resolver;
use crate::socket::SocketOptions;
use crate::tcp::TcpStream;
use crate::tls::{self, TlsStream, Trust};
use crate::{Family, target::Hosts};

/// Settings of all requests of a tool.
#[derive(Clone, Debug)]
pub struct Client {
    /// How the certificate of a server is verified.
    pub trust: Trust,
    /// How connections are made.
    pub options: SocketOptions,
    /// Only use addresses of this family.
    pub family: Option<Family>,
    /// The timeout of each step: lookup, connection, handshake, response.
    pub patience: Duration,
    /// The maximum number of redirects.
    pub redirects: usize,
    /// The maximum length of a body.
    pub limit: usize,
}

/// The result of a fetch, and its final URL.
#[derive(Debug)]
pub struct Fetched {
    /// The final URL after redirects.
    pub url: Uri,
    /// The response. Its status can be a failure.
    pub response: Response,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            trust: Trust::System,
            options: SocketOptions::default(),
            family: None,
            patience: Duration::from_secs(30),
            redirects: 5,
            limit: 16 << 20,
        }
    }
}

impl Client {
    /// Gets a URL, as one of these types (the value of an Accept field).
    ///
    /// # Errors
    /// [`Error`]. A response that tells of a failure is none.
    pub async fn get(&self, url: &str, accept: &str) -> Result<Fetched, Error> {
        let mut url: Uri = url
            .parse()
            .map_err(|_| Error::Url(url.to_owned(), "not a URL"))?;
        for _ in 0..=self.redirects {
            let mut request = Request::new(Vec::new());
            *request.method_mut() = Method::GET;
            *request.uri_mut() = url.clone();
            if let Ok(accept) = accept.parse() {
                request.headers_mut().insert(header::ACCEPT, accept);
            }
            let mut connection = self.connect(&url).await?;
            let answering = pin!(connection.send(request, self.limit));
            let patience = pin!(crate::clock::wait_for(self.patience));
            let response = match select(answering, patience).await {
                Either::Left((response, _)) => response?,
                Either::Right(_) => return Err(crate::Error::Timeout.into()),
            };
            let location = response.headers().get(header::LOCATION);
            match location.filter(|_| response.status().is_redirection()) {
                Some(location) => {
                    url = redirected(&url, &String::from_utf8_lossy(location.as_bytes()))?;
                }
                None => return Ok(Fetched { url, response }),
            }
        }
        Err(Error::Redirects(self.redirects))
    }

    /// A connection to the server of a URL.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn connect(&self, url: &Uri) -> Result<Connection, Error> {
        let secure = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(Error::Url(url.to_string(), "neither http nor https")),
        };
        let host = url
            .host()
            .map(|host| host.trim_start_matches('[').trim_end_matches(']'))
            .ok_or_else(|| Error::Url(url.to_string(), "no host"))?;
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let stream = self.dial(host, port).await?;
        if !secure {
            return Connection::open(stream, Protocol::Http1).await;
        }
        let options = tls::Options {
            trust: self.trust.clone(),
            protocols: Protocol::NAMES.map(Into::into).into(),
            ..tls::Options::for_server(host)
        };
        let session = TlsStream::client(stream, &options, self.patience).await?;
        let protocol = Protocol::agreed(&session);
        Connection::open(session, protocol).await
    }

    /// The first address that answers. The error of the last address if none does.
    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, crate::Error> {
        let addresses = match Hosts::parse(host) {
            Ok(Hosts::Address(address, _)) => vec![address],
            _ => resolver::addresses(host, self.family, self.patience).await?,
        };
        let mut last = crate::Error::NameUnresolvable;
        for address in addresses {
            match TcpStream::connect((address, port).into(), &self.options, self.patience).await {
                Ok(stream) => return Ok(stream),
                // A denial of one address is deliberate, so the next address is not tried.
                Err(denied @ crate::Error::Denied(_)) => return Err(denied),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// The target of a redirect: another URL, or another path of the same server. Never from https to http, where anyone
/// could answer.
fn redirected(from: &Uri, location: &str) -> Result<Uri, Error> {
    let nowhere = |why| Error::Url(location.to_owned(), why);
    let scheme = from.scheme_str().unwrap_or_default();
    let location = match location.starts_with("//") {
        true => format!("{scheme}:{location}"),
        false => location.to_owned(),
    };
    let to: Uri = location
        .parse()
        .map_err(|_| nowhere("a redirect to no URL"))?;
    let mut parts = to.into_parts();
    if parts.scheme.is_none() && parts.authority.is_none() {
        parts.scheme = from.scheme().cloned();
        parts.authority = from.authority().cloned();
    }
    let to = Uri::from_parts(parts).map_err(|_| nowhere("a redirect to no URL"))?;
    if scheme == "https" && to.scheme_str() != Some("https") {
        return Err(nowhere("a redirect away from https"));
    }
    Ok(to)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_secure() {
        let from: Uri = "https://a.example:8443/x?y".parse().unwrap();
        let to = |location: &str| redirected(&from, location).map(|uri| uri.to_string());
        assert_eq!(to("/z?q").unwrap(), "https://a.example:8443/z?q");
        assert_eq!(to("https://b.example/").unwrap(), "https://b.example/");
        assert!(
            matches!(to("http://b.example/"), Err(Error::Url(_, why)) if why.contains("https"))
        );
        assert_eq!(to("//b.example/").unwrap(), "https://b.example/");
        for nowhere in ["", "z", "file:///etc/passwd"] {
            assert!(to(nowhere).is_err(), "{nowhere}");
        }
    }
}
