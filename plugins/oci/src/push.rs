//! Writes a manifest, and the blobs that it names before it.

use nethost_sdk::Exit;
use nethost_sdk::http::{Method, StatusCode, header};
use nethost_sdk::{files, output};
use serde::Deserialize;

use crate::digest::digest;
use crate::failure::Failure;
use crate::flags::{Options, Push};
use crate::pull::{self, LONGEST_BLOB, LONGEST_MANIFEST, MANIFEST};
use crate::registry::{Asked, Registry};

/// The maximum size of an answer to a write.
const LONGEST_ANSWER: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    media_type: Option<String>,
}

/// Pushes what the command line names.
pub(crate) async fn push(options: &Options, push: &Push) -> Result<(), Exit> {
    let pushed = async {
        let manifest = read(&push.manifest, LONGEST_MANIFEST)?;
        let kind = serde_json::from_slice::<Manifest>(&manifest)
            .map_err(|error| Failure::Wrong(format!("{}: no manifest: {error}", push.manifest)))?
            .media_type;
        let blobs = push.blobs.iter().map(|path| read(path, LONGEST_BLOB));
        let blobs = blobs.collect::<Result<Vec<_>, _>>()?;
        let mut registry = Registry::of(&push.place, options)?;
        if push.new && is_taken(&mut registry, push, &manifest).await? {
            return Err(Failure::Wrong(
                "the tag leads to another manifest already: choose another one, or replace it (push without --new, publish with --replace)".to_owned(),
            ));
        }
        for bytes in &blobs {
            blob(&mut registry, push, bytes).await?;
        }
        let kind = kind.as_deref().unwrap_or(MANIFEST);
        let path = format!(
            "/v2/{}/manifests/{}",
            push.place.repository,
            push.place.reference()
        );
        let headers = [(header::CONTENT_TYPE, kind)];
        write(&mut registry, Method::PUT, path, &headers, &manifest).await?;
        Ok(digest(&manifest))
    };
    let failed = |failure: Failure| failure.exit(&pull::shown(&push.place));
    let digest = pushed.await.map_err(failed)?;
    output::show(format_args!("{digest}\n"))
}

fn read(path: &str, most: usize) -> Result<Vec<u8>, Failure> {
    let bytes = files::read(path).map_err(|error| Failure::File(path.to_owned(), error))?;
    match bytes.len() > most {
        true => Err(Failure::Wrong(format!("{path}: longer than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// Whether the tag leads to another manifest than this one.
async fn is_taken(registry: &mut Registry, push: &Push, manifest: &[u8]) -> Result<bool, Failure> {
    let response = pull::found(registry, &push.place).await?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(false),
        status if status.is_success() => Ok(response.body() != manifest),
        _ => Err(Failure::of(&response)),
    }
}

/// Writes a blob that is not there yet: an upload is begun, and all of it sent at once.
async fn blob(registry: &mut Registry, push: &Push, bytes: &[u8]) -> Result<(), Failure> {
    let (repository, digest) = (&push.place.repository, digest(bytes));
    let there = registry
        .ask(&Asked {
            method: Method::HEAD,
            ..Asked::get(format!("/v2/{repository}/blobs/{digest}"), LONGEST_ANSWER)
        })
        .await?;
    if there.status().is_success() {
        return Ok(());
    }
    let path = format!("/v2/{repository}/blobs/uploads/");
    let begun = write(registry, Method::POST, path, &[], &[]).await?;
    let path = registry.own_path(&begun)?;
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{separator}digest={digest}");
    let headers = [(header::CONTENT_TYPE, "application/octet-stream")];
    write(registry, Method::PUT, path, &headers, bytes).await?;
    Ok(())
}

/// Writes something, and returns where it is.
async fn write(
    registry: &mut Registry,
    method: Method,
    path: String,
    headers: &[(header::HeaderName, &str)],
    body: &[u8],
) -> Result<String, Failure> {
    let response = registry
        .ask(&Asked {
            method,
            path,
            headers,
            body,
            limit: LONGEST_ANSWER,
        })
        .await?;
    if !response.status().is_success() {
        return Err(Failure::of(&response));
    }
    let location = response.headers().get(header::LOCATION);
    let location = location.map(|field| String::from_utf8_lossy(field.as_bytes()).into_owned());
    Ok(location.unwrap_or_default())
}
