//! What a decision, its records and a packet cost. Run by `cargo xtask bench gate`, which publishes it;
//! each line is a name and nanoseconds.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use nethost_audit::{Actor, Log, Run, Settings};
use nethost_core::{Capability, Request, Target, TargetKind, TargetSet};
use nethost_gate::{Gate, Permit};
use nethost_policy::{self as policy, Names, Policies, Subject};

type Failure = Box<dyn std::error::Error>;

struct Probe;
impl Capability for Probe {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &["open", "open-many", "socket.open", "socket.open-many"];
}

/// A policy of 50 rules, of which the last two are about what is asked for.
fn policies(scope: &str) -> Result<Policies, Failure> {
    let mut text = String::from("version = 1\n[[plugin]]\nname = \"*\"\nallow = [\n");
    for number in 0..48 {
        let capability = if number % 2 == 0 {
            "udp.exchange"
        } else {
            "icmp.echo"
        };
        text += &format!(
            "{{ cap = \"{capability}\", to = [\"10.{number}.0.0/16\", \"*.n{number}.test\"] }},\n"
        );
    }
    text += &format!("{{ cap = \"udp.exchange\", to = [\"192.0.2.0/24\"], {scope} }}]\n");
    text += "deny = [{ cap = \"udp.exchange\", to = [\"192.0.2.128/25\"] }]\n";
    let names = Names {
        capabilities: &["udp.exchange", "icmp.echo"],
        plugins: &[],
    };
    Ok(Policies {
        chosen: Some(policy::parse("policy.toml", &text, names)?),
        ..Policies::default()
    })
}

fn request(last: u8) -> Request {
    let address = std::net::Ipv4Addr::new(192, 0, 2, last).into();
    Request::new("socket.open", Target::remote(address, Some(53)))
}

fn run() -> Run {
    Run {
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
        plugin: None,
        policy: None,
    }
}

/// The least of several rounds: what else the machine does only adds.
fn measure(name: &str, count: u32, mut act: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        (0..count).for_each(|_| act());
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(count));
    }
    println!("{name}\t{best:.0}");
}

fn main() -> Result<(), Failure> {
    let subject = Subject::default();
    let plain = policies("ports = [53]")?;
    let in_force = plain.in_force(&subject);
    for (name, last) in [
        ("allowed by the last of 50 rules", 1),
        ("denied by one of 50 rules", 129),
    ] {
        let request = request(last);
        measure(name, 100_000, || {
            black_box(in_force.decide(Probe::NAME, black_box(&request), &[]));
        });
    }
    let folder = std::env::temp_dir().join(format!("nethost-bench-{}", std::process::id()));
    let settings = Settings {
        required: true,
        ..Settings::new(folder.join("audit.jsonl"), folder.join("state"))
    };
    let log = Log::open(&settings, run())?;
    let gate = Gate::new(&plain, &subject, Arc::new(log));
    measure(
        "decision, permit, and its two records in the log",
        2_000,
        || {
            black_box(gate.authorize::<Probe>(request(1)).is_ok());
        },
    );
    let off = Gate::new(&plain, &subject, Arc::new(Log::off()));
    measure("decision and permit without a log", 20_000, || {
        black_box(off.authorize::<Probe>(request(1)).is_ok());
    });
    let scoped = policies(
        "ports = [53], rate = \"4000000000/s\", packets = 1000000000000, bytes = \"1000 GiB\", until = 2099-01-01T00:00:00Z",
    )?;
    for (name, policies) in [
        ("packet under no quota", &plain),
        ("packet under every quota", &scoped),
    ] {
        let gate = Gate::new(policies, &subject, Arc::new(Log::off()));
        let permit: Permit<Probe> = gate.authorize(request(1))?;
        measure(name, 1_000_000, || {
            if permit.may_send(black_box(64)).is_ok() {
                permit.count_sent(64);
            }
        });
    }
    let range = ("192.0.0.1".parse()?, "192.0.255.254".parse()?);
    let set = std::sync::Arc::new(TargetSet::new(&[range], &[(53, 53)])?);
    let of_set = || Request::new("socket.open-many", Target::Set(std::sync::Arc::clone(&set)));
    for (name, policies) in [
        (
            "packet to a member of a set, with the account of it",
            &plain,
        ),
        ("the same under every quota", &scoped),
    ] {
        let settings = Settings {
            required: true,
            ..Settings::new(folder.join("set.jsonl"), folder.join("state"))
        };
        let gate = Gate::new(policies, &subject, Arc::new(Log::open(&settings, run())?));
        let permit: Permit<Probe> = gate.authorize(of_set())?;
        // 192.0.2.1 to 192.0.2.127 are allowed.
        let mut number = 0;
        measure(name, 1_000_000, || {
            number = (number + 1) % 127;
            black_box(permit.send_one_of(512 + number, black_box(64)).is_ok());
        });
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
