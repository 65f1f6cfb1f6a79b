//! A packet as one object of --json: when, how long, its layers, and its text.

use serde::Serialize;

use crate::decode::{Layer, layers};
use crate::links;
use crate::print::Packet;

/// The object.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Line<'a> {
    number: u64,
    /// Seconds since 1970, as a text: no number of JSON has this many digits for sure.
    time: String,
    link: String,
    captured: usize,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    layers: Vec<Layer>,
    /// What is printed without --json, without the time.
    text: &'a str,
}

/// Where a packet of a live capture passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed<'a> {
    pub(crate) interface: &'a str,
    /// sll_pkttype
    pub(crate) kind: u8,
}

impl<'a> Line<'a> {
    pub(crate) fn of(
        packet: &Packet<'_>,
        number: u64,
        nano: bool,
        passed: Option<Passed<'a>>,
        text: &'a str,
    ) -> Self {
        let digits = if nano { 9 } else { 6 };
        Self {
            number,
            time: format!("{}.{:0digits$}", packet.seconds, packet.fraction),
            link: links::named(packet.link),
            captured: packet.octets.len(),
            length: packet.length,
            interface: passed.map(|passed| passed.interface),
            direction: passed.map(|passed| match passed.kind {
                0 => "in",
                1 => "broadcast",
                2 => "multicast",
                3 => "other",
                4 => "out",
                _ => "unknown",
            }),
            layers: layers(packet.link, packet.octets),
            text: text.trim_end(),
        }
    }
}
