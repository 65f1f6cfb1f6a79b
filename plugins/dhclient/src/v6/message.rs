//! Messages of RFC 8415: a type, a transaction, and options, of which some contain options.

/// The types of messages (section 7.3).
pub mod kind {
    /// A client looks for servers.
    pub const SOLICIT: u8 = 1;
    /// A server offers.
    pub const ADVERTISE: u8 = 2;
    /// A client asks for what was offered.
    pub const REQUEST: u8 = 3;
    /// A client asks whether its addresses fit the link.
    pub const CONFIRM: u8 = 4;
    /// A client asks its server to prolong.
    pub const RENEW: u8 = 5;
    /// A client asks any server to prolong.
    pub const REBIND: u8 = 6;
    /// A server's answer.
    pub const REPLY: u8 = 7;
    /// A client gives addresses back.
    pub const RELEASE: u8 = 8;
    /// A client asks for options alone.
    pub const INFORMATION: u8 = 11;
}

/// The options that the client reads or writes itself (section 21).
pub mod code {
    /// The client.
    pub const CLIENT: u16 = 1;
    /// The server.
    pub const SERVER: u16 = 2;
    /// Addresses.
    pub const IA_NA: u16 = 3;
    /// Temporary addresses.
    pub const IA_TA: u16 = 4;
    /// An address.
    pub const ADDRESS: u16 = 5;
    /// The options that are asked for.
    pub const REQUEST: u16 = 6;
    /// How much a server wants to be chosen.
    pub const PREFERENCE: u16 = 7;
    /// How long the client has tried, in hundredths of a second.
    pub const ELAPSED: u16 = 8;
    /// Success, or why not.
    pub const STATUS: u16 = 13;
    /// A Solicit may be answered by a Reply.
    pub const RAPID_COMMIT: u16 = 14;
    /// Prefixes.
    pub const IA_PD: u16 = 25;
    /// A prefix.
    pub const PREFIX: u16 = 26;
}

/// Options in their order; some may repeat.
pub type Options = Vec<(u16, Vec<u8>)>;

/// A message between client and server, without relay agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its type.
    pub kind: u8,
    /// The transaction, of 24 bits.
    pub transaction: u32,
    /// Its options.
    pub options: Options,
}

impl Message {
    /// Reads a message. None if it is cut off, or of a relay agent.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[kind, a, b, c], rest) = bytes.split_first_chunk::<4>()?;
        // RELAY-FORW and RELAY-REPL have another header.
        if kind == 12 || kind == 13 {
            return None;
        }
        Some(Self {
            kind,
            transaction: u32::from_be_bytes([0, a, b, c]),
            options: options(rest)?,
        })
    }

    /// Its octets.
    pub fn emit(&self) -> Vec<u8> {
        let [_, a, b, c] = self.transaction.to_be_bytes();
        let mut bytes = vec![self.kind, a, b, c];
        bytes.extend(emitted(&self.options));
        bytes
    }

    /// The first option with this code.
    pub fn option(&self, code: u16) -> Option<&[u8]> {
        find(&self.options, code)
    }
}

/// The first option with this code.
pub fn find(options: &Options, code: u16) -> Option<&[u8]> {
    let found = options.iter().find(|(known, _)| *known == code);
    found.map(|(_, value)| value.as_slice())
}

/// The options in these octets. None if one is cut off.
pub fn options(mut bytes: &[u8]) -> Option<Options> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (&[a, b, c, d], rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([c, d]));
        let (value, rest) = rest.split_at_checked(length)?;
        all.push((u16::from_be_bytes([a, b]), value.to_vec()));
        bytes = rest;
    }
    Some(all)
}

/// The octets of options. What is too long for an option is left out.
pub fn emitted(options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (code, value) in options {
        if let Ok(length) = u16::try_from(value.len()) {
            bytes.extend(code.to_be_bytes());
            bytes.extend(length.to_be_bytes());
            bytes.extend(value);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = Message {
            kind: kind::SOLICIT,
            transaction: 0x12_3456,
            options: vec![(1, vec![0, 3]), (3, vec![0; 12]), (3, Vec::new())],
        };
        let bytes = message.emit();
        assert_eq!(bytes[..4], [1, 0x12, 0x34, 0x56]);
        assert_eq!(Message::parse(&bytes), Some(message));
        // A header of an option, or its value, is cut off.
        for cut in [1, 2, 3, 5, 9, bytes.len() - 1] {
            assert_eq!(Message::parse(&bytes[..cut]), None, "{cut}");
        }
        assert_eq!(Message::parse(&[12, 0, 0, 0]), None);
    }
}
