//! What the capabilities with byte streams share: the two directions of a connection, connected to the plugin's
//! streams.

use std::io;

use wasmtime::component::{Access, FutureReader, HasData, StreamReader};

use crate::recorded::{Noted, Taped};
use crate::stream::{Busy, Ending, Receiver, Sender};
use crate::types::ErrorCode;

impl From<Busy> for ErrorCode {
    fn from(_: Busy) -> Self {
        ErrorCode::InvalidState
    }
}

/// The result of a stream, for the plugin.
pub type Ended = FutureReader<Result<(), ErrorCode>>;

/// Returns a stream of the received bytes.
pub fn receive<T: 'static, D: HasData + ?Sized>(
    mut access: Access<'_, T, D>,
    received: Result<(Receiver, Ending), Busy>,
) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>>
where
    for<'a> D::Data<'a>: Taped,
{
    match received {
        Ok((mut receiver, ending)) => {
            if let Some(tape) = access.get().tape() {
                receiver.note(Noted::new(tape, tape.makes_stream()));
            }
            let bytes = StreamReader::new(&mut access, receiver)?;
            Ok(Ok((bytes, ended(access, ending)?)))
        }
        Err(busy) => Ok(Err(busy.into())),
    }
}

/// Sends the bytes of a plugin's stream.
pub fn send<T: 'static, D: HasData + ?Sized>(
    mut access: Access<'_, T, D>,
    mut data: StreamReader<u8>,
    sender: Result<(Sender, Ending), Busy>,
) -> wasmtime::Result<Result<Ended, ErrorCode>>
where
    for<'a> D::Data<'a>: Taped,
{
    match sender {
        Ok((mut sender, ending)) => {
            if let Some(tape) = access.get().tape() {
                sender.note(Noted::new(tape, tape.sent()));
            }
            data.pipe(&mut access, sender)?;
            Ok(Ok(ended(access, ending)?))
        }
        Err(busy) => {
            data.close(&mut access)?;
            Ok(Err(busy.into()))
        }
    }
}

/// Ends the sending direction.
pub async fn shutdown(
    end: Result<impl Future<Output = io::Result<()>>, Busy>,
) -> Result<(), ErrorCode> {
    Ok(end?.await?)
}

fn ended<T: 'static, D: HasData + ?Sized>(
    mut access: Access<'_, T, D>,
    ending: Ending,
) -> wasmtime::Result<Ended>
where
    for<'a> D::Data<'a>: Taped,
{
    let tape = access.get().tape().cloned();
    let noted = tape.map(|tape| Noted::new(&tape, tape.makes_result()));
    FutureReader::new(access, async move {
        // If there is no result, the stream ended with the run.
        let result = async { Ok(ending.await.unwrap_or(Ok(()))?) };
        wasmtime::error::Ok(match noted {
            Some(noted) => noted.result(result).await,
            None => result.await,
        })
    })
}
