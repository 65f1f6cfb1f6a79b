//! Reads from a pipe (pipe(7)).

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;

use super::ToolRun;
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;

/// So much of the output is kept.
pub(super) const MOST: usize = 1 << 20;
/// The capacity of a pipe.
const AT_ONCE: usize = 64 << 10;

/// Everything that comes out of the pipe, up to [`MOST`] octets, and whether there was more, which is read as well so that
/// the writer can end.
pub(super) async fn read(
    permit: &Permit<ToolRun>,
    pipe: OwnedFd,
) -> Result<(Vec<u8>, bool), ErrorCode> {
    let pipe = nethost_net::register(pipe, Interest::READABLE)?;
    let mut buffer = vec![0; AT_ONCE];
    let (mut kept, mut truncated) = (Vec::new(), false);
    loop {
        let mut ready = pipe.readable().await?;
        let read =
            ready.try_io(|pipe| rustix::io::read(pipe, &mut buffer).map_err(io::Error::from));
        let Ok(read) = read else {
            continue;
        };
        let count = read.inspect_err(|error| permit.failed(error))?;
        if count == 0 {
            return Ok((kept, truncated));
        }
        permit.may_receive(count)?;
        permit.count_received(count);
        let room = count.min(MOST - kept.len());
        kept.extend(buffer.iter().take(room));
        truncated |= room < count;
    }
}
