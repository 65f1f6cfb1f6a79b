//! Spanning trees (IEEE 802.1D, 802.1w, 802.1s, 802.1aq).

use super::prelude::*;

const PROTOCOLS: &Table = &[(0, "802.1d"), (2, "802.1w"), (3, "802.1s"), (4, "802.1aq")];
const FLAGS: &Table = &[
    (0x01, "Topology change"),
    (0x02, "Proposal"),
    (0x10, "Learn"),
    (0x20, "Forward"),
    (0x40, "Agreement"),
    (0x80, "Topology change ACK"),
];
const KINDS: &Table = &[(0, "Config"), (2, "Rapid STP"), (0x80, "Topology Change")];
const ROLES: &Table = &[
    (0, "Unknown"),
    (1, "Alternate"),
    (2, "Root"),
    (3, "Designated"),
];
/// Octets up to the length of version 1.
const RAPID: usize = 36;

/// Prints a message of a bridge.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "stp";
    match message(p, b, length)? {
        true => Ok(()),
        false => {
            p.invalid();
            Ok(())
        }
    }
}

fn message(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 4 {
        return Ok(false);
    }
    if b.be16(0)? != 0 {
        write!(p, "unknown STP version, length {length}");
        return Ok(true);
    }
    let version = b.u8(2)?;
    p.text("STP ");
    p.name(PROTOCOLS, version, "Unknown STP protocol (0x%02x)");
    if !matches!(version, 0 | 2..=4) {
        return Ok(true);
    }
    let kind = b.u8(3)?;
    p.text(", ");
    p.name(KINDS, kind, "Unknown BPDU Type (0x%02x)");
    match kind {
        0 if length < RAPID - 1 => return Ok(false),
        0 => configuration(p, b, length)?,
        2 if version == 2 && length < RAPID => return Ok(false),
        2 if version == 2 => configuration(p, b, length)?,
        2 if version > 2 => {
            if length < 102 || b.u8(35)? != 0 {
                return Ok(false);
            }
            let multiple = usize::from(b.be16(36)?) + 2;
            if length < RAPID + multiple {
                return Ok(false);
            }
            instances(p, b, length)?;
            if version == 4 {
                let shortest = usize::from(b.be16(36 + multiple)?) + 2;
                if length < RAPID + multiple + shortest || shortest < 87 {
                    return Ok(false);
                }
                shortest_path(p, b.tail(RAPID + multiple))?;
            }
        }
        _ => {}
    }
    Ok(true)
}

fn bridge(b: &[u8], at: usize) -> Done<String> {
    let [a, c, d, e, f, g, h, i] = b.array::<8>(at)?;
    Ok(format!(
        "{a:02x}{c:02x}.{d:02x}:{e:02x}:{f:02x}:{g:02x}:{h:02x}:{i:02x}"
    ))
}

fn timers(p: &mut Printer, b: &[u8]) -> Done {
    let seconds = |at: usize| b.be16(at).map(|time| f64::from(time) / 256.0);
    write!(
        p,
        "\n\tmessage-age {:.2}s, max-age {:.2}s, hello-time {:.2}s, forwarding-delay {:.2}s",
        seconds(27)?,
        seconds(29)?,
        seconds(31)?,
        seconds(33)?
    );
    Ok(())
}

fn role(flags: u8) -> std::borrow::Cow<'static, str> {
    tok(ROLES, (flags >> 2 & 3).into(), "Unknown")
}

fn configuration(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let flags = b.u8(4)?;
    let names = bits(FLAGS, flags.into(), "none", ", ");
    write!(p, ", Flags [{names}]");
    write!(
        p,
        ", bridge-id {}.{:04x}, length {length}",
        bridge(b, 17)?,
        b.be16(25)?
    );
    if !p.v(1) {
        return Ok(());
    }
    timers(p, b)?;
    write!(
        p,
        "\n\troot-id {}, root-pathcost {}",
        bridge(b, 5)?,
        b.be32(13)?
    );
    if b.u8(2)? == 2 {
        write!(p, ", port-role {}", role(flags));
    }
    Ok(())
}

fn digest(b: &[u8], at: usize, words: usize) -> Done<String> {
    let mut text = String::new();
    for word in 0..words {
        text.push_str(&format!("{:08x}", b.be32(at + word * 4)?));
    }
    Ok(text)
}

fn instances(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let flags = b.u8(4)?;
    write!(
        p,
        ", CIST Flags [{}], length {length}",
        bits(FLAGS, flags.into(), "none", ", ")
    );
    if !p.v(1) {
        return Ok(());
    }
    write!(p, "\n\tport-role {}, ", role(flags));
    write!(
        p,
        "CIST root-id {}, CIST ext-pathcost {}",
        bridge(b, 5)?,
        b.be32(13)?
    );
    write!(
        p,
        "\n\tCIST regional-root-id {}, CIST port-id {:04x},",
        bridge(b, 17)?,
        b.be16(25)?
    );
    timers(p, b)?;
    let size = usize::from(b.be16(36)?);
    write!(p, "\n\tv3len {size}, MCID Name ");
    p.padded_string_at(b, 39, 32)?;
    write!(
        p,
        ", rev {},\n\t\tdigest {}, ",
        b.be16(71)?,
        digest(b, 73, 4)?
    );
    write!(p, "CIST int-root-pathcost {},", b.be32(89)?);
    write!(
        p,
        "\n\tCIST bridge-id {}, CIST remaining-hops {}",
        bridge(b, 93)?,
        b.u8(101)?
    );
    let count = size.saturating_sub(64) / 16;
    for number in 0..count {
        let at = 102 + number * 16;
        let flags = b.u8(at)?;
        write!(
            p,
            "\n\tMSTI {}, Flags [{}], port-role {}",
            b.be16(at + 1)? & 0xfff,
            bits(FLAGS, flags.into(), "none", ", "),
            role(flags)
        );
        write!(
            p,
            "\n\t\tMSTI regional-root-id {}, pathcost {}",
            bridge(b, at + 1)?,
            b.be32(at + 9)?
        );
        write!(
            p,
            "\n\t\tMSTI bridge-prio {}, port-prio {}, hops {}",
            b.u8(at + 13)? >> 4,
            b.u8(at + 14)? >> 4,
            b.u8(at + 15)?
        );
    }
    Ok(())
}

fn shortest_path(p: &mut Printer, b: &[u8]) -> Done {
    if !p.v(1) {
        return Ok(());
    }
    write!(p, "\n\tv4len {}, AUXMCID Name ", b.be16(0)?);
    p.padded_string_at(b, 3, 32)?;
    write!(
        p,
        ", Rev {},\n\t\tdigest {}",
        b.be16(35)?,
        digest(b, 37, 4)?
    );
    let agreement = b.u8(53)?;
    let (format, convention) = (b.u8(55)?, b.u8(56)?);
    write!(
        p,
        "\n\tAgreement num {}, Discarded Agreement num {}, Agreement valid-flag {},\n\tRestricted role-flag: {}, \
         Format id {} cap {format}, Convention id {} cap {convention},\n\tEdge count {}, Agreement digest {}",
        agreement >> 6,
        agreement >> 4 & 3,
        agreement >> 3 & 1,
        agreement >> 2 & 1,
        format >> 4,
        convention >> 4,
        b.be16(57)?,
        digest(b, 67, 5)?
    );
    Ok(())
}
