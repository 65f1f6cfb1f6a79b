//! Prints manifests and blobs.

use nethost_sdk::Exit;
use nethost_sdk::http::{Response, header};
use nethost_sdk::output::{Format, Output};

use crate::digest::digest;
use crate::failure::Failure;
use crate::flags::Options;
use crate::place::Place;
use crate::registry::{Asked, Registry};

/// The type of a manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The maximum size of a manifest: what registries must take, by the specification.
pub(crate) const LONGEST_MANIFEST: usize = 4 << 20;
/// The maximum size of a blob. No component is larger.
pub(crate) const LONGEST_BLOB: usize = 64 << 20;

/// Prints a manifest as the registry has it.
pub(crate) async fn manifest(options: &Options, place: &Place) -> Result<(), Exit> {
    let read = async {
        let mut registry = Registry::of(place, options)?;
        let response = found(&mut registry, place).await?;
        match response.status().is_success() {
            true => checked(response.into_body(), place.digest.as_deref()),
            false => Err(Failure::of(&response)),
        }
    };
    print(&read.await.map_err(|failure| failure.exit(&shown(place)))?)
}

/// Prints a blob.
pub(crate) async fn blob(options: &Options, place: &Place, digest: &str) -> Result<(), Exit> {
    let read = async {
        let mut registry = Registry::of(place, options)?;
        let path = format!("/v2/{}/blobs/{digest}", place.repository);
        let response = registry.ask(&Asked::get(path, LONGEST_BLOB)).await?;
        match response.status().is_success() {
            true => checked(response.into_body(), Some(digest)),
            false => Err(Failure::of(&response)),
        }
    };
    print(&read.await.map_err(|failure| failure.exit(&shown(place)))?)
}

/// The answer to the question for a manifest.
pub(crate) async fn found(registry: &mut Registry, place: &Place) -> Result<Response, Failure> {
    let path = format!("/v2/{}/manifests/{}", place.repository, place.reference());
    let accept = [(header::ACCEPT, MANIFEST)];
    registry
        .ask(&Asked::get(path, LONGEST_MANIFEST).with(&accept))
        .await
}

fn checked(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Vec<u8>, Failure> {
    let found = digest(&bytes);
    match wanted.filter(|wanted| *wanted != found) {
        Some(wanted) => Err(Failure::Wrong(format!(
            "the registry has other bytes for {wanted}: these are {found}"
        ))),
        None => Ok(bytes),
    }
}

fn print(bytes: &[u8]) -> Result<(), Exit> {
    let mut output = Output::stdout(Format::Text);
    output.octets(bytes)?;
    output.flush()
}

/// A place as it was meant.
pub(crate) fn shown(place: &Place) -> String {
    let separator = if place.digest.is_some() { '@' } else { ':' };
    format!(
        "{}/{}{separator}{}",
        place.registry,
        place.repository,
        place.reference()
    )
}
