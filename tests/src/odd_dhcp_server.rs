//! Servers of DHCP that do what ordinary ones do not: they answer as the test says, or not at all.

use crate::namespace::Namespace;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The types of messages (RFC 2132 section 9.6).
pub const DISCOVER: u8 = 1;
/// An offer.
pub const OFFER: u8 = 2;
/// A request.
pub const REQUEST: u8 = 3;
/// The address is in use.
pub const DECLINE: u8 = 4;
/// A lease.
pub const ACK: u8 = 5;
/// A refusal.
pub const NAK: u8 = 6;

/// The part of a message before its options, with the cookie.
const HEAD: usize = 240;

/// A question of a client.
#[derive(Clone, Debug)]
pub struct Question(Vec<u8>);

impl Question {
    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The value of an option; none if it is not there.
    #[must_use]
    pub fn option(&self, wanted: u8) -> Option<Vec<u8>> {
        let mut rest = self.0.get(HEAD..)?;
        while let [code, length, following @ ..] = rest {
            let (value, following) = following.split_at_checked(usize::from(*length))?;
            if *code == wanted {
                return Some(value.to_vec());
            }
            rest = following;
        }
        None
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.option(53)
            .and_then(|kind| kind.first().copied())
            .unwrap_or(0)
    }

    /// The hardware address of the client (chaddr).
    #[must_use]
    pub fn client(&self) -> &[u8] {
        &self.0[28..34]
    }

    /// The address of the relay agent (giaddr).
    #[must_use]
    pub fn relay(&self) -> Ipv4Addr {
        Ipv4Addr::from(<[u8; 4]>::try_from(&self.0[24..28]).expect("four octets"))
    }

    /// An answer of 10.0.0.2 that gives 10.0.0.50, with these options after the usual ones.
    #[must_use]
    pub fn answer(&self, kind: u8, options: &[u8]) -> Vec<u8> {
        let usual = [53, 1, kind, 54, 4, 10, 0, 0, 2, 51, 4, 0, 0, 0, 120];
        self.answer_of(&[&usual, options, &[255]].concat())
    }

    /// The same with nothing but these options.
    #[must_use]
    pub fn answer_of(&self, options: &[u8]) -> Vec<u8> {
        let mut answer = self.0[..HEAD].to_vec();
        answer[0] = 2;
        answer[16..20].copy_from_slice(&[10, 0, 0, 50]);
        // Neither a server name nor a file.
        answer[44..236].fill(0);
        answer.extend(options);
        answer
    }
}

/// A server that ends with the test.
pub struct OddServer {
    asked: Arc<Mutex<Vec<Question>>>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl OddServer {
    /// Answers each question with all of these, as broadcasts of 10.0.0.0/24. The function is told how many questions
    /// there were before.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn new(
        node: &Namespace,
        answers: impl Fn(usize, &Question) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        let socket = node.inside(|| UdpSocket::bind("0.0.0.0:67").expect("a socket"));
        socket.set_broadcast(true).expect("broadcasts");
        socket
            .set_read_timeout(Some(Duration::from_millis(200)))
            .expect("a timeout");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (known, over) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2000];
            while !over.load(Ordering::Relaxed) {
                let Ok((length, _)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                if length < HEAD {
                    continue;
                }
                let question = Question(buffer[..length].to_vec());
                let before = {
                    let mut known = known.lock().expect("no panic");
                    known.push(question.clone());
                    known.len() - 1
                };
                for answer in answers(before, &question) {
                    let to: SocketAddr = "10.0.0.255:68".parse().expect("an address");
                    // The interface may be gone at the end of the test.
                    let _ = socket.send_to(&answer, to);
                }
            }
        });
        Self {
            asked,
            stop,
            thread: Some(thread),
        }
    }

    /// What it was asked.
    ///
    /// # Panics
    /// When its thread has panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<Question> {
        self.asked.lock().expect("no panic").clone()
    }

    /// How often it was asked with this type.
    #[must_use]
    pub fn count(&self, kind: u8) -> usize {
        let asked = self.asked();
        asked
            .iter()
            .filter(|question| question.kind() == kind)
            .count()
    }
}

impl Drop for OddServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
