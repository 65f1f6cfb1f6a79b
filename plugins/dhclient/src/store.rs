//! The files: dhclient.conf, and the leases.

use nethost_sdk::files::{self, WriteMode, Writer};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::arguments::Options;
use crate::conf::{self, Conf};
use crate::v4::lease::Lease;
use crate::{clock, failed, lease_file};

/// The configuration of an interface, with what the command line says.
pub(crate) fn conf(options: &Options, interface: &str) -> Result<Conf, Exit> {
    let (path, given) = &options.conf;
    let mut conf = match files::read(path) {
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
    let (path, _) = &options.leases;
    let append = || -> Result<(), Error> {
        let writer = Writer::open(path, WriteMode::Append, None)?;
        writer.write(lease.declared().as_bytes())
    };
    if let Err(error) = append() {
        complain(path, &error);
    }
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

fn complain(path: &str, error: &Error) {
    let shown = printable(path);
    nethost_sdk::output::complain(format_args!("can't create {shown}: {error}"));
}
