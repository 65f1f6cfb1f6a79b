//! The frames by which stations of IEEE 802.11 find, join and leave networks.

use super::ieee80211::{Control, encrypted};
use super::ieee80211_names::*;
use super::prelude::*;

/// What the elements of a frame say.
#[derive(Default)]
struct Elements<'a> {
    name: Option<&'a [u8]>,
    mesh: Option<&'a [u8]>,
    rates: Option<&'a [u8]>,
    channel: Option<u8>,
    /// Whether they fit their frame.
    whole: bool,
}

impl<'a> Elements<'a> {
    fn read(b: &'a [u8], at: usize, length: usize) -> Self {
        let mut seen = Self::default();
        let mut f = Fields::new(b.tail(at), length.saturating_sub(at));
        while !f.is_empty() {
            let element = f.u8().and_then(|kind| {
                let size = f.u8()?;
                Ok((kind, f.take(size.into())?))
            });
            let Ok((kind, v)) = element else {
                return seen;
            };
            let longest = match kind {
                0 | 114 => 32,
                1 => 16,
                16 => 253,
                5 => 254,
                _ => 255,
            };
            if v.len() > longest {
                return seen;
            }
            match kind {
                0 => _ = seen.name.get_or_insert(v),
                1 if !v.is_empty() => _ = seen.rates.get_or_insert(v),
                3 if v.len() == 1 => seen.channel = seen.channel.or(v.first().copied()),
                114 => _ = seen.mesh.get_or_insert(v),
                _ => {}
            }
        }
        seen.whole = true;
        seen
    }

    fn name(&self, p: &mut Printer) {
        if let Some(name) = self.name {
            text(p, " (", name);
        }
    }

    fn rates(&self, p: &mut Printer) {
        let Some(rates) = self.rates else { return };
        for (place, rate) in rates.iter().enumerate() {
            let basic = if rate & 0x80 != 0 { "*" } else { "" };
            let before = if place == 0 { " [" } else { " " };
            write!(p, "{before}{:.1}{basic}", f64::from(rate & 0x7f) / 2.0);
        }
        p.text(" Mbit]");
    }

    fn network(&self, p: &mut Printer, capabilities: u16) {
        if let Some(channel) = self.channel {
            write!(p, " CH: {channel}");
        }
        p.text(if capabilities & 0x10 != 0 {
            ", PRIVACY"
        } else {
            ""
        });
        if let Some(mesh) = self.mesh {
            text(p, " (MESHID: ", mesh);
        }
    }
}

/// Text up to a zero in parentheses.
fn text(p: &mut Printer, before: &str, octets: &[u8]) {
    p.text(before);
    p.zero_ended(octets, 0, octets.len());
    p.text(")");
}

fn status(code: u16) -> &'static str {
    STATUS.get(usize::from(code)).copied().unwrap_or("n/a")
}

fn reason(code: u16) -> &'static str {
    REASONS
        .get(usize::from(code))
        .copied()
        .unwrap_or("Reserved")
}

/// Prints the body of a frame; false when it is too short.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    control: Control,
    source: &[u8],
    b: &[u8],
    length: usize,
) -> Done<bool> {
    let kind = control.subtype();
    p.name(MANAGEMENT, kind, "Unhandled Management subtype(%x)");
    if control.is_protected() {
        return Ok(encrypted(p, b));
    }
    let fixed = match kind {
        0 => 4,
        1 | 3 | 11 => 6,
        2 => 10,
        4 => 0,
        5 | 8 => 12,
        10 | 12 | 13 => 2,
        _ => return Ok(true),
    };
    if !b.has(fixed) || length < fixed {
        return Ok(false);
    }
    match kind {
        10 => {
            write!(p, ": {}", reason(b.le16(0)?));
            return Ok(true);
        }
        12 => {
            let code = b.le16(0)?;
            leaving(p, source);
            p.text(reason(code));
            return Ok(true);
        }
        13 => {
            leaving(p, source);
            action(p, b.u8(0)?, b.u8(1)?);
            return Ok(true);
        }
        _ => {}
    }
    let elements = Elements::read(b, fixed, length);
    match kind {
        0 | 4 => {
            elements.name(p);
            elements.rates(p);
        }
        1 | 3 => {
            let (capabilities, code, id) = (b.le16(0)?, b.le16(2)?, b.le16(4)?);
            let private = if capabilities & 0x10 != 0 {
                " PRIVACY "
            } else {
                ""
            };
            write!(p, " AID({:x}) :{private}: {}", id & 0x3fff, status(code));
        }
        2 => {
            elements.name(p);
            p.text(" AP : ");
            p.mac_at(b, 4)?;
        }
        5 | 8 => {
            let capabilities = b.le16(10)?;
            elements.name(p);
            elements.rates(p);
            if kind == 8 {
                p.text(if capabilities & 1 != 0 {
                    " ESS"
                } else {
                    " IBSS"
                });
            }
            elements.network(p, capabilities);
        }
        _ => {
            let (method, step, code) = (b.le16(0)?, b.le16(2)?, b.le16(4)?);
            let name = match method {
                0 => "Open System",
                1 => "Shared Key",
                2 => "EAP",
                _ => "Reserved",
            };
            let answer = if step % 2 != 0 { status(code) } else { "" };
            let challenge = match (method, step) {
                (1, 2 | 3) => " [Challenge Text]",
                _ => ":",
            };
            write!(p, " ({name})-{step:x}{challenge} {answer}");
        }
    }
    Ok(elements.whole)
}

fn leaving(p: &mut Printer, source: &[u8]) {
    if !p.set.link {
        p.text(" (");
        p.hex(source, ":");
        p.text(")");
    }
    p.text(": ");
}

fn action(p: &mut Printer, category: u8, action: u8) {
    p.name(CATEGORIES, category, "Reserved(%u)");
    p.text(" ");
    let table = match category {
        3 => BLOCK_ACTIONS,
        7 => THROUGHPUT_ACTIONS,
        13 => MESH_ACTIONS,
        14 => MULTIHOP_ACTIONS,
        15 => SELF_PROTECTED_ACTIONS,
        _ => &[],
    };
    p.name(table, action, "Act#%u");
}
