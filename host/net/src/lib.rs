//! Packets and datagrams in batches: socket options, control messages, kernel timestamps, IP headers, timers.

pub mod datagram;
pub mod packet;
mod sys;
pub mod timer;

pub use sys::register;
