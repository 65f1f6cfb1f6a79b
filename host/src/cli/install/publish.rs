//! `nethost publish`: writes a packed plugin to a registry.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;

use super::super::Options;
use super::change::told;
use super::source::Source;
use super::{Publish, candidate, registry};
use nethost_core::digest;
use nethost_package::beside;
use nethost_registry::{About, Artifact, Place, SCHEME};

/// The maximum length of what the plugin prints after a push.
const REPORT: u64 = 64 << 10;

/// Publishes a plugin. It must be one that could be installed.
pub(in super::super) fn publish(options: &Options, publish: &Publish) -> io::Result<u8> {
    let wrong = |why: String| io::Error::other(format!("{}: {why}", publish.place));
    let place: Place = publish
        .place
        .parse()
        .map_err(|error| wrong(format!("{error}")))?;
    if place.digest().is_some() {
        return Err(wrong(
            "a digest follows from what is published; name a tag".into(),
        ));
    }
    let source = Source::parse(&publish.component)?;
    let Source::File(path) = &source else {
        return Err(io::Error::other(format!(
            "{source}: name the .wasm file to publish"
        )));
    };
    let candidate = candidate::read(options, &publish.registry, &source)?;
    let manifest = &candidate.manifest;
    let place = match (has_tag(&publish.place), &manifest.version) {
        (true, _) => place,
        (false, Some(version)) => place.with_tag(&version.replace('+', "_")),
        (false, None) => {
            return Err(wrong(
                "name a tag (oci://HOST/REPOSITORY:TAG), or put a version into plugin.toml".into(),
            ));
        }
    };
    // The time of the file, so that the same file is the same in every registry.
    let seconds = std::fs::metadata(path)?.mtime();
    let created = Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_string();
    let names = |items: &'_ [nethost_inspect::Item]| -> Vec<String> {
        items.iter().map(|item| item.name.clone()).collect()
    };
    let (imports, exports) = (
        names(&candidate.facts.imports),
        names(&candidate.facts.exports),
    );
    let stored = candidate.found.stored().map_err(io::Error::other)?;
    let written = Artifact::write(
        &stored.component,
        &About {
            created: &created,
            name: &manifest.name,
            summary: &manifest.summary,
            version: manifest.version.as_deref(),
            imports: imports.iter().map(String::as_str).collect(),
            exports: exports.iter().map(String::as_str).collect(),
            signature: stored.signature.as_deref(),
        },
    );
    let written = written.map_err(io::Error::other)?;
    // What was judged, and not what the file is by now.
    let folder = tempfile::tempdir()?;
    let put = |name: &str, bytes: &[u8]| -> io::Result<String> {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path.display().to_string())
    };
    let component = put("component.wasm", &stored.component)?;
    let config = put("config.json", &written.config)?;
    let listed = put("manifest.json", &written.manifest)?;
    let named = place.to_string();
    let mut words = vec!["push", &named, &listed, &config, &component];
    if !publish.replace {
        words.insert(1, "--new");
    }
    registry::oci(options, &publish.registry, &words, REPORT)?;
    if stored.signature.is_none() {
        let note = format!(
            "it is not signed: there is no {}; sites that require a signer will refuse it",
            beside(Path::new(path)).display()
        );
        nethost_core::output::say("nethost", &note);
    }
    let manifest = digest(&written.manifest);
    told(&format!(
        "{place} is {manifest}, the component {}",
        candidate.found.digest
    ))?;
    Ok(0)
}

/// Whether the operator has typed a tag. Without one, a place has the tag `latest`.
fn has_tag(typed: &str) -> bool {
    let path = typed.strip_prefix(SCHEME).unwrap_or(typed);
    path.rsplit('/')
        .next()
        .is_some_and(|last| last.contains(':'))
}
