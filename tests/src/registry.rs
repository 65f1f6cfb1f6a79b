//! Registries: the one of Debian (docker-registry), and one that says what a test wants it to say.

use crate::command::Running;
use crate::namespace::Namespace;
use crate::server::repeat;
use crate::tls::Credentials;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The name and the secret of [`Protection::Password`], in the form of an Authorization field.
pub const PASSWORD: &str = "YWxpY2U6c2VjcmV0";
/// The same for docker-registry, as htpasswd(1) writes it.
const HTPASSWD: &str = "alice:$2b$05$Kn9gLs8Zeh3MUWmDqkUfKeJQ4IFw6sbT9mBFwnPZiyavJmslTzeKS\n";

/// docker-registry; it stops when dropped.
pub struct Registry {
    _running: Running,
    _files: TempDir,
}

/// Who gets into a registry.
pub enum Protection<'a> {
    /// Everybody, without TLS.
    None,
    /// Everybody, over TLS.
    Tls(&'a Credentials),
    /// Who has the password, without TLS.
    Password,
}

impl Registry {
    /// Starts it on a port of a node's loopback address.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(node: &Namespace, port: u16, protection: &Protection<'_>) -> Self {
        let files = tempfile::tempdir().expect("a directory");
        let folder = files.path().display();
        let write = |name: &str, text: &str| {
            std::fs::write(files.path().join(name), text).expect("a file");
        };
        let mut settings = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\n\
             storage: {{ filesystem: {{ rootdirectory: {folder}/store }}, delete: {{ enabled: true }} }}\n\
             http:\n  addr: 127.0.0.1:{port}\n"
        );
        match protection {
            Protection::None => {}
            Protection::Tls(credentials) => {
                write("certificate.pem", &credentials.certificate);
                write("key.pem", &credentials.key);
                settings += &format!(
                    "  tls: {{ certificate: {folder}/certificate.pem, key: {folder}/key.pem }}\n"
                );
            }
            Protection::Password => {
                write("passwords", HTPASSWD);
                settings +=
                    &format!("auth: {{ htpasswd: {{ realm: test, path: {folder}/passwords }} }}\n");
            }
        }
        write("config.yml", &settings);
        let running = node
            .command("docker-registry")
            .arg("serve")
            .arg(files.path().join("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .patience(Duration::from_secs(300))
            .spawn();
        for _ in 0..1000 {
            if node
                .inside(|| TcpStream::connect(("127.0.0.1", port)))
                .is_ok()
            {
                return Self {
                    _running: running,
                    _files: files,
                };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("docker-registry does not listen: {}", running.finish());
    }
}

/// What a registry answers.
#[derive(Clone)]
pub struct Answer {
    /// The status with its reason.
    pub status: &'static str,
    /// Fields, each with its line end.
    pub fields: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// 200 with this body.
    #[must_use]
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            fields: String::new(),
            body: body.into(),
        }
    }

    /// Another status with these fields.
    #[must_use]
    pub fn other(status: &'static str, fields: impl Into<String>) -> Self {
        Self {
            status,
            fields: fields.into(),
            body: Vec::new(),
        }
    }
}

/// The head of a request: its first line and its fields, in lower case.
pub type Head = Vec<String>;

/// A registry that answers as a test says; it stops when dropped.
pub struct OddRegistry {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    heads: Arc<Mutex<Vec<Head>>>,
}

impl OddRegistry {
    /// Starts it on a port of a node's loopback address.
    ///
    /// # Panics
    /// When the port is taken.
    #[must_use]
    pub fn start(
        node: &Namespace,
        port: u16,
        answer: impl Fn(&str) -> Answer + Send + 'static,
    ) -> Self {
        let give_up = Instant::now() + Duration::from_secs(10);
        let listener = loop {
            match node.inside(|| TcpListener::bind((Ipv4Addr::LOCALHOST, port))) {
                Ok(listener) => break listener,
                // A command that another test is just starting has the earlier one's listener until it is executed.
                Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < give_up => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => panic!("port {port}: {error}"),
            }
        };
        listener.set_nonblocking(true).expect("no waiting");
        let stop = Arc::new(AtomicBool::new(false));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&heads);
        let thread = repeat(&stop, move || match listener.accept() {
            Ok((stream, _)) => serve(stream, &answer, &heard),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        });
        Self {
            stop,
            thread: Some(thread),
            heads,
        }
    }

    /// The requests that it got.
    ///
    /// # Panics
    /// When its thread has.
    #[must_use]
    pub fn heads(&self) -> Vec<Head> {
        self.heads.lock().expect("a lock").clone()
    }
}

fn serve(stream: TcpStream, answer: &impl Fn(&str) -> Answer, heads: &Mutex<Vec<Head>>) {
    let patience = Some(Duration::from_secs(5));
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(patience);
    let _ = stream.set_write_timeout(patience);
    let mut reader = BufReader::new(&stream);
    let mut head = Head::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(1..) if line.trim().is_empty() => break,
            Ok(1..) => head.push(line.trim().to_lowercase()),
            _ => return,
        }
    }
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let _ = reader.take(length).read_to_end(&mut Vec::new());
    let path = head.first().and_then(|line| line.split(' ').nth(1));
    let told = answer(path.unwrap_or_default());
    heads.lock().expect("a lock").push(head);
    let Answer {
        status,
        fields,
        body,
    } = told;
    let length = body.len();
    let begin = format!(
        "HTTP/1.1 {status}\r\n{fields}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    // A client that has heard enough is no failure of ours.
    let _ = (&stream).write_all(begin.as_bytes());
    let _ = (&stream).write_all(&body);
}

impl Drop for OddRegistry {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
