//! nethost
