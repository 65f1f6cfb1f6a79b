//! Messages of RFC 2131 with the options of RFC 2132: split options are joined (RFC 3396), and the options in the fields
//! `file` and `sname` are read (option overload).

use std::net::Ipv4Addr;

/// The part before the options, and the cookie (RFC 2131 section 3).
const HEADER: usize = 236;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Servers of BOOTP may drop shorter messages (RFC 1542 section 2.1).
const SHORTEST: usize = 300;

const PAD: u8 = 0;
const END: u8 = 255;
const OVERLOAD: u8 = 52;

/// The type of a message: the value of option 53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Kind(pub u8);

impl Kind {
    /// DHCPDISCOVER.
    pub const DISCOVER: Self = Self(1);
    /// DHCPOFFER.
    pub const OFFER: Self = Self(2);
    /// DHCPREQUEST.
    pub const REQUEST: Self = Self(3);
    /// DHCPDECLINE.
    pub const DECLINE: Self = Self(4);
    /// DHCPACK.
    pub const ACK: Self = Self(5);
    /// DHCPNAK.
    pub const NAK: Self = Self(6);
    /// DHCPRELEASE.
    pub const RELEASE: Self = Self(7);
}

/// Options in the order in which they came, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(Vec<(u8, Vec<u8>)>);

impl Options {
    /// The value of an option.
    pub fn get(&self, code: u8) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map(|(_, value)| value.as_slice())
    }

    /// An option that is one IPv4 address.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = self.get(code)?.get(..4)?.try_into().ok()?;
        Some(octets.into())
    }

    /// An option that is a number of 32 bits.
    pub fn number(&self, code: u8) -> Option<u32> {
        self.get(code)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Appends to an option, as RFC 3396 joins the parts of a long one.
    pub fn append(&mut self, code: u8, part: &[u8]) {
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, value)) => value.extend_from_slice(part),
            None => self.0.push((code, part.to_vec())),
        }
    }

    /// Sets an option.
    pub fn set(&mut self, code: u8, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == code) {
            Some((_, old)) => *old = value,
            None => self.0.push((code, value)),
        }
    }

    /// Each option.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0.iter().map(|(code, value)| (*code, value.as_slice()))
    }

    /// Reads the options of one field. Returns false if the field ends in the middle of an option.
    fn read(&mut self, mut field: &[u8]) -> bool {
        loop {
            field = match field {
                [] | [END, ..] => return true,
                [PAD, rest @ ..] => rest,
                [code, length, rest @ ..] => {
                    let Some((value, rest)) = rest.split_at_checked((*length).into()) else {
                        return false;
                    };
                    self.append(*code, value);
                    rest
                }
                [_] => return false,
            };
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// 1 from a client, 2 from a server.
    pub operation: u8,
    /// ARPHRD_….
    pub hardware_type: u8,
    /// The hardware address of the client.
    pub hardware: Vec<u8>,
    /// The transaction.
    pub xid: u32,
    /// Seconds since the client began.
    pub seconds: u16,
    /// 0x8000: the answer must be a broadcast.
    pub flags: u16,
    /// The client's address, if it has one.
    pub client: Ipv4Addr,
    /// The address for the client.
    pub yours: Ipv4Addr,
    /// The server for the next step of booting.
    pub next_server: Ipv4Addr,
    /// The relay agent.
    pub relay: Ipv4Addr,
    /// The server's name.
    pub server_name: Vec<u8>,
    /// The boot file.
    pub file: Vec<u8>,
    /// The options.
    pub options: Options,
    /// An option was cut off; the others are there.
    pub cut: bool,
}

/// Octets that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMessage(pub &'static str);

impl Message {
    /// A message of a client.
    pub fn of_client(kind: Kind, hardware_type: u8, hardware: &[u8], xid: u32) -> Self {
        let mut options = Options::default();
        options.set(53, [kind.0]);
        Self {
            operation: 1,
            hardware_type,
            hardware: hardware.iter().copied().take(16).collect(),
            xid,
            seconds: 0,
            flags: 0,
            client: Ipv4Addr::UNSPECIFIED,
            yours: Ipv4Addr::UNSPECIFIED,
            next_server: Ipv4Addr::UNSPECIFIED,
            relay: Ipv4Addr::UNSPECIFIED,
            server_name: Vec::new(),
            file: Vec::new(),
            options,
            cut: false,
        }
    }

    /// Its type.
    pub fn kind(&self) -> Option<Kind> {
        match self.options.get(53) {
            Some(&[kind]) => Some(Kind(kind)),
            _ => None,
        }
    }

    /// The server that sent it, by option 54.
    pub fn server(&self) -> Option<Ipv4Addr> {
        self.options.address(54)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoMessage> {
        let (header, rest) = bytes
            .split_at_checked(HEADER)
            .ok_or(NoMessage("too short"))?;
        let options = rest.strip_prefix(&COOKIE).ok_or(NoMessage("no options"))?;
        let octets = |at: usize| -> [u8; 4] {
            let field = header
                .get(at..at + 4)
                .and_then(|field| field.try_into().ok());
            field.unwrap_or_default()
        };
        let address = |at| Ipv4Addr::from(octets(at));
        let (server_name, file) = (&header[44..108], &header[108..236]);
        let length = usize::from(header[2]);
        if length > 16 {
            return Err(NoMessage("a hardware address of more than 16 octets"));
        }
        let mut all = Options::default();
        let mut whole = all.read(options);
        let overload = match all.get(OVERLOAD) {
            Some(&[fields @ 1..=3]) => fields,
            _ => 0,
        };
        if overload & 1 != 0 {
            whole &= all.read(file);
        }
        if overload & 2 != 0 {
            whole &= all.read(server_name);
        }
        let text = |field: &[u8], used: u8| match overload & used {
            0 => field
                .iter()
                .copied()
                .take_while(|octet| *octet != 0)
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            operation: header[0],
            hardware_type: header[1],
            hardware: header[28..28 + length].to_vec(),
            xid: u32::from_be_bytes(octets(4)),
            seconds: u16::from_be_bytes([header[8], header[9]]),
            flags: u16::from_be_bytes([header[10], header[11]]),
            client: address(12),
            yours: address(16),
            next_server: address(20),
            relay: address(24),
            server_name: text(server_name, 2),
            file: text(file, 1),
            options: all,
            cut: !whole,
        })
    }

    /// Its octets.
    pub fn emit(&self) -> Vec<u8> {
        let length = u8::try_from(self.hardware.len().min(16)).unwrap_or(16);
        let mut bytes = vec![self.operation, self.hardware_type, length, 0];
        bytes.extend(self.xid.to_be_bytes());
        bytes.extend(self.seconds.to_be_bytes());
        bytes.extend(self.flags.to_be_bytes());
        for address in [self.client, self.yours, self.next_server, self.relay] {
            bytes.extend(address.octets());
        }
        for (field, size) in [
            (&self.hardware, 16),
            (&self.server_name, 64),
            (&self.file, 128),
        ] {
            let end = bytes.len() + size;
            bytes.extend(field.iter().take(size));
            bytes.resize(end, 0);
        }
        bytes.extend(COOKIE);
        for (code, value) in self.options.iter() {
            if value.is_empty() {
                bytes.extend([code, 0]);
            }
            for part in value.chunks(255) {
                bytes.extend([code, u8::try_from(part.len()).unwrap_or(255)]);
                bytes.extend(part);
            }
        }
        bytes.push(END);
        bytes.resize(bytes.len().max(SHORTEST), 0);
        bytes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn discover() -> Message {
        Message::of_client(Kind::DISCOVER, 1, &[2, 0, 0, 0, 0, 1], 0x1234_5678)
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let mut message = discover();
        message.seconds = 7;
        message.client = [10, 0, 0, 1].into();
        message.options.set(55, [1, 3, 6]);
        // A long option is split and joined.
        message.options.set(43, vec![7; 700]);
        message.options.set(80, []);
        let bytes = message.emit();
        assert_eq!(Message::parse(&bytes), Ok(message));
        assert_eq!(discover().emit().len(), 300);
    }

    #[test]
    fn options_in_other_fields_are_read() {
        let mut bytes = discover().emit();
        bytes[240..].fill(0);
        bytes[240..247].copy_from_slice(&[53, 1, 2, 52, 1, 3, 255]);
        bytes[108..115].copy_from_slice(&[15, 2, b'a', b'b', 255, 9, 9]);
        bytes[44..51].copy_from_slice(&[54, 4, 10, 0, 0, 2, 255]);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.kind(), Some(Kind::OFFER));
        assert_eq!(message.options.get(15), Some(&b"ab"[..]));
        assert_eq!(message.server(), Some([10, 0, 0, 2].into()));
        assert!(message.file.is_empty() && message.server_name.is_empty() && !message.cut);
    }

    #[test]
    fn what_is_cut_off_is_noticed() {
        let whole = discover().emit();
        for length in 0..240 {
            assert!(Message::parse(&whole[..length]).is_err());
        }
        let mut cut = whole[..240].to_vec();
        cut.extend([53, 1, 2, 15, 9, b'x']);
        let message = Message::parse(&cut).unwrap();
        assert!(message.cut);
        assert_eq!(message.kind(), Some(Kind::OFFER));
        assert_eq!(message.options.get(15), None);
        let mut long = whole;
        long[2] = 17;
        assert!(Message::parse(&long).is_err());
    }
}
