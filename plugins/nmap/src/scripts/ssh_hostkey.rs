//! The built-in script ssh-hostkey: the host keys of an SSH server, one key exchange for each kind of key. Who only
//! wants to see a key can stop when the server has sent it (RFC 4253 section 8).

use std::fmt::Write;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use md5::{Digest, Md5};
use nethost_sdk::clock::{self, Mark};

use super::Asked;
use crate::service::Stream;

/// Kinds of keys, the algorithms that show them, and their names.
const KINDS: [(&str, &str, &str); 5] = [
    ("ssh-rsa", "rsa-sha2-256,ssh-rsa", "RSA"),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "ECDSA"),
    ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "ECDSA"),
    ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "ECDSA"),
    ("ssh-ed25519", "ssh-ed25519", "ED25519"),
];
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest packet that is accepted (RFC 4253 section 6.1).
const LONGEST: usize = 35_000;
/// The longest text before the version.
const GREETING: usize = 8 << 10;
const KEXINIT: u8 = 20;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;

pub(super) async fn run(asked: Asked<'_>) -> Option<String> {
    let mut output = String::new();
    for (kind, algorithms, name) in KINDS {
        let Some(key) = key(asked, algorithms).await else {
            continue;
        };
        if field(&key, 0).map(|(kind, _)| kind) != Some(kind.as_bytes()) {
            continue;
        }
        let Some(bits) = bits(kind, &key) else {
            continue;
        };
        let print = HEXLOWER.encode(&Md5::digest(&key));
        let _ = write!(output, "\n  {bits} {print} ({name})");
        if asked.verbose > 0 {
            let _ = write!(output, "\n{kind} {}", BASE64.encode(&key));
        }
    }
    (!output.is_empty()).then_some(output)
}

/// The size of a key in bits.
fn bits(kind: &str, key: &[u8]) -> Option<usize> {
    Some(match kind {
        "ssh-rsa" => {
            let (_, after) = field(key, 0)?;
            let (_, after) = field(key, after)?;
            let (modulus, _) = field(key, after)?;
            let modulus: &[u8] = match modulus {
                [0, rest @ ..] => rest,
                all => all,
            };
            let first = modulus.first()?;
            (modulus.len() * 8).checked_sub(first.leading_zeros() as usize)?
        }
        "ecdsa-sha2-nistp384" => 384,
        "ecdsa-sha2-nistp521" => 521,
        _ => 256,
    })
}

/// A string of the protocol, and where what follows it begins.
fn field(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let begin = at.checked_add(4)?;
    let length = bytes.get(at..begin)?.try_into().ok()?;
    let end = begin.checked_add(u32::from_be_bytes(length) as usize)?;
    Some((bytes.get(begin..end)?, end))
}

/// The key that the server shows for these algorithms.
async fn key(asked: Asked<'_>, algorithms: &str) -> Option<Vec<u8>> {
    let mut talk = Talk {
        stream: Stream::open(asked.to, false).await.ok()?,
        read: Vec::new(),
        until: clock::now().plus(PATIENCE),
    };
    talk.greeting().await?;
    let hello = [
        b"SSH-2.0-nethost\r\n".as_slice(),
        &packet(&offer(algorithms)),
    ]
    .concat();
    talk.stream.write(&hello).await.ok()?;
    let theirs = talk.packet().await?;
    if theirs.first() != Some(&KEXINIT) {
        return None;
    }
    // Any point of the curve will do for a key that is never used: the base point.
    let mut init = vec![ECDH_INIT, 0, 0, 0, 32, 9];
    init.resize(5 + 32, 0);
    talk.stream.write(&packet(&init)).await.ok()?;
    let reply = talk.packet().await?;
    if reply.first() != Some(&ECDH_REPLY) {
        return None;
    }
    let (key, _) = field(&reply, 1)?;
    Some(key.to_vec())
}

/// What is offered: one way to exchange keys, and ciphers that each server has.
fn offer(algorithms: &str) -> Vec<u8> {
    let mut message = vec![KEXINIT];
    message.extend_from_slice(&[0x4e; 16]);
    let ciphers = "aes128-ctr,aes256-ctr,chacha20-poly1305@openssh.com,aes128-gcm@openssh.com";
    let macs = "hmac-sha2-256,hmac-sha2-512,hmac-sha1";
    for names in [
        "curve25519-sha256,curve25519-sha256@libssh.org",
        algorithms,
        ciphers,
        ciphers,
        macs,
        macs,
        "none",
        "none",
        "",
        "",
    ] {
        message.extend_from_slice(&(names.len() as u32).to_be_bytes());
        message.extend_from_slice(names.as_bytes());
    }
    // No guess follows.
    message.extend_from_slice(&[0; 5]);
    message
}

/// A packet before there are keys (RFC 4253 section 6).
fn packet(payload: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (payload.len() + 5 + 4) % 8) % 8;
    let length = (1 + payload.len() + padding) as u32;
    let mut packet = length.to_be_bytes().to_vec();
    packet.push(padding as u8);
    packet.extend_from_slice(payload);
    packet.resize(packet.len() + padding, 0);
    packet
}

struct Talk {
    stream: Stream,
    read: Vec<u8>,
    until: Mark,
}

impl Talk {
    async fn more(&mut self) -> Option<()> {
        match self.stream.read(self.until).await {
            Ok(Some(bytes)) if !bytes.is_empty() => {
                self.read.extend(bytes);
                Some(())
            }
            _ => None,
        }
    }

    /// Reads lines up to the version of the server.
    async fn greeting(&mut self) -> Option<()> {
        loop {
            while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                if line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-") {
                    return Some(());
                }
            }
            if self.read.len() > GREETING {
                return None;
            }
            self.more().await?;
        }
    }

    /// The payload of the next packet.
    async fn packet(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(head) = self.read.first_chunk::<4>() {
                let length = u32::from_be_bytes(*head) as usize;
                if length > LONGEST {
                    return None;
                }
                if let Some(packet) = self.read.get(4..4 + length) {
                    let padding = usize::from(*packet.first()?);
                    let payload = packet.get(1..length.checked_sub(padding)?)?.to_vec();
                    self.read.drain(..4 + length);
                    return Some(payload);
                }
            }
            self.more().await?;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_padded() {
        for length in 0..40 {
            let packet = packet(&vec![7; length]);
            assert_eq!(packet.len() % 8, 0, "{length}");
            assert!((4..12).contains(&packet[4]), "{length}");
            let declared = u32::from_be_bytes(packet[..4].try_into().unwrap());
            assert_eq!(declared as usize, packet.len() - 4);
        }
    }

    #[test]
    fn keys_have_sizes_and_cut_ones_have_none() {
        let rsa = [
            &[0, 0, 0, 7][..],
            b"ssh-rsa",
            &[0, 0, 0, 1, 3, 0, 0, 0, 3, 0, 0x80, 1],
        ]
        .concat();
        assert_eq!(bits("ssh-rsa", &rsa), Some(16));
        for cut in 0..rsa.len() {
            assert_eq!(bits("ssh-rsa", &rsa[..cut]), None, "{cut}");
        }
        assert_eq!(field(&[0xff; 8], 0), None);
    }
}
