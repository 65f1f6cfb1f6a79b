//! `nethost bindings`: what a plugin in C or Go calls the contract by.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use nethost_core::{output, replace};

/// What `nethost bindings` is called with.
#[derive(Args)]
pub(super) struct Bindings {
    /// The language
    language: Language,
    /// The folder with the world and the contract
    #[arg(long, value_name = "DIR", default_value = "wit")]
    wit: PathBuf,
    /// Which world, if the folder has several
    #[arg(long, value_name = "NAME")]
    world: Option<String>,
    /// Where to write them
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    C,
    Go,
}

/// Writes the bindings, and prints the name of each file.
pub(super) fn bindings(options: &Bindings) -> io::Result<u8> {
    let language = match options.language {
        Language::C => nethost_bindings::Language::C,
        Language::Go => nethost_bindings::Language::Go,
    };
    let files = nethost_bindings::generate(language, &options.wit, options.world.as_deref());
    let files = files.map_err(io::Error::other)?;
    let mut output = output::output();
    for (name, text) in files {
        let path = options.output.join(&name);
        // What it depends on is the author's, once it is there.
        if name == "go.mod" && path.exists() {
            continue;
        }
        write(&path, &text).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        writeln!(output, "{}", path.display())?;
    }
    Ok(0)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)?;
    }
    replace(path, text)
}
