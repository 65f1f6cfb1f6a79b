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

/// Adds a lease to the file. It is complete when it counts: the file is read from its start, and an unfinished lease at
/// its end is no lease.
pub(crate) fn remember(options: &Options, lease: &Lease) {
    append(options, &lease.declared());
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
    remember(options, &over);
}

/// The identifier in the file, and the last lease of an interface over DHCPv6.
pub(crate) fn last6(options: &Options, interface: &str) -> (Option<Vec<u8>>, Option<lease::Lease>) {
    let (path, given) = &options.leases;
    let text = match files::read(path) {
        Ok(text) => text,
        Err(_) if path == NULL => return (None, None),
        Err(Error::NotFound) => return (None, None),
        Err(error) => {
            if *given || options.verbose {
                complain(path, &error);
            }
            return (None, None);
        }
    };
    let Ok(statements) = lease_file::statements(&text) else {
        return (None, None);
    };
    let identifier =
        statements
            .iter()
            .rev()
            .find_map(|statement| match statement.words.as_slice() {
                [Word::Plain(word), Word::Quoted(octets)] if word == "default-duid" => {
                    Some(octets.clone())
                }
                _ => None,
            });
    let is_of = |statement: &&Statement| {
        let block = statement.block.as_deref().unwrap_or_default();
        let named = block.iter().find(|inner| inner.plain() == ["interface"]);
        statement.plain() == ["lease6"]
            && named.and_then(|inner| inner.text(1)).as_deref() == Some(interface)
    };
    let lease = statements.iter().rfind(is_of).and_then(lease::Lease::read);
    (
        identifier.filter(|identifier| !identifier.is_empty()),
        lease,
    )
}

/// Adds a lease to the file, with the identifier of the client if that is not there.
pub(crate) fn remember6(options: &Options, lease: &lease::Lease, identifier: &[u8]) {
    let (known, _) = last6(
        &Options {
            verbose: false,
            ..options.clone()
        },
        &lease.interface,
    );
    let mut text = match known {
        Some(_) => String::new(),
        None => format!("default-duid {};\n", quoted_octets(identifier)),
    };
    text.push_str(&lease.declared());
    append(options, &text);
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
