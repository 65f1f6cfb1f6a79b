//! `-D`: the kernel's messages about TCP sockets as they are (sock_diag(7)), to standard output or into a file.

use std::io::{self, Write, stdout};

use nethost_sdk::files::{WriteMode, Writer};
use nethost_sdk::sock_diag::{Namespace, Protocol, Query};
use nethost_sdk::{Error, Exit};

use crate::failed;
use crate::filter::{INET, INET6};
use crate::options::{ALL_STATES, Options, table};

/// NLMSG_DONE, by which a reader knows that nothing is missing: a message of 20 octets of type 3, with NLM_F_MULTI.
const DONE: ([u8; 4], [u8; 2], [u8; 14]) = (
    20_u32.to_ne_bytes(),
    3_u16.to_ne_bytes(),
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
);

/// Where the messages go.
enum To {
    Standard(io::StdoutLock<'static>),
    File(Writer),
}

impl To {
    fn open(file: &str) -> Result<Self, Exit> {
        if file.starts_with('-') {
            return Ok(Self::Standard(stdout().lock()));
        }
        // As fopen(3) with "w" does it.
        let mode = 0o666;
        let opened = Writer::open(file, WriteMode::Create, Some(mode));
        let opened = match opened {
            Err(Error::Other(_)) => Writer::open(file, WriteMode::Replace, None),
            opened => opened,
        };
        match opened {
            Ok(writer) => Ok(Self::File(writer)),
            Err(error @ Error::Denied(_)) => Err(failed(error)),
            Err(error) => Err(Exit::failed(255, format!("fopen dump file: {error}"))),
        }
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Exit> {
        match self {
            Self::Standard(output) => Ok(output.write_all(octets)?),
            Self::File(writer) => writer.write(octets).map_err(failed),
        }
    }
}

/// Dumps all of them.
pub(crate) fn run(options: &Options, namespace: &Namespace, file: &str) -> Result<u8, Exit> {
    if options.tables & table::TCP == 0 {
        return Err(Exit::failed(
            0,
            "ss: tcpdiag dump requested and no tcp in filter.",
        ));
    }
    let mut to = To::open(file)?;
    for family in [INET, INET6] {
        if options.preferred == INET && family == INET6
            || options.preferred == INET6 && family == INET
        {
            continue;
        }
        let query = Query {
            protocol: Protocol::Tcp,
            family,
            states: options.states & ALL_STATES,
            show: 0,
            filter: Vec::new(),
        };
        let listing = namespace.list(&query).map_err(failed)?;
        loop {
            let batch = listing.next().map_err(failed)?;
            to.write(batch.messages())?;
            if batch.is_last() {
                break;
            }
        }
    }
    let (length, kind, rest) = DONE;
    to.write(&length)?;
    to.write(&kind)?;
    to.write(&rest)?;
    if let To::Standard(output) = &mut to {
        output.flush()?;
    }
    Ok(0)
}
