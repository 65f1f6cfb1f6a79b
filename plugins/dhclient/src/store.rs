//! The files: dhclient.conf, and the leases.

use nethost_sdk::files::{self, WriteMode, Writer};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::arguments::Options;
use crate::conf::{self, Conf};
use crate::syntax::Statement;
use crate::v4::lease::Lease;
use crate::v4::value::{Word, quoted_octets};
use crate::v6::lease;
use crate::{clock, failed, lease_file};

const NULL: &str = "/dev/null";

/// The configuration of an interface, with what the command line says.
pub(crate) fn conf(options: &Options, interface: &str) -> Result<Conf, Exit> {
    let (path, given) = &options.conf;
    let mut conf = match files::read(path) {
        // No regular file, and the usual way to ask for no file.
        _ if path == NULL => Conf::default(),
        Ok(text) => {
            let (conf, mistakes) = conf::parse(&text, &printable(path), interface);
            for mistake in mistakes {
                nethost_sdk::output::complain(mistake);
            }
            conf
        }
        Err(error) if *given => {
            let shown = printable(path);
            return Err(failed(1, format_args!("Can't open {shown}: {error}")));
        }
        Err(_) => Conf::default(),
    };
    if let Some(timeout) = options.timeout {
        conf.timeout = timeout;
    }
    if let Some(request) = &options.request {
        conf.request.clone_from(request);
    }
    if let Some(identifier) = &options.identifier {
        conf.send.push((61, identifier.clone()));
    }
    if let Some(class) = &options.class {
        conf.send.push((60, class.as_bytes().to_vec()));
    }
    if let Some(name) = &options.host_name {
        conf.send.push((12, name.as_bytes().to_vec()));
    }
    Ok(conf)
}

/// The last lease of an interface in the file.
pub(crate) fn last(options: &Options, interface: &str) -> Option<Lease> {
    let (path, given) = &options.leases;
    let text = match files::read(path) {
        Ok(text) => text,
        Err(_) if path == NULL => return None,
        Err(Error::NotFound) => return None,
        Err(error) => {
            if *given || options.verbose {
                complain(path, &error);
            }
            return None;
        }
    };
    match lease_file::parse(&text) {
        Ok(leases) => leases
            .into_iter()
            .rfind(|lease| lease.interface == interface),
        Err(mistake) => {
            let shown = printable(path);
            let (line, what) = (mistake.line, mistake.what);
            nethost_sdk::output::complain(format_args!("{shown} line {line}: {what}"));
            None
        }
    }
}

/// Adds a lease to the file, with the identifier of the client if it has one that is not there. It is complete when it
/// counts: the file is read from its start, and an unfinished lease at its end is no lease.
pub(crate) fn remember(options: &Options, lease: &Lease, identifier: Option<&[u8]>) {
    let declared = identifier.map_or_else(String::new, |octets| declared(options, octets));
    append(options, &(declared + &lease.declared()));
}

/// Notes that a lease was given back.
pub(crate) fn forget(options: &Options, lease: &Lease) {
    let now = clock();
    let over = Lease {
        renew: now,
        rebind: now,
        expire: now,
        ..lease.clone()
    };
    remember(options, &over, None);
}

/// The identifier of the client in the file of leases, or else in the second one.
pub(crate) fn identifier(options: &Options) -> Option<Vec<u8>> {
    let (path, given) = &options.leases;
    let quiet = !*given && !options.verbose;
    let second = || identifier_in(&read(options.second_leases.as_deref()?, false)?);
    read(path, quiet)
        .and_then(|statements| identifier_in(&statements))
        .or_else(second)
}

fn identifier_in(statements: &[Statement]) -> Option<Vec<u8>> {
    let identifier = |statement: &Statement| match statement.words.as_slice() {
        [Word::Plain(word), Word::Quoted(octets)] if word == "default-duid" => Some(octets.clone()),
        _ => None,
    };
    let identifier = statements.iter().rev().find_map(identifier);
    identifier.filter(|octets| !octets.is_empty())
}

/// The statements of a file. None if it is not there, or cannot be read.
fn read(path: &str, quiet: bool) -> Option<Vec<Statement>> {
    match files::read(path) {
        Ok(text) => lease_file::statements(&text).ok(),
        Err(Error::NotFound) => None,
        Err(_) if path == NULL || quiet => None,
        Err(error) => {
            complain(path, &error);
            None
        }
    }
}

/// The last lease of an interface over DHCPv6.
pub(crate) fn last6(options: &Options, interface: &str) -> Option<lease::Lease> {
    // What is wrong with the file was said when the identifier was looked for.
    let statements = read(&options.leases.0, true)?;
    let is_of = |statement: &&Statement| {
        let block = statement.block.as_deref().unwrap_or_default();
        let named = block.iter().find(|inner| inner.plain() == ["interface"]);
        statement.plain() == ["lease6"]
            && named.and_then(|inner| inner.text(1)).as_deref() == Some(interface)
    };
    statements.iter().rfind(is_of).and_then(lease::Lease::read)
}

/// The declaration of the identifier of the client; empty if it is in the file of leases.
fn declared(options: &Options, identifier: &[u8]) -> String {
    let known = read(&options.leases.0, true);
    match known.is_some_and(|statements| identifier_in(&statements).is_some()) {
        true => String::new(),
        false => format!("default-duid {};\n", quoted_octets(identifier)),
    }
}

/// Adds a lease to the file, with the identifier of the client if that is not there.
pub(crate) fn remember6(options: &Options, lease: &lease::Lease, identifier: &[u8]) {
    append(
        options,
        &(declared(options, identifier) + &lease.declared()),
    );
}

/// Notes that a lease was given back.
pub(crate) fn forget6(options: &Options, lease: &lease::Lease) {
    let declared = lease.declared();
    let text = declared.replacen("{\n", "{\n  released;\n", 1);
    append(options, &text);
}

fn append(options: &Options, text: &str) {
    let (path, _) = &options.leases;
    if path == NULL {
        return;
    }
    let append = || -> Result<(), Error> {
        let writer = Writer::open(path, WriteMode::Append, None)?;
        writer.write(text.as_bytes())
    };
    if let Err(error) = append() {
        complain(path, &error);
    }
}

fn complain(path: &str, error: &Error) {
    let shown = printable(path);
    nethost_sdk::output::complain(format_args!("can't create {shown}: {error}"));
}
