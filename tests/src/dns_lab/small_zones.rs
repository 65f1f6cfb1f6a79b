//! Small signed zones below `test`: one for each algorithm, one with NSEC3, and some with a flaw each.

use std::fmt::Write as _;
use std::path::Path;

use super::{append, key, read};
use crate::command::Command;

/// How a zone is signed, and what is done to it afterwards.
struct Small {
    name: &'static str,
    algorithm: &'static str,
    signing: &'static [&'static str],
    spoil: fn(&str) -> String,
    /// A DS record beside that of its key.
    other_digest: &'static str,
}

const fn good(name: &'static str, algorithm: &'static str) -> Small {
    Small {
        name,
        algorithm,
        signing: &[],
        spoil: str::to_owned,
        other_digest: "",
    }
}

const ZONES: [Small; 9] = [
    good("rsa", "RSASHA256"),
    good("wide", "ECDSAP384SHA384"),
    Small {
        signing: &["-3", "aabb", "-H", "5"],
        ..good("hashed", "ED25519")
    },
    Small {
        signing: &["-P", "-s", "20200101000000", "-e", "20200201000000"],
        ..good("expired", "ECDSAP256SHA256")
    },
    Small {
        spoil: without_signature,
        ..good("stripped", "ECDSAP256SHA256")
    },
    Small {
        spoil: with_another_address,
        ..good("altered", "ECDSAP256SHA256")
    },
    Small {
        signing: &["-3", "-", "-A"],
        ..good("opted-out", "ECDSAP256SHA256")
    },
    Small {
        spoil: with_another_serial,
        ..good("aged", "ECDSAP256SHA256")
    },
    Small {
        other_digest: "IN DS 4711 8 2 0000000000000000000000000000000000000000000000000000000000000000",
        ..good("lacking", "ECDSAP256SHA256")
    },
];

/// `plain` is handed on without a DS record.
const RECORDS: &str = "\
$TTL 60
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 3600 1209600 60
@ IN NS ns1.example.test.
www IN A 192.0.2.1
alias IN CNAME www
*.wild IN TXT \"wildcard\"
plain IN NS ns1.example.test.
";

/// Signs them, delegates to them in `test.zone`, and says in `small.conf` how they are served.
pub(super) fn furnish(directory: &Path) {
    let mut served = String::new();
    let mut serve = |zone: &str, file: &str| {
        let _ = writeln!(
            served,
            "zone \"{zone}\" {{ type primary; file \"{file}\"; }};"
        );
    };
    std::fs::write(directory.join("plain.zone"), RECORDS).expect("a zone");
    for Small {
        name,
        algorithm,
        signing,
        spoil,
        other_digest,
    } in &ZONES
    {
        let zone = format!("{name}.test");
        let file = format!("{name}.zone");
        // One key for everything.
        let key = key(directory, &zone, algorithm, &["-f", "KSK"]);
        let records = RECORDS.to_owned() + &read(directory, &format!("{key}.key"));
        std::fs::write(directory.join(&file), records).expect("a zone");
        let _ = Command::new("dnssec-signzone")
            .directory(directory)
            .args(["-q", "-z", "-O", "full", "-o", &zone])
            .args(*signing)
            .args([&file, &key])
            .succeed();
        let signed = format!("{file}.signed");
        let spoilt = spoil(&read(directory, &signed));
        std::fs::write(directory.join(&signed), spoilt).expect("a zone");
        serve(&zone, &signed);
        serve(&format!("plain.{zone}"), "plain.zone");
        let digests = read(directory, &format!("dsset-{zone}."));
        let mut delegation = format!("{zone}. IN NS ns1.example.test.\n{digests}");
        if !other_digest.is_empty() {
            let _ = writeln!(delegation, "{zone}. {other_digest}");
        }
        append(directory, "test.zone", &delegation);
    }
    std::fs::write(directory.join("small.conf"), served).expect("a configuration");
}

/// Without that of its address.
fn without_signature(zone: &str) -> String {
    let is_signature = |line: &&str| line.starts_with("www.") && line.contains("RRSIG A ");
    let lines = zone.replace('\t', " ");
    let kept: Vec<&str> = lines.lines().filter(|line| !is_signature(line)).collect();
    assert!(kept.len() < lines.lines().count(), "{zone}");
    kept.join("\n") + "\n"
}

fn with_another_address(zone: &str) -> String {
    assert!(zone.contains("192.0.2.1"), "{zone}");
    zone.replace("192.0.2.1", "192.0.2.66")
}

fn with_another_serial(zone: &str) -> String {
    let spoilt = zone.replacen(" 1 7200 3600 ", " 2 7200 3600 ", 1);
    assert_ne!(spoilt, zone, "{zone}");
    spoilt
}
