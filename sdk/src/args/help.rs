//! A table of options as help text.

use super::{Flag, Value};

/// The table as help text: one line per option, with the help text in one column. An option without a help text is
/// accepted and not shown.
///
/// ```
/// use nethost_sdk::args::{Effect, Flag, help};
/// static FLAGS: &[Flag<Effect<()>>] =
///     &[Flag::value('c', "<count>", "stop after <count> replies", |_, _| Ok(())).long("count")];
/// assert_eq!(help(FLAGS), "  -c, --count <count>    stop after <count> replies\n");
/// ```
pub fn help<E>(flags: &[Flag<E>]) -> String {
    let mut lines = String::new();
    for flag in flags.iter().filter(|flag| !flag.help.is_empty()) {
        let short = flag.short.map(|letter| format!("-{letter}"));
        let long = flag.long.map(|name| format!("--{name}"));
        let names: Vec<String> = [short, long].into_iter().flatten().collect();
        let names = names.join(", ");
        let left = match flag.value {
            Value::None => names,
            Value::Required(value) => format!("{names} {value}"),
            Value::Optional(value) if flag.long.is_some() => format!("{names}[={value}]"),
            Value::Optional(value) => format!("{names}[{value}]"),
        };
        lines.push_str(&format!("  {left:<22} {}\n", flag.help));
    }
    lines
}

/// The table in the format of traceroute and mtr: each name with its value, then the help from column 30 on, wrapped
/// at column 79.
pub fn wrapped_help<E>(flags: &[Flag<E>]) -> String {
    const COLUMN: usize = 30;
    const WIDTH: usize = 79;
    let mut text = String::new();
    for flag in flags {
        let value = flag.value.name();
        let short = flag.short.map(|letter| match value {
            Some(value) => format!("-{letter} {value}"),
            None => format!("-{letter}"),
        });
        let long = flag.long.map(|name| match value {
            Some(value) => format!("--{name}={value}"),
            None => format!("--{name}"),
        });
        let names: Vec<String> = [short, long].into_iter().flatten().collect();
        let mut line = format!("  {}", names.join("  "));
        if line.len() >= COLUMN {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
        line = format!("{line:COLUMN$}");
        for word in flag.help.split_whitespace() {
            if line.len() > COLUMN && line.len() + 1 + word.len() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line = " ".repeat(COLUMN);
            }
            if line.len() > COLUMN {
                line.push(' ');
            }
            line.push_str(word);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}
