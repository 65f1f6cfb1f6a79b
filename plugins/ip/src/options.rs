//! Options before the object, abbreviated as iproute2 resolves them; they are taken after it too.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, Value};

use crate::color::When;
use crate::help;
use crate::words::{Done, INET, INET6, Words, matches, usage, wrong};

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
    /// How the run ends instead of doing anything: -V or -help.
    pub(crate) instead: Option<Exit>,
}

/// What an option does; its value, if it has one, is the next word.
type Effect = fn(&mut Options, &mut Words) -> Done;
type Flag = args::Flag<Effect>;

/// An option that any beginning of its name stands for.
const fn word(name: &'static str, effect: Effect) -> Flag {
    Flag::new(None, Some(name), Value::None, "", effect)
}

/// An option of one letter.
const fn letter(letter: char, effect: Effect) -> Flag {
    Flag::new(Some(letter), None, Value::None, "", effect)
}

/// In iproute2's order: it decides what `-r` or `-b` means. The help has them in lines of its own.
static FLAGS: &[Flag] = &[
    word("loops", |_, words| words.need().map(drop)),
    word("family", |options, words| {
        options.family = match words.need()?.as_str() {
            "inet" => INET,
            "inet6" => INET6,
            "link" => LINK,
            "mpls" => MPLS,
            "bridge" => BRIDGE,
            "help" => {
                options.instead = Some(help::of(""));
                0
            }
            other => return Err(wrong(other, "invalid protocol family")),
        };
        Ok(())
    }),
    letter('4', |options, _| options.family(INET)),
    letter('6', |options, _| options.family(INET6)),
    letter('0', |options, _| options.family(LINK)),
    letter('M', |options, _| options.family(MPLS)),
    letter('B', |options, _| options.family(BRIDGE)),
    word("human-readable", |options, _| set(&mut options.human)),
    word("iec", |options, _| set(&mut options.iec)),
    word("stats", more_statistics),
    word("statistics", more_statistics),
    word("details", |options, _| {
        options.details = options.details.saturating_add(1);
        Ok(())
    }),
    word("resolve", |options, _| set(&mut options.resolve)),
    word("oneline", |options, _| set(&mut options.one_line)),
    word("timestamp", |options, _| set(&mut options.timestamp)),
    word("tshort", |options, _| {
        options.short_timestamp = true;
        set(&mut options.timestamp)
    }),
    word("Version", |options, _| {
        let version = concat!("ip utility, nethost-", env!("CARGO_PKG_VERSION"), "\n");
        options.instead = Some(Exit::done(version));
        Ok(())
    }),
    word("force", |options, _| set(&mut options.force)),
    word("batch", |options, words| {
        options.batch = Some(words.need()?);
        Ok(())
    }),
    word("brief", |options, _| set(&mut options.brief)),
    word("json", |options, _| set(&mut options.json)),
    word("pretty", |options, _| set(&mut options.pretty)),
    word("rcvbuf", |_, words| words.need().map(drop)),
    // Here stands -color, whose value is in its own word.
    word(COLOR, |_, _| Ok(())),
    word("help", |options, _| {
        options.instead = Some(help::of(""));
        Ok(())
    }),
    word("netns", |options, words| {
        options.namespace = Some(words.need()?);
        Ok(())
    }),
    word("Numeric", |options, _| set(&mut options.numeric)),
    word("all", |options, _| set(&mut options.all_namespaces)),
];

const COLOR: &str = "color";

fn set(option: &mut bool) -> Done {
    *option = true;
    Ok(())
}

fn more_statistics(options: &mut Options, _: &mut Words) -> Done {
    options.statistics = options.statistics.saturating_add(1);
    Ok(())
}

impl Options {
    /// Takes the options that come next.
    pub(crate) fn take(&mut self, words: &mut Words) -> Done {
        while let Some(word) = words.peek() {
            let word = args::with_hyphens(word);
            if word.len() < 2 || !word.starts_with('-') {
                return Ok(());
            }
            words.next();
            if word == "--" {
                return Ok(());
            }
            self.one(word.trim_start_matches('-'), words)?;
        }
        Ok(())
    }

    fn family(&mut self, family: u8) -> Done {
        self.family = family;
        Ok(())
    }

    fn one(&mut self, option: &str, words: &mut Words) -> Done {
        let color = color(option);
        let is_meant = |flag: &&Flag| match (flag.short, flag.long) {
            (_, Some(COLOR)) => color.is_some(),
            (_, Some(name)) => matches(option, name),
            (Some(letter), None) => option.chars().eq([letter]),
            (None, None) => false,
        };
        let flag = FLAGS.iter().find(is_meant).ok_or_else(|| {
            usage(format!(
                "Option \"-{}\" is unknown, try \"ip -help\".",
                nethost_sdk::text::printable(option)
            ))
        })?;
        if let (Some(COLOR), Some(when)) = (flag.long, color) {
            self.color = when;
        }
        (flag.effect)(self, words)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Done<(Options, Option<String>)> {
        let mut words = Words::new(line.split_whitespace().map(str::to_owned).collect());
        let mut options = Options::default();
        options.take(&mut words)?;
        Ok((options, words.next()))
    }

    #[test]
    fn abbreviations_mean_what_comes_first_in_iproute2() {
        let (options, object) =
            read("-r -b x -br -s -s -stat -d -j --p -ts -c=never link").unwrap();
        assert!(options.resolve && options.brief && options.json && options.pretty);
        assert!(options.short_timestamp && options.timestamp);
        assert_eq!((options.statistics, options.details), (3, 1));
        assert_eq!(options.batch.as_deref(), Some("x"));
        assert_eq!(object.as_deref(), Some("link"));
        let (options, object) = read("-6 -f inet -n blue -- -4").unwrap();
        assert_eq!(options.family, INET);
        assert_eq!(options.namespace.as_deref(), Some("blue"));
        assert_eq!(object.as_deref(), Some("-4"));
    }

    #[test]
    fn what_is_none_is_told() {
        for (line, words) in [
            ("-foo", "Option \"-foo\" is unknown, try \"ip -help\"."),
            ("-46", "Option \"-46\" is unknown, try \"ip -help\"."),
            ("-c=foo", "Option \"-c=foo\" is unknown, try \"ip -help\"."),
            ("-b", "Command line is not complete. Try option \"help\""),
            (
                "-f foo",
                "Error: argument \"foo\" is wrong: invalid protocol family",
            ),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (255, words), "{line}");
        }
        let version = read("-V").unwrap().0.instead.unwrap();
        assert!(version.code == 0 && version.stdout.starts_with("ip utility"));
    }
}
