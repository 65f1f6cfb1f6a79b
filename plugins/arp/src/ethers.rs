//! `arp -f`: the entries that a file lists, one a line, in the words of `-s` (ethers(5)).

use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, files};

use crate::flags::Options;
use crate::{Done, change};

const ETHERS: &str = "/etc/ethers";

/// Sets the entries of the file. A line that cannot be set is reported, and the next one is tried.
pub(crate) async fn set(options: &Options) -> Done {
    let path = options.operands.first().map_or(ETHERS, String::as_str);
    let shown = printable(path);
    let bytes = match files::read(path) {
        Ok(bytes) => bytes,
        Err(denied @ Error::Denied(_)) => return Err(Exit::failed(2, format!("arp: {denied}"))),
        Err(_) => {
            let what = format!("arp: cannot open etherfile {shown} !");
            return Err(Exit::failed(255, what));
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let is_entry = words.first().is_some_and(|word| !word.starts_with('#'));
        if !is_entry {
            continue;
        }
        if options.verbose {
            complain(format_args!(">> {}", printable(line)));
        }
        if words.len() < 2 {
            complain(format_args!(
                "arp: format error on line {number} of etherfile {shown} !"
            ));
            continue;
        }
        if let Err(exit) = change::set(options, &words).await {
            // What the policy refuses for one line it refuses for all.
            if exit.code == 2 {
                return Err(exit);
            }
            complain(exit.stderr);
            complain(format_args!(
                "arp: cannot set entry on line {number} of etherfile {shown} !"
            ));
        }
    }
    Ok(())
}
