//! What happened in a run: one event is one line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Bytes;

/// One line of a record after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The plugin called a function of the contract.
    Call(Call),
    /// A call that had to wait was answered.
    Answer {
        /// The number of the call.
        call: u64,
        /// What it is.
        answer: Answer,
        /// The plugin and the host had nothing else to do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        idle: bool,
    },
    /// Bytes were moved on a stream.
    Stream {
        /// The number of the stream.
        number: u64,
        /// What was moved.
        moved: Moved,
        /// The plugin had to wait for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waited: bool,
        /// As in an answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        idle: bool,
    },
    /// The result of a stream was there.
    Result {
        /// The number of the result.
        number: u64,
        /// The result.
        value: Value,
        /// The plugin had to wait for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waited: bool,
        /// As in an answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        idle: bool,
    },
    /// WASI gave the plugin something. These are independent of the calls.
    Wasi(Wasi),
    /// The run was over.
    End(End),
}

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Call {
    /// Counts from 1.
    pub number: u64,
    /// The interface and the function, such as `icmp.echo-socket.open`.
    pub name: String,
    /// The arguments.
    pub args: Vec<Value>,
    /// The answer, if the call did not have to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// It returned this.
    Returned(Value),
    /// The host ended the plugin with it.
    Trapped(String),
}

/// What happened at the host's end of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Moved {
    /// The plugin got these bytes.
    Received(Bytes),
    /// The host took these bytes.
    Sent(Bytes),
    /// The plugin gave up a read or a write that waited.
    GivenUp,
    /// The host closed its end.
    Closed,
}

/// What a plugin gets from WASI besides its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wasi {
    /// The time of `wasi:clocks/wall-clock`: seconds and nanoseconds.
    Wall(u64, u32),
    /// The time of `wasi:clocks/monotonic-clock`.
    Monotonic(u64),
    /// Bytes of `wasi:random/random`.
    Random(Bytes),
    /// Bytes of `wasi:random/insecure`.
    Insecure(Bytes),
    /// Bytes of standard input. None: it has ended.
    Input(Option<Bytes>),
    /// Which of several things to wait for were ready (`wasi:io/poll`).
    Poll(Vec<u32>),
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct End {
    /// The exit code.
    pub exit: u8,
    /// Why the host stopped the plugin, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}
