//! Heartbeats of Microsoft's network load balancing.

use super::prelude::*;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "msnlb";
    p.text("MS NLB heartbeat");
    write!(p, ", host priority: {}", b.le32(8)?);
    for (name, at) in [("cluster", 12), ("host", 16)] {
        b.octets(at, 4)?;
        write!(p, ", {name} IP: ");
        p.v4_at(b, at)?;
    }
    Ok(())
}
