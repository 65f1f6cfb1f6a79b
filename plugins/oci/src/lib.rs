//! oci: reads and writes manifests and blobs of a registry, as the OCI Distribution Specification 1.1 has it. `nethost
//! install` and `nethost publish` use it, so that a registry is reached only as the policy allows and everything is on
//! record.
//!
//! A registry is not believed: what has a digest is printed only if it has that digest, everything has a maximum size, a
//! redirect gets no credentials and leads to HTTPS only.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod authorize;
mod challenge;
mod credentials;
mod digest;
mod failure;
mod flags;
mod place;
mod pull;
mod push;
mod registry;

use nethost_sdk::{Exit, Tool, exit_code, until_end};

use crate::flags::{Command, Options};

/// The exit code if the registry said no, or what it sent is not what was asked for.
const REFUSED: u8 = 1;
/// The exit code of a wrong command line.
const MISUSED: u8 = 2;

struct Oci;

impl Tool for Oci {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(oci(&args).await, flags::usage))
    }
}

async fn oci(args: &[String]) -> Result<u8, Exit> {
    let options = Options::parse(args)?;
    let doing = async {
        match &options.command {
            Command::Manifest(place) => pull::manifest(&options, place).await,
            Command::Blob(place, digest) => pull::blob(&options, place, digest).await,
            Command::Push(push) => push::push(&options, push).await,
        }
    };
    let done = until_end(doing)
        .await
        .unwrap_or_else(|end| Err(Exit::silent(128 + end.number())));
    done.map(|()| 0)
}

nethost_sdk::tool!(Oci, "plugin.toml");
