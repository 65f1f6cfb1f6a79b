//! How many records of a log are judged in a second: `cargo bench -p nethost-rejudge`. Each line is a name and a number.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use nethost_audit::{Actor, Log, Plugin, Reader, Run, Settings};
use nethost_core::{Capability, Declared, Request, Target, TargetKind};
use nethost_gate::{Gate, Permit};
use nethost_policy::{Names, Policies, Policy, Subject, parse_system};
use nethost_rejudge::Replay;

type Failure = Box<dyn std::error::Error>;

struct Probe;
impl Capability for Probe {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &["socket.open"];
}

const NAMES: Names<'_> = Names {
    capabilities: &["udp.exchange", "icmp.echo"],
    plugins: &[],
};

/// 50 rules, of which the last ones are about what is asked for.
fn policy(allowed: &str) -> Result<Policy, Failure> {
    let mut text = String::from("version = 1\n[[plugin]]\nname = \"*\"\nallow = [\n");
    for number in 0..48 {
        text += &format!("{{ cap = \"udp.exchange\", to = [\"10.{number}.0.0/16\"] }},\n");
    }
    text += &format!("{{ cap = \"udp.exchange\", to = [\"{allowed}\"] }}]\n");
    text += "deny = [{ cap = \"udp.exchange\", to = [\"192.0.2.128/25\"] }]\n";
    Ok(parse_system("/etc/nethost/policy.toml", &text, NAMES)?)
}

fn main() -> Result<(), Failure> {
    let accesses: u32 = match std::env::var("NETHOST_ACCESSES") {
        Ok(number) => number.parse()?,
        Err(_) => 50_000,
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("audit.jsonl");
    let run = Run {
        run: "0".repeat(32),
        host: "host".into(),
        boot: "boot".into(),
        actor: Actor {
            uid: 1000,
            user: Some("operator".into()),
            session: Some(1),
            gid: None,
            pid: None,
        },
        plugin: Some(Plugin {
            name: "dig".into(),
            version: Some("0.1.0".into()),
            digest: format!("sha256:{}", "0".repeat(64)),
            signer: Some("bundled".into()),
        }),
        policy: Some(format!("sha256:{}", "1".repeat(64))),
    };
    let settings = Settings::new(path.clone(), folder.path().join("state"));
    let log = Arc::new(Log::open(&settings, run)?);
    let policies = Policies {
        ceiling: Some(policy("192.0.0.0/8")?),
        ..Policies::default()
    };
    let gate = Gate::new(&policies, &Subject::default(), log);
    for number in 0..accesses {
        // Each target occurs once.
        let address = Ipv4Addr::from_bits(0xc000_0000 + number);
        let target = Target::remote(address.into(), Some(53));
        let _: Result<Permit<Probe>, _> = gate.authorize(Request::new("socket.open", target));
    }
    drop(gate);
    let other = policy("192.0.0.0/16")?;
    let declared = |name: &str| (name == Probe::NAME).then(Declared::of::<Probe>);
    let mut best = 0.0_f64;
    for _ in 0..5 {
        let begun = Instant::now();
        let mut replay = Replay::new(&other, declared);
        replay.read(Reader::open(&path)?)?;
        let rate = replay.totals.records as f64 / begun.elapsed().as_secs_f64();
        best = best.max(rate);
        assert!(replay.totals.judged >= u64::from(accesses));
    }
    println!("records a second\t{best:.0}");
    Ok(())
}
