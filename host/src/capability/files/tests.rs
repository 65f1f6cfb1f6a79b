//! Denied, allowed, malformed, dropped.
