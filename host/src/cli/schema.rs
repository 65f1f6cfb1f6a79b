//! `nethost schema`: the JSON schema of what a tool prints with `--json`.

use std::io::{self, Write};

use nethost_core::output;
use nethost_core::text;
use nethost_service::catalog;

/// Each tool's schema, as docs/schemas has it.
const SCHEMAS: &[(&str, &str)] = &[
    ("arp", include_str!("../../../docs/schemas/arp.json")),
    ("arping", include_str!("../../../docs/schemas/arping.json")),
    (
        "dhclient",
        include_str!("../../../docs/schemas/dhclient.json"),
    ),
    ("dig", include_str!("../../../docs/schemas/dig.json")),
    (
        "ifconfig",
        include_str!("../../../docs/schemas/ifconfig.json"),
    ),
    ("lsof", include_str!("../../../docs/schemas/lsof.json")),
    ("nc", include_str!("../../../docs/schemas/nc.json")),
    (
        "netstat",
        include_str!("../../../docs/schemas/netstat.json"),
    ),
    ("nmap", include_str!("../../../docs/schemas/nmap.json")),
    (
        "os-release",
        include_str!("../../../docs/schemas/os-release.json"),
    ),
    ("ping", include_str!("../../../docs/schemas/ping.json")),
    ("route", include_str!("../../../docs/schemas/route.json")),
    ("sar", include_str!("../../../docs/schemas/sar.json")),
    ("ss", include_str!("../../../docs/schemas/ss.json")),
    (
        "tcpdump",
        include_str!("../../../docs/schemas/tcpdump.json"),
    ),
    (
        "traceroute",
        include_str!("../../../docs/schemas/traceroute.json"),
    ),
    ("uname", include_str!("../../../docs/schemas/uname.json")),
    ("use", include_str!("../../../docs/schemas/use.json")),
    ("whois", include_str!("../../../docs/schemas/whois.json")),
];

/// Prints the schema of a tool, or which tools have one.
pub(super) fn schema(tool: Option<&str>) -> io::Result<u8> {
    let mut output = output::output();
    let Some(tool) = tool else {
        for (tool, schema) in SCHEMAS {
            writeln!(output, "{tool:<12} version {}", version(schema))?;
        }
        return Ok(0);
    };
    // Another name of a tool prints what the tool prints.
    let plugin = catalog::find(tool).map_or(tool, |found| found.plugin.name);
    match of(plugin) {
        Some(schema) => output.write_all(schema.as_bytes())?,
        None => {
            let known: Vec<&str> = SCHEMAS.iter().map(|(name, _)| *name).collect();
            let tool = text::line(tool);
            return Err(io::Error::other(format!(
                "no schema of {tool} is written; there are those of {}",
                known.join(", ")
            )));
        }
    }
    Ok(0)
}

fn of(plugin: &str) -> Option<&'static str> {
    let found = SCHEMAS.iter().find(|(name, _)| *name == plugin);
    found.map(|(_, schema)| *schema)
}

/// The number behind the last colon of its `$id`.
fn version(schema: &str) -> &str {
    let id = schema.split("\"$id\": \"").nth(1);
    let id = id
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    id.rsplit(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_schema_is_in_the_program() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas");
        let files = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".json"))
            .collect();
        names.sort_unstable();
        let known: Vec<String> = SCHEMAS
            .iter()
            .map(|(name, _)| format!("{name}.json"))
            .collect();
        assert_eq!(names, known);
        for (name, schema) in SCHEMAS {
            assert!(
                schema.contains(&format!("\"$id\": \"urn:nethost:schema:{name}:")),
                "{name}"
            );
            assert!(version(schema).parse::<u32>().is_ok(), "{name}");
            assert!(catalog::find(name).is_some(), "{name}");
        }
    }
}
