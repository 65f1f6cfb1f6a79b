//! LLDP: what IEEE 802.1 and 802.3 add.

use super::prelude::*;

const BRIDGE_KINDS: &Table = &[
    (1, "Port VLAN Id"),
    (2, "Port and Protocol VLAN ID"),
    (3, "VLAN name"),
    (4, "Protocol Identity"),
    (7, "Link aggregation"),
    (8, "Congestion Notification"),
    (9, "ETS Configuration"),
    (10, "ETS Recommendation"),
    (11, "Priority Flow Control Configuration"),
    (12, "Application Priority"),
    (13, "EVB"),
    (14, "CDCP"),
];
const VLAN_FLAGS: &Table = &[(2, "supported"), (4, "enabled")];
const ETHERNET_KINDS: &Table = &[
    (1, "MAC/PHY configuration/status"),
    (2, "Power via MDI"),
    (3, "Link aggregation"),
    (4, "Max frame size"),
];
const UNITS: &Table = &[
    (0, "Unknown"),
    (1, "AUI"),
    (2, "10BASE_5"),
    (3, "FOIRL"),
    (4, "10BASE2"),
    (5, "10BASET duplex mode unknown"),
    (6, "10BASEFP"),
    (7, "10BASEFB"),
    (8, "10BASEFL duplex mode unknown"),
    (9, "10BROAD36"),
    (10, "10BASET hdx"),
    (11, "10BASET fdx"),
    (12, "10BASEFL hdx"),
    (13, "10BASEFL fdx"),
    (14, "100BASET4"),
    (15, "100BASETX hdx"),
    (16, "100BASETX fdx"),
    (17, "100BASEFX hdx"),
    (18, "100BASEFX fdx"),
    (19, "100BASET2 hdx"),
    (20, "100BASET2 fdx"),
    (21, "1000BASEX hdx"),
    (22, "1000BASEX fdx"),
    (23, "1000BASELX hdx"),
    (24, "1000BASELX fdx"),
    (25, "1000BASESX hdx"),
    (26, "1000BASESX fdx"),
    (27, "1000BASECX hdx"),
    (28, "1000BASECX fdx"),
    (29, "1000BASET hdx"),
    (30, "1000BASET fdx"),
    (31, "10GBASEX"),
    (32, "10GBASELX4"),
    (33, "10GBASER"),
    (34, "10GBASEER"),
    (35, "10GBASELR"),
    (36, "10GBASESR"),
    (37, "10GBASEW"),
    (38, "10GBASEEW"),
    (39, "10GBASELW"),
    (40, "10GBASESW"),
];
const NEGOTIATION: &Table = &[(1, "supported"), (2, "enabled")];
const CAPABILITIES: &Table = &[
    (16384, "10BASE-T hdx"),
    (8192, "10BASE-T fdx"),
    (4096, "100BASE-T4"),
    (2048, "100BASE-TX hdx"),
    (1024, "100BASE-TX fdx"),
    (512, "100BASE-T2 hdx"),
    (256, "100BASE-T2 fdx"),
    (128, "Pause for fdx links"),
    (64, "Asym PAUSE for fdx"),
    (32, "Sym PAUSE for fdx"),
    (16, "Asym and Sym PAUSE for fdx"),
    (8, "1000BASE-{X LX SX CX} hdx"),
    (4, "1000BASE-{X LX SX CX} fdx"),
    (2, "1000BASE-T hdx"),
    (1, "1000BASE-T fdx"),
];
const POWER: &Table = &[
    (1, "PSE"),
    (2, "supported"),
    (4, "enabled"),
    (8, "can be controlled"),
];
const PAIRS: &Table = &[(1, "signal"), (2, "spare")];
const POWER_CLASSES: &Table = &[
    (1, "class0"),
    (2, "class1"),
    (3, "class2"),
    (4, "class3"),
    (5, "class4"),
];
const AGGREGATION: &Table = &[(1, "supported"), (2, "enabled")];
const STATIONS: &Table = &[
    (0, "Not Supported"),
    (1, "EVB Bridge"),
    (2, "EVB Station"),
    (3, "Reserved for future Standardization"),
];
const PRIORITIES: &str = "0   1   2   3   4   5   6   7";

/// Prints what IEEE 802.1 adds; false when it is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn bridges(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 4 {
        return Ok(true);
    }
    let kind = v.u8(3)?;
    write!(
        p,
        "\n\t  {} Subtype ({kind})",
        tok(BRIDGE_KINDS, kind.into(), "unknown")
    );
    let least = match kind {
        1 | 3 | 8 | 11 => 6,
        2 => 7,
        4 | 12 => 5,
        7 | 13 => 9,
        9 | 10 => 25,
        14 => 8,
        _ => return Ok(false),
    };
    if v.len() < least {
        return Ok(true);
    }
    match kind {
        1 => write!(p, "\n\t    port vlan id (PVID): {}", v.be16(4)?),
        2 => {
            let flags = v.u8(4)?;
            let names = bits(VLAN_FLAGS, flags.into(), "none", ", ");
            write!(
                p,
                "\n\t    port and protocol vlan id (PPVID): {}",
                v.be16(5)?
            );
            write!(p, ", flags [{names}] (0x{flags:02x})");
        }
        3 => {
            write!(p, "\n\t    vlan id (VID): {}", v.be16(4)?);
            text(p, v, 6, "vlan name")?;
        }
        4 => text(p, v, 4, "protocol identity")?,
        7 => aggregation(p, v)?,
        8 => {
            for (what, at) in [("CNPV", 4), ("Ready", 5)] {
                write!(p, "\n\t    Pre-Priority {what} Indicator");
                each_bit(p, v.u8(at)?);
            }
        }
        9 => {
            let first = v.u8(4)?;
            let (willing, shaper) = (first >> 7, first >> 6 & 2);
            write!(p, "\n\t    Willing:{willing}, CBS:{shaper}");
            write!(p, ", RES:{}, Max TCs:{}", first >> 3 & 7, first & 7);
            selection(p, v)?;
        }
        10 => {
            write!(p, "\n\t    RES: {}", v.u8(4)?);
            selection(p, v)?;
        }
        11 => {
            let first = v.u8(4)?;
            write!(
                p,
                "\n\t    Willing: {}, MBC: {}",
                first >> 7,
                first >> 6 & 1
            );
            write!(p, ", RES: {}, PFC cap:{} ", first >> 4 & 3, first & 15);
            p.text("\n\t    PFC Enable");
            each_bit(p, v.u8(5)?);
        }
        12 => applications(p, v)?,
        13 => edge(p, v)?,
        _ => channels(p, v)?,
    }
    Ok(true)
}

fn text(p: &mut Printer, v: &[u8], at: usize, name: &str) -> Done {
    let Ok(size) = v.u8(at) else { return Ok(()) };
    if v.octets(at + 1, size.into()).is_ok() {
        write!(p, "\n\t    {name}: ");
        p.padded_string_at(v, at + 1, size.into())?;
    }
    Ok(())
}

fn aggregation(p: &mut Printer, v: &[u8]) -> Done {
    let status = bits(AGGREGATION, v.u8(4)?.into(), "none", ", ");
    write!(
        p,
        "\n\t    aggregation status [{status}], aggregation port ID {}",
        v.be32(5)?
    );
    Ok(())
}

fn each_bit(p: &mut Printer, octet: u8) {
    p.text("\n\t     Priority : 0  1  2  3  4  5  6  7");
    p.text("\n\t     Value    : ");
    for bit in 0..8 {
        write!(p, "{:<2} ", octet >> bit & 1);
    }
}

fn values(p: &mut Printer, values: impl Iterator<Item = u8>) {
    let values: Vec<String> = values.map(|value| format!("{value:<3}")).collect();
    p.text(&values.join(" "));
}

/// The tables of enhanced transmission selection.
fn selection(p: &mut Printer, v: &[u8]) -> Done {
    p.text("\n\t    Priority Assignment Table");
    write!(p, "\n\t     Priority : {PRIORITIES}\n\t     Value    : ");
    let halves = v
        .octets(5, 4)?
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15]);
    values(p, halves);
    p.text("\n\t    TC Bandwidth Table");
    write!(p, "\n\t     TC%   : {PRIORITIES}\n\t     Value : ");
    values(p, v.octets(9, 8)?.iter().copied());
    p.text("\n\t    TSA Assignment Table");
    write!(
        p,
        "\n\t     Traffic Class: {PRIORITIES}\n\t     Value        : "
    );
    values(p, v.octets(17, 8)?.iter().copied());
    Ok(())
}

fn applications(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, "\n\t    RES: {}", v.u8(4)?);
    let table = v.tail(5);
    if table.is_empty() || !table.len().is_multiple_of(3) {
        return Ok(());
    }
    p.text("\n\t    Application Priority Table");
    for entry in table.chunks(3) {
        let first = entry.u8(0)?;
        let (priority, selection) = (first >> 5, first & 7);
        write!(p, "\n\t      Priority: {priority}, RES: {}", first >> 3 & 3);
        write!(p, ", Sel: {selection}, Protocol ID: {}", entry.be16(1)?);
    }
    Ok(())
}

/// Edge virtual bridging.
fn edge(p: &mut Printer, v: &[u8]) -> Done {
    let [bridge, station, retries, mode, keep]: [u8; 5] = v.array(4)?;
    p.text("\n\t    EVB Bridge Status");
    write!(
        p,
        "\n\t      RES: {}, BGID: {}",
        bridge >> 3,
        bridge >> 2 & 1
    );
    write!(p, ", RRCAP: {}, RRCTR: {}", bridge >> 1 & 1, bridge & 1);
    p.text("\n\t    EVB Station Status");
    write!(
        p,
        "\n\t      RES: {}, SGID: {}",
        station >> 4,
        station >> 3 & 1
    );
    write!(p, ", RRREQ: {},RRSTAT: {}", station >> 2 & 1, station & 3);
    write!(p, "\n\t    R: {}, RTE: {}, ", retries >> 5, retries & 0x1f);
    let name = tok(STATIONS, (mode >> 6).into(), "unknown");
    write!(p, "EVB Mode: {name} [{}]", mode >> 6);
    write!(p, "\n\t    ROL: {}, RWD: {}, ", mode >> 5 & 1, mode & 0x1f);
    write!(
        p,
        "RES: {}, ROL: {}, RKA: {}",
        keep >> 6,
        keep >> 5 & 1,
        keep & 0x1f
    );
    Ok(())
}

fn channels(p: &mut Printer, v: &[u8]) -> Done {
    let first = v.u8(4)?;
    write!(p, "\n\t    Role: {}, RES: {}", first >> 7, first >> 4 & 7);
    write!(
        p,
        ", Scomp: {} ChnCap: {}",
        first >> 3 & 1,
        v.be16(6)? & 0xfff
    );
    let pairs = v.tail(8);
    if pairs.len().is_multiple_of(3) {
        for pair in pairs.chunks(3) {
            let pair = pair.be24(0)?;
            write!(p, "\n\t    SCID: {}, SVID: {}", pair >> 12, pair & 0xfff);
        }
    }
    Ok(())
}

/// Prints what IEEE 802.3 adds; false when it is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn ethernet(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 4 {
        return Ok(true);
    }
    let kind = v.u8(3)?;
    write!(
        p,
        "\n\t  {} Subtype ({kind})",
        tok(ETHERNET_KINDS, kind.into(), "unknown")
    );
    match (kind, v.len()) {
        (1, 9..) => {
            let (negotiation, able, unit) = (v.u8(4)?, v.be16(5)?, v.be16(7)?);
            let names = bits(NEGOTIATION, negotiation.into(), "none", ", ");
            write!(p, "\n\t    autonegotiation [{names}] (0x{negotiation:02x})");
            let names = bits(CAPABILITIES, able.into(), "unknown", ", ");
            write!(p, "\n\t    PMD autoneg capability [{names}] (0x{able:04x})");
            let name = tok(UNITS, unit.into(), "unknown");
            write!(p, "\n\t    MAU type {name} (0x{unit:04x})");
        }
        (2, 7..) => {
            let support = bits(POWER, v.u8(4)?.into(), "none", ", ");
            let pair = tok(PAIRS, v.u8(5)?.into(), "unknown");
            let class = tok(POWER_CLASSES, v.u8(6)?.into(), "unknown");
            write!(p, "\n\t    MDI power support [{support}]");
            write!(p, ", power pair {pair}, power class {class}");
        }
        (3, 9..) => aggregation(p, v)?,
        (4, 6..) => write!(p, "\n\t    MTU size {}", v.be16(4)?),
        (1..=4, _) => {}
        _ => return Ok(false),
    }
    Ok(true)
}
