//! The RPC of Sun (RFC 5531): calls to the port mapper as -T rpc says.

use super::nfs;
use super::prelude::*;
use super::transport::Ip;

const PROCEDURES: &Table = &[
    (0, "null"),
    (1, "set"),
    (2, "unset"),
    (3, "getport"),
    (4, "dump"),
    (5, "call"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    if b.be32(4)? != 0 {
        return nfs::reply_with_ends(p, b, length, ip);
    }
    p.protocol = "sunrpc";
    b.octets(0, 32)?;
    ip.source(p)?;
    write!(p, ".0x{:x} > ", b.be32(0)?);
    ip.destination(p)?;
    p.text(if p.set.numeric == 0 {
        ".sunrpc: "
    } else {
        ".0x6f: "
    });
    write!(p, "{length} ");
    let procedure = b.be32(20)?;
    p.name(PROCEDURES, procedure, " proc #%u");
    let version = b.be32(8)?;
    if version != 2 {
        write!(p, " [rpcver {version}]");
    }
    if matches!(procedure, 1..=3 | 5) {
        let (program, version) = (b.be32(12)?, b.be32(16)?);
        let sign = if p.set.numeric == 0 { "#" } else { "" };
        write!(p, " {sign}{program}.{version}");
    }
    Ok(())
}
