//! What is known of a transfer when it is over, for `--write-out`.

use std::net::SocketAddr;

use nethost_sdk::tls::Facts;

use crate::conn::Conn;
use crate::http::Head;

/// Facts of a transfer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Info {
    pub(crate) status: u16,
    pub(crate) connect_status: u16,
    pub(crate) version: String,
    pub(crate) content_type: Option<String>,
    pub(crate) head_size: u64,
    pub(crate) request_size: u64,
    pub(crate) seen_fields: usize,
    pub(crate) fields: Vec<(String, String)>,
    /// Those of all responses on the way.
    pub(crate) all_fields: Vec<(String, String)>,
    pub(crate) redirects: u64,
    pub(crate) redirect: Option<String>,
    pub(crate) connects: u64,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) facts: Option<Facts>,
    pub(crate) etag: Option<String>,
    pub(crate) disposition: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// The file that was written.
    pub(crate) file: Option<String>,
    pub(crate) ftp_entry: Option<String>,
    /// It has not changed, so that nothing was transferred.
    pub(crate) unmet: bool,
    pub(crate) says_uploaded: bool,
    pub(crate) conn_number: u64,
    /// When a file on an FTP server was last written.
    pub(crate) file_time: Option<i64>,
}

impl Info {
    /// Notes what the head of a response says.
    pub(crate) fn note(&mut self, head: &Head) {
        self.status = head.status;
        self.version = head.version.clone();
        self.content_type = head.get("Content-Type").map(str::to_owned);
        self.modified = head.get("Last-Modified").map(str::to_owned);
        self.retry_after = head.get("Retry-After").map(str::to_owned);
        self.fields.clone_from(&head.fields);
        self.all_fields.extend_from_slice(&head.fields);
        self.seen_fields = head.fields.len();
    }

    /// Notes who is at the other end.
    pub(crate) fn connected(&mut self, conn: &Conn) {
        self.local = conn.local;
        self.remote = conn.remote;
        self.facts.clone_from(&conn.facts);
        self.conn_number = conn.number;
    }
}
