//! Options of DHCP for IPv6.

use super::prelude::*;
use super::{dhcp6, domain};

const NAMES: &Table = &[
    (1, "client-ID"),
    (2, "server-ID"),
    (3, "IA_NA"),
    (4, "IA_TA"),
    (5, "IA_ADDR"),
    (6, "option-request"),
    (7, "preference"),
    (8, "elapsed-time"),
    (9, "relay-message"),
    (11, "authentication"),
    (12, "server-unicast"),
    (13, "status-code"),
    (14, "rapid-commit"),
    (15, "user-class"),
    (16, "vendor-class"),
    (17, "vendor-specific-info"),
    (18, "interface-ID"),
    (19, "reconfigure-message"),
    (20, "reconfigure-accept"),
    (21, "SIP-servers-domain"),
    (22, "SIP-servers-address"),
    (23, "DNS-server"),
    (24, "DNS-search-list"),
    (25, "IA_PD"),
    (26, "IA_PD-prefix"),
    (31, "SNTP-servers"),
    (32, "lifetime"),
    (27, "NIS-server"),
    (28, "NIS+-server"),
    (29, "NIS-domain-name"),
    (30, "NIS+-domain-name"),
    (33, "BCMCS-domain-name"),
    (34, "BCMCS-server"),
    (36, "Geoconf-Civic"),
    (37, "Remote-ID"),
    (38, "Subscriber-ID"),
    (39, "Client-FQDN"),
    (40, "PANA-agent"),
    (41, "POSIX-timezone"),
    (42, "POSIX-tz-database"),
    (43, "Echo-request-option"),
    (44, "Lease-query"),
    (45, "LQ-client-data"),
    (46, "Clt-time"),
    (47, "LQ-relay-data"),
    (48, "LQ-client-link"),
    (56, "NTP-server"),
    (59, "Bootfile-URL"),
    (64, "AFTR-Name"),
    (112, "MUD-URL"),
    (136, "SZTP-redirect"),
];
const STATUSES: &Table = &[
    (0, "Success"),
    (1, "UnspecFail"),
    (2, "NoAddrsAvail"),
    (3, "NoBinding"),
    (4, "NotOnLink"),
    (5, "UseMulticast"),
    (6, "NoPrefixAvail"),
    (7, "UnknownQueryType"),
    (8, "MalformedQuery"),
    (9, "NotConfigured"),
    (10, "NotAllowed"),
];
/// Octets that are shown with one -v.
const SHOWN: usize = 10;

/// Prints options.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.nested(|p| options(p, b))
}

fn options(p: &mut Printer, b: &[u8]) -> Done {
    let mut at = 0;
    while at < b.len() {
        let head = b.octets(at, 4);
        let size = head.and_then(|head| head.be16(2)).map(usize::from);
        let value = size.and_then(|size| b.octets(at + 4, size));
        let (Ok(kind), Ok(value)) = (b.be16(at), value) else {
            p.truncated();
            return Ok(());
        };
        p.text(" (");
        p.name(NAMES, kind, "opt_%u");
        match option(p, kind, value)? {
            Seen::Fits => p.text(")"),
            Seen::Wrong => p.text(" ?)"),
            Seen::Cut => {
                p.truncated();
                return Ok(());
            }
        }
        at += 4 + value.len();
    }
    Ok(())
}

/// What a value came to.
enum Seen {
    Fits,
    /// Its length is wrong.
    Wrong,
    /// A part of it goes beyond it.
    Cut,
}

fn shown(p: &mut Printer, value: &[u8]) {
    let most = if p.v(2) { value.len() } else { SHOWN };
    p.hex(value.upto(most), "");
    if most < value.len() {
        p.text("...");
    }
}

fn option(p: &mut Printer, kind: u16, v: &[u8]) -> Done<Seen> {
    let size = v.len();
    match kind {
        1 | 2 => return identifier(p, v),
        5 if size < 24 => return Ok(Seen::Wrong),
        5 => {
            p.text(" ");
            p.v6_at(v, 0)?;
            write!(p, " pltime:{} vltime:{}", v.be32(16)?, v.be32(20)?);
            print(p, v.tail(24))?;
        }
        6 | 43 if !size.is_multiple_of(2) => return Ok(Seen::Wrong),
        6 | 43 => {
            for wanted in v.chunks(2) {
                p.text(" ");
                p.name(NAMES, wanted.be16(0)?, "opt_%u");
            }
        }
        7 if size == 1 => write!(p, " {}", v.u8(0)?),
        8 if size == 2 => write!(p, " {}", v.be16(0)?),
        32 | 46 if size == 4 => write!(p, " {}", v.be32(0)?),
        7 | 8 | 32 | 46 => return Ok(Seen::Wrong),
        9 => {
            p.text(" (");
            p.nested(|p| dhcp6::print(p, v, size))?;
        }
        11 if size < 11 => return Ok(Seen::Wrong),
        11 => authentication(p, v)?,
        18 | 38 => {
            p.text(" ");
            shown(p, v);
        }
        19 if size != 1 => return Ok(Seen::Wrong),
        19 => match v.u8(0)? {
            5 => p.text(" for renew"),
            11 => p.text(" for inf-req"),
            other => write!(p, " for ???({other:02x})"),
        },
        22 | 23 | 31 | 27 | 28 | 34 | 40 | 48 if !size.is_multiple_of(16) => {
            return Ok(Seen::Wrong);
        }
        22 | 23 | 31 | 27 | 28 | 34 | 40 | 48 => {
            for at in (0..size).step_by(16) {
                p.text(" ");
                p.v6_at(v, at)?;
            }
        }
        21 | 24 => {
            let mut at = 0;
            while at < size {
                p.text(" ");
                match domain::name(p, v, at, size) {
                    Some(next) => at = next,
                    None => return Ok(Seen::Cut),
                }
            }
        }
        13 if size < 2 => return Ok(Seen::Wrong),
        13 => match v.be16(0)? {
            256.. => p.text(" INVALID code"),
            code => write!(p, " {}", tok(STATUSES, code.into(), "code%u")),
        },
        3 | 25 if size < 12 => return Ok(Seen::Wrong),
        3 | 25 => {
            write!(
                p,
                " IAID:{} T1:{} T2:{}",
                v.be32(0)?,
                v.be32(4)?,
                v.be32(8)?
            );
            print(p, v.tail(12))?;
        }
        4 if size < 4 => return Ok(Seen::Wrong),
        4 => {
            write!(p, " IAID:{}", v.be32(0)?);
            print(p, v.tail(4))?;
        }
        26 if size < 25 => return Ok(Seen::Wrong),
        26 => {
            p.text(" ");
            p.v6_at(v, 9)?;
            write!(
                p,
                "/{} pltime:{} vltime:{}",
                v.u8(8)?,
                v.be32(0)?,
                v.be32(4)?
            );
            print(p, v.tail(25))?;
        }
        37 if size < 4 => return Ok(Seen::Wrong),
        37 => {
            write!(p, " enterprise {} ", v.be32(0)?);
            shown(p, v.tail(4));
        }
        44 if size < 17 => return Ok(Seen::Wrong),
        44 => {
            match v.u8(0)? {
                1 => p.text(" by-address "),
                2 => p.text(" by-clientID "),
                other => write!(p, " type_{other} "),
            }
            p.v6_at(v, 1)?;
            print(p, v.tail(17))?;
        }
        45 => print(p, v)?,
        47 if size < 16 => return Ok(Seen::Wrong),
        47 => {
            p.text(" ");
            p.v6_at(v, 0)?;
            p.text(" ");
            shown(p, v.tail(16));
        }
        56 if size < 4 => return Ok(Seen::Wrong),
        56 => return time_servers(p, v),
        64 if size < 3 => return Ok(Seen::Wrong),
        64 => labels(p, v)?,
        41 | 42 | 112 if size < 5 => return Ok(Seen::Wrong),
        41 | 42 | 112 => {
            p.text(" ");
            p.padded_string_at(v, 0, size)?;
        }
        59 => {
            p.text(" ");
            p.string(v);
        }
        136 | 15 => strings(p, v)?,
        16 | 17 if size < 4 => return Ok(Seen::Wrong),
        16 => vendor_classes(p, v)?,
        17 => vendor_options(p, v)?,
        _ => {}
    }
    Ok(Seen::Fits)
}

fn identifier(p: &mut Printer, v: &[u8]) -> Done<Seen> {
    let Ok(kind) = v.be16(0) else {
        return Ok(Seen::Wrong);
    };
    let rest = match (kind, v.len()) {
        (1, 8..) => {
            write!(p, " hwaddr/time type {} time {} ", v.be16(2)?, v.be32(4)?);
            8
        }
        (2, 6..) => {
            write!(p, " enterprise {} ", v.be32(2)?);
            6
        }
        (3, 4..) => {
            write!(p, " hwaddr type {} ", v.be16(2)?);
            4
        }
        (4, length) => {
            p.text(" uuid ");
            if length != 18 {
                return Ok(Seen::Wrong);
            }
            2
        }
        (1..=3, _) => return Ok(Seen::Wrong),
        _ => {
            write!(p, " type {kind}");
            v.len()
        }
    };
    p.hex(v.tail(rest), "");
    Ok(Seen::Fits)
}

fn authentication(p: &mut Printer, v: &[u8]) -> Done {
    let protocol = v.u8(0)?;
    match protocol {
        2 => p.text(" proto: delayed"),
        3 => p.text(" proto: reconfigure"),
        _ => write!(p, " proto: {protocol}"),
    }
    match v.u8(1)? {
        1 => p.text(", alg: HMAC-MD5"),
        other => write!(p, ", alg: {other}"),
    }
    match v.u8(2)? {
        0 => p.text(", RDM: mono"),
        other => write!(p, ", RDM: {other}"),
    }
    p.text(", RD:");
    for word in 0..4 {
        write!(p, " {:04x}", v.be16(3 + word * 2)?);
    }
    let (data, size) = (v.tail(11), v.len() - 11);
    let words = |p: &mut Printer, at: usize| -> Done {
        for word in 0..4 {
            write!(p, " {:08x}", data.be32(at + word * 4)?);
        }
        Ok(())
    };
    match protocol {
        2 if size == 0 => {}
        2 if size >= 20 => {
            let realm = size - 20;
            if realm > 0 {
                p.text(", realm: ");
                p.hex(data.upto(realm), "");
            }
            write!(p, ", key ID: {:08x}, HMAC-MD5:", data.be32(realm)?);
            words(p, realm + 4)?;
        }
        3 if size == 17 => {
            p.text(match data.u8(0)? {
                1 => " reconfig-key",
                2 => " type: HMAC-MD5",
                _ => " type: ??",
            });
            p.text(" value:");
            words(p, 1)?;
        }
        _ => p.text(" ??"),
    }
    Ok(())
}

fn time_servers(p: &mut Printer, v: &[u8]) -> Done<Seen> {
    let mut at = 0;
    while at + 4 < v.len() {
        let (code, size) = (v.be16(at)?, usize::from(v.be16(at + 2)?));
        at += 4;
        if at + size > v.len() {
            return Ok(Seen::Cut);
        }
        write!(p, " subopt:{code}");
        match code {
            1 | 2 if size == 16 => {
                p.text(" ");
                p.v6_at(v, at)?;
            }
            3 => {
                p.text(" ");
                if domain::name(p, v.tail(at), 0, size).is_none() {
                    return Ok(Seen::Cut);
                }
            }
            _ => p.text(" ?"),
        }
        at += size;
    }
    Ok(Seen::Fits)
}

fn labels(p: &mut Printer, v: &[u8]) -> Done {
    p.text(" ");
    let (mut at, mut left) = (0, v.len());
    while left > 0 && v.u8(at)? != 0 {
        let count = usize::from(v.u8(at)?);
        at += 1;
        if count >= left - 1 {
            p.text(" ?");
            break;
        }
        p.padded_string_at(v, at, count)?;
        at += count;
        left -= count + 1;
        if v.u8(at)? != 0 {
            p.text(".");
        }
    }
    Ok(())
}

fn strings(p: &mut Printer, v: &[u8]) -> Done {
    p.text(" ");
    let mut rest = v;
    while rest.len() >= 2 {
        if rest.len() < v.len() {
            p.text(",");
        }
        let size = usize::from(rest.be16(0)?);
        if size > rest.len() - 2 {
            p.text(" ?");
            break;
        }
        p.string(rest.tail(2).upto(size));
        rest = rest.tail(2 + size);
    }
    if !rest.is_empty() {
        p.text(" ?");
    }
    Ok(())
}

fn vendor_classes(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, " enterprise {}", v.be32(0)?);
    let mut rest = v.tail(4);
    while rest.len() >= 2 {
        let size = usize::from(rest.be16(0)?);
        write!(p, " (len {size}");
        rest = rest.tail(2);
        if size > rest.len() {
            p.text(" ?");
            break;
        }
        if size > 0 {
            p.text(" data ");
            p.string(rest.upto(size));
            rest = rest.tail(size);
        }
        p.text(")");
    }
    if !rest.is_empty() {
        p.text(" ?");
    }
    Ok(())
}

fn vendor_options(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, " enterprise {}", v.be32(0)?);
    let mut rest = v.tail(4);
    while rest.len() >= 4 {
        let size = usize::from(rest.be16(2)?);
        write!(p, " (code {} len {size}", rest.be16(0)?);
        rest = rest.tail(4);
        if size > rest.len() {
            p.text(" ?");
            break;
        }
        if size > 0 {
            p.text(" data ");
            shown(p, rest.upto(size));
            rest = rest.tail(size);
        }
        p.text(")");
    }
    if !rest.is_empty() {
        p.text(" ?");
    }
    Ok(())
}
