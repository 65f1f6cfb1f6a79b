//! What authors of plugins in C and Go need besides their compiler: bindings of the contract, and the component that is
//! made of the core module which their compiler writes.
//!
//! Functions that are `async` in the contract are called and exported synchronously: the call returns when the answer
//! is there. So a plugin needs no event loop.

mod component;
mod generate;
mod world;

pub use component::component;
pub use generate::{File, Language, generate};

/// Why there are no bindings, or no component. Each is a mistake in the author's files.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The WIT files are wrong, or have no such world.
    #[error("{0}")]
    World(String),
    /// The world has something for which the language has no bindings.
    #[error("no bindings for this world: {0}")]
    Bindings(String),
    /// The core module does not fit the world.
    #[error("no component from this core module: {0}")]
    Component(String),
}

/// What an error of the libraries says, in one line.
fn line(error: &dyn std::fmt::Display) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
