//! ATA over Ethernet.

use super::prelude::*;

const COMMANDS: &Table = &[
    (0, "Issue ATA Command"),
    (1, "Query Config Information"),
    (2, "MAC Mask List"),
    (3, "Reserve/Release"),
];
const FLAGS: &Table = &[(8, "Response"), (4, "Error"), (2, "MBZ-1"), (1, "MBZ-0")];
const ERRORS: &Table = &[
    (1, "Unrecognized command code"),
    (2, "Bad argument parameter"),
    (3, "Device unavailable"),
    (4, "Config string present"),
    (5, "Unsupported version"),
    (6, "Target is reserved"),
];
const ATA_FLAGS: &Table = &[
    (128, "MBZ-7"),
    (64, "Ext48"),
    (32, "MBZ-5"),
    (16, "Device"),
    (8, "MBZ-3"),
    (4, "MBZ-2"),
    (2, "Async"),
    (1, "Write"),
];
const CONFIG_COMMANDS: &Table = &[
    (0, "read config string"),
    (1, "test config string"),
    (2, "test config string prefix"),
    (3, "set config string"),
    (4, "force set config string"),
];
const MASK_COMMANDS: &Table = &[(0, "Read Mac Mask List"), (1, "Edit Mac Mask List")];
const MASK_ERRORS: &Table = &[
    (1, "Unspecified Error"),
    (2, "Bad DCmd directive"),
    (3, "Mask list full"),
];
const DIRECTIVES: &Table = &[
    (0, "No Directive"),
    (1, "Add mac address to mask list"),
    (2, "Delete mac address from mask list"),
];
const RESERVE_COMMANDS: &Table = &[
    (0, "Read reserve list"),
    (1, "Set reserve list"),
    (2, "Force set reserve list"),
];
const HEADER: usize = 10;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "aoe";
    write!(p, "AoE length {length}");
    let whole = match length {
        0 => false,
        _ => {
            let version = b.u8(0)? >> 4;
            write!(p, ", Ver {version}");
            version != 1 || first(p, b, length)?
        }
    };
    if !whole {
        p.invalid();
        b.octets(0, length)?;
    }
    Ok(())
}

/// Version 1; false when it is too short.
fn first(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < HEADER {
        return Ok(false);
    }
    let flags = b.u8(0)? & 15;
    write!(p, ", Flags: [{}]", bits(FLAGS, flags.into(), "none", ", "));
    if !p.v(1) {
        return Ok(true);
    }
    if flags & 4 != 0 {
        write!(
            p,
            "\n\tError: {}",
            tok(ERRORS, b.u8(1)?.into(), "Invalid (%u)")
        );
    }
    write!(p, "\n\tMajor: 0x{:04x}", b.be16(2)?);
    write!(p, ", Minor: 0x{:02x}", b.u8(4)?);
    let command = b.u8(5)?;
    write!(
        p,
        ", Command: {}",
        tok(COMMANDS, command.into(), "Unknown (0x%02x)")
    );
    write!(p, ", Tag: 0x{:08x}", b.be32(6)?);
    let (b, length) = (b.tail(HEADER), length - HEADER);
    match command {
        0 => ata(p, b, length),
        1 => config(p, b, length),
        2 => mask(p, b, length),
        3 => reserve(p, b, length),
        _ => Ok(true),
    }
}

fn ata(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 12 {
        return Ok(false);
    }
    let flags = bits(ATA_FLAGS, b.u8(0)?.into(), "none", ", ");
    write!(p, "\n\tAFlags: [{flags}]");
    for (at, name) in [(1, "Err/Feature"), (2, "Sector Count"), (3, "Cmd/Status")] {
        write!(p, ", {name}: {}", b.u8(at)?);
    }
    for block in 0..6 {
        let before = if block == 0 { "\n\t" } else { ", " };
        write!(p, "{before}lba{block}: {}", b.u8(4 + block)?);
    }
    b.octets(10, 2)?;
    if length > 12 {
        write!(p, "\n\tData: {} bytes", length - 12);
    }
    Ok(true)
}

fn config(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 8 {
        return Ok(false);
    }
    write!(p, "\n\tBuffer Count: {}", b.be16(0)?);
    write!(p, ", Firmware Version: {}", b.be16(2)?);
    write!(p, ", Sector Count: {}", b.u8(4)?);
    let command = b.u8(5)?;
    let name = tok(CONFIG_COMMANDS, (command & 15).into(), "Unknown (0x02x)");
    write!(p, ", AoE: {}, CCmd: {name}", command >> 4);
    let size = usize::from(b.be16(6)?);
    if size > 1024 || size > length - 8 {
        return Ok(false);
    }
    if size > 0 {
        write!(p, "\n\tConfig String (length {size}): ");
        p.string_at(b, 8, size)?;
    }
    Ok(true)
}

fn mask(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 4 {
        return Ok(false);
    }
    let unknown = "Unknown (0x%02x)";
    write!(
        p,
        "\n\tMCmd: {}",
        tok(MASK_COMMANDS, b.u8(1)?.into(), unknown)
    );
    write!(
        p,
        ", MError: {}",
        tok(MASK_ERRORS, b.u8(2)?.into(), unknown)
    );
    let count = usize::from(b.u8(3)?);
    write!(p, ", Dir Count: {count}");
    if count * 8 > length - 4 {
        return Ok(false);
    }
    for directive in 0..count {
        let at = 4 + directive * 8;
        write!(
            p,
            "\n\t DCmd: {}",
            tok(DIRECTIVES, b.u8(at + 1)?.into(), unknown)
        );
        b.octets(at + 2, 6)?;
        p.text(", Ethernet Address: ");
        p.mac_at(b, at + 2)?;
    }
    Ok(true)
}

fn reserve(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 2 || !(length - 2).is_multiple_of(6) {
        return Ok(false);
    }
    let name = tok(RESERVE_COMMANDS, b.u8(0)?.into(), "Unknown (0x%02x)");
    write!(p, "\n\tRCmd: {name}");
    let count = usize::from(b.u8(1)?);
    write!(p, ", NMacs: {count}");
    if count * 6 != length - 2 {
        return Ok(false);
    }
    for number in 0..count {
        let at = 2 + number * 6;
        b.octets(at, 6)?;
        write!(p, "\n\tEthernet Address {number}: ");
        p.mac_at(b, at)?;
    }
    Ok(true)
}
