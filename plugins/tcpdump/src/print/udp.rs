//! UDP (RFC 768), and what its port says that it carries.

use super::prelude::*;
use super::settings::Payload;
use super::transport::Ip;
use super::{
    ahcp, aodv, babel, bcm_li, bfd, bootp, checksum, dhcp6, domain, geneve, hncp, hsrp, isakmp,
    kerberos, l2tp, ldp, lisp, lmp, lspping, lwres, mpls, nfs, ntp, olsr, pgm, pim, ptp, quic,
    radius, rip, ripng, rtp, rx, sflow, sip, snmp, someip, sunrpc, syslog, tftp, timed, vqp, vxlan,
    wb, zephyr,
};

/// Prints a datagram.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "udp";
    let first = ip.first()? == 17;
    if !b.has(4) {
        if first {
            ip.source(p)?;
            p.text(" > ");
            ip.destination(p)?;
            p.text(": ");
        }
        return Err(Cut);
    }
    let ports = (b.be16(0)?, b.be16(2)?);
    if p.set.payload != Some(Payload::Rpc) {
        if first {
            ip.source(p)?;
            p.text(".");
        }
        p.udp_port(ports.0);
        p.text(" > ");
        if first {
            ip.destination(p)?;
            p.text(".");
        }
        p.udp_port(ports.1);
        p.text(": ");
    }
    if length < 8 {
        p.bad("undersized-udp", length, "<", 8);
        return Ok(());
    }
    let mut written = usize::from(b.be16(4)?);
    let sum = b.be16(6)?;
    if written == 0 && length > 65535 {
        written = length;
    }
    if written < 8 {
        p.bad("undersized-udplength", written, "<", 8);
        return Ok(());
    }
    let written = written - 8;
    let rest = (length - 8).min(written);
    let payload = b.tail(8);
    if let Some(kind) = p.set.payload {
        return as_told(p, payload, rest, kind, ip);
    }
    if p.set.quiet == 0 && nfs::detect(p, payload, rest, ports, ip, "")? {
        return Ok(());
    }
    if p.v(1) && !p.set.trust_checksums && !ip.fragmented && (ip.version == 6 || p.v(2)) {
        checksums(p, b, rest + 8, sum, ip);
    }
    if p.set.quiet == 0 && by_port(p, payload, rest, ports, ip)? {
        return Ok(());
    }
    if written > rest && !ip.fragmented {
        write!(p, "UDP, bad length {written} > {rest}");
    } else {
        p.text("UDP, length ");
        p.decimal(written as u32);
    }
    Ok(())
}

fn checksums(p: &mut Printer, b: &[u8], length: usize, is: u16, ip: Ip<'_>) {
    if is == 0 && ip.version == 4 {
        return p.text("[no cksum] ");
    }
    match ip.checksum(b, length, length, 17) {
        None => {}
        Some(0) => p.text("[udp sum ok] "),
        Some(sum) => write!(
            p,
            "[bad udp cksum 0x{is:04x} -> 0x{:04x}!] ",
            checksum::should_be(is, sum)
        ),
    }
}

/// What -T says.
fn as_told(p: &mut Printer, b: &[u8], length: usize, kind: Payload, ip: Ip<'_>) -> Done {
    match kind {
        Payload::Aodv => aodv::print(p, b, length, ip.version),
        Payload::Rpc => sunrpc::print(p, b, length, ip),
        Payload::Vat => rtp::vat(p, b, length),
        Payload::Rtp => rtp::print(p, b, length),
        Payload::Rtcp => rtp::control(p, b),
        Payload::Wb => wb::print(p, b, length),
        Payload::Lmp => lmp::print(p, b, length),
        Payload::Tftp => tftp::print(p, b, length),
        Payload::Vxlan => vxlan::print(p, b, length),
        Payload::Someip => someip::print(p, b, length),
        Payload::Pgm | Payload::PgmZmtp1 => pgm::print(p, b, length, ip),
        Payload::Snmp => snmp::print(p, b, length),
        Payload::Radius => radius::print(p, b, length),
        Payload::Ptp => ptp::print(p, b, length),
        Payload::Quic => quic::print(p, b),
        Payload::Domain => domain::print(p, b, length, false, false),
        #[allow(unreachable_patterns)]
        _ => Ok(()),
    }
}

/// Prints what a port says, the first that matches; false when none does.
fn by_port(p: &mut Printer, b: &[u8], length: usize, ports: (u16, u16), ip: Ip<'_>) -> Done<bool> {
    let (source, destination) = ports;
    for (port, print) in BY_PORT {
        if source == *port || destination == *port {
            print(p, b, length, ip)?;
            return Ok(true);
        }
    }
    let either = |port: u16| source == port || destination == port;
    match () {
        () if destination == 3456 => rtp::vat(p, b, length)?,
        () if either(2103) || either(2104) => zephyr::print(p, b, length)?,
        () if [source, destination]
            .iter()
            .any(|port| matches!(port, 7000..=7009)) =>
        {
            rx::print(p, b, length, ports, ip)?
        }
        () if either(5359) => ahcp::print(p, b, length)?,
        () if either(6696) || either(6697) => babel::print(p, b, length)?,
        () if either(8231) => hncp::print(p, b, length)?,
        () if destination == 4567 => wb::print(p, b, length)?,
        () if [1645, 1812, 1646, 1813, 1700, 3799].into_iter().any(either) => {
            radius::print(p, b, length)?
        }
        () if destination == 1985 => hsrp::print(p, b, length)?,
        () if either(3503) => lspping::print(p, b, length)?,
        () if matches!(destination, 3784 | 4784 | 6784 | 7784 | 3785) => {
            bfd::print(p, b, length, destination)?
        }
        () if source == 7784 => bfd::print(p, b, length, source)?,
        () if either(5060) => sip::print(p, b, length)?,
        () if either(8472) || either(4789) => vxlan::print(p, b, length)?,
        () if destination == 6081 => geneve::print(p, b, length)?,
        () if either(1589) => vqp::print(p, b, length)?,
        () if either(6343) => sflow::print(p, b, length)?,
        () if either(4342) => lisp::print(p, b, length)?,
        () if either(4790) => vxlan::gpe(p, b, length)?,
        () if either(6635) => mpls::print(p, b, length)?,
        () if either(30490) => someip::print(p, b, length)?,
        () if either(443) && quic::detect(b, length)? => quic::print(p, b)?,
        () if source == 49152 => bcm_li::print(p, b, length)?,
        () => return Ok(false),
    }
    Ok(true)
}

type Print = fn(&mut Printer, &[u8], usize, Ip<'_>) -> Done;

const BY_PORT: &[(u16, Print)] = &[
    (53, |p, b, length, _| {
        domain::print(p, b, length, false, false)
    }),
    (68, |p, b, length, _| bootp::print(p, b, length)),
    (67, |p, b, length, _| bootp::print(p, b, length)),
    (69, |p, b, length, _| tftp::print(p, b, length)),
    (88, |p, b, _, _| kerberos::print(p, b)),
    (123, |p, b, length, _| ntp::print(p, b, length)),
    (161, |p, b, length, _| snmp::print(p, b, length)),
    (162, |p, b, length, _| snmp::print(p, b, length)),
    (319, |p, b, length, _| ptp::print(p, b, length)),
    (320, |p, b, length, _| ptp::print(p, b, length)),
    (496, |p, b, length, _| pim::auto_rp(p, b, length)),
    (500, |p, b, length, ip| isakmp::print(p, b, length, ip)),
    (514, |p, b, length, _| syslog::print(p, b, length)),
    (520, |p, b, length, _| rip::print(p, b, length)),
    (521, |p, b, length, _| ripng::print(p, b, length)),
    (525, |p, b, _, _| timed::print(p, b)),
    (546, |p, b, length, _| dhcp6::print(p, b, length)),
    (547, |p, b, length, _| dhcp6::print(p, b, length)),
    (646, |p, b, length, _| ldp::print(p, b, length)),
    (654, |p, b, length, ip| {
        aodv::print(p, b, length, ip.version)
    }),
    (698, |p, b, length, ip| {
        olsr::print(p, b, length, ip.version)
    }),
    (701, |p, b, length, _| lmp::print(p, b, length)),
    (750, |p, b, _, _| kerberos::print(p, b)),
    (921, |p, b, length, _| lwres::print(p, b, length)),
    (5353, |p, b, length, _| {
        domain::print(p, b, length, false, true)
    }),
    (1701, |p, b, length, _| l2tp::print(p, b, length)),
    (4500, |p, b, length, ip| isakmp::over_udp(p, b, length, ip)),
    (7500, |p, b, length, ip| isakmp::print(p, b, length, ip)),
    (8500, |p, b, length, ip| isakmp::print(p, b, length, ip)),
];
