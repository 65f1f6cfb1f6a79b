//! A whois server (RFC 3912) that answers as a test tells it to, and remembers what it was asked.

use crate::namespace::Namespace;
use crate::server::repeat;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A server on port 43 of one address; it stops when dropped.
pub struct WhoisServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    queries: Arc<Mutex<Vec<String>>>,
}

impl WhoisServer {
    /// Starts it.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(
        node: &Namespace,
        address: &str,
        answer: impl Fn(&str) -> Vec<u8> + Send + 'static,
    ) -> Self {
        Self::on_port(node, address, 43, answer)
    }

    /// Starts it on another port.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn on_port(
        node: &Namespace,
        address: &str,
        port: u16,
        answer: impl Fn(&str) -> Vec<u8> + Send + 'static,
    ) -> Self {
        Self::serving(node, address, port, move |stream, query, _| {
            let _ = stream.write_all(&answer(query));
        })
    }

    /// Starts one on port 43 that answers with a byte now and then, and never comes to an end.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn dripping(node: &Namespace, address: &str) -> Self {
        Self::serving(node, address, 43, |stream, _, stop| {
            while !stop.load(Ordering::Relaxed) && stream.write_all(b"d").is_ok() {
                std::thread::sleep(Duration::from_millis(200));
            }
        })
    }

    fn serving(
        node: &Namespace,
        address: &str,
        port: u16,
        serve: impl Fn(&mut TcpStream, &str, &AtomicBool) + Send + 'static,
    ) -> Self {
        let listener = listen(node, address, port);
        listener.set_nonblocking(true).expect("no waiting");
        let stop = Arc::new(AtomicBool::new(false));
        let queries = Arc::new(Mutex::new(Vec::new()));
        let (heard, stopping) = (Arc::clone(&queries), Arc::clone(&stop));
        let thread = repeat(&stop, move || {
            let Ok((mut stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(2));
                return;
            };
            let _ = stream.set_nonblocking(false);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let mut query = Vec::new();
            let mut byte = [0];
            while !query.ends_with(b"\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
                query.push(byte[0]);
            }
            let query = String::from_utf8_lossy(&query);
            let query = query.trim_end_matches("\r\n");
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(query.to_owned());
            serve(&mut stream, query, &stopping);
        });
        Self {
            stop,
            thread: Some(thread),
            queries,
        }
    }

    /// What it was asked since the last time.
    #[must_use]
    pub fn queries(&self) -> Vec<String> {
        std::mem::take(&mut *self.queries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A server that was there before lives on for a moment in a process that is just being forked.
fn listen(node: &Namespace, address: &str, port: u16) -> TcpListener {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        match node.inside(|| TcpListener::bind((address, port))) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(10));
            }
            listener => return listener.expect("a port"),
        }
    }
}

impl Drop for WhoisServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
