//! A registry: requests to it, one after the other.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::http::{Client, Connection, Method, Request, Response, StatusCode, Uri, header};
use nethost_sdk::tls::Trust;
use nethost_sdk::{clock, files};

use crate::authorize::authorize;
use crate::credentials;
use crate::failure::Failure;
use crate::flags::Options;
use crate::place::Place;

/// How long one request may take, with all that it carries.
const PATIENCE: Duration = Duration::from_secs(600);
/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// A registry.
pub(crate) struct Registry {
    client: Client,
    /// `https://HOST:PORT/`.
    base: Uri,
    credentials: Option<String>,
    authorization: Option<String>,
}

/// A request to a registry.
pub(crate) struct Asked<'a> {
    pub(crate) method: Method,
    /// From `/v2/` on.
    pub(crate) path: String,
    pub(crate) headers: &'a [(header::HeaderName, &'a str)],
    pub(crate) body: &'a [u8],
    /// The maximum size of the answer.
    pub(crate) limit: usize,
}

impl<'a> Asked<'a> {
    /// Reads something.
    pub(crate) fn get(path: String, limit: usize) -> Self {
        Self {
            method: Method::GET,
            path,
            headers: &[],
            body: &[],
            limit,
        }
    }

    /// Accepts answers of this type.
    pub(crate) fn with(self, headers: &'a [(header::HeaderName, &'a str)]) -> Self {
        Self { headers, ..self }
    }
}

impl Registry {
    /// The registry of a place. Nothing is sent yet.
    pub(crate) fn of(place: &Place, options: &Options) -> Result<Self, Failure> {
        let mut client = Client::default();
        if let Some(path) = &options.authority {
            let pem = files::read(path).map_err(|error| Failure::File(path.clone(), error))?;
            client.trust = Trust::Certificates(pem);
        }
        // Who names certificates means TLS.
        let plain = options.plain_http || place.is_here() && options.authority.is_none();
        let scheme = if plain { "http" } else { "https" };
        let base = format!("{scheme}://{}/", place.registry);
        let base = base
            .parse()
            .map_err(|_| Failure::Wrong(format!("{base} is no URL")))?;
        Ok(Self {
            client,
            base,
            credentials: credentials::of(&place.registry, options.authfile.as_deref())?,
            authorization: None,
        })
    }

    /// Sends a request. Who asks is said if the registry wants to know. Only what is read is read from elsewhere, and
    /// whoever that is does not learn the credentials.
    pub(crate) async fn ask(&mut self, asked: &Asked<'_>) -> Result<Response, Failure> {
        let url = self.at(&asked.path)?;
        let mut response = self.send(&url, asked).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenge = response.headers().get(header::WWW_AUTHENTICATE);
            let challenge = challenge.map(|field| String::from_utf8_lossy(field.as_bytes()));
            let challenge = challenge.unwrap_or_default();
            let credentials = self.credentials.as_deref();
            let authorization =
                authorize(&self.client, &self.base, &challenge, credentials).await?;
            self.authorization = Some(authorization);
            response = self.send(&url, asked).await?;
            if response.status() == StatusCode::UNAUTHORIZED {
                let why = "it does not accept those that it got".to_owned();
                return Err(Failure::Unauthorized(why));
            }
        }
        let mut from = url;
        for _ in 0..REDIRECTS {
            let location = response.headers().get(header::LOCATION);
            let location = location.filter(|_| response.status().is_redirection());
            let Some(location) = location else {
                return Ok(response);
            };
            if asked.method != Method::GET {
                let why = "the registry sends a write elsewhere, which is not done";
                return Err(Failure::Elsewhere(why.to_owned()));
            }
            let to = redirected(&from, &String::from_utf8_lossy(location.as_bytes()))?;
            let mut connection = self.client.connect(&to).await?;
            response = exchange(&mut connection, request(&to, asked, None)?, asked.limit).await?;
            from = to;
        }
        Err(Failure::Elsewhere(format!(
            "more than {REDIRECTS} redirects"
        )))
    }

    /// A path of this registry as a URL.
    pub(crate) fn at(&self, path: &str) -> Result<Uri, Failure> {
        let url = format!("{}{}", self.base, path.trim_start_matches('/'));
        url.parse()
            .map_err(|_| Failure::Wrong(format!("{url} is no URL")))
    }

    /// The path of a URL that the registry has named, if it is one of this registry.
    pub(crate) fn own_path(&self, location: &str) -> Result<String, Failure> {
        let elsewhere = || {
            Failure::Elsewhere(format!(
                "the registry sends the upload to {location}, which is not the registry"
            ))
        };
        let url: Uri = location.parse().map_err(|_| elsewhere())?;
        let own = match (url.scheme(), url.authority()) {
            (None, None) => true,
            (scheme, authority) => {
                scheme == self.base.scheme() && authority == self.base.authority()
            }
        };
        let path = url.path_and_query().filter(|_| own);
        path.map(|path| path.as_str().to_owned())
            .ok_or_else(elsewhere)
    }

    async fn send(&self, url: &Uri, asked: &Asked<'_>) -> Result<Response, Failure> {
        // A connection of its own: there are few requests, and what is closed meanwhile would need them twice.
        let mut connection = self.client.connect(url).await?;
        let request = request(url, asked, self.authorization.as_deref())?;
        exchange(&mut connection, request, asked.limit).await
    }
}

fn request(url: &Uri, asked: &Asked<'_>, authorization: Option<&str>) -> Result<Request, Failure> {
    let mut request = Request::new(asked.body.to_vec());
    *request.method_mut() = asked.method.clone();
    *request.uri_mut() = url.clone();
    let authorization = authorization.map(|value| (header::AUTHORIZATION, value));
    for (name, value) in asked.headers.iter().cloned().chain(authorization) {
        let value = value
            .parse()
            .map_err(|_| Failure::Wrong(format!("the value of {name} has control characters")))?;
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// One request and its answer, within the time that it may take.
pub(crate) async fn exchange(
    connection: &mut Connection,
    request: Request,
    limit: usize,
) -> Result<Response, Failure> {
    let answering = pin!(connection.send(request, limit));
    let patience = pin!(clock::wait_for(PATIENCE));
    match select(answering, patience).await {
        Either::Left((response, _)) => Ok(response?),
        Either::Right(_) => Err(Failure::Http(nethost_sdk::Error::Timeout.into())),
    }
}

/// Where a redirect leads: to HTTPS, or to another path of the same server.
fn redirected(from: &Uri, location: &str) -> Result<Uri, Failure> {
    let refused = || {
        Failure::Elsewhere(format!(
            "the registry redirects to {location}, which is not HTTPS"
        ))
    };
    let to: Uri = location.parse().map_err(|_| refused())?;
    if to.scheme_str() == Some("https") {
        return Ok(to);
    }
    let own = match (to.scheme(), to.authority()) {
        (None, None) => true,
        (scheme, authority) => scheme == from.scheme() && authority == from.authority(),
    };
    let mut parts = to.into_parts();
    parts.scheme = from.scheme().cloned();
    parts.authority = from.authority().cloned();
    Uri::from_parts(parts)
        .ok()
        .filter(|_| own)
        .ok_or_else(refused)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_to_https_or_stay() {
        for (from, location, to) in [
            ("https://r.example/a", "/b", Some("https://r.example/b")),
            (
                "https://r.example/a",
                "https://blobs.example/b",
                Some("https://blobs.example/b"),
            ),
            (
                "http://127.0.0.1:5000/a",
                "https://blobs.example/b",
                Some("https://blobs.example/b"),
            ),
            (
                "http://127.0.0.1:5000/a",
                "http://127.0.0.1:5000/b",
                Some("http://127.0.0.1:5000/b"),
            ),
            ("http://127.0.0.1:5000/a", "http://169.254.169.254/b", None),
            ("https://r.example/a", "http://r.example/b", None),
            ("https://r.example/a", "file:///etc/passwd", None),
            ("https://r.example/a", "", None),
        ] {
            let found = redirected(&from.parse().unwrap(), location).ok();
            let found = found.map(|url| url.to_string());
            assert_eq!(found.as_deref(), to, "{location}");
        }
    }
}
