//! Says to a registry who asks.

use nethost_sdk::http::{Client, Connection, Method, Request, Uri, header};
use serde::Deserialize;

use crate::challenge::{self, Challenge};
use crate::failure::Failure;
use crate::registry::exchange;

/// The maximum size of an answer with a token.
const LONGEST: usize = 64 << 10;

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// The value of the Authorization field that a challenge asks for.
pub(crate) async fn authorize(
    client: &Client,
    registry: &Uri,
    challenge: &str,
    credentials: Option<&str>,
) -> Result<String, Failure> {
    match challenge::read(challenge, registry).map_err(Failure::Unauthorized)? {
        Challenge::Basic => credentials
            .map(str::to_owned)
            .ok_or_else(|| Failure::Unauthorized("none are known for it".into())),
        Challenge::Bearer(url) => token(client, url, credentials).await,
    }
}

/// Without credentials too: many registries hand out tokens for public repositories to anybody.
async fn token(client: &Client, url: Uri, credentials: Option<&str>) -> Result<String, Failure> {
    let mut request = Request::new(Vec::new());
    *request.method_mut() = Method::GET;
    if let Some(value) = credentials.and_then(|value| value.parse().ok()) {
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    let mut connection: Connection = client.connect(&url).await?;
    *request.uri_mut() = url;
    let response = exchange(&mut connection, request, LONGEST).await?;
    if !response.status().is_success() {
        let status = response.status().as_u16();
        return Err(Failure::Unauthorized(format!(
            "its tokens' server says {status}"
        )));
    }
    let answer = serde_json::from_slice::<Answer>(response.body()).ok();
    let token = answer.and_then(|answer| answer.token.or(answer.access_token));
    token
        .map(|token| format!("Bearer {token}"))
        .ok_or_else(|| Failure::Unauthorized("its tokens' server sent no token".into()))
}
