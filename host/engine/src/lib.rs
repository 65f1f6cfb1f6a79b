//! nethost-engine
