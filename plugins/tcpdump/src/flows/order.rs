//! Orders of the table of conversations.

use super::Flow;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Those with most octets.
    #[default]
    Bytes,
    Packets,
    /// Those that last longest.
    Seconds,
    /// Those that are furthest away.
    RoundTrip,
    Retransmitted,
    /// Those that were heard last.
    Latest,
}

impl Order {
    /// The order that a key asks for.
    pub(super) fn of_key(key: char) -> Option<Self> {
        Some(match key {
            'b' => Self::Bytes,
            'p' => Self::Packets,
            's' => Self::Seconds,
            'r' => Self::RoundTrip,
            'a' => Self::Retransmitted,
            'l' => Self::Latest,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Packets => "packets",
            Self::Seconds => "seconds",
            Self::RoundTrip => "rtt",
            Self::Retransmitted => "again",
            Self::Latest => "latest",
        }
    }

    /// Of a conversation, what is compared.
    pub(super) fn of(self, flow: &Flow) -> i128 {
        let sum = |a: u64, b: u64| i128::from(a) + i128::from(b);
        let (there, back) = (&flow.forward, &flow.backward);
        match self {
            Self::Bytes => sum(there.bytes, back.bytes),
            Self::Packets => sum(there.packets, back.packets),
            Self::Seconds => flow.last - flow.first,
            Self::RoundTrip => flow.round_trip.unwrap_or(-1),
            Self::Retransmitted => sum(there.retransmitted, back.retransmitted),
            Self::Latest => flow.last,
        }
    }
}
