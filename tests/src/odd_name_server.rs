//! A name server that does one thing wrong, each oddity in its own way, for what honest servers never do.
//!
//! To every question it knows the same answer, 192.0.2.1, and it listens on port 53 of one address, UDP and TCP.

use crate::namespace::Namespace;
use crate::server::repeat;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Nothing odd.
    Honest,
    /// Another identifier first, then the right one.
    WrongId,
    /// Another identifier, again and again.
    OnlyWrongIds,
    /// From another port first.
    WrongSource,
    /// The answer to another question first.
    WrongQuestion,
    /// Another operation first.
    WrongOpcode,
    /// Other operations without end over TCP.
    OnlyWrongOpcodes,
    /// A copy of the query.
    Echo,
    /// Nothing over UDP fits.
    Truncates,
    /// Nothing over TCP fits either.
    TruncatesAlways,
    /// Late.
    Slow,
    /// Never.
    Silent,
    /// More over UDP than was asked for.
    Large,
    /// The longest message that there can be.
    Huge,
    /// A name that points to itself.
    PointsToItself,
    /// A name that points ahead.
    PointsAhead,
    /// More records announced than there are.
    CountsTooMuch,
    /// A record longer than the message.
    LengthTooLong,
    /// A record whose address is too short.
    AddressTooShort,
    /// No DNS but for the identifier.
    Garbage,
    /// Less than a header.
    Short,
    /// REFUSED, as a server that has not heard of the zone.
    Refuses,
    /// SERVFAIL.
    Fails,
    /// It knows no EDNS.
    FormErrToEdns,
    /// BADVERS whatever the version.
    BadVersion,
    /// BADCOOKIE whatever the cookie.
    BadCookie,
    /// It hangs up on who comes over TCP.
    HangsUp,
    /// It hangs up in the middle of a message.
    HangsUpMidway,
}

/// How long a slow one takes.
pub const SLOW: Duration = Duration::from_millis(1500);
/// So many records of text fit into the longest message.
const TEXTS: u16 = 258;
/// How often the sockets look whether it is over.
const TURN: Duration = Duration::from_millis(20);

/// It stops when dropped.
pub struct OddNameServer {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl OddNameServer {
    /// Starts it on an address that the node has.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(node: &Namespace, address: &str, oddity: Oddity) -> Self {
        let (udp, stranger, tcp) = node.inside(|| {
            (
                UdpSocket::bind((address, 53)).expect("UDP port 53"),
                UdpSocket::bind((address, 0)).expect("a UDP port"),
                TcpListener::bind((address, 53)).expect("TCP port 53"),
            )
        });
        udp.set_read_timeout(Some(TURN)).expect("a timeout");
        tcp.set_nonblocking(true).expect("no waiting");
        let stop = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&stop);
        let threads = vec![
            repeat(&stop, move || {
                let mut query = [0; 4096];
                if let Ok((length, from)) = udp.recv_from(&mut query) {
                    let peer = Datagrams {
                        udp: &udp,
                        stranger: &stranger,
                        from,
                    };
                    let _ = peer.answer(oddity, &query[..length]);
                }
            }),
            repeat(&stop, move || match tcp.accept() {
                Ok((stream, _)) => {
                    let _ = converse(stream, oddity, &over);
                }
                Err(_) => std::thread::sleep(TURN / 4),
            }),
        ];
        Self { stop, threads }
    }
}

impl Drop for OddNameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct Datagrams<'a> {
    udp: &'a UdpSocket,
    stranger: &'a UdpSocket,
    from: SocketAddr,
}

impl Datagrams<'_> {
    fn answer(&self, oddity: Oddity, query: &[u8]) -> Option<()> {
        let send = |message: &[u8]| {
            let _ = self.udp.send_to(message, self.from);
        };
        let answer = answer(query)?;
        match oddity {
            Oddity::Silent => return None,
            Oddity::Slow => std::thread::sleep(SLOW),
            Oddity::WrongSource => {
                let _ = self.stranger.send_to(&answer, self.from);
                // What comes first is read first.
                std::thread::sleep(TURN);
            }
            Oddity::WrongId => send(&with_other_id(&answer)),
            Oddity::OnlyWrongIds => {
                for _ in 0..50 {
                    send(&with_other_id(&answer));
                }
                return None;
            }
            Oddity::WrongQuestion => {
                let mut other = answer.clone();
                *other.get_mut(13)? ^= 1;
                send(&other);
            }
            Oddity::WrongOpcode | Oddity::OnlyWrongOpcodes => send(&with_other_opcode(&answer)),
            _ => {}
        }
        match oddity {
            Oddity::Truncates
            | Oddity::TruncatesAlways
            | Oddity::Huge
            | Oddity::HangsUp
            | Oddity::HangsUpMidway
            | Oddity::OnlyWrongOpcodes => send(&truncated(&answer)),
            Oddity::Large => send(&padded(query, 8)?),
            _ => send(&odd(oddity, query, answer)?),
        }
        Some(())
    }
}

/// One client; it says at most one thing a second.
fn converse(mut stream: TcpStream, oddity: Oddity, over: &AtomicBool) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    if oddity == Oddity::HangsUp {
        return Ok(());
    }
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut query)?;
    let Some(answer) = answer(&query) else {
        return Ok(());
    };
    let message = match oddity {
        Oddity::Silent => {
            // Until the client has had enough.
            let _ = stream.read(&mut length);
            return Ok(());
        }
        Oddity::HangsUpMidway => return stream.write_all(&[1, 0, 0]),
        Oddity::TruncatesAlways => truncated(&answer),
        Oddity::WrongId | Oddity::OnlyWrongIds => with_other_id(&answer),
        Oddity::OnlyWrongOpcodes => {
            let message = framed(&with_other_opcode(&answer));
            while !over.load(Ordering::Relaxed) {
                stream.write_all(&message)?;
                std::thread::sleep(TURN);
            }
            return Ok(());
        }
        Oddity::Huge => padded(&query, TEXTS).unwrap_or_default(),
        _ => odd(oddity, &query, answer).unwrap_or_default(),
    };
    stream.write_all(&framed(&message))
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = (message.len() as u16).to_be_bytes().to_vec();
    framed.extend_from_slice(message);
    framed
}

/// Where the first question ends.
fn question_end(query: &[u8]) -> Option<usize> {
    let mut at = 12;
    while *query.get(at)? != 0 {
        at += 1 + usize::from(query[at]);
    }
    Some(at + 5).filter(|end| *end <= query.len())
}

/// The header of an answer with so many records, and the question.
fn opening(query: &[u8], answers: u16, additional: u16, rcode: u8) -> Option<Vec<u8>> {
    let mut message = query.get(..2)?.to_vec();
    message.extend([0x84 | query.get(2)? & 1, rcode]);
    for count in [1, answers, 0, additional] {
        message.extend(count.to_be_bytes());
    }
    message.extend_from_slice(query.get(12..question_end(query)?)?);
    Some(message)
}

/// The honest one.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut message = opening(query, 1, 0, 0)?;
    message.extend(record(&[0xc0, 12], 1, &[192, 0, 2, 1]));
    Some(message)
}

/// Class IN, a minute to live.
fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = owner.to_vec();
    record.extend(kind.to_be_bytes());
    record.extend([0, 1, 0, 0, 0, 60]);
    record.extend((data.len() as u16).to_be_bytes());
    record.extend_from_slice(data);
    record
}

fn with_other_id(message: &[u8]) -> Vec<u8> {
    let mut other = message.to_vec();
    other[1] ^= 0x55;
    other
}

fn with_other_opcode(message: &[u8]) -> Vec<u8> {
    let mut other = message.to_vec();
    other[2] |= 4 << 3;
    other
}

fn truncated(answer: &[u8]) -> Vec<u8> {
    let mut message = answer[..answer.len() - 16].to_vec();
    message[2] |= 2;
    message[7] = 0;
    message
}

/// An answer of so many text records.
fn padded(query: &[u8], count: u16) -> Option<Vec<u8>> {
    let mut message = opening(query, count, 0, 0)?;
    let mut data = vec![240];
    data.extend([b'x'; 240]);
    let text = record(&[0xc0, 12], 16, &data);
    message.extend(text.repeat(usize::from(count)));
    Some(message)
}

/// An OPT record of a server of version 0: the upper bits of the status, and options.
fn opt(upper: u8, options: &[u8]) -> Vec<u8> {
    let mut record = vec![0, 0, 41, 4, 208, upper, 0, 0, 0];
    record.extend((options.len() as u16).to_be_bytes());
    record.extend_from_slice(options);
    record
}

/// The cookie option of a query, if it has one.
fn cookie(query: &[u8]) -> Option<&[u8]> {
    let mut at = question_end(query)? + 11;
    loop {
        let head = query.get(at..at + 4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if head[..2] == [0, 10] {
            return query.get(at + 4..at + 4 + length);
        }
        at += 4 + length;
    }
}

/// What is odd about the message itself.
fn odd(oddity: Oddity, query: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let bare = |rcode: u8| opening(query, 0, 0, rcode);
    let with_record = |record: &[u8]| {
        let mut message = opening(query, 1, 0, 0)?;
        message.extend_from_slice(record);
        Some(message)
    };
    let end = question_end(query)? as u8;
    match oddity {
        Oddity::Echo => Some(query.to_vec()),
        Oddity::PointsToItself => with_record(&record(&[0xc0, end], 1, &[192, 0, 2, 1])),
        Oddity::PointsAhead => with_record(&record(&[0xc0, end + 8], 1, &[192, 0, 2, 1])),
        Oddity::AddressTooShort => with_record(&record(&[0xc0, 12], 1, &[192, 0])),
        Oddity::CountsTooMuch => {
            let mut message = answer;
            message[7] = 9;
            Some(message)
        }
        Oddity::LengthTooLong => {
            let mut message = answer;
            let at = message.len() - 5;
            message[at] = 200;
            Some(message)
        }
        Oddity::Garbage => {
            let mut message = answer[..2].to_vec();
            message.extend((0..200u8).map(|number| number.wrapping_mul(151) | 0x81));
            Some(message)
        }
        Oddity::Short => Some(answer[..7].to_vec()),
        Oddity::Refuses => bare(5),
        Oddity::Fails => bare(2),
        // The count of additional records tells of an OPT.
        Oddity::FormErrToEdns if query.get(11) == Some(&1) => {
            let mut message = query.get(..2)?.to_vec();
            message.extend([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
            Some(message)
        }
        Oddity::BadVersion => {
            let mut message = opening(query, 0, 1, 0)?;
            message.extend(opt(1, &[]));
            Some(message)
        }
        Oddity::BadCookie => {
            let mut message = opening(query, 0, 1, 7)?;
            let client = cookie(query)?.get(..8)?;
            let mut option = vec![0, 10, 0, 16];
            option.extend_from_slice(client);
            option.extend(*b"serverck");
            message.extend(opt(1, &option));
            Some(message)
        }
        _ => Some(answer),
    }
}
