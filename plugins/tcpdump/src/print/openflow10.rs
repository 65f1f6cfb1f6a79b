//! The messages of OpenFlow 1.0.

use super::ethernet;
use super::openflow::{Message, Size, data, error, flags, name, reject, rest, vendor, word};
use super::openflow10_flow::{actions, matching};
use super::openflow10_names::*;
use super::openflow10_vendor as big_switch;
use super::prelude::*;

/// The messages by number.
pub(crate) const MESSAGES: &[Message] = &[
    ("HELLO", Size::AtLeast(0), Some(data)),
    ("ERROR", Size::AtLeast(4), Some(failure)),
    ("ECHO_REQUEST", Size::AtLeast(0), Some(data)),
    ("ECHO_REPLY", Size::AtLeast(0), Some(data)),
    ("VENDOR", Size::AtLeast(4), Some(big_switch::message)),
    ("FEATURES_REQUEST", Size::Is(0), None),
    ("FEATURES_REPLY", Size::AtLeast(24), Some(features)),
    ("GET_CONFIG_REQUEST", Size::Is(0), None),
    ("GET_CONFIG_REPLY", Size::Is(4), Some(configuration)),
    ("SET_CONFIG", Size::Is(4), Some(configuration)),
    ("PACKET_IN", Size::AtLeast(10), Some(packet_in)),
    ("FLOW_REMOVED", Size::Is(80), Some(flow_removed)),
    ("PORT_STATUS", Size::Is(56), Some(port_status)),
    ("PACKET_OUT", Size::AtLeast(8), Some(packet_out)),
    ("FLOW_MOD", Size::AtLeast(64), Some(flow_change)),
    ("PORT_MOD", Size::Is(24), Some(port_change)),
    ("STATS_REQUEST", Size::AtLeast(4), Some(statistics_request)),
    ("STATS_REPLY", Size::AtLeast(4), Some(statistics)),
    ("BARRIER_REQUEST", Size::Is(0), None),
    ("BARRIER_REPLY", Size::Is(0), None),
    ("QUEUE_GET_CONFIG_REQUEST", Size::Is(4), Some(queue_request)),
    (
        "QUEUE_GET_CONFIG_REPLY",
        Size::AtLeast(8),
        Some(queue_reply),
    ),
];

const PORT_BITS: u32 = 0x7f;
const FEATURE_BITS: u32 = 0xfff;

fn port(p: &mut Printer, f: &mut Fields<'_>, before: &str) -> Done {
    let port = f.be16()?;
    p.text(before);
    p.name(PORTS, port, "%u");
    Ok(())
}

fn hardware(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let address = f.take(6)?;
    p.text(", hw_addr ");
    p.hex(address, ":");
    Ok(())
}

fn physical_port(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t  port_no ")?;
    hardware(p, f)?;
    name(p, f, ", name ", 16)?;
    if !p.v(2) {
        f.take(24)?;
        return Ok(());
    }
    word(p, f, "\n\t   config", PORT_CONFIGURATION, PORT_BITS)?;
    let state = f.be32()?;
    let tree = tok(SPANNING_TREE, state & 0x300, "");
    let down = if state & 1 != 0 { ", LINK_DOWN" } else { "" };
    let bogus = if state & !0x301 != 0 { " (bogus)" } else { "" };
    write!(p, "\n\t   state 0x{state:08x} ({tree}{down}){bogus}");
    for before in ["curr", "advertised", "supported", "peer"] {
        word(
            p,
            f,
            &format!("\n\t   {before}"),
            PORT_FEATURES,
            FEATURE_BITS,
        )?;
    }
    Ok(())
}

fn features(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    write!(p, "\n\t dpid 0x{:016x}", f.be64()?);
    write!(p, ", n_buffers {}", f.be32()?);
    write!(p, ", n_tables {}", f.u8()?);
    f.take(3)?;
    word(p, f, "\n\t capabilities", CAPABILITIES, 0xef)?;
    word(p, f, "\n\t actions", ACTION_BITS, 0xfff)?;
    while !f.is_empty() {
        if f.left < 48 {
            p.bad_only("\n\t  port def. length", f.left, "<", 48);
            return reject(p, f);
        }
        physical_port(p, f)?;
    }
    Ok(())
}

fn configuration(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let flags = f.be16()?;
    p.text("\n\t flags ");
    p.name(CONFIGURATION, flags, "invalid (0x%04x)");
    write!(p, ", miss_send_len {}", f.be16()?);
    Ok(())
}

/// A number that is printed unless it is zero.
fn unless_zero(p: &mut Printer, f: &mut Fields<'_>, before: &str) -> Done {
    let number = f.be16()?;
    if number != 0 {
        write!(p, ", {before} {number}");
    }
    Ok(())
}

fn flow_change(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    matching(p, f, "\n\t ")?;
    write!(p, "\n\t cookie 0x{:016x}", f.be64()?);
    let command = f.be16()?;
    p.text(", command ");
    p.name(COMMANDS, command, "invalid (0x%04x)");
    for before in ["idle_timeout", "hard_timeout", "priority"] {
        unless_zero(p, f, before)?;
    }
    let buffer = f.be32()?;
    if command <= 2 {
        p.text(", buffer_id ");
        p.name(BUFFERS, buffer, "0x%08x");
    }
    if matches!(command, 3 | 4) {
        port(p, f, ", out_port ")?;
    } else {
        f.take(2)?;
    }
    let bits = f.be16()?;
    write!(p, ", flags 0x{bits:04x}");
    flags(p, FLOW_FLAGS, bits.into(), !7);
    actions(p, f, "\n\t ")
}

fn port_change(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t port_no ")?;
    hardware(p, f)?;
    word(p, f, "\n\t  config", PORT_CONFIGURATION, PORT_BITS)?;
    word(p, f, "\n\t  mask", PORT_CONFIGURATION, PORT_BITS)?;
    word(p, f, "\n\t  advertise", PORT_FEATURES, FEATURE_BITS)?;
    rest(f)
}

fn queue_request(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t port ")?;
    rest(f)
}

fn queue_reply(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, "\n\t port ")?;
    f.take(6)?;
    while !f.is_empty() {
        p.text("\n\t ");
        if f.left < 8 {
            p.bad_only("remaining length", f.left, "<", 8);
            return reject(p, f);
        }
        write!(p, " queue_id {}", f.be32()?);
        let size = usize::from(f.be16()?);
        write!(p, ", len {size}");
        if size < 8 || size > f.left + 6 {
            let (relation, limit) = if size < 8 {
                ("<", 8)
            } else {
                (">", f.left + 6)
            };
            p.bad_only("prop. desc. length", size, relation, limit);
            return reject(p, f);
        }
        f.take(2)?;
        let mut v = f.part(size - 8)?;
        match p.v(2) {
            true => queue_properties(p, &mut v)?,
            false => rest(&mut v)?,
        }
    }
    Ok(())
}

fn queue_properties(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        p.text("\n\t  ");
        if f.left < 8 {
            p.bad_only("remaining length", f.left, "<", 8);
            return reject(p, f);
        }
        let property = f.be16()?;
        p.text(" property ");
        p.name(QUEUE_PROPERTIES, property, "invalid (0x%04x)");
        let size = usize::from(f.be16()?);
        write!(p, ", len {size}");
        if size < 8 || size > f.left + 4 {
            let (relation, limit) = if size < 8 {
                ("<", 8)
            } else {
                (">", f.left + 4)
            };
            p.bad_only("property length", size, relation, limit);
            return reject(p, f);
        }
        f.take(4)?;
        if property == 0 && size != 8 || property == 1 && size != 16 {
            p.text(" (bogus)");
        } else if property == 1 {
            let rate = f.b.be16(0)?;
            match rate > 1000 {
                true => p.text(", rate disabled"),
                false => write!(p, ", rate {}.{}%", rate / 10, rate % 10),
            }
        }
        f.take(size - 8)?;
    }
    Ok(())
}

fn statistics_request(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let kind = f.be16()?;
    p.text("\n\t type ");
    p.name(STATISTICS, kind, "invalid (0x%04x)");
    let flags = f.be16()?;
    write!(p, ", flags 0x{flags:04x}");
    p.text(if flags != 0 { " (bogus)" } else { "" });
    let size = match kind {
        0 | 3 => 0,
        1 | 2 => 44,
        4 | 5 => 8,
        0xffff => return big_switch::data_of(p, f),
        _ => return Ok(()),
    };
    if f.left != size {
        p.bad_only("len", f.left, "!=", size);
        return reject(p, f);
    }
    match kind {
        1 | 2 => {
            matching(p, f, "\n\t ")?;
            let table = f.u8()?;
            p.text("\n\t table_id ");
            p.name(TABLES, table, "%u");
            f.take(1)?;
            port(p, f, ", out_port ")
        }
        4 => {
            port(p, f, "\n\t port_no ")?;
            rest(f)
        }
        5 => {
            port(p, f, "\n\t port_no ")?;
            f.take(2)?;
            let queue = f.be32()?;
            p.text(", queue_id ");
            p.name(QUEUES, queue, "%u");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn statistics(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let kind = f.be16()?;
    p.text("\n\t type ");
    p.name(STATISTICS, kind, "invalid (0x%04x)");
    let bits = f.be16()?;
    write!(p, ", flags 0x{bits:04x}");
    flags(p, STATISTICS_FLAGS, bits.into(), !1);
    let (size, entry): (usize, fn(&mut Printer, &mut Fields<'_>) -> Done) = match kind {
        0 => return description(p, f),
        1 => return flows(p, f),
        2 => return aggregate(p, f),
        3 => (64, table),
        4 => (104, port_counters),
        5 => (32, queue_counters),
        0xffff => return big_switch::data_of(p, f),
        _ => return rest(f),
    };
    while !f.is_empty() {
        p.text(if kind == 3 { "\n\t" } else { "\n\t " });
        if f.left < size {
            p.bad_only("remaining length", f.left, "<", size);
            return reject(p, f);
        }
        entry(p, f)?;
    }
    Ok(())
}

fn description(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.text("\n\t ");
    if f.left != 1056 {
        p.bad_only("len", f.left, "!=", 1056);
        return reject(p, f);
    }
    name(p, f, " mfr_desc ", 256)?;
    name(p, f, "\n\t  hw_desc ", 256)?;
    name(p, f, "\n\t  sw_desc ", 256)?;
    name(p, f, "\n\t  serial_num ", 32)?;
    name(p, f, "\n\t  dp_desc ", 256)
}

fn flows(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        p.text("\n\t");
        if f.left < 88 {
            p.bad_only("remaining length", f.left, "<", 88);
            return reject(p, f);
        }
        let size = usize::from(f.b.be16(0)?);
        write!(p, " length {size}");
        if size < 88 || size > f.left {
            let (relation, limit) = if size < 88 { ("<", 88) } else { (">", f.left) };
            p.bad_only("entry_len", size, relation, limit);
            return reject(p, f);
        }
        let mut v = f.part(size)?;
        v.take(2)?;
        let table = v.u8()?;
        p.text(", table_id ");
        p.name(TABLES, table, "%u");
        v.take(1)?;
        matching(p, &mut v, "\n\t  ")?;
        write!(p, "\n\t  duration_sec {}", v.be32()?);
        write!(p, ", duration_nsec {}", v.be32()?);
        write!(p, ", priority {}", v.be16()?);
        write!(p, ", idle_timeout {}", v.be16()?);
        write!(p, ", hard_timeout {}", v.be16()?);
        v.take(6)?;
        write!(p, ", cookie 0x{:016x}", v.be64()?);
        write!(p, ", packet_count {}", v.be64()?);
        write!(p, ", byte_count {}", v.be64()?);
        actions(p, &mut v, "\n\t  ")?;
    }
    Ok(())
}

fn aggregate(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.text("\n\t");
    if f.left != 24 {
        p.bad_only("remaining length", f.left, "!=", 24);
        return reject(p, f);
    }
    write!(p, " packet_count {}", f.be64()?);
    write!(p, ", byte_count {}", f.be64()?);
    write!(p, ", flow_count {}", f.be32()?);
    rest(f)
}

fn table(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let table = f.u8()?;
    p.text(" table_id ");
    p.name(TABLES, table, "%u");
    f.take(3)?;
    name(p, f, ", name ", 32)?;
    word(p, f, "\n\t  wildcards", WILDCARDS, 0x3f_ffff)?;
    write!(p, "\n\t  max_entries {}", f.be32()?);
    write!(p, ", active_count {}", f.be32()?);
    write!(p, ", lookup_count {}", f.be64()?);
    write!(p, ", matched_count {}", f.be64()?);
    Ok(())
}

const PORT_COUNTERS: [&str; 12] = [
    "rx_packets",
    "tx_packets",
    "rx_bytes",
    "tx_bytes",
    "rx_dropped",
    "tx_dropped",
    "rx_errors",
    "tx_errors",
    "rx_frame_err",
    "rx_over_err",
    "rx_crc_err",
    "collisions",
];

fn port_counters(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, " port_no ")?;
    if !p.v(2) {
        f.take(102)?;
        return Ok(());
    }
    f.take(6)?;
    for name in PORT_COUNTERS {
        write!(p, ", {name} {}", f.be64()?);
    }
    Ok(())
}

fn queue_counters(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    port(p, f, " port_no ")?;
    f.take(2)?;
    write!(p, ", queue_id {}", f.be32()?);
    for name in ["tx_bytes", "tx_packets", "tx_errors"] {
        write!(p, ", {name} {}", f.be64()?);
    }
    Ok(())
}

fn packet(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    if f.is_empty() {
        return Ok(());
    }
    write!(p, "\n\t data ({} octets)", f.left);
    if !p.v(3) {
        return rest(f);
    }
    p.text(", frame decoding below\n");
    p.set.verbose -= 3;
    let done = p.nested(|p| ethernet::print(p, f.b, f.left));
    p.set.verbose += 3;
    done.map(|_| ())
}

fn packet_out(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    write!(p, "\n\t buffer_id 0x{:08x}", f.be32()?);
    port(p, f, ", in_port ")?;
    let size = usize::from(f.be16()?);
    write!(p, ", actions_len {size}");
    if size > f.left {
        p.bad_only("actions_len", size, ">", f.left);
        return reject(p, f);
    }
    let mut v = f.part(size)?;
    actions(p, &mut v, "\n\t ")?;
    packet(p, f)
}

fn packet_in(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let buffer = f.be32()?;
    p.text("\n\t buffer_id ");
    p.name(BUFFERS, buffer, "0x%08x");
    write!(p, ", total_len {}", f.be16()?);
    port(p, f, ", in_port ")?;
    let reason = f.u8()?;
    p.text(", reason ");
    p.name(REASONS, reason, "invalid (0x%02x)");
    f.take(1)?;
    packet(p, f)
}

fn flow_removed(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    matching(p, f, "\n\t ")?;
    write!(p, "\n\t cookie 0x{:016x}", f.be64()?);
    unless_zero(p, f, "priority")?;
    let reason = f.u8()?;
    p.text(", reason ");
    p.name(REMOVALS, reason, "unknown (0x%02x)");
    f.take(1)?;
    write!(p, ", duration_sec {}", f.be32()?);
    write!(p, ", duration_nsec {}", f.be32()?);
    unless_zero(p, f, "idle_timeout")?;
    f.take(2)?;
    write!(p, ", packet_count {}", f.be64()?);
    write!(p, ", byte_count {}", f.be64()?);
    Ok(())
}

fn port_status(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let reason = f.u8()?;
    p.text("\n\t reason ");
    p.name(CHANGES, reason, "invalid (0x%02x)");
    f.take(7)?;
    physical_port(p, f)
}

fn failure(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let codes = [
        HELLO_ERRORS,
        REQUEST_ERRORS,
        ACTION_ERRORS,
        FLOW_ERRORS,
        PORT_ERRORS,
        QUEUE_ERRORS,
    ];
    error(p, f, ERRORS, &codes)
}

/// Who defined a message and what it says.
pub(crate) fn vendor_of(p: &mut Printer, f: &mut Fields<'_>) -> Done<u32> {
    let number = f.be32()?;
    write!(p, ", vendor 0x{number:08x} (");
    vendor(p, number);
    p.text(")");
    Ok(number)
}
