//! What the capabilities with byte streams share: the two directions of a connection, connected to the plugin's
//! streams.

use std::io;

use wasmtime::component::{Access, FutureReader, HasData, StreamReader};

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
) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>> {
    match received {
        Ok((receiver, ending)) => {
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
) -> wasmtime::Result<Result<Ended, ErrorCode>> {
    match sender {
        Ok((sender, ending)) => {
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
    access: Access<'_, T, D>,
    ending: Ending,
) -> wasmtime::Result<Ended> {
    FutureReader::new(access, async move {
        // If there is no result, the stream ended with the run.
        let result = ending.await.unwrap_or(Ok(()));
        wasmtime::error::Ok(result.map_err(ErrorCode::from))
    })
}
