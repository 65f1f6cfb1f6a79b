//! Options before the object, abbreviated as iproute2 resolves them; they are taken after it too.

use crate::color::When;
use crate::words::{Done, INET, INET6, Words, matches, usage};

/// What the options say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// AF_…; 0 for any.
    pub(crate) family: u8,
    pub(crate) statistics: u8,
    pub(crate) details: u8,
    pub(crate) one_line: bool,
    pub(crate) brief: bool,
    pub(crate) json: bool,
    pub(crate) pretty: bool,
    pub(crate) numeric: bool,
    pub(crate) resolve: bool,
    pub(crate) human: bool,
    pub(crate) iec: bool,
    pub(crate) timestamp: bool,
    pub(crate) short_timestamp: bool,
    pub(crate) force: bool,
    pub(crate) all_namespaces: bool,
    pub(crate) color: When,
    pub(crate) namespace: Option<String>,
    pub(crate) batch: Option<String>,
    /// -V or -help.
    pub(crate) instead: Option<Instead>,
}

/// What is shown instead of doing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Version,
    Help,
}

impl Options {
    /// Takes the options that come next.
    pub(crate) fn take(&mut self, words: &mut Words) -> Done {
        while let Some(word) = words.peek() {
            let word = nethost_sdk::args::with_hyphens(word);
            if word.len() < 2 || !word.starts_with('-') {
                return Ok(());
            }
            words.next();
            if word == "--" {
                return Ok(());
            }
            let option = word.trim_start_matches('-');
            self.one(option, words)?;
        }
        Ok(())
    }

    fn one(&mut self, option: &str, words: &mut Words) -> Done {
        let is = |keyword| matches(option, keyword);
        // In iproute2's order: it decides what `-r` or `-b` means.
        if is("loops") {
            words.need()?;
        } else if is("family") {
            let family = words.need()?;
            self.family = match family.as_str() {
                "inet" => INET,
                "inet6" => INET6,
                "link" => LINK,
                "mpls" => MPLS,
                "bridge" => BRIDGE,
                "help" => {
                    self.instead = Some(Instead::Help);
                    0
                }
                other => {
                    return Err(usage(
                        format!("Error: argument \"{other}\" is wrong: invalid protocol family\n")
                            .trim_end(),
                    ));
                }
            };
        } else if option == "4" {
            self.family = INET;
        } else if option == "6" {
            self.family = INET6;
        } else if option == "0" {
            self.family = LINK;
        } else if option == "M" {
            self.family = MPLS;
        } else if option == "B" {
            self.family = BRIDGE;
        } else if is("human-readable") {
            self.human = true;
        } else if is("iec") {
            self.iec = true;
        } else if is("stats") || is("statistics") {
            self.statistics = self.statistics.saturating_add(1);
        } else if is("details") {
            self.details = self.details.saturating_add(1);
        } else if is("resolve") {
            self.resolve = true;
        } else if is("oneline") {
            self.one_line = true;
        } else if is("timestamp") {
            self.timestamp = true;
        } else if is("tshort") {
            self.timestamp = true;
            self.short_timestamp = true;
        } else if is("Version") {
            self.instead = Some(Instead::Version);
        } else if is("force") {
            self.force = true;
        } else if is("batch") {
            self.batch = Some(words.need()?);
        } else if is("brief") {
            self.brief = true;
        } else if is("json") {
            self.json = true;
        } else if is("pretty") {
            self.pretty = true;
        } else if is("rcvbuf") {
            words.need()?;
        } else if let Some(when) = color(option) {
            self.color = when;
        } else if is("help") {
            self.instead = Some(Instead::Help);
        } else if is("netns") {
            self.namespace = Some(words.need()?);
        } else if is("Numeric") {
            self.numeric = true;
        } else if is("all") {
            self.all_namespaces = true;
        } else {
            return Err(usage(format!(
                "Option \"-{}\" is unknown, try \"ip -help\".",
                nethost_sdk::text::printable(option)
            )));
        }
        Ok(())
    }
}

/// `c`, `color=auto` and the like.
fn color(option: &str) -> Option<When> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    };
    matches(name, "color").then(|| When::parse(value)).flatten()
}

/// AF_PACKET, which iproute2 calls `link`.
pub(crate) const LINK: u8 = 17;
pub(crate) const MPLS: u8 = 28;
pub(crate) const BRIDGE: u8 = 7;
