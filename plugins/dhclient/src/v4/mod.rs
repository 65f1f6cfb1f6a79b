//! DHCP for IPv4 (RFC 2131).

pub mod engine;
pub mod lease;
pub mod message;
pub mod option;
pub mod shown;
pub mod value;
