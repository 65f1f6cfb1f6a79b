//! `nethost new`: makes a folder with a plugin that builds, passes its tests and runs. docs/authors.md goes on from
//! there.

mod contract;
mod foreign;
mod rust;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use nethost_core::output;

/// What `nethost new` is called with.
#[derive(Args)]
pub(super) struct Options {
    /// The name of the plugin, and of the new folder in the current one
    name: String,
    /// The language to write it in
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
    /// What it does at first
    #[arg(long, default_value = "probe")]
    template: Template,
    /// Use the SDK of this folder instead of the released one
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Python,
    #[value(name = "javascript")]
    JavaScript,
    C,
    Go,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// Sends echo requests to hosts
    Probe,
    /// Sends a line to a TCP port
    Client,
    /// Reads facts about this machine at intervals
    Observer,
}

/// A new file: its path in the folder, its text, and whether it can be executed.
struct File {
    path: String,
    text: String,
    executable: bool,
}

impl File {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            executable: false,
        }
    }
}

/// What a language has for a new plugin.
struct Project {
    files: Vec<File>,
    /// The commands that build, test and run it.
    commands: Vec<String>,
}

/// Makes the folder, and says which commands come next.
pub(super) fn new(options: &Options) -> io::Result<u8> {
    let name = &options.name;
    check_name(name).map_err(io::Error::other)?;
    let project = project(options).map_err(io::Error::other)?;
    let folder = Path::new(name);
    std::fs::create_dir(folder).map_err(|error| told(folder, &error))?;
    for file in &project.files {
        write(folder, file)?;
    }
    let mut output = output::output();
    writeln!(
        output,
        "{name}/ has a plugin, its tests and a README. Next:\n"
    )?;
    for command in &project.commands {
        writeln!(output, "  {command}")?;
    }
    Ok(0)
}

fn project(options: &Options) -> Result<Project, String> {
    match options.lang {
        Language::Rust => rust::project(options),
        Language::Python => foreign::project(options, &foreign::PYTHON),
        Language::JavaScript => foreign::project(options, &foreign::JAVASCRIPT),
        Language::C => foreign::project(options, &foreign::C),
        Language::Go => foreign::project(options, &foreign::GO),
    }
}

/// A name that a command, a package of each language, and a file can have.
fn check_name(name: &str) -> Result<(), String> {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    if starts && name.len() <= 64 && name.bytes().all(fine) && !name.ends_with('-') {
        return Ok(());
    }
    Err(format!(
        "`{}` cannot be the name of a plugin: use a-z, 0-9 and `-`, a letter first",
        name.escape_default()
    ))
}

fn told(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn write(folder: &Path, file: &File) -> io::Result<()> {
    let path = folder.join(&file.path);
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above).map_err(|error| told(above, &error))?;
    }
    std::fs::write(&path, &file.text).map_err(|error| told(&path, &error))?;
    if file.executable {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, permissions).map_err(|error| told(&path, &error))?;
    }
    Ok(())
}

/// The text of a template, with its names filled in.
fn filled(text: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(text.to_owned(), |text, (key, value)| {
        text.replace(&format!("@{key}@"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_commands() {
        for name in ["a", "hello", "my-tool2"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "", "Hello", "-a", "a-", "2a", "a b", "../a", "a/b", "ä", "a\n",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn no_template_keeps_a_placeholder() {
        for lang in Language::value_variants() {
            for template in [Template::Probe, Template::Client, Template::Observer] {
                let options = Options {
                    name: "my-tool".into(),
                    lang: *lang,
                    template,
                    sdk: None,
                };
                let Ok(project) = project(&options) else {
                    continue;
                };
                for file in project.files {
                    for key in [
                        "@NAME@",
                        "@FILE@",
                        "@SDK@",
                        "@SUMMARY@",
                        "@EXAMPLE@",
                        "@VERSION@",
                    ] {
                        assert!(!file.text.contains(key), "{}: {key}", file.path);
                    }
                }
            }
        }
    }
}
