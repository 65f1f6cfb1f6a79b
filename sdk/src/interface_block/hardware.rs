//! Kinds of hardware, in net-tools' words.

/// A kind of hardware.
#[derive(Debug)]
pub struct Hardware {
    /// ARPHRD_….
    number: u16,
    /// As `hw` names it.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// How its addresses are written.
    pub form: Form,
    /// Whether `hw` can set its address.
    pub settable: bool,
}

/// How addresses of the hardware are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Not at all.
    None,
    /// Octets with colons.
    Colons,
    /// Sixteen octets with hyphens.
    Plain,
    /// Twenty octets with colons, in capitals.
    Long,
}

const fn kind(number: u16, name: &'static str, title: &'static str, form: Form) -> Hardware {
    Hardware {
        number,
        name,
        title,
        form,
        settable: matches!(form, Form::Colons | Form::Long),
    }
}

static KINDS: &[Hardware] = &[
    kind(772, "loop", "Local Loopback", Form::None),
    kind(256, "slip", "Serial Line IP", Form::None),
    kind(257, "cslip", "VJ Serial Line IP", Form::None),
    kind(258, "slip6", "6-bit Serial Line IP", Form::None),
    kind(259, "cslip6", "VJ 6-bit Serial Line IP", Form::None),
    kind(264, "adaptive", "Adaptive Serial Line IP", Form::None),
    kind(1, "ether", "Ethernet", Form::Colons),
    kind(768, "tunnel", "IPIP Tunnel", Form::None),
    kind(512, "ppp", "Point-to-Point Protocol", Form::None),
    kind(513, "hdlc", "(Cisco)-HDLC", Form::None),
    kind(516, "lapb", "LAPB", Form::None),
    kind(776, "sit", "IPv6-in-IPv4", Form::None),
    kind(
        774,
        "fddi",
        "Fiber Distributed Data Interface",
        Form::Colons,
    ),
    kind(780, "hippi", "HIPPI", Form::Colons),
    kind(32, "infiniband", "InfiniBand", Form::Long),
    kind(27, "eui64", "Generic EUI-64", Form::Colons),
];

static UNKNOWN: Hardware = kind(u16::MAX, "unspec", "UNSPEC", Form::Plain);

/// The kind with this number.
pub fn by_number(number: u16) -> &'static Hardware {
    let known = KINDS.iter().find(|kind| kind.number == number);
    known.unwrap_or(&UNKNOWN)
}

/// The kind with this name.
pub fn by_name(name: &str) -> Option<&'static Hardware> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// An address in the form of its kind.
pub fn write(form: Form, octets: &[u8]) -> Option<String> {
    let octet = |at: usize| octets.get(at).copied().unwrap_or_default();
    let join = |count: usize, mark: &str, capitals: bool| {
        let each = (0..count).map(|at| match capitals {
            true => format!("{:02X}", octet(at)),
            false => format!("{:02x}", octet(at)),
        });
        each.collect::<Vec<_>>().join(mark)
    };
    match form {
        Form::None => None,
        Form::Colons => Some(join(octets.len().max(6), ":", false)),
        Form::Plain => Some(join(16, "-", true)),
        Form::Long => Some(join(20, ":", true)),
    }
}

/// The address of an Ethernet as net-tools reads it: up to six octets of one or two digits, the others zero.
pub fn read(text: &str) -> Option<[u8; 6]> {
    let mut octets = [0; 6];
    let mut rest = text;
    for octet in &mut octets {
        if rest.is_empty() {
            break;
        }
        let digits = rest
            .bytes()
            .take(2)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        if digits == 0 {
            return None;
        }
        let (number, next) = rest.split_at(digits);
        *octet = u8::from_str_radix(number, 16).ok()?;
        rest = next.strip_prefix(':').unwrap_or(next);
        // One digit needs a colon behind it.
        if digits == 1 && next.len() == rest.len() && !next.is_empty() {
            return None;
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_as_net_tools_does() {
        assert_eq!(read("02:00:0:0:00:7"), Some([2, 0, 0, 0, 0, 7]));
        assert_eq!(read("020000000007"), Some([2, 0, 0, 0, 0, 7]));
        assert_eq!(read("1:2:3"), Some([1, 2, 3, 0, 0, 0]));
        assert_eq!(read("0g:00"), None);
        assert_eq!(read("x"), None);
        let written = write(Form::Plain, &[10, 0]);
        assert_eq!(
            written.as_deref(),
            Some("0A-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00")
        );
        assert_eq!(by_number(65534).name, "unspec");
    }
}
