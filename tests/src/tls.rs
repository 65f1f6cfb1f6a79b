//! TLS servers with certificates of the test's own, good ones and bad ones.

use crate::namespace::Namespace;
use crate::server::repeat;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A certificate authority that nobody trusts who is not told to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub pem: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A certificate and its key.
pub struct Credentials {
    /// In PEM.
    pub certificate: String,
    /// In PEM.
    pub key: String,
    chain: Vec<CertificateDer<'static>>,
    secret: PrivateKeyDer<'static>,
}

/// How long a certificate is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Now.
    Now,
    /// It was, until the end of 2020.
    Expired,
    /// It will be, from 2100 on.
    Future,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When the library cannot make a key.
    #[must_use]
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two authorities of one name would be taken for each other.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("Authority {number}");
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate for these names, which may be addresses.
    ///
    /// # Panics
    /// When one is no name.
    #[must_use]
    pub fn issue(&self, names: &[&str], validity: Validity) -> Credentials {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.not_before = date_time_ymd(2020, 1, 1);
        match validity {
            Validity::Now => {}
            Validity::Expired => params.not_after = date_time_ymd(2020, 12, 31),
            Validity::Future => params.not_before = date_time_ymd(2100, 1, 1),
        }
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Credentials {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            chain: vec![certificate.der().clone()],
            secret: PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        }
    }
}

/// A session, as a test's server sees it.
pub type Session = StreamOwned<ServerConnection, TcpStream>;

/// A server on a port of a node, both families; it stops when dropped. Each session has a thread of its own.
pub struct TlsServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TlsServer {
    /// Starts it. When `serve` returns, the session is ended with close_notify.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(
        node: &Namespace,
        port: u16,
        credentials: &Credentials,
        protocols: &[&str],
        serve: impl Fn(&mut Session) + Send + Sync + 'static,
    ) -> Self {
        let listener = node
            .inside(|| TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)))
            .expect("a TCP port");
        listener.set_nonblocking(true).expect("no waiting");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(credentials.chain.clone(), credentials.secret.clone_key())
            .expect("a certificate and its key");
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let (config, serve) = (Arc::new(config), Arc::new(serve));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = repeat(&stop, move || {
            let Ok((stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(5));
                return;
            };
            let (config, serve) = (Arc::clone(&config), Arc::clone(&serve));
            std::thread::spawn(move || session(stream, config, &*serve));
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

fn session(stream: TcpStream, config: Arc<ServerConfig>, serve: &dyn Fn(&mut Session)) {
    let patience = Some(Duration::from_secs(5));
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(patience);
    let _ = stream.set_write_timeout(patience);
    let Ok(connection) = ServerConnection::new(config) else {
        return;
    };
    let mut session = StreamOwned::new(connection, stream);
    // A client that does not believe us is no failure of ours.
    if session.conn.complete_io(&mut session.sock).is_ok() {
        serve(&mut session);
        session.conn.send_close_notify();
        while session.conn.wants_write() && session.conn.write_tls(&mut session.sock).is_ok() {}
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
