//! traceroute
