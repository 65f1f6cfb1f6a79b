//! -J: the list as one JSON document.

use nethost_sdk::Exit;
use nethost_sdk::output::Output;
use serde::Serialize;

use crate::databases::Users;
use crate::row::Rows;
use crate::state;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Document<'a> {
    processes: Vec<Process<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Process<'a> {
    command: &'a str,
    pid: u32,
    ppid: u32,
    pgid: u32,
    uid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File<'a> {
    fd: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    access: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    lock: String,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inode: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_flags: Option<u32>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receive_queue: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_queue: Option<u64>,
}

/// Writes the document.
pub(crate) fn write<W: std::io::Write>(
    all: &[Rows],
    users: &mut Users,
    output: &mut Output<W>,
) -> Result<(), Exit> {
    let mark = |mark: char| mark.to_string().trim().to_owned();
    let processes = all.iter().map(|one| Process {
        command: &one.process.command,
        pid: one.process.process,
        ppid: one.process.parent,
        pgid: one.process.group,
        uid: one.process.user,
        user: users.name(one.process.user).map(str::to_owned),
        files: one
            .rows
            .iter()
            .map(|row| {
                let inet = row.internet.as_ref();
                let tcp = inet.filter(|inet| inet.protocol.name() == "TCP");
                let end = |(address, port)| std::net::SocketAddr::new(address, port).to_string();
                File {
                    fd: &row.descriptor,
                    access: mark(row.access),
                    lock: mark(row.lock),
                    kind: &row.kind,
                    device: row.device.as_deref(),
                    size: row.size,
                    offset: row.offset,
                    links: row.links,
                    inode: row.inode,
                    protocol: row.protocol.as_deref(),
                    open_flags: row.flags,
                    name: row.name.trim_end(),
                    state: row.state.or_else(|| state::name(tcp?.state)),
                    local: inet.map(|inet| end(inet.local)),
                    remote: inet.and_then(|inet| inet.remote).map(end),
                    receive_queue: inet.map(|inet| inet.queues.0),
                    send_queue: inet.map(|inet| inet.queues.1),
                }
            })
            .collect(),
    });
    let document = Document {
        processes: processes.collect(),
    };
    output.json(&document)
}
