//! `-O`: what the packets of a host say about its operating system. Without nmap's fingerprints this is little, so it
//! is told as a guess, with how sure it is.

use std::fmt::Write;

use crate::model::{Host, System};
use crate::services::Protocol;
use crate::state::{Reason, State};

/// Initial hop limits, and who begins with them.
const FAMILIES: [(u8, &str); 3] = [
    (64, "Linux"),
    (128, "Microsoft Windows"),
    (255, "network device"),
];
/// How sure a hop limit alone makes.
const BY_HOP_LIMIT: u8 = 60;
/// How sure a service makes that names its system.
const BY_SERVICE: u8 = 85;

/// Guesses the operating system of a host.
pub(crate) fn guess(host: &Host) -> System {
    let tcp = || {
        host.ports
            .iter()
            .filter(|port| port.protocol == Protocol::Tcp)
    };
    let open = tcp().any(|port| port.state == State::Open);
    let closed = tcp().any(|port| port.state == State::Closed);
    let mut system = System::default();
    let text = &mut system.text;
    if !open || !closed {
        text.push_str("Warning: OSScan results may be unreliable because we could not find at least 1 open and 1 closed port\n");
    }
    let answered = tcp().filter(|port| matches!(port.reason, Reason::SynAck | Reason::Reset));
    let ttl = answered.map(|port| port.ttl).find(|ttl| *ttl > 0);
    let named = host
        .ports
        .iter()
        .find_map(|port| port.service.as_ref()?.system.clone());
    let family = ttl.and_then(|ttl| FAMILIES.iter().find(|(initial, _)| ttl <= *initial));
    let mut guesses: Vec<(String, u8)> = Vec::new();
    if let Some(name) = named {
        guesses.push((name, BY_SERVICE));
    }
    if let Some((_, name)) = family
        && !guesses.iter().any(|(known, _)| known == name)
    {
        guesses.push(((*name).to_owned(), BY_HOP_LIMIT));
    }
    if guesses.is_empty() {
        text.push_str("Too many fingerprints match this host to give specific OS details\n");
    } else {
        let list: Vec<String> = guesses
            .iter()
            .map(|(name, sure)| format!("{name} ({sure}%)"))
            .collect();
        let _ = writeln!(text, "Aggressive OS guesses: {}", list.join(", "));
        text.push_str("No exact OS matches for host (test conditions non-ideal).\n");
    }
    let distance = match (host.presence.reason, ttl.zip(family)) {
        (Reason::Localhost, _) => Some(0),
        (_, Some((ttl, (initial, _)))) => Some(u32::from(initial - ttl) + 1),
        _ => None,
    };
    if let Some(hops) = distance {
        let _ = writeln!(
            text,
            "Network Distance: {hops} hop{}",
            if hops == 1 { "" } else { "s" }
        );
    }
    system.guesses = guesses;
    system
}
