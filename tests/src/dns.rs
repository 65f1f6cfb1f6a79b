//! A name server that knows a handful of names and denies all others (RFC 1035), so that tests can tell
//! "no such name" from "no answer", and be told names that no honest server would give.

use crate::namespace::Namespace;
use crate::server::repeat;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const PTR: u16 = 12;
const A: u16 = 1;
const AAAA: u16 = 28;

/// A name server on port 53 of 127.0.0.1 of a node; it stops when dropped.
pub struct NameServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What it knows.
#[derive(Clone, Default)]
pub struct Zone {
    /// Names, without a final dot and in lower case, and their addresses.
    pub addresses: Vec<(&'static str, IpAddr)>,
    /// Names whose IPv4 address is another each time it is asked for; the last one stays.
    pub rebinding: Vec<(&'static str, Vec<IpAddr>)>,
    /// Names asked about in reverse, such as `2.3.0.10.in-addr.arpa`, and the labels to answer with.
    pub names: Vec<(&'static str, Vec<&'static [u8]>)>,
}

impl NameServer {
    /// Starts it.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(node: &Namespace, zone: Zone) -> Self {
        let socket = node
            .inside(|| UdpSocket::bind(("127.0.0.1", 53)))
            .expect("port 53");
        socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .expect("a timeout");
        let stop = Arc::new(AtomicBool::new(false));
        let mut zone = zone;
        let thread = repeat(&stop, move || {
            let mut query = [0; 512];
            if let Ok((length, from)) = socket.recv_from(&mut query)
                && let Some(reply) = answer(&query[..length], &mut zone)
            {
                let _ = socket.send_to(&reply, from);
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(query: &[u8], zone: &mut Zone) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).to_lowercase());
        at += length;
    }
    let name = labels.join(".");
    let kind = u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]);
    let question = query.get(12..at + 4)?;

    let mut known = false;
    let mut records = Vec::new();
    for (_, addresses) in zone
        .rebinding
        .iter_mut()
        .filter(|(known, _)| *known == name)
    {
        known = true;
        if let (Some(IpAddr::V4(address)), A) = (addresses.first(), kind) {
            records.push(address.octets().to_vec());
            if addresses.len() > 1 {
                addresses.remove(0);
            }
        }
    }
    for (_, address) in zone.addresses.iter().filter(|(known, _)| *known == name) {
        known = true;
        match address {
            IpAddr::V4(address) if kind == A => records.push(address.octets().to_vec()),
            IpAddr::V6(address) if kind == AAAA => records.push(address.octets().to_vec()),
            _ => {}
        }
    }
    for (_, labels) in zone
        .names
        .iter()
        .filter(|(known, _)| *known == name && kind == PTR)
    {
        known = true;
        let mut data = Vec::new();
        for label in labels {
            data.push(label.len() as u8);
            data.extend_from_slice(label);
        }
        data.push(0);
        records.push(data);
    }

    let mut reply = query.get(..2)?.to_vec();
    // A response, recursion desired and available; NXDOMAIN unless the name is known.
    reply.extend([0x81, if known { 0x80 } else { 0x83 }]);
    for count in [1, records.len() as u16, 0, 0] {
        reply.extend(count.to_be_bytes());
    }
    reply.extend_from_slice(question);
    for data in records {
        // The name is that of the question, at offset 12; class IN, one second to live.
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 1]);
        reply.extend((data.len() as u16).to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}
