//! Loopback.
