//! Control protocols of PPP: LCP (RFC 1661), IPCP (RFC 1332), IPV6CP (RFC 5072), CCP (RFC 1962) and BACP.

use super::llc::ORGANIZATIONS;
use super::ppp::PROTOCOLS;
use super::prelude::*;

const CODES: &Table = &[
    (0, "Vendor-Extension"),
    (1, "Conf-Request"),
    (2, "Conf-Ack"),
    (3, "Conf-Nack"),
    (4, "Conf-Reject"),
    (5, "Term-Request"),
    (6, "Term-Ack"),
    (7, "Code-Reject"),
    (8, "Prot-Reject"),
    (9, "Echo-Request"),
    (10, "Echo-Reply"),
    (11, "Disc-Req"),
    (12, "Ident"),
    (13, "Time-Rem"),
    (14, "Reset-Req"),
    (15, "Reset-Ack"),
];
const LCP: [&str; 31] = [
    "Vend-Ext",
    "MRU",
    "ACCM",
    "Auth-Prot",
    "Qual-Prot",
    "Magic-Num",
    "deprecated(6)",
    "PFC",
    "ACFC",
    "FCS-Alt",
    "SDP",
    "Num-Mode",
    "deprecated(12)",
    "Call-Back",
    "deprecated(14)",
    "deprecated(15)",
    "deprecated(16)",
    "MRRU",
    "12-Bit seq #",
    "End-Disc",
    "Proprietary",
    "DCE-Id",
    "MP+",
    "Link-Disc",
    "LCP-Auth-Opt",
    "COBS",
    "Prefix-elision",
    "Multilink-header-Form",
    "I18N",
    "SDL-over-SONET/SDH",
    "PPP-Muxing",
];
const CCP: &Table = &[
    (0, "OUI"),
    (1, "Pred-1"),
    (2, "Pred-2"),
    (3, "Puddle"),
    (16, "HP-PPC"),
    (17, "Stac-LZS"),
    (18, "MPPC"),
    (19, "Gand-FZA"),
    (20, "V.42bis"),
    (21, "BSD-Comp"),
    (23, "LZS-DCP"),
    (24, "MVRCA"),
    (25, "DEC"),
    (26, "Deflate"),
    (255, "Reserved"),
];
const IPCP: &Table = &[
    (1, "IP-Addrs"),
    (2, "IP-Comp"),
    (3, "IP-Addr"),
    (4, "Home-Addr"),
    (129, "Pri-DNS"),
    (130, "Pri-NBNS"),
    (131, "Sec-DNS"),
    (132, "Sec-NBNS"),
];
const CALLBACKS: &Table = &[
    (0, "UserAuth"),
    (1, "DialString"),
    (2, "LocalID"),
    (3, "E.164"),
    (4, "X.500"),
    (6, "CBCP"),
];
const ALGORITHMS: &Table = &[(5, "MD5"), (128, "MS-CHAPv1"), (129, "MS-CHAPv2")];

/// Prints a message of a protocol whose number ends at an offset.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, kind: u16, whole: &[u8], at: usize, length: usize) -> Done {
    let b = whole.tail(at);
    let name = tok(PROTOCOLS, kind.into(), "unknown ctrl-proto (0x%04x)");
    write!(p, "{name}, ");
    if length < 4 || !b.has(2) {
        write!(p, "[|{name}]");
        return Ok(());
    }
    let code = b.u8(0)?;
    let code_name = tok(CODES, code.into(), "Unknown Opcode");
    write!(
        p,
        "{code_name} (0x{code:02x}), id {}, length {}",
        b.u8(1)?,
        length + 2
    );
    if !p.v(1) {
        return Ok(());
    }
    let size = usize::from(b.be16(2)?);
    if size < 4 {
        write!(p, "\n\tencoded length {size} (< 4))");
        return Ok(());
    }
    if size > length {
        write!(p, "\n\tencoded length {size} (> packet length {length}))");
        return Ok(());
    }
    write!(
        p,
        "\n\tencoded length {size} (=Option(s) length {})",
        size - 4
    );
    if size == 4 {
        return Ok(());
    }
    if p.v(2) {
        p.unknown(whole.tail(at.saturating_sub(2)), "\n\t", 6);
    }
    let data = b.tail(4);
    match code {
        0 if size >= 11 => {
            write!(p, "\n\t  Magic-Num 0x{:08x}", data.be32(0)?);
            let vendor = data.be24(4)?;
            write!(
                p,
                " Vendor: {} ({vendor})",
                tok(ORGANIZATIONS, vendor, "Unknown")
            );
        }
        1..=4 => options(p, kind, data, size)?,
        8 if size >= 6 => {
            let rejected = data.be16(0)?;
            let rejected_name = tok(PROTOCOLS, rejected.into(), "unknown");
            write!(
                p,
                "\n\t  Rejected {rejected_name} Protocol (0x{rejected:04x})"
            );
            if size > 6 {
                p.text("\n\t  Rejected Packet");
                p.unknown(data.tail(2), "\n\t    ", size - 2);
            }
        }
        9..=11 if size >= 8 => {
            write!(p, "\n\t  Magic-Num 0x{:08x}", data.be32(0)?);
            if size > 8 {
                p.text("\n\t  -----trailing data-----");
                if !data.tail(4).has(size - 8) {
                    write!(p, "[|{name}]");
                    return Ok(());
                }
                p.unknown(data.tail(4), "\n\t  ", size - 8);
            }
        }
        12 if size >= 8 => {
            write!(p, "\n\t  Magic-Num 0x{:08x}", data.be32(0)?);
            if size > 8 {
                p.text("\n\t  Message\n\t    ");
                if p.string_at(data, 4, size - 4).is_err() {
                    write!(p, "[|{name}]");
                }
            }
        }
        13 if size >= 12 => {
            write!(p, "\n\t  Magic-Num 0x{:08x}", data.be32(0)?);
            write!(p, ", Seconds-Remaining {}s", data.be32(4)?);
        }
        14.. if !p.v(2) => p.unknown(whole.tail(at.saturating_sub(2)), "\n\t  ", size + 2),
        _ => {}
    }
    Ok(())
}

fn options(p: &mut Printer, kind: u16, b: &[u8], size: usize) -> Done {
    if !matches!(kind, 0xc021 | 0x8021 | 0x8057 | 0x80fd | 0xc02b) {
        return Ok(());
    }
    let mut left = size - 4;
    let mut at = 0;
    while left > 0 {
        let advance = option(p, kind, b.tail(at), size)?;
        if advance == 0 {
            break;
        }
        if left < advance {
            write!(p, " [remaining options length {left} < {advance}]");
            p.invalid();
            break;
        }
        left -= advance;
        at += advance;
    }
    Ok(())
}

/// What an option came to.
enum Seen {
    /// Its value was printed.
    Known,
    /// Nothing is known of its value.
    Unknown,
    /// Its length is wrong, and nothing of it is dumped.
    Bogus,
    /// The same, and nothing behind it is printed.
    Last,
}

/// Prints an option; its length, 0 when nothing behind it is printed.
fn option(p: &mut Printer, kind: u16, b: &[u8], left: usize) -> Done<usize> {
    let protocol = match kind {
        0xc021 => "lcp",
        0x8021 => "ipcp",
        0x8057 => "ip6cp",
        0x80fd => "ccp",
        _ => "bacp",
    };
    if left < 2 {
        return Ok(0);
    }
    if !b.has(2) {
        write!(p, "[|{protocol}]");
        return Ok(0);
    }
    let (code, size) = (b.u8(0)?, usize::from(b.u8(1)?));
    if left < size {
        return Ok(0);
    }
    let name = match kind {
        0xc021 => LCP.get(usize::from(code)).copied(),
        0x8021 => Some(find(IPCP, code, "unknown")),
        0x8057 => Some(find(&[(1, "Interface-ID")], code, "unknown")),
        0x80fd => Some(find(CCP, code, "Unknown")),
        _ => Some(find(&[(1, "Favored-Peer")], code, "Unknown")),
    };
    let Some(name) = name else {
        write!(p, "\n\tunknown LCP option 0x{code:02x}");
        return Ok(if size < 2 { 0 } else { size });
    };
    write!(p, "\n\t  {name} Option (0x{code:02x}), length {size}");
    if size < 2 {
        p.text(" (length bogus, should be >= 2)");
        return Ok(0);
    }
    let seen = match kind {
        0xc021 => link_option(p, code, b, size),
        0x8021 => ip_option(p, code, b, size),
        0x8057 => match code {
            1 if size != 10 => Ok(bogus(p, "= 10")),
            1 => b.array::<8>(2).map(|id| {
                let [a, b, c, d, e, f, g, h] = id;
                write!(
                    p,
                    ": {a:02x}{b:02x}:{c:02x}{d:02x}:{e:02x}{f:02x}:{g:02x}{h:02x}"
                );
                Seen::Known
            }),
            _ => Ok(Seen::Unknown),
        },
        0x80fd => compression_option(p, code, b, size),
        _ => match code {
            1 if size != 6 => Ok(bogus(p, "= 6")),
            1 => b.be32(2).map(|number| {
                write!(p, ": Magic-Num 0x{number:08x}");
                Seen::Known
            }),
            _ => Ok(Seen::Unknown),
        },
    }?;
    match seen {
        Seen::Bogus => return Ok(size),
        Seen::Last => return Ok(0),
        Seen::Unknown if !p.v(2) => p.unknown(b.tail(2), "\n\t    ", size - 2),
        _ => {}
    }
    if p.v(2) && (kind != 0x8021 || b.has(size)) {
        p.unknown(b.tail(2), "\n\t    ", size - 2);
    }
    Ok(size)
}

fn find(table: &'static Table, code: u8, otherwise: &'static str) -> &'static str {
    let found = table.iter().find(|(known, _)| *known == u32::from(code));
    found.map_or(otherwise, |(_, name)| name)
}

fn bogus(p: &mut Printer, should: &str) -> Seen {
    write!(p, " (length bogus, should be {should})");
    Seen::Bogus
}

fn bogus_last(p: &mut Printer, should: &str) -> Seen {
    bogus(p, should);
    Seen::Last
}

fn link_option(p: &mut Printer, code: u8, b: &[u8], size: usize) -> Done<Seen> {
    match code {
        0 if size < 6 => return Ok(bogus(p, ">= 6")),
        0 => {
            let vendor = b.be24(2)?;
            write!(
                p,
                ": Vendor: {} ({vendor})",
                tok(ORGANIZATIONS, vendor, "Unknown")
            );
        }
        1 if size != 4 => return Ok(bogus(p, "= 4")),
        17 if size != 4 => return Ok(bogus_last(p, "= 4")),
        1 | 17 => write!(p, ": {}", b.be16(2)?),
        2 if size != 6 => return Ok(bogus(p, "= 6")),
        5 if size != 6 => return Ok(bogus_last(p, "= 6")),
        2 | 5 => write!(p, ": 0x{:08x}", b.be32(2)?),
        3 if size < 4 => return Ok(bogus(p, ">= 4")),
        3 => {
            let protocol = b.be16(2)?;
            write!(
                p,
                ": {}",
                tok(PROTOCOLS, protocol.into(), "Unknown Auth Proto (0x04x)")
            );
            match protocol {
                0xc223 => write!(
                    p,
                    ", {}",
                    tok(ALGORITHMS, b.u8(4)?.into(), "Unknown Auth Alg %u")
                ),
                0xc023 | 0xc227 | 0xc027 | 0xc123 => {}
                _ => p.unknown(b, "\n\t", size),
            }
        }
        4 if size < 4 => return Ok(bogus_last(p, ">= 4")),
        4 => p.text(if b.be16(2)? == 0xc025 {
            ": LQR"
        } else {
            ": unknown"
        }),
        7 | 8 => {}
        23 if size != 4 => return Ok(bogus_last(p, "= 4")),
        23 => write!(p, ": 0x{:04x}", b.be16(2)?),
        13 | 19 if size < 3 => return Ok(bogus_last(p, ">= 3")),
        13 => {
            let operation = b.u8(2)?;
            let name = tok(CALLBACKS, operation.into(), "Unknown");
            write!(p, ": Callback Operation {name} ({operation})");
        }
        19 => match b.u8(2)? {
            0 => p.text(": Null"),
            1 => p.text(": Local"),
            2 if size != 7 => return Ok(bogus_last(p, "= 7")),
            2 => {
                p.text(": IPv4 ");
                p.v4_at(b, 3)?;
            }
            3 if size != 9 => return Ok(bogus_last(p, "= 9")),
            3 => {
                p.text(": MAC ");
                p.mac_at(b, 3)?;
            }
            4 => p.text(": Magic-Num-Block"),
            5 => p.text(": PSNDN"),
            class => write!(p, ": Unknown class {class}"),
        },
        _ => return Ok(Seen::Unknown),
    }
    Ok(Seen::Known)
}

fn ip_option(p: &mut Printer, code: u8, b: &[u8], size: usize) -> Done<Seen> {
    match code {
        1 if size != 10 => return Ok(bogus_last(p, "= 10")),
        1 => {
            p.text(": src ");
            p.v4_at(b, 2)?;
            p.text(", dst ");
            p.v4_at(b, 6)?;
        }
        2 if size < 4 => return Ok(bogus_last(p, ">= 4")),
        2 => {
            let protocol = b.be16(2)?;
            let names = [(0x002d, "VJ-Comp"), (0x0061, "IP Header Compression")];
            let name = tok(&names, protocol.into(), "Unknown");
            write!(p, ": {name} (0x{protocol:02x}):");
            if protocol == 0x0061 {
                if size < 14 {
                    return Ok(bogus_last(p, ">= 14"));
                }
                write!(
                    p,
                    "\n\t    TCP Space {}, non-TCP Space {}, maxPeriod {}, maxTime {}, maxHdr {}",
                    b.be16(4)?,
                    b.be16(6)?,
                    b.be16(8)?,
                    b.be16(10)?,
                    b.be16(12)?
                );
                sub_options(p, b.tail(14), size - 14)?;
            }
        }
        3 | 4 | 129..=132 if size != 6 => return Ok(bogus_last(p, "= 6")),
        3 | 4 | 129..=132 => {
            p.text(": ");
            p.v4_at(b, 2)?;
        }
        _ => return Ok(Seen::Unknown),
    }
    Ok(Seen::Known)
}

fn sub_options(p: &mut Printer, b: &[u8], size: usize) -> Done {
    if size == 0 {
        return Ok(());
    }
    write!(p, "\n\t      Suboptions, length {size}");
    let (mut at, mut left) = (0, size);
    while left >= 2 {
        let (code, length) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        if code == 0 || length == 0 {
            break;
        }
        let names = [(1, "RTP-Compression"), (2, "Enhanced RTP-Compression")];
        let name = tok(&names, code.into(), "Unknown");
        write!(p, "\n\t\t{name} Suboption #{code}, length {length}");
        if left < length {
            write!(p, " [remaining suboptions length {left} < {length}]");
            p.invalid();
            break;
        }
        left -= length;
        at += length;
    }
    Ok(())
}

fn compression_option(p: &mut Printer, code: u8, b: &[u8], size: usize) -> Done<Seen> {
    match code {
        21 if size < 3 => return Ok(bogus(p, ">= 3")),
        24 | 26 if size < 4 => return Ok(bogus(p, ">= 4")),
        21 => {
            let value = b.u8(2)?;
            write!(
                p,
                ": Version: {}, Dictionary Bits: {}",
                value >> 5,
                value & 0x1f
            );
        }
        24 => {
            let value = b.u8(2)?;
            let enabled = if value & 0x20 != 0 {
                "Enabled"
            } else {
                "Disabled"
            };
            write!(
                p,
                ": Features: {}, PxP: {enabled}, History: {}, #CTX-ID: {}",
                value >> 6,
                value & 0x1f,
                b.u8(3)?
            );
        }
        26 => {
            let (value, check) = (b.u8(2)?, b.u8(3)?);
            let method = if value & 15 == 8 { "zlib" } else { "unknown" };
            write!(
                p,
                ": Window: {}K, Method: {method} (0x{:x}), MBZ: {}, CHK: {}",
                value >> 4,
                value & 15,
                check >> 2,
                check & 3
            );
        }
        _ => return Ok(Seen::Unknown),
    }
    Ok(Seen::Known)
}
