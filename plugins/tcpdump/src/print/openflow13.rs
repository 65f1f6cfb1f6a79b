//! The messages of OpenFlow 1.3.

use super::openflow::{Message, Size, data, error, flags, name, reject, rest, vendor, word};
use super::openflow13_names::*;
use super::prelude::*;

/// The messages by number.
pub(crate) const MESSAGES: &[Message] = &[
    ("HELLO", Size::AtLeast(0), Some(hello)),
    ("ERROR", Size::AtLeast(4), Some(failure)),
    ("ECHO_REQUEST", Size::AtLeast(0), Some(data)),
    ("ECHO_REPLY", Size::AtLeast(0), Some(data)),
    ("EXPERIMENTER", Size::AtLeast(8), Some(experimenter)),
    ("FEATURES_REQUEST", Size::Is(0), None),
    ("FEATURES_REPLY", Size::Is(24), Some(features)),
    ("GET_CONFIG_REQUEST", Size::Is(0), None),
    ("GET_CONFIG_REPLY", Size::Is(4), Some(configuration)),
    ("SET_CONFIG", Size::Is(4), Some(configuration)),
    ("PACKET_IN", Size::AtLeast(0), None),
    ("FLOW_REMOVED", Size::AtLeast(0), None),
    ("PORT_STATUS", Size::Is(72), Some(port_status)),
    ("PACKET_OUT", Size::AtLeast(0), None),
    ("FLOW_MOD", Size::AtLeast(0), None),
    ("GROUP_MOD", Size::AtLeast(0), None),
    ("PORT_MOD", Size::Is(32), Some(port_change)),
    ("TABLE_MOD", Size::Is(8), Some(table_change)),
    ("MULTIPART_REQUEST", Size::AtLeast(0), None),
    ("MULTIPART_REPLY", Size::AtLeast(0), None),
    ("BARRIER_REQUEST", Size::Is(0), None),
    ("BARRIER_REPLY", Size::Is(0), None),
    ("QUEUE_GET_CONFIG_REQUEST", Size::Is(8), Some(queue_request)),
    ("QUEUE_GET_CONFIG_REPLY", Size::AtLeast(0), None),
    ("ROLE_REQUEST", Size::Is(16), Some(role)),
    ("ROLE_REPLY", Size::Is(16), Some(role)),
    ("GET_ASYNC_REQUEST", Size::Is(0), None),
    ("GET_ASYNC_REPLY", Size::Is(24), Some(asynchronous)),
    ("SET_ASYNC", Size::Is(24), Some(asynchronous)),
    ("METER_MOD", Size::AtLeast(0), None),
];

const PORT_BITS: u32 = 0x65;
const FEATURE_BITS: u32 = 0xffff;

fn port(p: &mut Printer, f: &mut Fields<'_>, before: &str) -> Done {
    let port = f.be32()?;
    p.text(before);
    p.name(PORTS, port, "%u");
    Ok(())
}

fn hardware(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    f.take(4)?;
    let address = f.take(6)?;
    p.text(", hw_addr ");
    p.hex(address, ":");
    f.take(2)?;
    Ok(())
}

fn port_status(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let reason = f.u8()?;
    p.text("\n\t reason ");
    p.name(CHANGES, reason, "invalid (0x02x)");
    f.take(7)?;
    port(p, f, "\n\t  port_no ")?;
    hardware(p, f)?;
    name(p, f, ", name ", 16)?;
    if !p.v(2) {
        return rest(f);
    }
    word(p, f, "\n\t   config", PORT_CONFIGURATION, PORT_BITS)?;
    word(p, f, "\n\t   state", PORT_STATES, 7)?;
    for before in ["curr", "advertised", "supported", "peer"] {
        word(
            p,
            f,
            &format!("\n\t   {before}"),
            PORT_FEATURES,
            FEATURE_BITS,
        )?;
    }
    write!(p, "\n\t   curr_speed {}kbps", f.be32()?);
    write!(p, "\n\t   max_speed {}kbps", f.be32()?);
    Ok(())
}

fn features(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    write!(p, "\n\t dpid 0x{:016x}", f.be64()?);
    write!(p, ", n_buffers {}", f.be32()?);
    write!(p, ", n_tables {}", f.u8()?);
    write!(p, ", auxiliary_id {}", f.u8()?);
    f.take(2)?;
    word(p, f, "\n\t capabilities", CAPABILITIES, 0x16f)?;
    rest(f)
}

fn configuration(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let flags = f.be16()?;
    p.text("\n\t flags ");
    p.name(CONFIGURATION, flags, "invalid (0x%04x)");
    let length = f.be16()?;
    p.text(", miss_send_len ");
    p.name(MISS_LENGTHS, length, "%u");
    Ok(())
}

fn table_change(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let table = f.u8()?;
    p.text("\n\t table_id ");
    p.name(TABLES, table, "%u");
    f.take(3)?;
    write!(p, ", config 0x{:08x}", f.be32()?);
    Ok(())
}

fn role(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let role = f.be32()?;
    p.text("\n\t role ");
    p.name(ROLES, role, "invalid (0x%08x)");
    f.take(4)?;
    write!(p, ", generation_id 0x{:016x}", f.be64()?);
    Ok(())
}

fn asynchronous(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let masks = [
        ("packet_in", REASON_BITS),
        ("port_status", CHANGE_BITS),
        ("flow_removed", CHANGE_BITS),
    ];
    for (what, table) in masks {
        for role in ["EM", "S"] {
            word(p, f, &format!("\n\t {what}_mask[{role}]"), table, 7)?;
        }
    }
    Ok(())
}

fn port_change(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t port_no ")?;
    hardware(p, f)?;
    word(p, f, "\n\t  config", PORT_CONFIGURATION, PORT_BITS)?;
    word(p, f, "\n\t  mask", PORT_CONFIGURATION, PORT_BITS)?;
    word(p, f, "\n\t  advertise", PORT_FEATURES, FEATURE_BITS)?;
    rest(f)
}

fn hello(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        p.text("\n\t");
        if f.left < 4 {
            p.bad_only("remaining length", f.left, "<", 4);
            return reject(p, f);
        }
        let kind = f.be16()?;
        p.text(" type ");
        p.name(HELLO_ELEMENTS, kind, "unknown (0x%04x)");
        let size = usize::from(f.be16()?);
        write!(p, ", length {size}");
        if size < 4 {
            p.bad_only("bitmap length", size, "<", 4);
            return reject(p, f);
        }
        if size > 4 + f.left {
            p.bad_only("bitmap length", size, ">", 4 + f.left);
            return reject(p, f);
        }
        let v = f.take(size - 4)?;
        if kind == 1 && size == 8 {
            let bitmap = v.be32(0)?;
            write!(p, ", bitmap 0x{bitmap:08x}");
            flags(p, VERSIONS, bitmap, !0x3f);
        } else if kind == 1 {
            p.text(" (bogus)");
        }
    }
    Ok(())
}

fn experimenter(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let number = f.be32()?;
    write!(p, "\n\t experimenter 0x{number:08x} (");
    vendor(p, number);
    p.text(")");
    write!(p, ", exp_type 0x{:08x}", f.be32()?);
    data(p, f)
}

fn queue_request(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t port ")?;
    rest(f)
}

fn failure(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    error(
        p,
        f,
        ERRORS,
        &[
            HELLO_ERRORS,
            REQUEST_ERRORS,
            ACTION_ERRORS,
            INSTRUCTION_ERRORS,
            MATCH_ERRORS,
            FLOW_ERRORS,
            GROUP_ERRORS,
            PORT_ERRORS,
            TABLE_ERRORS,
            QUEUE_ERRORS,
            CONFIGURATION_ERRORS,
            ROLE_ERRORS,
            METER_ERRORS,
            FEATURE_ERRORS,
        ],
    )
}
