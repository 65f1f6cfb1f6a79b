//! One run: the processes with their files, what is selected of them, and how it is written.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use nethost_sdk::names::{Names, Settings};
use nethost_sdk::netdb::Services;
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::procfs::{self, FileKinds, FilePlace, Owner, ProcessEntry};
use nethost_sdk::{Error, Exit, clock};

use crate::databases::Users;
use crate::mounts::{self, Mount};
use crate::named::NamedFiles;
use crate::options::{Form, Options, SizeOrOffset, Tasks};
use crate::row::{Row, Rows};
use crate::select::{Of, Selection};
use crate::sockets::{Inet, Protocol, Socket, Sockets};
use crate::{columns, endpoints, fields, json, marker, state};

/// Names of users, ports and hosts.
struct Databases {
    users: Users,
    services: Services,
    hosts: Names,
}

/// The run.
pub(crate) async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut databases = Databases {
        users: Users::default(),
        services: Services::default(),
        hosts: Names::none(),
    };
    let options = Options::read(args, &mut databases.users, &mut databases.services).await?;
    if !options.numeric_hosts {
        databases.hosts = Names::new(Settings::default());
    }
    let mounts = match needs_mounts(&options) {
        true => mounts::read(),
        false => Vec::new(),
    };
    let mut output = Output::stdout(Format::Text);
    if options.lists_mounts {
        for mount in &mounts {
            output.line(mount)?;
        }
        output.flush()?;
        return Ok(0);
    }
    let mut has_listed = false;
    loop {
        let mut named = NamedFiles::of(&options, &mounts)?;
        let (listed, missing) = list(&options, &mounts, &mut named, &mut databases).await?;
        write(&listed, &options, &mut databases, &mut output)?;
        output.flush()?;
        let Some(repeat) = &options.repeat else {
            if options.verbose {
                for what in &missing {
                    output.line(format_args!("lsof: {what}"))?;
                }
            }
            // As lsof has it: users and descriptors that match nothing are no failure.
            let failed = !missing.is_empty() || named.failed;
            return Ok(u8::from(failed && !options.allow_failure));
        };
        if repeat.until_none && listed.is_empty() {
            return Ok(u8::from(!has_listed && !options.allow_failure));
        }
        has_listed |= !listed.is_empty();
        let marker = repeat.marker.as_deref().and_then(marker::now);
        match (options.form, marker) {
            (Form::Fields, marker) => {
                output.line(format_args!("m{}", marker.unwrap_or_default()))?;
            }
            (Form::Columns | Form::Terse, Some(marker)) => output.line(marker)?,
            (Form::Columns, None) => output.line("=======")?,
            (Form::Terse, None) | (Form::Json | Form::JsonLines, _) => {}
        }
        output.flush()?;
        clock::wait_for(repeat.interval).await;
    }
}

fn write<W: std::io::Write>(
    listed: &[Rows],
    options: &Options,
    databases: &mut Databases,
    output: &mut Output<W>,
) -> Result<(), Exit> {
    match options.form {
        Form::Columns => output.text(columns::lines(listed, options, &mut databases.users)),
        Form::Fields => output.text(fields::text(listed, options, &mut databases.users)),
        Form::Json | Form::JsonLines => {
            let in_lines = options.form == Form::JsonLines;
            json::write(listed, options, in_lines, &mut databases.users, output)
        }
        Form::Terse => {
            let mut last = None;
            for process in listed.iter().map(|one| one.process.process) {
                // Its threads are entries of their own.
                if last.replace(process) != Some(process) {
                    output.line(process)?;
                }
            }
            Ok(())
        }
    }
}

/// Names may be those of file systems, and -N and -E are about some.
fn needs_mounts(options: &Options) -> bool {
    options.network_files
        || options.lists_mounts
        || options.endpoints.is_some()
        || !options.names.is_empty()
}

/// Only what is selected needs to be looked at.
fn kinds(options: &Options) -> FileKinds {
    let threads = match options.tasks {
        Tasks::Listed => FileKinds::THREADS,
        // Where nothing selects, everything is listed.
        Tasks::Unlisted if options.selects_nothing() => FileKinds::THREADS,
        Tasks::Unlisted | Tasks::Ignored => FileKinds::empty(),
    };
    let others = options.unix
        || options.tasks == Tasks::Listed
        || options.network_files
        || options.links_below.is_some()
        || !options.names.is_empty()
        || !options.folders.is_empty()
        || !options.descriptors.included.is_empty();
    let internet_alone =
        options.selects_internet() && !others && (options.and || selects_no_process(options));
    if internet_alone && options.flags.is_none() && !options.form.has_fields() {
        return FileKinds::SOCKETS | threads;
    }
    let mut kinds = threads
        | FileKinds::CURRENT_DIRECTORY
        | FileKinds::ROOT_DIRECTORY
        | FileKinds::TEXT
        | FileKinds::MAPPED
        | FileKinds::DESCRIPTORS;
    let offsets = options.size_or_offset != SizeOrOffset::Size;
    if offsets || options.flags.is_some() || options.form.has_fields() {
        kinds = kinds | FileKinds::POSITIONS;
    }
    if options.endpoints.is_some() {
        kinds = kinds | FileKinds::POSITIONS;
    }
    kinds
}

fn has(kinds: FileKinds, kind: FileKinds) -> bool {
    kinds & kind == kind
}

fn selects_no_process(options: &Options) -> bool {
    options.commands.included.is_empty()
        && options.pids.included.is_empty()
        && options.groups.included.is_empty()
        && options.users.included.is_empty()
}

async fn list(
    options: &Options,
    mounts: &[Mount],
    named: &mut NamedFiles,
    databases: &mut Databases,
) -> Result<(Vec<Rows>, Vec<String>), Exit> {
    let kinds = kinds(options);
    let remote = mounts.iter().filter(|mount| mount.is_remote());
    let mut selection = Selection::new(options, named, remote.map(|mount| mount.device).collect());
    let entries = entries(options, kinds, &mut selection)?;
    let sockets_alone = has(kinds, FileKinds::SOCKETS);
    let has_sockets = |entry: &ProcessEntry| entry.files.iter().any(|file| file.socket.is_some());
    // The tables come after the descriptors, so that a socket that is listed is in them.
    let sockets = match sockets_alone || entries.iter().any(|(entry, _)| has_sockets(entry)) {
        true => Sockets::read(!sockets_alone),
        false => Sockets::default(),
    };
    for denied in &sockets.denied {
        complain(format!("lsof: {denied}"));
    }
    let locks = match has(kinds, FileKinds::DESCRIPTORS) {
        true => locks(),
        false => HashMap::new(),
    };
    let mut listed = Vec::new();
    for (entry, has_threads) in entries {
        let (process, thread) = (entry.facts, entry.thread);
        let of = Of {
            process: &process,
            thread: thread.as_ref(),
            has_threads,
        };
        let mut rows = Vec::new();
        for file in entry.files {
            let socket = file.socket.and_then(|inode| sockets.by_inode.get(&inode));
            if sockets_alone && socket.is_none() {
                continue;
            }
            let hidden = options.skip_internet && matches!(socket, Some(Socket::Inet(_)));
            // Mappings that may not be read are not worth a line to lsof.
            if matches!(file.place, FilePlace::Mapped) && file.name.is_empty() {
                continue;
            }
            let socket = socket.filter(|_| !hidden);
            let mut row = Row::of(process.process, process.user, file, socket);
            if hidden {
                row.name.push_str(" (-X specified)");
            }
            if let (Some(_), Some(device), Some(inode)) =
                (row.number, row.device_numbers, row.inode)
                && let Some(lock) = locks.get(&(process.process, device, inode))
            {
                row.lock = *lock;
            }
            let is_told = options.warns || !row.is_warning;
            row.is_listed = is_told && selection.selects(of, &mut row);
            rows.push(row);
        }
        if let (Some(errno), false, true) = (entry.problem, sockets_alone, options.warns) {
            let mut row = Row::unlisted(process.process, errno);
            row.is_listed = selection.selects(of, &mut row);
            rows.push(row);
        }
        if options.endpoints.is_none() {
            rows.retain(|row| row.is_listed);
        }
        if !rows.is_empty() {
            listed.push(Rows {
                process,
                thread,
                rows,
            });
        }
    }
    let missing = selection.missing();
    if let Some(wanted) = options.endpoints {
        let unix = match sockets_alone {
            true => HashMap::new(),
            false => endpoints::unix_peers().unwrap_or_else(|error| {
                complain(format!(
                    "lsof: ends of UNIX domain sockets are not told: {error}"
                ));
                HashMap::new()
            }),
        };
        let queues = mounts.iter().find(|mount| mount.has_queues());
        let queues = queues.map(|mount| mount.device);
        let width = columns::command_width(options);
        endpoints::tell(&mut listed, wanted, width, queues, &unix);
        for one in &mut listed {
            one.rows.retain(|row| row.is_listed);
        }
        listed.retain(|one| !one.rows.is_empty());
    }
    name_sockets(&mut listed, options, databases).await;
    Ok((listed, missing))
}

/// The processes that files may be listed of, and whether their threads are entries of their own.
fn entries(
    options: &Options,
    kinds: FileKinds,
    selection: &mut Selection<'_>,
) -> Result<Vec<(ProcessEntry, bool)>, Exit> {
    // Only processes that are named can be listed where nothing else selects, or everything must.
    let only_pids = options.endpoints.is_none()
        && !options.pids.included.is_empty()
        && (options.and || selects_nothing_but_pids(options));
    let numbers = match only_pids {
        true => options.pids.included.as_slice(),
        false => &[],
    };
    let mut entries: Vec<(ProcessEntry, bool)> = Vec::new();
    for entry in processes(numbers, kinds)? {
        let entry = entry.map_err(|error| Exit::failed(1, format!("lsof: {error}")))?;
        if entry.thread.is_some()
            && let Some((_, has_threads)) = entries
                .iter_mut()
                .rev()
                .take_while(|(one, _)| one.facts.process == entry.facts.process)
                .last()
        {
            *has_threads = true;
        }
        selection.note(&entry.facts);
        entries.push((entry, false));
    }
    if options.endpoints.is_none() {
        entries.retain(|(entry, has_threads)| {
            selection.admits(Of {
                process: &entry.facts,
                thread: entry.thread.as_ref(),
                has_threads: *has_threads,
            })
        });
    }
    Ok(entries)
}

fn selects_nothing_but_pids(options: &Options) -> bool {
    options.commands.included.is_empty()
        && options.groups.included.is_empty()
        && options.users.included.is_empty()
        && options.descriptors.included.is_empty()
        && !options.selects_internet()
        && !options.unix
        && !options.network_files
        && options.links_below.is_none()
        && options.tasks != Tasks::Listed
        && options.names.is_empty()
        && options.folders.is_empty()
}

/// Everyone's processes; where the policy has only the user's own, those, with a word about it.
fn processes(numbers: &[u32], kinds: FileKinds) -> Result<procfs::Processes, Exit> {
    let denied = match procfs::processes(Owner::All, numbers, kinds) {
        Ok(processes) => return Ok(processes),
        Err(error @ Error::Denied(_)) => error,
        Err(error) => return Err(Exit::failed(1, format!("lsof: {error}"))),
    };
    let own = procfs::processes(Owner::Own, numbers, kinds)
        .map_err(|_| Exit::failed(1, format!("lsof: {denied}")))?;
    complain(format!(
        "lsof: only your own processes are listed: {denied}"
    ));
    Ok(own)
}

type Lock = (u32, (u32, u32), u64);

/// /proc/locks: `1: POSIX ADVISORY WRITE PID MAJOR:MINOR:INODE START END`.
fn locks() -> HashMap<Lock, char> {
    let text = procfs::counters("locks").unwrap_or_default();
    let mut locks = HashMap::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let (Some(kind), Some(Ok(process)), Some(place)) = (
            words.get(3),
            words.get(4).map(|pid| pid.parse::<u32>()),
            words.get(5),
        ) else {
            continue;
        };
        let mut parts = place.split(':');
        let mut device = || u32::from_str_radix(parts.next()?, 16).ok();
        let (Some(major), Some(minor)) = (device(), device()) else {
            continue;
        };
        let Some(Ok(inode)) = parts.next().map(str::parse) else {
            continue;
        };
        let whole = words.get(6) == Some(&"0") && words.get(7) == Some(&"EOF");
        let lock = match (*kind, whole) {
            ("READ", true) => 'R',
            ("READ", false) => 'r',
            ("WRITE", true) => 'W',
            ("WRITE", false) => 'w',
            ("RW", true) => 'U',
            _ => continue,
        };
        locks.insert((process, (major, minor), inode), lock);
    }
    locks
}

/// Looks up the names of all hosts, several at once, and writes each socket's addresses.
async fn name_sockets(listed: &mut [Rows], options: &Options, databases: &mut Databases) {
    let rows = || listed.iter().flat_map(|one| &one.rows);
    let ends = rows().filter_map(|row| row.internet.as_ref());
    let addresses: HashSet<IpAddr> = ends
        .flat_map(|inet| [Some(inet.local), inet.remote])
        .flatten()
        .map(|(address, _)| address)
        .filter(|address| !address.is_unspecified())
        .collect();
    if !options.numeric_hosts {
        databases.hosts.find_all(addresses).await;
    }
    for row in listed.iter_mut().flat_map(|one| &mut one.rows) {
        if let Some(inet) = &row.internet {
            row.name = internet_name(inet, options, databases);
            row.facts = internet_facts(inet, options);
        }
    }
}

/// `HOST:PORT->HOST:PORT`.
fn internet_name(inet: &Inet, options: &Options, databases: &mut Databases) -> String {
    let mut name = end(inet.local, inet, options, databases);
    if let Some(remote) = inet.remote {
        name.push_str("->");
        name.push_str(&end(remote, inet, options, databases));
    }
    name
}

/// ` (STATE)`.
fn internet_facts(inet: &Inet, options: &Options) -> String {
    let mut text = String::new();
    let mut facts = Vec::new();
    if let (true, Protocol::Tcp, Some(state)) =
        (options.tcp_state, inet.protocol, state::name(inet.state))
    {
        facts.push(state.to_owned());
    }
    if options.tcp_queues {
        facts.push(format!("QR={}", inet.queues.0));
        facts.push(format!("QS={}", inet.queues.1));
    }
    if options.tcp_state || options.tcp_queues {
        text.push(' ');
    }
    if !facts.is_empty() {
        text.push_str(&format!("({})", facts.join(" ")));
    }
    text
}

fn end(
    (address, port): (IpAddr, u16),
    inet: &Inet,
    options: &Options,
    databases: &mut Databases,
) -> String {
    let host = match address.is_unspecified() {
        true => "*".into(),
        false => match (options.numeric_hosts, databases.hosts.get(address).known()) {
            (false, Some(name)) => name.to_owned(),
            _ if address.is_ipv6() => format!("[{address}]"),
            _ => address.to_string(),
        },
    };
    let port = match port {
        0 => "*".into(),
        port => match options.numeric_ports {
            true => None,
            false => databases.services.name(port, inet.protocol.service()),
        }
        .map_or_else(|| port.to_string(), str::to_owned),
    };
    format!("{host}:{port}")
}
