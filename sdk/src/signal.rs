//! What the operator asked of a running tool, so that it can print its summary before it ends.

use std::pin::pin;

use futures::future::{Either, select};

use crate::bindings;

/// A request from the keyboard or from kill(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: finish. A second one ends the tool at once.
    Interrupt,
    /// SIGQUIT: say how it is going.
    Quit,
    /// SIGWINCH: the terminal's size has changed.
    WindowChange,
}

/// Resolves when the operator interrupts. Call it again for the next signal.
///
/// ```no_run
/// # async fn example() {
/// while nethost_sdk::interrupted().await != nethost_sdk::Signal::Interrupt {}
/// # }
/// ```
pub async fn interrupted() -> Signal {
    match bindings::interrupted().await {
        bindings::Signal::Interrupt => Signal::Interrupt,
        bindings::Signal::Quit => Signal::Quit,
        bindings::Signal::WindowChange => Signal::WindowChange,
    }
}

/// Resolves when the operator asks the tool to end by SIGTERM. A tool that does not wait for it is ended by the host,
/// with the exit code 143.
pub async fn terminated() {
    bindings::terminated().await;
}

/// Resolves when the operator asks by SIGUSR1 how far the tool is. A tool that never waits for it is ended by the host,
/// with the exit code 138.
pub async fn report_wanted() {
    bindings::report_wanted().await;
}

/// What asked a tool to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl End {
    /// The number of the signal.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

/// Does something until the operator asks for the end. For tools that end by a signal in their own way; the others
/// need nothing, as the host ends them.
///
/// # Errors
/// What asked for the end.
pub async fn until_end<T>(work: impl Future<Output = T>) -> Result<T, End> {
    let interrupt = async { while interrupted().await != Signal::Interrupt {} };
    let end = async {
        match select(pin!(interrupt), pin!(terminated())).await {
            Either::Left(_) => End::Interrupt,
            Either::Right(_) => End::Terminate,
        }
    };
    match select(pin!(work), pin!(end)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right((end, _)) => Err(end),
    }
}
