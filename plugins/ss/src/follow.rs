//! `-E`: sockets as they close, as the kernel tells of them.

use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use nethost_sdk::output::complain;
use nethost_sdk::sock_diag::{Batch, Closings, Protocol};
use nethost_sdk::{Error, Exit, until_end};

use crate::failed;
use crate::filter::{INET, INET6};
use crate::options::table;
use crate::show::Show;

/// A call waits no longer; then the next one is made.
const LONG: Duration = Duration::from_secs(3600);

/// Shows what closes, until a signal ends it.
pub(crate) async fn run<W: Write>(show: &mut Show<W>) -> Result<u8, Exit> {
    let wanted = |bit| show.options.tables & bit != 0;
    if !show.options.has_family(INET) && !show.options.has_family(INET6) {
        return Ok(255);
    }
    let watch = |protocol| show.namespace.watch(protocol).map_err(failed);
    let tcp = wanted(table::TCP)
        .then(|| watch(Protocol::Tcp))
        .transpose()?;
    let udp = wanted(table::UDP)
        .then(|| watch(Protocol::Udp))
        .transpose()?;
    let closing = async {
        match (tcp, udp) {
            // Of other sockets the kernel does not tell.
            (None, None) => Ok(255),
            (Some(one), None) => each(show, &one, Protocol::Tcp).await,
            (None, Some(one)) => each(show, &one, Protocol::Udp).await,
            (Some(tcp), Some(udp)) => both(show, &tcp, &udp).await,
        }
    };
    until_end(closing)
        .await
        .unwrap_or_else(|end| Err(Exit::silent(128 + end.number())))
}

async fn each<W: Write>(
    show: &mut Show<W>,
    closings: &Closings,
    protocol: Protocol,
) -> Result<u8, Exit> {
    loop {
        tell(show, closings.next(LONG).await, protocol)?;
    }
}

async fn both<W: Write>(show: &mut Show<W>, tcp: &Closings, udp: &Closings) -> Result<u8, Exit> {
    use futures::future::{Either, select};
    let mut of_tcp = Box::pin(tcp.next(LONG));
    let mut of_udp = Box::pin(udp.next(LONG));
    loop {
        match select(pin!(&mut of_tcp), pin!(&mut of_udp)).await {
            Either::Left((batch, _)) => {
                tell(show, batch, Protocol::Tcp)?;
                of_tcp = Box::pin(tcp.next(LONG));
            }
            Either::Right((batch, _)) => {
                tell(show, batch, Protocol::Udp)?;
                of_udp = Box::pin(udp.next(LONG));
            }
        }
    }
}

/// Each is written at once.
fn tell<W: Write>(
    show: &mut Show<W>,
    batch: Result<Batch, Error>,
    protocol: Protocol,
) -> Result<(), Exit> {
    let batch = batch.map_err(failed)?;
    if batch.is_interrupted() {
        complain("ss: more sockets closed than the kernel keeps for -E");
    }
    for socket in batch.sockets().filter_map(|message| message.inet()) {
        show.closed(socket, protocol)?;
    }
    Ok(())
}
