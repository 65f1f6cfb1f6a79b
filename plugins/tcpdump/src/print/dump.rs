//! -x, -X and -A: the octets of a packet.

use super::printer::Printer;

/// Hexadecimal, sixteen octets a line.
pub(crate) fn hex(p: &mut Printer, indent: &str, octets: &[u8]) {
    hex_from(p, indent, octets, 0);
}

/// The same, counted from an offset.
pub(crate) fn hex_from(p: &mut Printer, indent: &str, octets: &[u8], from: usize) {
    for (line, row) in octets.chunks(16).enumerate() {
        write!(p, "{indent}0x{:04x}: ", from + line * 16);
        for pair in row.chunks(2) {
            p.text(" ");
            p.hex(pair, "");
        }
    }
}

/// Hexadecimal with the characters beside it.
pub(crate) fn hex_and_ascii(p: &mut Printer, indent: &str, octets: &[u8]) {
    for (line, row) in octets.chunks(16).enumerate() {
        write!(p, "{indent}0x{:04x}: ", line * 16);
        for pair in row.chunks(2) {
            p.text(" ");
            p.hex(pair, "");
        }
        let written = row.chunks(2).map(|pair| 1 + 2 * pair.len()).sum();
        write!(p, "{:1$}  ", "", 40usize.saturating_sub(written));
        row.iter().for_each(|octet| visible(p, *octet, b""));
    }
}

/// The characters alone, with line breaks as they are.
pub(crate) fn ascii(p: &mut Printer, octets: &[u8]) {
    p.text("\n");
    for (place, octet) in octets.iter().enumerate() {
        match octet {
            b'\r' => {
                let rest = octets.len() - place - 1;
                if rest > 1 && octets.get(place + 1) != Some(&b'\n') {
                    p.text(".");
                }
            }
            _ => visible(p, *octet, b"\t \n"),
        }
    }
}

fn visible(p: &mut Printer, octet: u8, also: &[u8]) {
    let shown = octet.is_ascii_graphic() || also.contains(&octet);
    p.out.push(char::from(if shown { octet } else { b'.' }));
}
