//! DHCP for IPv6 (RFC 8415).

pub mod advertisement;
pub mod engine;
pub mod lease;
pub mod message;
pub mod option;
pub mod shown;
pub mod words;
