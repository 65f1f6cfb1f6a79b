//! `nethost man`: manual pages, made when they are asked for: of the commands from the parser's own table, of the tools
//! from their help texts and manifests, of the formats of files from the documentation.

use std::fs;
use std::io::{self, Write};
use std::process::{Command as Program, Stdio};

use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Roff, bold, roman};

use super::help;
use nethost_core::output::{self, Stream};
use nethost_core::text;
use nethost_manual::{self as manual, Tool};
use nethost_policy::SYSTEM_FILE;
use nethost_service::catalog;

/// Which page.
#[derive(Args)]
pub(super) struct Page {
    /// The page: a tool, a command or a format; with a section before it, as for man(1). Without one: nethost(1)
    #[arg(value_name = "[SECTION] PAGE", num_args = 0..=2)]
    pub(super) page: Vec<String>,
    /// List all pages
    #[arg(long, conflicts_with = "page")]
    list: bool,
    /// Write all pages to DIR/man1, DIR/man5 and DIR/man7
    #[arg(long, value_name = "DIR", conflicts_with_all = ["page", "list"])]
    all: Option<std::path::PathBuf>,
}

/// A page, and how to make it.
struct Source {
    name: String,
    section: u8,
    summary: String,
    make: Box<dyn Fn() -> io::Result<String>>,
}

/// Prints a page, or writes all of them.
pub(super) fn man(command: Command, wanted: &Page) -> io::Result<u8> {
    let pages = pages(command);
    if wanted.list {
        let mut output = output::output();
        for page in &pages {
            writeln!(output, "{}({}) - {}", page.name, page.section, page.summary)?;
        }
        output.flush()?;
        return Ok(0);
    }
    if let Some(folder) = &wanted.all {
        for page in &pages {
            let folder = folder.join(format!("man{}", page.section));
            fs::create_dir_all(&folder)?;
            let path = folder.join(format!("{}.{}", page.name, page.section));
            let shown = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
            fs::write(&path, (page.make)()?).map_err(shown)?;
        }
        return Ok(0);
    }
    let (section, name) = match wanted.page.as_slice() {
        [] => (None, "nethost"),
        [name] => (None, name.as_str()),
        [section, name, ..] => (Some(section.as_str()), name.as_str()),
    };
    let found = pages.iter().find(|page| {
        let is_named = page.name == name || page.name.strip_prefix("nethost-") == Some(name);
        is_named && section.is_none_or(|section| section == page.section.to_string())
    });
    let page = found.ok_or_else(|| {
        let section = section.map_or_else(String::new, |section| format!(" in section {section}"));
        io::Error::other(format!(
            "no manual page {}{}; `nethost man --list` lists them",
            text::line(name),
            text::line(&section)
        ))
    })?;
    show(&(page.make)()?)
}

/// On a terminal, man(1) shows it. Elsewhere it is printed as it is.
fn show(page: &str) -> io::Result<u8> {
    if Stream::Output.is_terminal() {
        let reader = Program::new("man")
            .args(["-l", "-"])
            .stdin(Stdio::piped())
            .spawn();
        if let Ok(mut reader) = reader {
            if let Some(mut input) = reader.stdin.take() {
                // A reader that is quit early has read enough.
                let _ = input.write_all(page.as_bytes());
            }
            let ended = reader.wait()?;
            return Ok(u8::from(!ended.success()));
        }
    }
    let mut output = output::output();
    output.write_all(page.as_bytes())?;
    output.flush()?;
    Ok(0)
}

/// The names by which pages can be asked for.
pub(super) fn names(command: Command) -> Vec<String> {
    let short = |page: Source| page.name.strip_prefix("nethost-").map(str::to_owned);
    let mut names: Vec<String> = pages(command).into_iter().filter_map(short).collect();
    names.push("nethost".to_owned());
    names.sort();
    names.dedup();
    names
}

fn pages(mut command: Command) -> Vec<Source> {
    command.build();
    let mut pages = Vec::new();
    commands(&command, &mut pages);
    for plugin in nethost_bundle::PLUGINS {
        if let Ok(manifest) = catalog::manifest(plugin) {
            let names: Vec<String> = manifest.names().map(str::to_owned).collect();
            pages.extend(names.into_iter().map(|name| of_tool(name, plugin)));
        }
    }
    for (name, section, document, summary) in manual::PAGES {
        let Some(markdown) = manual::page_of(document) else {
            continue;
        };
        pages.push(Source {
            name: (*name).to_owned(),
            section: *section,
            summary: (*summary).to_owned(),
            make: Box::new(move || Ok(manual::document(name, *section, summary, markdown))),
        });
    }
    pages
}

/// A command and those below it.
fn commands(command: &Command, pages: &mut Vec<Source>) {
    if command.is_hide_set() {
        return;
    }
    let name = command.get_display_name().unwrap_or(command.get_name());
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let own = command.clone();
    pages.push(Source {
        name: name.to_owned(),
        section: 1,
        summary: about,
        make: Box::new(move || of_command(&own)),
    });
    for below in command.get_subcommands() {
        commands(below, pages);
    }
}

fn of_command(command: &Command) -> io::Result<String> {
    // The list of tools has its own section here.
    let is_whole = command.get_name() == "nethost";
    let man = Man::new(command.clone().after_help(None::<&str>));
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut page = manual::title(name, 1).into_bytes();
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command
        .get_arguments()
        .any(|argument| !argument.is_hide_set())
    {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    // An empty line between two breaks is one break too many to some readers.
    let mut page = String::from_utf8_lossy(&page).replace("\n.br\n\n.br\n", "\n.br\n");
    if is_whole {
        page.push_str(&whole());
    } else {
        let mut more = Roff::new();
        more.control("SH", ["SEE ALSO"]);
        more.text([roman("nethost(1), nethost-policy(5), nethost-audit(5)")]);
        page.push_str(&more.to_roff());
    }
    Ok(page)
}

/// What nethost(1) says beside the commands.
fn whole() -> String {
    let mut page = Roff::new();
    page.control("SH", ["TOOLS"]);
    for (title, tools) in help::groups() {
        page.control("SS", [title]);
        for (name, summary) in tools {
            page.control("TP", []);
            page.text([bold(format!("nethost-{name}(1)"))]);
            page.text([roman(summary)]);
        }
    }
    let mut list = |title: &str, rows: &[(&str, &str)]| {
        page.control("SH", [title]);
        for (name, meaning) in rows {
            page.control("TP", []);
            page.text([bold(*name)]);
            page.text([roman(*meaning)]);
        }
    };
    list(
        "EXIT STATUS",
        &[
            ("that of the tool", "if a tool runs"),
            (
                "1",
                "the answer is no: denied, not intact, something is wrong",
            ),
            (
                "2",
                "an error; one line on standard error names the cause and the remedy",
            ),
        ],
    );
    list(
        "ENVIRONMENT",
        &[
            (super::service::VARIABLE, "the socket of the service to use"),
            ("NETHOST_CACHE_DIR", "the folder of compiled plugins"),
            (
                "NETHOST_STATE_DIR",
                "the folder of the audit log's heads and keys",
            ),
            ("NO_COLOR", "print without colours"),
        ],
    );
    list(
        "FILES",
        &[
            (SYSTEM_FILE, "the policy of the system: nothing allows more"),
            (super::service::SOCKET, "the socket of the service"),
            (
                "/var/log/nethost/audit.jsonl, ~/.local/state/nethost/audit.jsonl",
                "the audit log: root's, and another user's",
            ),
            (
                "/var/lib/nethost, ~/.local/state/nethost",
                "heads and keys of logs, grants; for root, installed plugins",
            ),
            (
                "~/.local/share/nethost/plugins",
                "installed plugins of another user",
            ),
            (
                "/var/cache/nethost, ~/.cache/nethost, /usr/libexec/nethost/compiled",
                "compiled plugins",
            ),
        ],
    );
    page.control("SH", ["SEE ALSO"]);
    page.text([roman(
        "nethost-doctor(1), nethost-links(1), nethost-policy(5), nethost-audit(5), nethost-privilege(7), nethost-security(7)",
    )]);
    page.to_roff()
}

/// The page of the documentation that is about a tool: its title names the tool.
fn notes(name: &str, plugin: &str) -> Option<&'static str> {
    let titled = |name: &str| {
        manual::DOCS.iter().find(|(_, text)| {
            let title = text.lines().next().unwrap_or_default();
            let mut words = title.trim_start_matches('#').split([' ', ',']);
            words.any(|word| word == name)
        })
    };
    let found = titled(name).or_else(|| titled(plugin));
    found.map(|(_, text)| *text)
}

fn of_tool(name: String, plugin: &'static nethost_bundle::Plugin) -> Source {
    let page = format!("nethost-{name}");
    let summary = catalog::manifest(plugin).map(|manifest| manifest.summary);
    let make = move || {
        let manifest = catalog::manifest(plugin).map_err(io::Error::other)?;
        let requests = manifest.request.iter().map(|wanted| {
            let to = wanted.to.as_ref().map(|to| to.join(", "));
            let to = to.map_or_else(String::new, |to| format!(" to {to}"));
            (format!("{}{to}", wanted.cap), wanted.reason.as_str())
        });
        Ok(manual::tool(&Tool {
            name: &name,
            summary: &manifest.summary,
            plugin: plugin.name,
            help: help::text_of(&name).unwrap_or_default(),
            page: notes(&name, plugin.name),
            requests: requests.collect(),
        }))
    };
    Source {
        name: page,
        section: 1,
        summary: summary.unwrap_or_default(),
        make: Box::new(make),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_tool_and_format_has_a_page() {
        let pages = pages(super::super::Cli::command());
        let names: Vec<String> = pages
            .iter()
            .map(|page| format!("{}({})", page.name, page.section))
            .collect();
        for name in [
            "nethost(1)",
            "nethost-audit-verify(1)",
            "nethost-ping(1)",
            "nethost-mtr(1)",
            "nethost-policy(5)",
            "nethost-audit(5)",
        ] {
            assert!(names.iter().any(|known| known == name), "{names:?}");
        }
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "two pages share a name");
        for page in &pages {
            let text = (page.make)().unwrap();
            assert!(text.contains("\n.SH NAME\n"), "{}: {text}", page.name);
        }
    }

    #[test]
    fn notes_are_found_by_title() {
        assert!(
            notes("nslookup", "dig")
                .unwrap()
                .starts_with("# host and nslookup")
        );
        assert!(notes("ping6", "ping").unwrap().starts_with("# ping"));
        assert_eq!(notes("nosuch", "nosuch"), None);
    }
}
