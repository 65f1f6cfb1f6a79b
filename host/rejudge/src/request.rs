//! From a record back to the request that was decided.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nethost_audit::decided::{Decided, Touched};
use nethost_audit::{Members, TargetKind};
use nethost_core::{
    AbsolutePath, CanonicalAddr, Declared, HostName, Interface, ObjectName, Request, ResolvedName,
    SocketKind, SocketRequest, Target, TargetKind as Kind, TargetSet, link_field,
};

const NO_TARGET: &str = "its target cannot be read";

/// A request as its record tells it.
pub(crate) struct Asked {
    /// What it may have been: where a record has a name or an address alone, more than one kind of target may.
    pub(crate) candidates: Vec<Request>,
    /// The name that led to its address.
    pub(crate) names: Vec<ResolvedName>,
}

/// The request of a record. An error says what is missing.
pub(crate) fn asked(
    record: &Decided<'_>,
    declared: &Declared,
    touched: &Touched<'_>,
) -> Result<Asked, &'static str> {
    let interface = record
        .interface
        .as_ref()
        .map(|name| Interface::named(&name.0, Vec::new()));
    let interface = interface
        .transpose()
        .map_err(|_| "its interface cannot be read")?;
    let socket = socket(record)?;
    let op = record.op.as_ref().and_then(|op| declared.op(&op.0));
    let candidates: Vec<Request> = targets(declared, touched)
        .into_iter()
        .map(|target| {
            let request = Request::new(op.unwrap_or_default(), target)
                .on_interface(interface.clone())
                .changing(named_links(record));
            match &socket {
                Some(socket) => request.with_socket(*socket),
                None => request,
            }
        })
        .collect();
    if candidates.is_empty() {
        return Err(NO_TARGET);
    }
    let named = touched.asked != touched.resolved && touched.kind == TargetKind::Address;
    let name = named.then(|| {
        HostName::new(&touched.asked).ok_or("the name that led to its target cannot be read")
    });
    let names = name.transpose()?.into_iter().map(ResolvedName::from_dns);
    Ok(Asked {
        candidates,
        names: names.collect(),
    })
}

/// The links that a change names.
fn named_links(record: &Decided<'_>) -> Vec<(&'static str, String)> {
    let given = record.changes.iter();
    let given = given.filter_map(|(field, names)| Some((link_field(field)?, names)));
    // No name has a blank in it, and several names of one link have no comma between them.
    let each = given.flat_map(|(field, names)| names.split(", ").map(move |name| (field, name)));
    each.map(|(field, name)| (field, name.to_owned())).collect()
}

fn targets(declared: &Declared, touched: &Touched<'_>) -> Vec<Target> {
    let has = |kind| declared.targets.contains(&kind);
    let text = &*touched.resolved;
    let mut targets = Vec::new();
    match touched.kind {
        TargetKind::Address => {
            if let Ok(at) = text.parse::<SocketAddr>() {
                if has(Kind::Listen) {
                    targets.push(Target::listen(at));
                }
                if has(Kind::Endpoint) || has(Kind::Endpoints) {
                    targets.push(Target::remote(at.ip(), Some(at.port())));
                }
            } else if let Ok(address) = text.parse::<IpAddr>() {
                targets.push(match has(Kind::Fact) {
                    true => Target::Address {
                        address: CanonicalAddr::new(address),
                        port: None,
                    },
                    false => Target::remote(address, None),
                });
            }
        }
        TargetKind::Network => targets.extend(text.parse().ok().map(Target::network)),
        TargetKind::Set => targets.extend(set(touched).map(Target::Set)),
        TargetKind::Name => {
            if has(Kind::Name) {
                targets.extend(HostName::new(text).map(Target::Name));
            }
            if has(Kind::Link) {
                targets.extend(Interface::named(text, Vec::new()).ok().map(Target::Link));
            }
            if has(Kind::Object) {
                targets.extend(ObjectName::new(text).map(Target::Object));
            }
        }
        TargetKind::Path => {
            targets.extend(AbsolutePath::absolute(Path::new(text)).map(Target::Path));
        }
        TargetKind::Local => targets.extend(fact(text).map(Target::Local)),
        TargetKind::Unknown => {}
    }
    targets
}

/// The set of a target.
pub(crate) fn set(touched: &Touched<'_>) -> Option<Arc<TargetSet>> {
    let (addresses, ports) = match touched.resolved.split_once(" port ") {
        Some((addresses, ports)) => (addresses, Some(ports)),
        None => (&*touched.resolved, None),
    };
    let members = Members::read(addresses, ports)?;
    TargetSet::new(&members.ranges, &members.ports)
        .ok()
        .map(Arc::new)
}

/// The socket that has these options.
fn socket(record: &Decided<'_>) -> Result<Option<SocketRequest>, &'static str> {
    const BAD: &str = "an option of its socket cannot be read";
    if record.options.is_empty() {
        return Ok(None);
    }
    let mut socket = SocketRequest::new(SocketKind::Udp);
    let (mut source, mut port) = (None, 0);
    for option in &record.options {
        let (name, value) = option.0.split_once('=').unwrap_or((&option.0, ""));
        match name {
            "broadcast" => socket.broadcast = true,
            "dont-route" => socket.dont_route = true,
            "local-port" => port = value.parse().map_err(|_| BAD)?,
            "mark" => socket.mark = Some(value.parse().map_err(|_| BAD)?),
            "source" => source = Some(value.parse::<IpAddr>().map_err(|_| BAD)?),
            "own-header" => {
                socket.kind = SocketKind::Raw {
                    protocol: 0,
                    header_included: true,
                    receive: false,
                };
            }
            // The first is in the number of the port.
            "privileged-port" | "protocol" => {}
            _ => return Err(BAD),
        }
    }
    if source.is_some() || port != 0 {
        let any = Ipv4Addr::UNSPECIFIED.into();
        socket.source = Some(SocketAddr::new(source.unwrap_or(any), port));
    }
    Ok(Some(socket))
}

/// So many facts are kept, of so many bytes each. The host has fewer.
const MOST_FACTS: usize = 256;
const LONGEST_FACT: usize = 64;

/// The name of a fact as long as the process, as requests have it.
fn fact(text: &str) -> Option<&'static str> {
    static FACTS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut facts = FACTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = facts.iter().find(|known| **known == text) {
        return Some(known);
    }
    if text.len() > LONGEST_FACT || facts.len() >= MOST_FACTS {
        return None;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    facts.push(kept);
    Some(kept)
}
