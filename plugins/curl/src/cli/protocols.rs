//! `--proto`, `--ftp-method`: choices among names.

use super::Parser;
use crate::settings::FtpMethod;

/// What is spoken here.
pub(crate) const SPOKEN: [&str; 6] = ["file", "ftp", "ftps", "http", "https", "telnet"];

/// Protocols by name; `+` adds, `-` removes, `=` leaves only those.
pub(crate) fn choose(parser: &Parser, text: &str) -> Vec<String> {
    let mut chosen: Vec<String> = SPOKEN.iter().map(|name| (*name).to_owned()).collect();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let name = item.trim_start_matches(['+', '-', '=']);
        let marks = &item[..item.len() - name.len()];
        let mark = marks.chars().last().unwrap_or('+');
        let names: Vec<String> = match name.to_ascii_lowercase().as_str() {
            "all" => SPOKEN.iter().map(|name| (*name).to_owned()).collect(),
            name if SPOKEN.contains(&name) => vec![name.to_owned()],
            _ => {
                if !name.is_empty() {
                    parser.warn(&format!("unrecognized protocol '{name}'"));
                }
                Vec::new()
            }
        };
        match mark {
            '=' => chosen = names,
            '-' => chosen.retain(|own| !names.contains(own)),
            _ => {
                for name in names {
                    if !chosen.contains(&name) {
                        chosen.push(name);
                    }
                }
            }
        }
    }
    chosen
}

/// How folders of a server are entered.
pub(crate) fn ftp_method(parser: &Parser, text: &str) -> FtpMethod {
    match text.to_ascii_lowercase().as_str() {
        "singlecwd" => FtpMethod::Single,
        "nocwd" => FtpMethod::No,
        "multicwd" => FtpMethod::Multi,
        _ => {
            parser.warn(&format!(
                "unrecognized ftp file method '{text}', using default"
            ));
            FtpMethod::Multi
        }
    }
}
