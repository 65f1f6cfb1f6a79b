//! Sockets between a virtual machine and its host, as Linux's vsockmon shows them.

use super::prelude::*;

const TRANSPORTS: &Table = &[(0, "UNKNOWN"), (1, "NO_INFO"), (2, "VIRTIO")];
const OPERATIONS: &Table = &[
    (0, "UNKNOWN"),
    (1, "CONNECT"),
    (2, "DISCONNECT"),
    (3, "CONTROL"),
    (4, "PAYLOAD"),
];
const VIRTIO_OPERATIONS: &Table = &[
    (0, "INVALID"),
    (1, "REQUEST"),
    (2, "RESPONSE"),
    (3, "RST"),
    (4, "SHUTDOWN"),
    (5, "RW"),
    (6, "CREDIT UPDATE"),
    (7, "CREDIT REQUEST"),
];
const HEADER: usize = 32;
const VIRTIO: usize = 44;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], _length: usize) -> Done {
    p.protocol = "vsock";
    b.octets(0, HEADER)?;
    p.link_header += HEADER;
    let transport = b.le16(26)?;
    p.name(TRANSPORTS, transport, "Invalid transport (%u)");
    let behind = HEADER + if transport == 2 { VIRTIO } else { 0 };
    let cut = p.v(1) && b.len() < behind;
    match p.v(1) {
        false => p.text(" "),
        true if cut => {}
        true => {
            if transport == 2 {
                virtio(p, b.tail(HEADER))?;
            }
            p.text("\n\t");
        }
    }
    let operation = b.le16(24)?;
    write!(p, "{}.{} > ", b.le64(0)?, b.le32(16)?);
    write!(p, "{}.{} ", b.le64(8)?, b.le32(20)?);
    p.name(OPERATIONS, operation, " invalid op (%u)");
    write!(p, ", length {}", b.len());
    if cut {
        p.truncated();
    } else if p.v(2) && operation == 4 {
        if b.len() > behind {
            p.text("\n");
            p.unknown(b.tail(behind), "\t", b.len() - behind);
        } else {
            p.truncated();
        }
    }
    Ok(())
}

fn virtio(p: &mut Printer, b: &[u8]) -> Done {
    write!(p, " (len {}, type ", b.le32(24)?);
    p.name(&[(1, "STREAM")], b.le16(28)?, "Invalid type (%hu)");
    p.text(", op ");
    p.name(VIRTIO_OPERATIONS, b.le16(30)?, "Invalid op (%hu)");
    write!(p, ", flags {:x}", b.le32(32)?);
    write!(p, ", buf_alloc {}", b.le32(36)?);
    write!(p, ", fwd_cnt {})", b.le32(40)?);
    Ok(())
}
