//! `nethost links`: links by which the tools are called without `nethost` in front. A link that leads to this executable
//! is nethost's own; nothing else is ever replaced or removed, and nothing is changed before everything is checked.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use nethost_core::output;
use nethost_core::owned_path::{self, Owner};
use nethost_core::text;
use nethost_service::catalog;

/// The exit code if nothing was done because something is in the way.
const IN_THE_WAY: u8 = 1;

/// What to do with links.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make a link for each tool, or for those that are named. Exit code 1 if another file is in the way; then nothing
    /// is changed
    Install {
        /// The folder; it must exist
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Tools; by default all, with their other names
        #[arg(value_name = "TOOL")]
        tools: Vec<String>,
    },
    /// Remove the links that lead to this executable; other files stay
    Remove {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Tools; by default all, with their other names
        #[arg(value_name = "TOOL")]
        tools: Vec<String>,
    },
    /// Show what is there under the name of each tool
    List {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What is in a folder under the name of a tool.
#[derive(Debug, PartialEq, Eq)]
enum There {
    Nothing,
    /// A link to this executable.
    Own,
    /// Anything else, and what.
    Other(String),
}

/// Runs an action.
pub(super) fn links(action: &Action) -> io::Result<u8> {
    let program = fs::canonicalize(std::env::current_exe()?)?;
    match action {
        Action::Install { folder, tools } => install(&program, folder, &wanted(tools)?),
        Action::Remove { folder, tools } => remove(&program, folder, &wanted(tools)?),
        Action::List { folder, json } => list(&program, folder, *json),
    }
}

/// The names that are meant: these, or all.
fn wanted(tools: &[String]) -> io::Result<Vec<&'static str>> {
    let known: Vec<&str> = catalog::names().collect();
    if tools.is_empty() {
        return Ok(known);
    }
    let find = |tool: &String| {
        known
            .iter()
            .copied()
            .find(|name| name == tool)
            .ok_or_else(|| {
                let tool = text::line(tool);
                io::Error::other(format!("no tool {tool}; `nethost list` lists them"))
            })
    };
    tools.iter().map(find).collect()
}

fn examine(program: &Path, link: &Path) -> io::Result<There> {
    let facts = match fs::symlink_metadata(link) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(error) => return Err(shown(link, &error)),
    };
    if !facts.is_symlink() {
        let what = if facts.is_dir() { "a folder" } else { "a file" };
        return Ok(There::Other(what.to_owned()));
    }
    let target = fs::read_link(link).map_err(|error| shown(link, &error))?;
    Ok(match fs::canonicalize(link) {
        Ok(leads_to) if leads_to == program => There::Own,
        _ => There::Other(format!("a link to {}", target.display())),
    })
}

fn shown(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The names with what is there, of a folder that exists.
fn all_there(
    program: &Path,
    folder: &Path,
    names: &[&'static str],
) -> io::Result<Vec<(&'static str, There)>> {
    let facts = fs::metadata(folder).map_err(|error| shown(folder, &error))?;
    if !facts.is_dir() {
        let error = io::Error::other(format!("{} is not a folder", folder.display()));
        return Err(error);
    }
    let examined = |name: &&'static str| Ok((*name, examine(program, &folder.join(name))?));
    names.iter().map(examined).collect()
}

fn install(program: &Path, folder: &Path, names: &[&'static str]) -> io::Result<u8> {
    let there = all_there(program, folder, names)?;
    // Whoever could replace a link would choose what others run by its name.
    owned_path::judge(folder, Owner::RootOrSelf)?;
    let mut is_free = true;
    for (name, what) in &there {
        if let There::Other(what) = what {
            is_free = false;
            let path = folder.join(name);
            output::say(
                "nethost",
                &format!(
                    "{} is {what}, not a link to {}",
                    path.display(),
                    program.display()
                ),
            );
        }
    }
    if !is_free {
        output::say(
            "nethost",
            "nothing was changed; remove these yourself, use another folder, or name the tools that you want",
        );
        return Ok(IN_THE_WAY);
    }
    let mut made: Vec<PathBuf> = Vec::new();
    for (name, _) in there.iter().filter(|(_, what)| *what == There::Nothing) {
        let path = folder.join(name);
        if let Err(error) = symlink(program, &path) {
            // Something has come in between. What was made is taken back.
            for path in &made {
                let _ = fs::remove_file(path);
            }
            return Err(shown(&path, &error));
        }
        made.push(path);
    }
    let mut output = output::output();
    let already = there.len() - made.len();
    writeln!(
        output,
        "{} links in {} to {}, {already} were there",
        made.len(),
        folder.display(),
        program.display()
    )?;
    output.flush()?;
    hints(folder, names);
    Ok(0)
}

/// Says if calling a tool by its name leads elsewhere.
fn hints(folder: &Path, names: &[&'static str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real = |folder: &Path| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let own = real(folder);
    let before: Vec<PathBuf> = std::env::split_paths(&path)
        .take_while(|folder| real(folder) != own)
        .collect();
    if before.len() == std::env::split_paths(&path).count() {
        let shown = folder.display();
        output::say(
            "nethost",
            &format!("note: {shown} is not in PATH; `export PATH={shown}:$PATH`"),
        );
        return;
    }
    let hidden: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| before.iter().any(|folder| folder.join(name).is_file()))
        .collect();
    if !hidden.is_empty() {
        output::say(
            "nethost",
            &format!(
                "note: folders before {} in PATH have other files named {}",
                folder.display(),
                hidden.join(", ")
            ),
        );
    }
}

fn remove(program: &Path, folder: &Path, names: &[&'static str]) -> io::Result<u8> {
    let there = all_there(program, folder, names)?;
    let mut removed = 0;
    for (name, _) in there.iter().filter(|(_, what)| *what == There::Own) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|error| shown(&path, &error))?;
        removed += 1;
    }
    let mut output = output::output();
    writeln!(output, "{removed} links removed from {}", folder.display())?;
    for (name, what) in &there {
        if let There::Other(what) = what {
            writeln!(output, "{name} stays: {}", text::line(what))?;
        }
    }
    output.flush()?;
    Ok(0)
}

fn list(program: &Path, folder: &Path, as_json: bool) -> io::Result<u8> {
    let names: Vec<&str> = catalog::names().collect();
    let there = all_there(program, folder, &names)?;
    let mut output = output::output();
    let state = |what: &There| match what {
        There::Nothing => "absent",
        There::Own => "link",
        There::Other(_) => "other",
    };
    if as_json {
        let links: Vec<_> = there
            .iter()
            .map(|(name, what)| {
                let found = match what {
                    There::Other(found) => Some(found),
                    _ => None,
                };
                json!({ "name": name, "state": state(what), "found": found })
            })
            .collect();
        let object = json!({ "folder": folder, "program": program, "links": links });
        serde_json::to_writer_pretty(&mut output, &object)?;
        writeln!(output)?;
    } else {
        for (name, what) in &there {
            match what {
                There::Other(found) => writeln!(output, "{name:<14} other: {}", text::line(found))?,
                _ => writeln!(output, "{name:<14} {}", state(what))?,
            }
        }
    }
    output.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_that_leads_here_is_own_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let program = fs::canonicalize(std::env::current_exe().unwrap()).unwrap();
        symlink(&program, path("direct")).unwrap();
        symlink(path("direct"), path("through")).unwrap();
        symlink("/bin/sh", path("sh")).unwrap();
        symlink("/nosuch/nethost", path("dangling")).unwrap();
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("folder")).unwrap();
        let look = |name: &str| examine(&program, &path(name)).unwrap();
        assert_eq!(look("direct"), There::Own);
        assert_eq!(look("through"), There::Own);
        assert_eq!(look("nothing"), There::Nothing);
        assert_eq!(look("file"), There::Other("a file".into()));
        assert_eq!(look("folder"), There::Other("a folder".into()));
        assert_eq!(look("sh"), There::Other("a link to /bin/sh".into()));
        assert!(
            matches!(look("dangling"), There::Other(words) if words.contains("/nosuch/nethost"))
        );
    }
}
