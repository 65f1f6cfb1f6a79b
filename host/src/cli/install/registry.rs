//! A registry, asked by the bundled plugin `oci` in a run of its own: sandboxed, gated and recorded like any other. What
//! it brings is not believed: digests and sizes are checked here.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use super::super::{Options, launch};
use super::source::Files;
use nethost_core::{digest, output};
use nethost_registry::{Artifact, LONGEST_MANIFEST, Place};
use nethost_service::installed::LARGEST;

/// The maximum size of what the plugin complains about.
const LONGEST_COMPLAINT: u64 = 8 << 10;

/// How a registry is reached.
#[derive(Args)]
pub(super) struct Registry {
    /// Speak HTTP without TLS with the registry; without this option only with one on this machine
    #[arg(long)]
    plain_http: bool,
    /// Trust the certificates of FILE (PEM), and no others
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Take the credentials for the registry from FILE, in the format of ~/.docker/config.json, which is the default
    #[arg(long, value_name = "FILE")]
    authfile: Option<PathBuf>,
}

/// What a registry has under a name.
pub(super) struct Pulled {
    pub(super) files: Files,
    /// The digest of the manifest.
    pub(super) manifest: String,
}

/// The component at a place, and its signature.
pub(super) fn pull(options: &Options, registry: &Registry, place: &Place) -> io::Result<Pulled> {
    let told = |why: String| io::Error::other(format!("{place}: {why}"));
    let named = place.to_string();
    let manifest = oci(options, registry, &["manifest", &named], LONGEST_MANIFEST)?;
    let found = digest(&manifest);
    if let Some(asked) = place.digest().filter(|asked| *asked != found) {
        return Err(told(format!("the registry has {found} for {asked}")));
    }
    let artifact = Artifact::parse(&manifest).map_err(|error| told(error.to_string()))?;
    if artifact.size > LARGEST {
        return Err(told(format!(
            "its component is larger than {} MiB",
            LARGEST >> 20
        )));
    }
    let blob = place.blob(&artifact.component);
    let component = oci(options, registry, &["blob", &blob], artifact.size)?;
    let found = digest(&component);
    if found != artifact.component {
        let wanted = &artifact.component;
        return Err(told(format!(
            "the registry has a component {found} for {wanted}"
        )));
    }
    Ok(Pulled {
        files: Files {
            component,
            signature: artifact.signature,
            manifest: None,
        },
        manifest: digest(&manifest),
    })
}

/// Runs the plugin, and returns what it prints: no more than this. What it complains about is the error.
pub(super) fn oci(
    options: &Options,
    registry: &Registry,
    words: &[&str],
    most: u64,
) -> io::Result<Vec<u8>> {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("nethost")
        .args(launch::words(options))
        .arg("oci");
    if registry.plain_http {
        command.arg("--plain-http");
    }
    if let Some(file) = &registry.ca {
        command.arg("--ca").arg(file);
    }
    if let Some(file) = &registry.authfile {
        command.arg("--authfile").arg(file);
    }
    let mut child = command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Read beside the other, so that neither pipe fills while the other is waited for.
    let complaints = child.stderr.take();
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(pipe) = complaints {
            // What is beyond is not worth a line; the pipe is closed then.
            let _ = pipe.take(LONGEST_COMPLAINT).read_to_end(&mut text);
        }
        text
    });
    let mut brought = Vec::new();
    let read = match child.stdout.take() {
        Some(output) => output.take(most + 1).read_to_end(&mut brought),
        None => Ok(0),
    };
    let status = child.wait()?;
    let complaints = complaints.join().unwrap_or_default();
    let complaints = String::from_utf8_lossy(&complaints);
    read?;
    if brought.len() as u64 > most {
        let why = format!("the registry sent more than {most} bytes");
        return Err(io::Error::other(why));
    }
    let complaints: Vec<&str> = complaints.lines().collect();
    let complaints = complaints.join("; ");
    if !status.success() {
        return Err(io::Error::other(match complaints.is_empty() {
            true => format!("oci ended with {status}"),
            false => complaints,
        }));
    }
    if !complaints.is_empty() {
        output::say("nethost", &complaints);
    }
    Ok(brought)
}
