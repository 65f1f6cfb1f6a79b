//! LLDP: what ANSI/TIA-1057 adds for telephones and the like.

use super::prelude::*;

const KINDS: &Table = &[
    (1, "LLDP-MED Capabilities"),
    (2, "Network policy"),
    (3, "Location identification"),
    (4, "Extended power-via-MDI"),
    (5, "Inventory - hardware revision"),
    (6, "Inventory - firmware revision"),
    (7, "Inventory - software revision"),
    (8, "Inventory - serial number"),
    (9, "Inventory - manufacturer name"),
    (10, "Inventory - model name"),
    (11, "Inventory - asset ID"),
];
const ALTITUDES: &Table = &[(1, "meters"), (2, "floors")];
const PARTS: &Table = &[
    (
        1,
        "national subdivisions (state,canton,region,province,prefecture)",
    ),
    (2, "county, parish, gun, district"),
    (3, "city, township, shi"),
    (4, "city division, borough, city district, ward chou"),
    (5, "neighborhood, block"),
    (6, "street"),
];
const WHAT: &Table = &[
    (0, "location of DHCP server"),
    (
        1,
        "location of the network element believed to be closest to the client",
    ),
    (2, "location of the client"),
];
const CAPABILITIES: &Table = &[
    (1, "LLDP-MED capabilities"),
    (2, "network policy"),
    (4, "location identification"),
    (8, "extended power via MDI-PSE"),
    (16, "extended power via MDI-PD"),
    (32, "Inventory"),
];
const DEVICES: &Table = &[
    (1, "endpoint class 1"),
    (2, "endpoint class 2"),
    (3, "endpoint class 3"),
    (4, "network connectivity"),
];
const APPLICATIONS: &Table = &[
    (1, "voice"),
    (2, "voice signaling"),
    (3, "guest voice"),
    (4, "guest voice signaling"),
    (5, "softphone voice"),
    (6, "video conferencing"),
    (7, "streaming video"),
    (8, "video signaling"),
];
const POLICY_FLAGS: &Table = &[(128, "Unknown"), (64, "Tagged"), (32, "reserved")];
const FORMATS: &Table = &[
    (1, "coordinate-based LCI"),
    (2, "civic address LCI"),
    (3, "ECS ELIN"),
];
const DATUMS: &Table = &[
    (1, "World Geodesic System 1984"),
    (2, "North American Datum 1983 (NAVD88)"),
    (3, "North American Datum 1983 (MLLW)"),
];
const POWER_SOURCES: &Table = &[
    (1, "PSE - primary power source"),
    (2, "local - backup power source"),
    (3, "PSE+local - reserved"),
];
const POWER_PRIORITIES: &Table = &[(1, "critical"), (2, "high"), (3, "low")];
const INVENTORY: &Table = &[
    (5, "Hardware revision"),
    (6, "Firmware revision"),
    (7, "Software revision"),
    (8, "Serial number"),
    (9, "Manufacturer name"),
    (10, "Model name"),
    (11, "Asset ID"),
];

/// Prints an element; false when it is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 4 {
        return Ok(true);
    }
    let kind = v.u8(3)?;
    write!(
        p,
        "\n\t  {} Subtype ({kind})",
        tok(KINDS, kind.into(), "unknown")
    );
    match (kind, v.len()) {
        (1, 7..) => {
            let (able, device) = (v.be16(4)?, v.u8(6)?);
            let names = bits(CAPABILITIES, able.into(), "none", ", ");
            write!(p, "\n\t    Media capabilities [{names}] (0x{able:04x})");
            let name = tok(DEVICES, device.into(), "unknown");
            write!(p, "\n\t    Device type [{name}] (0x{device:02x})");
        }
        (2, 8..) => {
            let application = v.u8(4)?;
            let name = tok(APPLICATIONS, application.into(), "none");
            write!(p, "\n\t    Application type [{name}] (0x{application:02x})");
            let flags = bits(POLICY_FLAGS, v.u8(5)?.into(), "none", ", ");
            write!(
                p,
                ", Flags [{flags}]\n\t    Vlan id {}",
                (v.be16(5)? & 0x1ffe) >> 1
            );
            let last = v.be16(6)?;
            write!(
                p,
                ", L2 priority {}, DSCP value {}",
                (last & 0x1ff) >> 6,
                last & 0x3f
            );
        }
        (3, 5..) => location(p, v)?,
        (4, 7..) => {
            let first = v.u8(4)?;
            let kind = if first & 3 != 0 {
                "PD device"
            } else {
                "PSE device"
            };
            let source = tok(POWER_SOURCES, (first >> 4 & 3).into(), "none");
            write!(p, "\n\t    Power type [{kind}], Power source [{source}]");
            let priority = tok(POWER_PRIORITIES, (first & 15).into(), "none");
            write!(
                p,
                "\n\t    Power priority [{priority}] (0x{:02x})",
                first & 15
            );
            match v.be16(5)? {
                value @ ..1024 => write!(p, ", Power {:.1} Watts", f64::from(value) / 10.0),
                value => write!(p, ", Power {value} (Reserved)"),
            }
        }
        (1..=4, _) => {}
        (5..=11, _) => {
            write!(p, "\n\t  {} ", tok(INVENTORY, kind.into(), "unknown"));
            p.padded_string_at(v, 4, v.len() - 4)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn location(p: &mut Printer, v: &[u8]) -> Done {
    let format = v.u8(4)?;
    let name = tok(FORMATS, format.into(), "unknown");
    write!(p, "\n\t    Location data format {name} (0x{format:02x})");
    match (format, v.len()) {
        (1, 21..) => coordinates(p, v)?,
        (2, 6..) => civic(p, v)?,
        (1 | 2, _) => {}
        (3, _) => {
            p.text("\n\t    ECS ELIN id ");
            p.padded_string_at(v, 5, v.len() - 5)?;
        }
        _ => {
            p.text("\n\t    Location ID ");
            p.unknown(v.tail(5), "\n\t      ", v.len() - 5);
        }
    }
    Ok(())
}

fn coordinates(p: &mut Printer, v: &[u8]) -> Done {
    for (name, small, at) in [("Latitude", "latitude", 5), ("Longitude", "longitude", 10)] {
        let first = v.u8(at)?;
        let value = u64::from(first & 3) << 32 | u64::from(v.be32(at + 1)?);
        write!(
            p,
            "\n\t    {name} resolution {}, {small} value {value}",
            first >> 2
        );
    }
    let kind = v.u8(15)? >> 4;
    let name = tok(ALTITUDES, kind.into(), "unknown");
    write!(p, "\n\t    Altitude type {name} ({kind})");
    write!(p, "\n\t    Altitude resolution {}", v.be16(15)? >> 6 & 0x3f);
    write!(p, ", altitude value 0x{:x}", v.be32(16)? & 0x3fff_ffff);
    let datum = v.u8(20)?;
    let name = tok(DATUMS, datum.into(), "unknown");
    write!(p, "\n\t    Datum {name} (0x{datum:02x})");
    Ok(())
}

fn civic(p: &mut Printer, v: &[u8]) -> Done {
    let size = usize::from(v.u8(5)?);
    if size < 3 || v.len() < 7 + size {
        return Ok(());
    }
    let what = v.u8(6)?;
    let name = tok(WHAT, what.into(), "unknown");
    write!(
        p,
        "\n\t    LCI length {size}, LCI what {name} (0x{what:02x}), Country-code "
    );
    p.padded_string_at(v, 7, 2)?;
    let mut parts = v.octets(9, size - 3)?;
    while parts.len() >= 2 {
        let (kind, size) = (parts.u8(0)?, usize::from(parts.u8(1)?));
        let name = tok(PARTS, kind.into(), "unknown");
        write!(p, "\n\t      CA type '{name}' ({kind}), length {size}: ");
        parts = parts.tail(2);
        if kind == 0 || size == 0 || parts.len() < size {
            return Ok(());
        }
        p.padded_string_at(parts, 0, size)?;
        parts = parts.tail(size);
    }
    Ok(())
}
