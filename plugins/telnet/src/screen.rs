//! What is shown. Into a file or a pipe, data pass as they are. A terminal gets text: the host shows what is no text as
//! an escape, so carriage returns before a line end are left out, the bell is rung by the host, and a backspace takes back
//! one character.

use futures::AsyncWriteExt;
use nethost_sdk::console::{self, StandardStreams};
use nethost_sdk::terminal::{StandardStream, is_terminal};
use nethost_sdk::{Error, Exit};

/// Writes data to standard output.
pub(crate) async fn show(standard: &mut StandardStreams, data: &[u8]) -> Result<(), Exit> {
    if !is_terminal(StandardStream::Output) {
        return write(standard, data).await;
    }
    let mut text = Vec::with_capacity(data.len());
    for byte in data {
        match byte {
            // What a line end brings along, and padding.
            b'\r' | 0 => {}
            0x07 => {
                write(standard, &std::mem::take(&mut text)).await?;
                let _ = console::bell();
            }
            0x08 => {
                write(standard, &std::mem::take(&mut text)).await?;
                let _ = console::erase(1);
            }
            byte => text.push(*byte),
        }
    }
    write(standard, &text).await
}

async fn write(standard: &mut StandardStreams, bytes: &[u8]) -> Result<(), Exit> {
    let (_, output) = standard.split();
    let written = match output.write_all(bytes).await {
        Ok(()) => output.flush().await,
        failed => failed,
    };
    written.map_err(|error| match Error::from(error) {
        Error::ConnectionBroken => Exit::silent(141),
        error => Exit::failed(1, format!("telnet: write error: {error}")),
    })
}

/// The same for what telnet itself says.
pub(crate) async fn say(standard: &mut StandardStreams, text: &str) -> Result<(), Exit> {
    write(standard, text.as_bytes()).await
}
