//! `--help`, `--version`, `--manual`.

use std::fmt::Write as _;

use nethost_sdk::Exit;

use super::flags::{self, Flag};

/// What the requests name themselves, as the native tool that this one mirrors.
pub(crate) const VERSION: &str = "7.88.1";

const CATEGORIES: &[(&str, &str)] = &[
    ("auth", "Different types of authentication methods"),
    ("connection", "Low level networking operations"),
    ("curl", "The command line tool itself"),
    ("dns", "General DNS options"),
    ("file", "FILE protocol options"),
    ("ftp", "FTP protocol options"),
    ("http", "HTTP and HTTPS protocol options"),
    ("imap", "IMAP protocol options"),
    ("misc", "Options that don't fit into any other category"),
    ("output", "Filesystem output"),
    ("pop3", "POP3 protocol options"),
    ("post", "HTTP Post specific options"),
    ("proxy", "All options related to proxies"),
    ("scp", "SCP protocol options"),
    ("sftp", "SFTP protocol options"),
    ("smtp", "SMTP protocol options"),
    ("ssh", "SSH protocol options"),
    ("telnet", "TELNET protocol options"),
    ("tftp", "TFTP protocol options"),
    ("tls", "All TLS/SSL related options"),
    ("upload", "All options for uploads"),
    (
        "verbose",
        "Options related to any kind of command line output of curl",
    ),
];

const USAGE: &str = "Usage: curl [options...] <url>\n";

/// How the run ends after one of these options.
pub(crate) fn ending(long: &str, value: &str) -> Exit {
    Exit::done(match long {
        "help" => help(value),
        "version" => version(),
        _ => "The manual of curl is not part of this tool; docs/curl.md says where it differs.\n"
            .to_owned(),
    })
}

fn version() -> String {
    format!(
        "curl {VERSION} (x86_64-pc-linux-gnu) libcurl/{VERSION} rustls zlib brotli zstd hyper nethost/{}\n\
         Release-Date: 2023-02-20\n\
         Protocols: file ftp ftps http https telnet \n\
         Features: brotli HTTP2 IDN IPv6 Largefile libz SSL threadsafe UnixSockets zstd\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn help(category: &str) -> String {
    let has = |flag: &&Flag, topic: &str| flag.topics.split(' ').any(|own| own == topic);
    let all = flags::all();
    match category {
        "" => {
            let mut text = USAGE.to_owned();
            let important: Vec<_> = IMPORTANT
                .iter()
                .filter_map(|name| all.iter().find(|flag| flag.long == *name))
                .copied()
                .collect();
            list(&mut text, &important);
            text.push_str(
                "\nThis is not the full help, this menu is stripped into categories.\n\
                 Use \"--help category\" to get an overview of all categories.\n\
                 For all options use the manual or \"--help all\".\n",
            );
            text
        }
        "all" => {
            let mut text = USAGE.to_owned();
            let native: Vec<_> = all
                .iter()
                .filter(|flag| !flag.topics.is_empty())
                .copied()
                .collect();
            list(&mut text, &native);
            text
        }
        // What the native tool of this version does not have.
        "nethost" => {
            let mut text = format!("{USAGE}nethost: Options that curl {VERSION} does not have\n");
            let further: Vec<_> = all
                .iter()
                .filter(|flag| flag.topics.is_empty())
                .copied()
                .collect();
            list(&mut text, &further);
            text
        }
        "category" => USAGE.to_owned() + &categories(),
        _ => match CATEGORIES.iter().find(|(name, _)| *name == category) {
            Some((name, description)) => {
                let mut text = format!("{USAGE}{name}: {description}\n");
                let own: Vec<_> = all.iter().filter(|flag| has(flag, name)).copied().collect();
                list(&mut text, &own);
                text
            }
            None => format!(
                "{USAGE}Invalid category provided, here is a list of all categories:\n\n{}",
                categories()
            ),
        },
    }
}

const IMPORTANT: &[&str] = &[
    "data",
    "fail",
    "help",
    "include",
    "output",
    "remote-name",
    "silent",
    "upload-file",
    "user",
    "user-agent",
    "verbose",
    "version",
];

fn categories() -> String {
    let mut text = String::new();
    for (name, description) in CATEGORIES {
        let _ = writeln!(text, " {name:<11} {description}");
    }
    text
}

/// One line for each; the descriptions stand below each other as far as that leaves lines of 80 characters.
fn list(text: &mut String, flags: &[&Flag]) {
    let left = |flag: &Flag| {
        let letter = match flag.letter {
            '\0' => "    ".to_owned(),
            letter => format!("-{letter}, "),
        };
        let takes = match flag.takes {
            "" => String::new(),
            takes => format!(" {takes}"),
        };
        format!("{letter}--{}{takes}", flag.long)
    };
    let longest = |measure: &dyn Fn(&Flag) -> usize| {
        let lengths = flags.iter().map(|flag| measure(flag));
        lengths.max().unwrap_or_default()
    };
    let widest = longest(&|flag| left(flag).len());
    let described = longest(&|flag| flag.help.len());
    let width = match widest + described > 80 {
        true => 80_usize.saturating_sub(described),
        false => widest,
    };
    for flag in flags {
        let _ = writeln!(text, " {:<width$} {}", left(flag), flag.help);
    }
}
