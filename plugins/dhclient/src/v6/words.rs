//! What ISC's dhclient says about messages: a tree of lines.

use super::lease::{Association, Kind, Lease, colons};
use super::message::Message;
use super::message::{code, kind};

/// The name of a message to send.
pub fn name(of: u8) -> &'static str {
    match of {
        kind::SOLICIT => "Solicit",
        kind::REQUEST => "Request",
        kind::CONFIRM => "Confirm",
        kind::RENEW => "Renew",
        kind::REBIND => "Rebind",
        kind::RELEASE => "Release",
        kind::INFORMATION => "Info-Request",
        kind::ADVERTISE => "Advertise",
        kind::REPLY => "Reply",
        _ => "unknown",
    }
}

/// What is said of an association in a message to send.
pub fn sent(of: u8, one: &Association, times: (u32, u32), lifetimes: (u32, u32)) -> Vec<String> {
    let what = one.kind.name();
    let mut lines = vec![format!("XMT:  X-- {what} {}", one.shown())];
    let timed = one.kind != Kind::Temporary;
    match of {
        kind::SOLICIT => {
            if timed {
                lines.push(format!("XMT:  | X-- Request renew in  +{}", times.0));
                lines.push(format!("XMT:  | X-- Request rebind in +{}", times.1));
            }
            for part in &one.parts {
                lines.push(format!("XMT:  | | X-- Request prefix {part}."));
            }
            return lines;
        }
        kind::REQUEST | kind::RENEW | kind::REBIND => {
            if timed {
                lines.push(format!("XMT:  | X-- Requested renew  +{}", times.0));
                lines.push(format!("XMT:  | X-- Requested rebind +{}", times.1));
            }
            for part in &one.parts {
                let word = if part.length.is_some() {
                    "IAPREFIX"
                } else {
                    "IAADDR"
                };
                lines.push(format!("XMT:  | | X-- {word} {part}"));
                lines.push(format!(
                    "XMT:  | | | X-- Preferred lifetime +{}",
                    lifetimes.0
                ));
                lines.push(format!("XMT:  | | | X-- Max lifetime +{}", lifetimes.1));
            }
        }
        kind::CONFIRM | kind::RELEASE => {
            for part in &one.parts {
                let word = if part.length.is_some() {
                    "Prefix"
                } else {
                    "Address"
                };
                lines.push(format!("XMT:  | X-- {} {word} {part}", name(of)));
            }
        }
        _ => {}
    }
    lines.push(format!("XMT:  V {what} appended."));
    lines
}

/// What is said of a message with a lease.
pub fn received(message: &Message, lease: &Lease) -> Vec<String> {
    let mut lines = Vec::new();
    if message.kind == kind::ADVERTISE {
        lines.push(format!("RCV:  X-- Preference {}.", lease.preference));
    }
    for one in &lease.associations {
        lines.push(format!("RCV:  X-- {} {}", one.kind.name(), one.shown()));
        lines.push(format!("RCV:  | X-- starts {}", one.starts));
        if one.kind != Kind::Temporary {
            lines.push(format!("RCV:  | X-- t1 - renew  +{}", one.renew));
            lines.push(format!("RCV:  | X-- t2 - rebind +{}", one.rebind));
        }
        lines.push("RCV:  | X-- [Options]".into());
        for part in &one.parts {
            let word = if part.length.is_some() {
                "IAPREFIX"
            } else {
                "IAADDR"
            };
            lines.push(format!("RCV:  | | X-- {word} {part}"));
            lines.push(format!(
                "RCV:  | | | X-- Preferred lifetime {}.",
                part.preferred
            ));
            lines.push(format!("RCV:  | | | X-- Max lifetime {}.", part.valid));
        }
    }
    lines.push(format!("RCV:  X-- Server ID: {}", colons(&lease.server)));
    lines
}

/// What is said of the status of a message.
pub fn status(message: &Message) -> Option<String> {
    let value = message.option(code::STATUS)?;
    let (number, text) = super::option::status(value)?;
    let words = [
        "Success",
        "UnspecFail",
        "NoAddrsAvail",
        "NoBinding",
        "NotOnLink",
        "UseMulticast",
        "NoPrefixAvail",
    ];
    let word = words.get(usize::from(number)).copied().unwrap_or("unknown");
    Some(format!(
        "message status code {word}: {}",
        crate::v4::value::quoted(text)
    ))
}
