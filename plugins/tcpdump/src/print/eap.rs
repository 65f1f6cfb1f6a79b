//! EAP (RFC 3748), and EAP over LAN.

use super::prelude::*;

const FRAMES: &Table = &[
    (0, "EAP packet"),
    (1, "EAPOL start"),
    (2, "EAPOL logoff"),
    (3, "EAPOL key"),
    (4, "Encapsulated ASF alert"),
];
const CODES: &Table = &[
    (1, "Request"),
    (2, "Response"),
    (3, "Success"),
    (4, "Failure"),
];
const KINDS: &Table = &[
    (0, "No proposed"),
    (1, "Identity"),
    (2, "Notification"),
    (3, "Nak"),
    (4, "MD5-challenge"),
    (5, "OTP"),
    (6, "GTC"),
    (13, "TLS"),
    (18, "SIM"),
    (21, "TTLS"),
    (23, "AKA"),
    (43, "FAST"),
    (254, "Expanded types"),
    (255, "Experimental"),
];
const TLS_FLAGS: &Table = &[
    (128, "L bit"),
    (64, "More fragments bit"),
    (32, "Start bit"),
];
const AKA_KINDS: &Table = &[
    (1, "Challenge"),
    (2, "Auth reject"),
    (4, "Sync failure"),
    (5, "Identity"),
    (10, "Start"),
    (11, "Challenge"),
    (12, "Notification"),
    (13, "Reauth"),
    (14, "Client error"),
];

fn short(p: &mut Printer, length: usize, least: usize) -> bool {
    if length < least {
        p.bad("len", length, "<", least);
    }
    length < least
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "eap";
    let (code, written) = (b.u8(0)?, usize::from(b.be16(2)?));
    if short(p, written, 4) {
        return Ok(());
    }
    if written != length {
        p.text("EAP fragment?");
        return Ok(());
    }
    let name = tok(CODES, code.into(), "unknown");
    write!(p, "{name} ({code}), id {}, len {written}", b.u8(1)?);
    b.octets(0, written)?;
    if !matches!(code, 1 | 2) || short(p, written, 5) {
        return Ok(());
    }
    let kind = b.u8(4)?;
    write!(
        p,
        "\n\t\t Type {} ({kind})",
        tok(KINDS, kind.into(), "unknown")
    );
    match kind {
        1 if written > 5 => {
            p.text(", Identity: ");
            p.padded_string_at(b, 5, written - 5)?;
        }
        2 => {
            let fits = !short(p, written, 6);
            if fits {
                p.text(", Notification: ");
                p.padded_string_at(b, 5, written - 5)?;
            }
        }
        3 => {
            let fits = !short(p, written, 6);
            if fits {
                for at in 5..written {
                    let kind = b.u8(at)?;
                    let before = if at > 5 { "," } else { "" };
                    write!(
                        p,
                        "{before} {} ({kind})",
                        tok(KINDS, kind.into(), "unknown")
                    );
                }
            }
        }
        13 | 21 | 43 => {
            if short(p, written, 6) {
                return Ok(());
            }
            let flags = b.u8(5)?;
            match kind {
                21 => write!(p, " TTLSv{}", flags & 7),
                43 => write!(p, " FASTv{}", flags & 7),
                _ => {}
            }
            let names = bits(TLS_FLAGS, flags.into(), "none", ", ");
            write!(p, " flags [{names}] 0x{flags:02x}");
            if flags & 0x80 != 0 && !short(p, written, 10) {
                write!(p, ", len {}", b.be32(6)?);
            }
        }
        18 | 23 => {
            let fits = !short(p, written, 6);
            if fits {
                let kind = b.u8(5)?;
                write!(
                    p,
                    " subtype [{}] 0x{kind:02x}",
                    tok(AKA_KINDS, kind.into(), "unknown")
                );
            }
        }
        _ => {}
    }
    Ok(())
}

/// Prints a frame of EAP over LAN.
///
/// # Errors
/// [`Cut`]
pub(crate) fn lan(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "eap";
    let kind = b.u8(1)?;
    let (version, length) = (b.u8(0)?, b.be16(2)?);
    let name = tok(FRAMES, kind.into(), "unknown");
    write!(p, "{name} ({kind}) v{version}, len {length}");
    if !p.v(1) || kind != 0 {
        return Ok(());
    }
    if length == 0 {
        p.invalid();
        return Ok(());
    }
    p.text(", ");
    print(p, b.tail(4), length.into())
}
