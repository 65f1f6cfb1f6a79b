//! `nethost grants`.

use std::io::{self, Write};

use serde_json::json;

use nethost_core::{output, text};
use nethost_runner::plugin::inspect;
use nethost_service::grants::{Granted, Grants};

/// Lists the permanent grants.
pub(super) fn list(as_json: bool) -> io::Result<u8> {
    let all = place()?.all().map_err(io::Error::other)?;
    show(as_json, &all, "nothing is granted")?;
    Ok(0)
}

/// Revokes grants. Exit code 1 if there was none.
pub(super) fn revoke(as_json: bool, which: &str) -> io::Result<u8> {
    let revoked = place()?.revoke(which).map_err(io::Error::other)?;
    let none = format!("nothing was granted to {}", text::line(which));
    show(as_json, &revoked, &none)?;
    Ok(u8::from(revoked.is_empty()))
}

fn place() -> io::Result<Grants> {
    Grants::of_user().ok_or_else(|| {
        io::Error::other("there is no HOME to keep grants in; set HOME or XDG_STATE_HOME")
    })
}

fn show(as_json: bool, all: &[Granted], none: &str) -> io::Result<()> {
    let mut output = output::output();
    if as_json {
        let all: Vec<_> = all
            .iter()
            .map(|granted| {
                json!({
                    "name": granted.name,
                    "digest": granted.version.digest,
                    "granted": granted.granted,
                    "bytes": granted.version.size,
                    "requests": granted.version.requests,
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut output, &all)?;
        return writeln!(output);
    }
    if all.is_empty() {
        return writeln!(output, "{none}");
    }
    for granted in all {
        writeln!(
            output,
            "{:<12} {}  granted on {}",
            text::line(&granted.name),
            text::line(&granted.version.digest),
            text::line(&granted.granted)
        )?;
        for wanted in &granted.version.requests {
            writeln!(
                output,
                "  {}: {}",
                text::line(&inspect::request(wanted)),
                text::line(&wanted.reason)
            )?;
        }
    }
    Ok(())
}
