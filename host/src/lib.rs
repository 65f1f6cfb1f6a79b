//! nethost: network tools as sandboxed WebAssembly components behind one gate and one audit log.

pub mod cli;
