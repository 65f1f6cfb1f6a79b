//! What the operator asked of a running tool, so that it can print its summary before it ends.

use crate::bindings;

/// A request from the keyboard or from kill(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT or SIGTERM: finish. A second one ends the tool at once.
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
