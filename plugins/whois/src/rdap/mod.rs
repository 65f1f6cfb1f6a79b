//! RDAP (RFC 7480 to 7484, RFC 9082, RFC 9083): the same questions over HTTPS, answered in JSON. IANA's
//! files say which server is responsible for what (RFC 9224).

mod bootstrap;
mod text;

use std::io::Stdout;

use nethost_sdk::http::{Client, Error, Fetched, StatusCode, header};
use nethost_sdk::output::{Format, Output};
use nethost_sdk::text::printable;
use nethost_sdk::tls::Trust;
use nethost_sdk::{Exit, files};
use serde_json::{Value, json};

use crate::object::Object;
use crate::options::Options;
use crate::{UNKNOWN, failed};

/// RFC 9224 section 3.
const BOOTSTRAP: &str = "https://data.iana.org/rdap/";
/// RFC 7480 section 4.2.
const RDAP_JSON: &str = "application/rdap+json";
/// Registry, registrar, and one to spare.
const SERVERS: usize = 3;

/// Asks and prints; the exit code.
pub(crate) async fn ask(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(Format::Text);
    let object = Object::parse(&options.object);
    let mut client = Client {
        patience: options.patience,
        ..Client::default()
    };
    if let Some(path) = &options.authority {
        let pem = files::read(path)
            .map_err(|error| failed(format_args!("{}: {error}", printable(path))))?;
        client.trust = Trust::Certificates(pem);
    }
    let base = match &options.server {
        Some(server) => Some(base_of(server, options.port.as_deref())),
        None => find(&client, options, &object).await.map_err(failed)?,
    };
    let Some(base) = base else {
        output.line("No RDAP server is known for this kind of object.")?;
        return Ok(UNKNOWN);
    };
    let mut url = bootstrap::url(&base, &object);
    let mut asked = Vec::new();
    let mut code = 0;
    loop {
        if options.verbose {
            output.line(format_args!("Using {}\n", printable(&url)))?;
        }
        asked.push(url.clone());
        let fetched = get(&client, &url).await.map_err(failed)?;
        let answer = parse(&fetched).map_err(failed)?;
        if !fetched.response.status().is_success() {
            code = UNKNOWN;
        }
        let next = related(&answer).filter(|next| options.recursion && !asked.contains(next));
        show(&mut output, options, &fetched, &answer)?;
        match next {
            Some(next) if asked.len() < SERVERS => {
                if !options.json {
                    let shown = printable(&next);
                    output.line(format_args!("\nFound a referral to {shown}.\n"))?;
                }
                url = next;
            }
            _ => return Ok(code),
        }
    }
}

/// What the operator named: a whole URL, or a host that answers below its root.
fn base_of(server: &str, port: Option<&str>) -> String {
    let bracketed = server
        .parse::<std::net::Ipv6Addr>()
        .map(|address| format!("[{address}]"));
    let server = bracketed.as_deref().unwrap_or(server);
    match (server.contains("://"), port) {
        (true, _) => server.to_owned(),
        (false, Some(port)) => format!("https://{server}:{port}/"),
        (false, None) => format!("https://{server}/"),
    }
}

async fn find(
    client: &Client,
    options: &Options,
    object: &Object,
) -> Result<Option<String>, String> {
    let Some(file) = bootstrap::file(object) else {
        return Ok(None);
    };
    let directory = options.bootstrap.as_deref().unwrap_or(BOOTSTRAP);
    let url = format!("{}/{file}", directory.trim_end_matches('/'));
    let fetched = get(client, &url).await?;
    if !fetched.response.status().is_success() {
        return Err(format!(
            "{}: {}",
            printable(&url),
            fetched.response.status()
        ));
    }
    Ok(bootstrap::server(&parse(&fetched)?, object))
}

async fn get(client: &Client, url: &str) -> Result<Fetched, String> {
    let fetched = client
        .get(url, RDAP_JSON)
        .await
        .map_err(|error| match error {
            Error::Url(..) => error.to_string(),
            error => format!("{}: {error}", printable(url)),
        })?;
    if fetched.response.status() == StatusCode::TOO_MANY_REQUESTS {
        let after = fetched.response.headers().get(header::RETRY_AFTER);
        let after = after.and_then(|value| value.to_str().ok());
        return Err(match after {
            Some(after) => format!(
                "{}: asked too often, try again after {}",
                printable(url),
                printable(after)
            ),
            None => format!("{}: asked too often, try again later", printable(url)),
        });
    }
    Ok(fetched)
}

fn parse(fetched: &Fetched) -> Result<Value, String> {
    let status = fetched.response.status();
    match serde_json::from_slice(fetched.response.body()) {
        Ok(value) => Ok(value),
        // A failure may come without words (RFC 7480 section 5.3).
        Err(_) if !status.is_success() => Ok(json!({
            "errorCode": status.as_u16(),
            "title": status.canonical_reason().unwrap_or("no reason given"),
        })),
        Err(error) => Err(format!("{}: no JSON: {error}", fetched.url)),
    }
}

/// The server that knows more of a domain: its registrar's (RFC 9083 section 4.2).
fn related(answer: &Value) -> Option<String> {
    let links = answer.get("links")?.as_array()?;
    links.iter().find_map(|link| {
        let is = |field: &str, value: &str| link.get(field).and_then(Value::as_str) == Some(value);
        let href = link.get("href")?.as_str()?;
        (is("rel", "related") && is("type", RDAP_JSON) && href.starts_with("https://"))
            .then(|| href.to_owned())
    })
}

fn show(
    output: &mut Output<Stdout>,
    options: &Options,
    fetched: &Fetched,
    answer: &Value,
) -> Result<(), Exit> {
    if options.json {
        return output.json(&json!({ "url": fetched.url.to_string(), "answer": answer }));
    }
    let host = fetched.url.host().unwrap_or_default();
    output.line(format_args!("[{}]", printable(host)))?;
    output.text(text::render(answer, !options.hide_legal))
}
