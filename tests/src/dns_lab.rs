//! A world of names in one namespace: a signed root, a top-level domain and zones below it, on BIND, with
//! unbound as the resolver. Each level has an address of its own on the loopback interface; the lowest speaks DoT
//! and DoH too.

mod small_zones;

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command::{Command, Running};
use crate::namespace::Namespace;
use crate::tls::{Authority, Validity};
use crate::topology::Topology;

/// The authoritative server of `example.test` and the other zones.
pub const AUTHORITATIVE: &str = "127.0.1.3";
/// The same on IPv6.
pub const AUTHORITATIVE6: &str = "fd53::3";
/// A server that insists on cookies.
pub const STRICT: &str = "127.0.1.4";

/// Zones that are signed, the ones below before the ones above.
const SIGNED: [(&str, &str); 4] = [
    ("example.test", "example"),
    ("broken.test", "broken"),
    ("test", "test"),
    (".", "root"),
];

/// Servers and what they serve. They end with it.
pub struct DnsLab {
    net: Topology,
    files: TempDir,
    _servers: Vec<Running>,
}

impl DnsLab {
    /// Signs the zones and starts the servers.
    ///
    /// # Panics
    /// When a server does not come up.
    #[must_use]
    pub fn start() -> Self {
        Self::furnished(|directory| {
            std::fs::write(directory.join("small.conf"), "").expect("a configuration");
        })
    }

    /// The same with small zones for what signatures can be like: `rsa.test`, `wide.test` (P-384), `hashed.test`
    /// (NSEC3, Ed25519), `opted-out.test` (NSEC3 with Opt-Out), `lacking.test` (a DS record of an algorithm that it has no
    /// key of); and bad ones, `expired.test`, `stripped.test`, `altered.test`, `aged.test` (another serial than signed).
    ///
    /// # Panics
    /// When a server does not come up.
    #[must_use]
    pub fn with_small_zones() -> Self {
        Self::furnished(small_zones::furnish)
    }

    fn furnished(more: fn(&Path)) -> Self {
        let mut net = Topology::alone();
        net.file(
            "resolv.conf",
            "nameserver 127.0.0.1\nsearch example.test wild.example.test\n",
            "/etc/resolv.conf",
        );
        // named listens on addresses that an interface has.
        for level in 1..=4 {
            let (v4, v6) = (format!("127.0.1.{level}/32"), format!("fd53::{level}/128"));
            net.client().addresses("lo", &[&v4, &v6]);
        }
        let files = tempfile::Builder::new()
            .prefix("nethost-dns-")
            .tempdir()
            .expect("a directory");
        furnish(files.path(), more);
        certify(files.path());
        let at = |name: &str| files.path().join(name).display().to_string();
        let client = net.client();
        let servers = vec![
            client
                .command("named")
                .args(["-g", "-n", "1", "-c", &at("named.conf")])
                .spawn(),
            client
                .command("unbound")
                .args(["-d", "-c", &at("unbound.conf")])
                .spawn(),
        ];
        let lab = Self {
            net,
            files,
            _servers: servers,
        };
        lab.wait_for(AUTHORITATIVE);
        lab.wait_for("127.0.0.1");
        lab
    }

    /// Where the tools run.
    #[must_use]
    pub fn client(&self) -> &Namespace {
        self.net.client()
    }

    /// A file of the lab, such as `anchor`, the root's key.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    fn wait_for(&self, server: &str) {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let asked = self
                .client()
                .command("dig")
                .words(&format!(
                    "-r +tries=1 +time=1 +short @{server} example.test"
                ))
                .run();
            if asked.stdout.contains("192.0.2.1") {
                return;
            }
            let log = std::fs::read_to_string(self.path("unbound.log")).unwrap_or_default();
            assert!(Instant::now() < give_up, "{server}: {asked}\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The certificate of the server's DoT and DoH, for its name and addresses, whose word it is: `ca.pem`, and one for a
/// client that has to show one.
fn certify(directory: &Path) {
    let authority = Authority::new();
    let names = ["ns1.example.test", AUTHORITATIVE, AUTHORITATIVE6];
    let credentials = authority.issue(&names, Validity::Now);
    let client = authority.issue(&["client.example.test"], Validity::Now);
    for (file, text) in [
        ("ca.pem", &authority.pem),
        ("certificate.pem", &credentials.certificate),
        ("key.pem", &credentials.key),
        ("client.pem", &client.certificate),
        ("client.key", &client.key),
    ] {
        std::fs::write(directory.join(file), text).expect("a PEM file");
    }
}

/// Copies the zones, signs them from the bottom up, and writes the configurations.
fn furnish(directory: &Path, more: fn(&Path)) {
    let source = crate::host::sources().join("dns");
    for entry in source.read_dir().expect("the zones") {
        let entry = entry.expect("a zone");
        let text = std::fs::read_to_string(entry.path()).expect("its text");
        let text = text.replace("@DIR@", &directory.display().to_string());
        std::fs::write(directory.join(entry.file_name()), text).expect("its copy");
    }
    more(directory);
    let mut anchor = String::new();
    for (zone, file) in SIGNED {
        let keys = [
            key(directory, zone, "ECDSAP256SHA256", &["-f", "KSK"]),
            key(directory, zone, "ECDSAP256SHA256", &[]),
        ];
        if zone == "test" {
            append(
                directory,
                "test.zone",
                &read(directory, "dsset-example.test."),
            );
            // A digest that no key has.
            let right = read(directory, "dsset-broken.test.");
            let (front, digest) = right.trim_end().rsplit_once(' ').expect("a digest");
            append(
                directory,
                "test.zone",
                &format!("{front} {}\n", invert(digest)),
            );
        }
        if zone == "." {
            append(directory, "root.zone", &read(directory, "dsset-test."));
            anchor = read(directory, &format!("{}.key", keys[0]));
        }
        for key in &keys {
            append(
                directory,
                &format!("{file}.zone"),
                &read(directory, &format!("{key}.key")),
            );
        }
        let zone_file = format!("{file}.zone");
        let _ = Command::new("dnssec-signzone")
            .directory(directory)
            .args([
                "-q",
                "-o",
                zone,
                "-k",
                keys[0].as_str(),
                zone_file.as_str(),
                keys[1].as_str(),
            ])
            .succeed();
    }
    let key = anchor.lines().find(|line| !line.starts_with(';'));
    let (_, key) = key
        .and_then(|line| line.split_once("DNSKEY "))
        .expect("a key");
    let (fields, key) = key.split_at(key.match_indices(' ').nth(2).expect("four fields").0);
    let statement = format!(
        "trust-anchors {{ . static-key {fields} \"{}\"; }};\n",
        key.trim()
    );
    std::fs::write(directory.join("anchor.conf"), statement).expect("the anchor");
    std::fs::write(directory.join("anchor"), anchor).expect("the anchor");
    let hints = ". 3600 IN NS a.root.test.\na.root.test. 3600 IN A 127.0.1.1\n";
    std::fs::write(directory.join("hints"), hints).expect("the hints");
}

fn key(directory: &Path, zone: &str, algorithm: &str, options: &[&str]) -> String {
    let made = Command::new("dnssec-keygen")
        .directory(directory)
        .args(["-q", "-a", algorithm])
        .args(options)
        .arg(zone)
        .succeed();
    made.stdout.trim().to_owned()
}

fn read(directory: &Path, name: &str) -> String {
    std::fs::read_to_string(directory.join(name)).expect("a file of the signer")
}

fn append(directory: &Path, name: &str, text: &str) {
    let whole = read(directory, name) + text;
    std::fs::write(directory.join(name), whole).expect("a zone");
}

/// Another digit for the first one.
fn invert(digest: &str) -> String {
    let first = if digest.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", digest.get(1..).unwrap_or_default())
}
