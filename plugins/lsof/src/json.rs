//! -J and -j: the list as one JSON document, or as a line for each file, with the members of lsof 4.99.

use nethost_sdk::Exit;
use nethost_sdk::output::Output;
use serde::Serialize;

use crate::columns;
use crate::databases::Users;
use crate::fields::{Chosen, device_number};
use crate::flags::{self, FlagForm};
use crate::options::Options;
use crate::row::{Row, Rows};
use crate::state;

/// The lsof whose members these are.
const VERSION: &str = "4.99.7";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Document<'a> {
    lsof_version: &'static str,
    processes: Vec<Listed<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Listed<'a> {
    #[serde(flatten)]
    process: Process<'a>,
    files: Vec<File<'a>>,
}

/// A line of -j.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Line<'a> {
    #[serde(flatten)]
    process: Process<'a>,
    #[serde(flatten)]
    file: File<'a>,
}

#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Process<'a> {
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_cmd: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pgid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ppid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
}

/// Sizes and numbers of files are texts, as they can be longer than what JSON's readers take for a number.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fd: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nlink: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Not in lsof.
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    /// Not in lsof.
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp_info: Option<TcpInfo>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TcpInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recv_queue: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_queue: Option<u64>,
}

/// Writes the document, or the lines.
pub(crate) fn write<W: std::io::Write>(
    all: &[Rows],
    options: &Options,
    in_lines: bool,
    users: &mut Users,
    output: &mut Output<W>,
) -> Result<(), Exit> {
    let chosen = Chosen::of(options);
    if in_lines {
        for one in all {
            let process = process(one, options, &chosen, users);
            for row in &one.rows {
                output.json(&Line {
                    process: process.clone(),
                    file: file(row, options, &chosen),
                })?;
            }
        }
        return Ok(());
    }
    let processes = all.iter().map(|one| Listed {
        process: process(one, options, &chosen, users),
        files: one
            .rows
            .iter()
            .map(|row| file(row, options, &chosen))
            .collect(),
    });
    output.json(&Document {
        lsof_version: VERSION,
        processes: processes.collect(),
    })
}

fn process<'a>(
    one: &'a Rows,
    options: &Options,
    chosen: &Chosen,
    users: &mut Users,
) -> Process<'a> {
    let thread = one.thread.as_ref();
    let process = &one.process;
    let login = users.name(process.user).map(str::to_owned);
    Process {
        pid: process.process,
        tid: thread
            .filter(|_| chosen.has('K'))
            .map(|thread| thread.thread),
        task_cmd: thread
            .filter(|_| chosen.has('M'))
            .map(|thread| thread.name.as_str()),
        pgid: (options.show_group || chosen.has('g')).then_some(process.group),
        ppid: (options.show_parent || chosen.has('R')).then_some(process.parent),
        command: chosen.has('c').then_some(process.command.as_str()),
        uid: chosen.has('u').then_some(process.user),
        login: login.filter(|_| chosen.has('L')),
    }
}

fn file<'a>(row: &'a Row, options: &Options, chosen: &Chosen) -> File<'a> {
    let mark = |field, mark: char| {
        let is_told = mark != ' ' && chosen.has(field);
        is_told.then(|| mark.to_string())
    };
    let device = |field, numbers: Option<(u32, u32)>| {
        let (major, minor) = numbers.filter(|_| chosen.has(field))?;
        Some(format!("0x{:x}", device_number(major, minor)))
    };
    let number = |field, number: Option<u64>| {
        let number = number.filter(|_| chosen.has(field))?;
        Some(number.to_string())
    };
    let end = |(address, port)| std::net::SocketAddr::new(address, port).to_string();
    let inet = row.internet.as_ref().filter(|_| chosen.has('n'));
    let wants_offset = columns::shows_offset(row, options);
    let form = options.flags.unwrap_or(FlagForm::Letters);
    File {
        fd: Some(row.descriptor.as_str()).filter(|_| chosen.has('f')),
        access: mark('a', row.access),
        lock: mark('l', row.lock),
        kind: Some(row.kind.as_str()).filter(|kind| !kind.is_empty() && chosen.has('t')),
        device: row
            .device
            .as_deref()
            .filter(|_| row.device_numbers.is_none() && chosen.has('d')),
        device_number: device('D', row.device_numbers),
        raw_device: device('r', row.special),
        size: number('s', row.size.filter(|_| !wants_offset)),
        offset: number('o', row.offset.filter(|_| wants_offset)),
        inode: number('i', row.inode),
        nlink: row.links.filter(|_| chosen.has('k')),
        protocol: row.protocol.as_deref().filter(|_| chosen.has('P')),
        flags: row
            .flags
            .filter(|flags| *flags != 0 && chosen.has('G'))
            .map(|flags| flags::text(flags, form)),
        name: Some(row.long_name()).filter(|name| !name.is_empty() && chosen.has('n')),
        local: inet.map(|inet| end(inet.local)),
        remote: inet.and_then(|inet| inet.remote).map(end),
        tcp_info: info(row, options).filter(|_| chosen.has('T')),
    }
}

fn info(row: &Row, options: &Options) -> Option<TcpInfo> {
    let Some(inet) = &row.internet else {
        let state = row.state.filter(|_| options.tcp_state);
        return row.is_unix.then_some(TcpInfo {
            state,
            recv_queue: None,
            send_queue: None,
        });
    };
    let is_tcp = inet.protocol.name() == "TCP";
    let queue = |length| Some(length).filter(|_| options.shows_queues());
    Some(TcpInfo {
        state: state::name(inet.state).filter(|_| is_tcp && options.tcp_state),
        recv_queue: queue(inet.queues.0),
        send_queue: queue(inet.queues.1),
    })
}
