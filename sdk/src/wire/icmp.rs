//! ICMP (RFC 792), and the extensions of its errors (RFC 4884), which ICMPv6 shares.

pub use etherparse::icmpv4::CODE_DST_UNREACH_HOST_PRECEDENCE_VIOLATION;
pub use etherparse::icmpv4::{
    CODE_DST_UNREACH_FILTER_PROHIB, CODE_DST_UNREACH_HOST, CODE_DST_UNREACH_HOST_PROHIB,
    CODE_DST_UNREACH_HOST_UNKNOWN, CODE_DST_UNREACH_ISOLATED, CODE_DST_UNREACH_NEED_FRAG,
    CODE_DST_UNREACH_NET, CODE_DST_UNREACH_NET_PROHIB, CODE_DST_UNREACH_NET_UNKNOWN,
    CODE_DST_UNREACH_PORT, CODE_DST_UNREACH_PRECEDENCE_CUTOFF, CODE_DST_UNREACH_PROTOCOL,
    CODE_DST_UNREACH_SOURCE_ROUTE_FAILED, CODE_DST_UNREACH_TOS_HOST, CODE_DST_UNREACH_TOS_NET,
    CODE_TIME_EXCEEDED_FRAG_REASSEMBLY_TIME_EXCEEDED, CODE_TIME_EXCEEDED_TTL_EXCEEDED_IN_TRANSIT,
    TYPE_DEST_UNREACH, TYPE_ECHO_REPLY, TYPE_ECHO_REQUEST, TYPE_PARAMETER_PROBLEM, TYPE_REDIRECT,
    TYPE_SOURCE_QUENCH, TYPE_TIME_EXCEEDED, TYPE_TIMESTAMP, TYPE_TIMESTAMP_REPLY,
};
pub use etherparse::{
    IcmpEchoHeader as Echo, Icmpv4Header as Header, Icmpv4Slice as View, Icmpv4Type as Message,
};

/// The octets of an echo request's or reply's header.
pub const ECHO_HEADER: usize = 8;

/// One object of an extension structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionObject<'a> {
    /// Class number; 1 is a label stack (RFC 4950).
    pub class: u8,
    /// C-Type, what it is within its class.
    pub kind: u8,
    /// What follows its header.
    pub data: &'a [u8],
}

impl<'a> ExtensionObject<'a> {
    /// The 32-bit words of it.
    pub fn words(&self) -> impl Iterator<Item = u32> + use<'a> {
        let (words, _) = self.data.as_chunks::<4>();
        words.iter().map(|word| u32::from_be_bytes(*word))
    }

    /// The MPLS label stack that it is, top first (RFC 4950).
    pub fn label_stack(&self) -> Option<impl Iterator<Item = Label> + use<'a>> {
        let is_stack = (self.class, self.kind) == (1, 1) && self.data.len() >= 4;
        is_stack.then(|| self.words().map(Label::from))
    }
}

/// One entry of an MPLS label stack (RFC 3032 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// 20 bits.
    pub label: u32,
    /// Three bits: EXP, or the traffic class (RFC 5462).
    pub experimental: u8,
    /// The last of its stack.
    pub bottom: bool,
    /// Time to live.
    pub ttl: u8,
}

impl From<u32> for Label {
    fn from(word: u32) -> Self {
        Self {
            label: word >> 12,
            experimental: (word >> 9 & 7) as u8,
            bottom: word >> 8 & 1 == 1,
            ttl: word as u8,
        }
    }
}

/// The objects of an extension structure (RFC 4884 section 7), whose checksum the kernel has verified. What is malformed
/// ends them.
///
/// ```
/// use nethost_sdk::wire::icmp::extensions;
/// let structure = [0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x01, 0xff];
/// let object = extensions(&structure).next().unwrap();
/// assert_eq!(object.label_stack().unwrap().next().unwrap().label, 16_000);
/// ```
pub fn extensions(structure: &[u8]) -> impl Iterator<Item = ExtensionObject<'_>> {
    const HEADER: usize = 4;
    let mut rest = match structure.split_at_checked(HEADER) {
        Some((header, rest)) if header[0] >> 4 == 2 => rest,
        _ => &[],
    };
    std::iter::from_fn(move || {
        let [high, low, class, kind] = *rest.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let data = rest.get(HEADER..length)?;
        rest = rest.get(length..)?;
        Some(ExtensionObject { class, kind, data })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_malformed_is_read() {
        for malformed in [
            &[][..],
            &[0x20, 0, 0],
            &[0x10, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0],
            &[0x20, 0, 0, 0, 0, 0, 1, 1],
            &[0x20, 0, 0, 0, 0, 3, 1, 1, 9],
            &[0x20, 0, 0, 0, 0, 200, 1, 1, 0],
        ] {
            assert_eq!(extensions(malformed).count(), 0, "{malformed:?}");
        }
        let cut = [0x20, 0, 0, 0, 0, 4, 3, 2, 0, 9, 1];
        assert_eq!(extensions(&cut).count(), 1, "what was whole stands");
    }
}
