//! Who the client is, and what it asks for.

use super::Kind;

/// Who the client is, and what the operator wants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The interface.
    pub interface: String,
    /// The identifier of the client.
    pub identifier: Vec<u8>,
    /// The number of its associations: the end of the hardware address.
    pub id: u32,
    /// What is asked for; several of a kind have numbers that follow each other.
    pub kinds: Vec<Kind>,
    /// All of that, or no lease (-R).
    pub all: bool,
    /// The length of prefixes that is asked for.
    pub prefix_hint: Option<u8>,
    /// Options alone.
    pub information: bool,
    /// A Reply may answer a Solicit.
    pub rapid: bool,
    /// The options that are asked for.
    pub request: Vec<u16>,
    /// End if the first attempt fails.
    pub once: bool,
    /// Seconds until it gives up.
    pub timeout: u64,
}

impl Settings {
    /// The associations that are asked for. As in ISC's dhclient, the last octet of the number counts.
    pub(super) fn associations(&self) -> Vec<(Kind, u32)> {
        let mut all: Vec<(Kind, u32)> = Vec::new();
        for kind in &self.kinds {
            let before = all.iter().filter(|(other, _)| other == kind).count();
            let [a, b, c, d] = self.id.to_be_bytes();
            let last = d.wrapping_add(u8::try_from(before).unwrap_or(u8::MAX));
            all.push((*kind, u32::from_be_bytes([a, b, c, last])));
        }
        all
    }
}
