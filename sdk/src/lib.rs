//! Write a network tool as a sandboxed nethost plugin.
//!
//! A tool is a WebAssembly component. It has no network of its own. It calls the capabilities of the host, one module
//! each in this crate, and the host's policy decides every request. A component imports only what it calls.
//!
//! ```no_run
//! use nethost_sdk::{Tool, icmp::{EchoBatch, EchoSocket}, socket::{Remote, SocketOptions}};
//! use std::time::Duration;
//!
//! struct Probe;
//!
//! impl Tool for Probe {
//!     async fn run(args: Vec<String>) -> Result<u8, String> {
//!         let address = args.first().ok_or("usage: probe ADDRESS")?;
//!         let address = address.parse().map_err(|_| format!("{address}: not an address"))?;
//!         let socket = EchoSocket::open(address, &SocketOptions::default()).map_err(|e| e.to_string())?;
//!         let mut batch = EchoBatch::new();
//!         batch.push(Remote::FIRST, 1, b"hello");
//!         let sent = socket.send(&batch).map_err(|e| e.to_string())?;
//!         let received = socket.receive(1, Duration::from_secs(1)).await.map_err(|e| e.to_string())?;
//!         for reply in received.replies() {
//!             println!("{} after {:?}", reply.source, reply.timestamp.since(sent[0]));
//!         }
//!         Ok(if received.is_empty() { 1 } else { 0 })
//!     }
//! }
//!
//! nethost_sdk::tool!(Probe);
//! # fn main() {}
//! ```

mod address;
pub mod args;
pub mod capture;
pub mod clock;
pub mod console;
pub mod counters;
pub mod environment;
mod error;
mod exit;
pub mod files;
#[cfg(feature = "http")]
pub mod http;
pub mod icmp;
pub mod interface_block;
pub mod interface_table;
pub mod names;
pub mod netdb;
pub mod netlink;
pub mod output;
pub mod pace;
pub mod packet;
pub mod plot;
pub mod procfs;
pub mod raw_ip;
pub mod remotes;
pub mod resolver;
pub mod routing_table;
pub mod scan;
mod signal;
pub mod sock_diag;
pub mod socket;
pub mod stats;
pub mod stream;
mod sys;
pub mod system;
pub mod target;
pub mod tcp;
pub mod terminal;
pub mod text;
mod timestamp;
pub mod tls;
mod tool;
pub mod tools;
pub mod udp;
mod undoable;
pub mod unix;
pub mod wire;

pub use address::Family;
pub use error::{Denial, Error};
pub use exit::{Exit, exit_code};
pub use signal::{End, Signal, interrupted, report_wanted, terminated, until_end};
pub use timestamp::Timestamp;
pub use tool::Tool;

#[doc(hidden)]
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]
pub mod bindings {
    //! Generated from `wit/`. Tools use the wrappers in this crate.
    wit_bindgen::generate!({
        path: "wit",
        world: "nethost:cap/tool",
        pub_export_macro: true,
        default_bindings_module: "nethost_sdk::bindings",
        export_macro_name: "export_tool",
        generate_all,
    });
}
