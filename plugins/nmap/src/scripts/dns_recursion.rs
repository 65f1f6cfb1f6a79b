//! The built-in script dns-recursion: whether a name server would look up names elsewhere for us.

use std::time::Duration;

use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::udp;

use super::Asked;

const PATIENCE: Duration = Duration::from_secs(3);
const IDENTIFIER: [u8; 2] = [0x4e, 0x48];
/// The RCODE of a server that will not answer (RFC 1035 section 4.1.1).
const REFUSED: u8 = 5;
/// Who are the name servers of the root? With the flag RD (RFC 1035 section 4.1.1): look it up.
const QUESTION: [u8; 17] = [
    IDENTIFIER[0],
    IDENTIFIER[1],
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    2,
    0,
    1,
];

pub(super) async fn run(asked: Asked<'_>) -> Option<String> {
    let socket = udp::Socket::open(asked.to, &SocketOptions::default()).ok()?;
    let mut batch = Batch::new();
    batch.push(Remote::FIRST, &QUESTION);
    socket.send(&batch).ok()?;
    let received = socket.receive(1, PATIENCE).await.ok()?;
    let recurses = received.datagrams().any(|answer| offers(answer.payload));
    recurses.then(|| "Recursion appears to be enabled".to_owned())
}

/// Whether an answer has the flags QR and RA, and does not refuse.
fn offers(answer: &[u8]) -> bool {
    matches!(answer, [a, b, first, second, ..]
        if [*a, *b] == IDENTIFIER && first & 0x80 != 0 && second & 0x80 != 0 && second & 0x0f != REFUSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_say_whether_they_would_recurse() {
        assert!(offers(&[0x4e, 0x48, 0x81, 0x80, 0]));
        assert!(offers(&[0x4e, 0x48, 0x81, 0x82]), "it has tried");
        assert!(!offers(&[0x4e, 0x48, 0x81, 0x85]), "refused");
        assert!(!offers(&QUESTION));
        assert!(!offers(&[0x4e, 0x48, 0x81]));
    }
}
