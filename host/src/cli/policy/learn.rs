//! `nethost policy learn`: derives from audit logs the policy that would have allowed what they contain.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use nethost_audit as audit;
use nethost_audit::{Kind, Members, Reader, Record, TargetKind};
use nethost_core::output;
use nethost_core::{AbsolutePath, HostName, ResolvedName};
use nethost_core::{Request, SocketOption, Target};
use nethost_policy::learn::{Access, Carried, Freedom, Lesson, Plugin, Touched};
use nethost_policy::{Decision, Effect, InForce, Policies, Rule, Subject};

/// The logs to learn from, and how much to generalize.
#[derive(Args)]
pub(in crate::cli) struct Logs {
    /// Audit logs; each includes its complete files
    #[arg(required = true, value_name = "AUDIT")]
    logs: Vec<PathBuf>,
    /// Grant the network with this prefix length if several addresses of it were seen; up to /32 it applies to IPv4,
    /// above to IPv6
    #[arg(long, value_name = "/PREFIX", value_parser = prefix)]
    aggregate: Vec<u8>,
    /// Grant $args if the operator had typed the target
    #[arg(long)]
    generalize_args: bool,
    /// Grant no more packets and bytes than one run used, rounded up
    #[arg(long)]
    quotas: bool,
}

fn prefix(text: &str) -> Result<u8, String> {
    let number = text.strip_prefix('/').unwrap_or(text).parse();
    match number {
        Ok(prefix @ 1..=128) => Ok(prefix),
        _ => Err("a prefix is a number from /1 to /128, such as /24 or /64".into()),
    }
}

/// Prints the policy.
pub(super) fn learn(logs: &Logs) -> io::Result<u8> {
    let of_family = |ipv6: bool| {
        let mut prefixes = logs.aggregate.iter().copied();
        prefixes.find(|prefix| (*prefix > 32) == ipv6)
    };
    let mut lesson = Lesson::new(Freedom {
        ipv4: of_family(false),
        ipv6: of_family(true),
        arguments: logs.generalize_args,
        quotas: logs.quotas,
    });
    let mut typed = HashMap::new();
    let mut excepted = audit::Exceptions::default();
    for log in &logs.logs {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", log.display()));
        for entry in Reader::open(log).map_err(named)? {
            // A damaged log is no basis for a policy.
            let record = excepted.joined(entry.map_err(io::Error::other)?.record);
            match record.event {
                Kind::RunStart => {
                    typed.insert(record.run.to_string(), arguments(&record)?);
                }
                Kind::Open => {
                    let access = access(&record, &typed)?;
                    for part in parts(&record, access) {
                        lesson.allowed(part);
                    }
                }
                Kind::Close => {
                    if let (Some(handle), Some(carried)) = (record.handle, carried(&record)) {
                        lesson.closed(&record.run, handle, carried);
                    }
                }
                Kind::Denied => lesson.denied(access(&record, &typed)?),
                _ => {}
            }
        }
    }
    output::output().write_all(lesson.policy().as_bytes())?;
    Ok(0)
}

/// What `$args` would have covered in this run.
fn arguments(record: &Record<'_>) -> io::Result<InForce> {
    let rule =
        Rule::from_flag(Effect::Allow, "--allow", "*=$args", &[]).map_err(io::Error::other)?;
    let args = record.args.iter().flatten();
    let subject = Subject {
        args: args.map(ToString::to_string).collect(),
        ..Subject::default()
    };
    let policies = Policies {
        flags: vec![rule],
        ..Policies::default()
    };
    Ok(policies.in_force(&subject))
}

/// Version 0.1.0 recorded a path as it was requested, relative to the operator's folder.
fn path(text: &str) -> Option<AbsolutePath> {
    AbsolutePath::new(&std::env::current_dir().ok()?, Path::new(text))
}

fn carried(record: &Record<'_>) -> Option<Carried> {
    let counters = record.counters.as_ref()?;
    Some(Carried {
        packets_sent: counters.packets_sent,
        packets_received: counters.packets_received,
        bytes_sent: counters.bytes_sent,
        bytes_received: counters.bytes_received,
    })
}

/// Converts an access to a set to its allowed parts: the same addresses for each range of ports.
fn parts(record: &Record<'_>, access: Access) -> Vec<Access> {
    let Some(parts) = audit::allowed(record) else {
        return vec![access];
    };
    let part = |members: Members| Access {
        touched: Touched::Set {
            networks: members.networks(),
            ports: members.ports.first().copied(),
        },
        ..access.clone()
    };
    parts.into_iter().map(part).collect()
}

fn access(record: &Record<'_>, typed: &HashMap<String, InForce>) -> io::Result<Access> {
    let lacks = |field: &str| {
        let seq = record.seq;
        io::Error::other(format!(
            "record {seq} has no {field}; `nethost audit verify` says more"
        ))
    };
    let target = record.target.as_ref().ok_or_else(|| lacks("target"))?;
    let plugin = record.plugin.as_ref().ok_or_else(|| lacks("plugin"))?;
    let capability = record.cap.as_ref().ok_or_else(|| lacks("cap"))?;
    let name = (target.asked != target.resolved).then(|| target.asked.to_string());
    let named = || Touched::Named(target.resolved.to_string());
    let touched = match (target.kind, target.address()) {
        (TargetKind::Address, Some(address)) => Touched::Address {
            address,
            port: target.port(),
            name: name.clone(),
        },
        (TargetKind::Network, _) => match target.resolved.parse() {
            Ok(network) => Touched::Network(network),
            Err(_) => named(),
        },
        (TargetKind::Set, _) => match Members::of(target) {
            Some(members) => Touched::Set {
                networks: members.networks(),
                ports: members.ports.first().copied(),
            },
            None => named(),
        },
        _ => named(),
    };
    let asked = match &touched {
        Touched::Address { address, port, .. } => vec![Target::remote(*address, *port)],
        Touched::Network(network) => vec![Target::network(*network)],
        Touched::Set { networks, .. } => networks.iter().copied().map(Target::network).collect(),
        Touched::Named(name) if target.kind == TargetKind::Path => {
            path(name).map(Target::Path).into_iter().collect()
        }
        Touched::Named(name) => HostName::new(name).map(Target::Name).into_iter().collect(),
    };
    let names = name.iter().filter_map(|name| HostName::new(name));
    // The machine that wrote the log may have had another /etc/hosts.
    let names: Vec<_> = names.map(ResolvedName::from_dns).collect();
    let typed = typed.get(record.run.as_ref()).is_some_and(|typed| {
        let covers = |asked: Target| {
            let decision = typed.decide(capability, &Request::new("", asked), &names);
            matches!(decision, Decision::Allowed(_))
        };
        !asked.is_empty() && asked.into_iter().all(covers)
    });
    let bundled = nethost_bundle::PLUGINS
        .iter()
        .any(|known| known.name == plugin.name && known.digest == plugin.digest);
    let user = &record.actor.user;
    Ok(Access {
        plugin: Plugin {
            digest: plugin.digest.clone(),
            name: plugin.name.clone(),
            bundled: bundled || plugin.signer.as_deref() == Some("bundled"),
        },
        user: user.clone().unwrap_or_else(|| record.actor.uid.to_string()),
        run: record.run.to_string(),
        handle: record.handle.ok_or_else(|| lacks("handle"))?,
        time: record.ts,
        capability: capability.to_string(),
        touched,
        typed,
        interface: record.interface.as_ref().map(ToString::to_string),
        options: record
            .options
            .iter()
            .filter_map(|option| SocketOption::named(option.split('=').next()?))
            .collect(),
    })
}
