//! What command lines mean, compared with getopt_long(3) of glibc 2.36.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::Exit;

#[derive(Debug, Default, PartialEq)]
struct Seen(Vec<(String, String, usize)>);

impl Seen {
    fn note(&mut self, given: &Given<'_>) {
        let value = if given.has_value { given.value } else { "-" };
        self.0
            .push((given.spelled.into(), value.into(), given.position));
    }
}

fn read(seen: &mut Seen, given: &Given<'_>) -> Result<(), Exit> {
    seen.note(given);
    match given.value {
        "bad" => Err(Exit::failed(7, "bad value")),
        _ => Ok(()),
    }
}

static FLAGS: &[Flag<Effect<Seen>>] = &[
    Flag::value('c', "<count>", "stop after <count> replies", read).long("count"),
    Flag::checked('q', "quiet output", read),
    Flag::checked('n', "no dns name resolution", read),
    Flag::value('e', "<when>", "echo", read)
        .long("echo")
        .optional(),
    Flag::long_value("oX", "<file>", "write XML", read),
    Flag::long_switch("json", "JSON lines", |seen| {
        seen.0.push(("json".into(), "".into(), 0))
    }),
    Flag::ending('h', "help", || Exit::done("help")).long("help"),
];

static TABLES: &[&[Flag<Effect<Seen>>]] = &[FLAGS];

const fn with(syntax: Syntax) -> CommandLine<Seen> {
    CommandLine {
        flags: TABLES,
        operand: |seen, operand| {
            seen.0.push(("".into(), operand.value, operand.position));
            Ok(())
        },
        refuse: |error| Exit::misused(2, error.to_string()),
        syntax,
    }
}

static GETOPT: CommandLine<Seen> = with(Syntax::GETOPT_LONG);
static LONG_ONLY: CommandLine<Seen> = with(Syntax::GETOPT_LONG_ONLY);
static COMMAND: CommandLine<Seen> = with(Syntax {
    operand_ends_options: true,
    ..Syntax::GETOPT_LONG
});

fn told(line: &CommandLine<Seen>, words: &str) -> Result<String, Exit> {
    let args: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let mut seen = Seen::default();
    line.parse(&args, &mut seen)?;
    let shown = seen
        .0
        .into_iter()
        .map(|(spelled, value, position)| format!("{spelled}:{value}:{position}"));
    Ok(shown.collect::<Vec<_>>().join(" "))
}

#[test]
fn clusters_values_and_operands_mix() {
    for (words, expected) in [
        ("-qnc3 host", "-q:-:1 -n:-:1 -c:3:1 :host:2"),
        ("–qnc 3 host", "-q:-:1 -n:-:1 -c:3:1 :host:3"),
        ("-q host --count=3", "-q:-:1 :host:2 --count:3:3"),
        ("--cou 3 - host", "--count:3:1 :-:3 :host:4"),
        ("-c -1 -c --", "-c:-1:1 -c:--:3"),
        ("-- –x -q", ":–x:2 :-q:3"),
        ("−−js -c=1", "json::0 -c:=1:2"),
        ("-e --echo", "-e:-:1 --echo:-:2"),
        (
            "-efoo -e foo --echo= --ec=x",
            "-e:foo:1 -e:-:2 :foo:3 --echo::4 --echo:x:5",
        ),
    ] {
        assert_eq!(told(&GETOPT, words).unwrap(), expected, "{words}");
    }
}

#[test]
fn long_names_may_have_one_hyphen() {
    for (words, expected) in [
        ("-oX file", "-oX:file:1"),
        ("-oX=file -qn -c3", "-oX:file:1 -q:-:2 -n:-:2 -c:3:3"),
        (
            "-count 3 -cou=4 --count=5",
            "-count:3:1 -count:4:3 --count:5:4",
        ),
        ("-c 3 -json", "-c:3:1 json::0"),
    ] {
        assert_eq!(told(&LONG_ONLY, words).unwrap(), expected, "{words}");
    }
    let error = told(&LONG_ONLY, "-foo").unwrap_err().stderr;
    assert_eq!(error, "unrecognized option '-foo'");
}

#[test]
fn a_command_keeps_its_options() {
    assert_eq!(
        told(&COMMAND, "-q run -q --nope").unwrap(),
        "-q:-:1 :run:2 :-q:3 :--nope:4"
    );
}

#[test]
fn errors_speak_as_getopt_does() {
    for (words, expected) in [
        ("-Z", "invalid option -- 'Z'"),
        ("-qZ", "invalid option -- 'Z'"),
        ("-q=1", "invalid option -- '='"),
        ("-c", "option requires an argument -- 'c'"),
        ("--coun", "option '--count' requires an argument"),
        ("--nope", "unrecognized option '--nope'"),
        ("--nope=3", "unrecognized option '--nope=3'"),
        ("--js=1", "option '--json' doesn't allow an argument"),
        (
            "--=1",
            "option '--=1' is ambiguous; possibilities: '--count' '--echo' '--oX' '--json' '--help'",
        ),
    ] {
        let exit = told(&GETOPT, words).unwrap_err();
        assert_eq!(
            (exit.code, exit.stderr.as_str(), exit.usage),
            (2, expected, true),
            "{words}"
        );
    }
    assert!(
        told(&GETOPT, "“host”")
            .unwrap_err()
            .stderr
            .contains("U+201C")
    );
}

#[test]
fn the_first_mistake_or_end_counts() {
    let first = |words| told(&GETOPT, words).unwrap_err();
    assert_eq!(first("-h -Z").stdout, "help");
    assert_eq!(first("-Z -h").code, 2);
    assert_eq!(first("-c bad -Z").code, 7);
    assert_eq!(first("-Z -c bad").code, 2);
}

#[test]
fn numbers_complain_as_iputils_does() {
    assert_eq!(integer("7", 1..=9), Ok(7));
    assert_eq!(integer("a", 1..=9).unwrap_err(), "invalid argument: 'a'");
    assert_eq!(
        integer("0", 1..=9).unwrap_err(),
        "invalid argument: '0': out of range: 1 <= value <= 9"
    );
    assert_eq!(
        integer("99999999999999999999", 1..=9).unwrap_err(),
        "invalid argument: '99999999999999999999': Numerical result out of range"
    );
    assert!(seconds("1,5", "bad timing interval").is_err());
    assert!(seconds("inf", "bad timing interval").is_err());
}

#[test]
fn help_is_the_table() {
    let text = help(FLAGS);
    assert!(text.starts_with("  -c, --count <count>    stop after <count> replies\n  -q                     quiet output\n"));
    assert!(text.contains("  -e, --echo[=<when>]    echo\n"));
    let text = wrapped_help(FLAGS);
    assert!(text.starts_with("  -c <count>  --count=<count> stop after <count> replies\n"));
    assert!(text.lines().all(|line| line.len() < 80));
}
