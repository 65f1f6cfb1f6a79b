//! nethost-bundle
