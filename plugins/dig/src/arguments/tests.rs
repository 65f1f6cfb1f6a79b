//! Command lines as dig reads them.

use nethost_sdk::Exit;

use super::*;

fn read(line: &str) -> Vec<Lookup> {
    let mut parser = Parser::new(false);
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let words = parser.prepare(&words).unwrap();
    parser.command_line(&words).unwrap()
}

fn refused(line: &str) -> Exit {
    let mut parser = Parser::new(false);
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    parser
        .prepare(&words)
        .and_then(|words| parser.command_line(&words))
        .unwrap_err()
}

#[test]
fn options_before_names_are_for_all_and_others_for_one() {
    let lookups = read("+qr @192.0.2.1 www.example any -x 127.0.0.1 example ns +noqr +short");
    let seen: Vec<_> = lookups
        .iter()
        .map(|l| (l.name.as_str(), l.rtype, l.show_query, l.servers.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("www.example", rtype::ANY, true, 1),
            ("1.0.0.127.in-addr.arpa.", rtype::PTR, true, 1),
            ("example", rtype::NS, false, 1)
        ]
    );
    assert!(lookups.first().unwrap().tcp, "ANY goes over TCP");
    assert!(lookups.iter().all(|l| l.globals.short), "+short is for all");
}

#[test]
fn types_and_classes_stand_anywhere_before_their_option() {
    let lookups = read("mx example.com");
    assert_eq!(lookups.first().unwrap().rtype, 15);
    let lookups = read("ch txt version.bind");
    let lookup = lookups.first().unwrap();
    assert_eq!((lookup.class, lookup.rtype), (kind::CH, 16));
    let lookups = read("-t a mx");
    assert_eq!(lookups.first().unwrap().name, "mx");
    let lookups = read("");
    let lookup = lookups.first().unwrap();
    assert_eq!((lookup.name.as_str(), lookup.rtype), (".", rtype::NS));
    let lookups = read("example.com ixfr=7 -uq other +noall +ans");
    assert_eq!(lookups.first().unwrap().ixfr_serial, 7);
    let other = lookups.last().unwrap();
    assert!(other.answer && !other.stats && !other.microseconds);
}

#[test]
fn names_of_options_may_be_cut_as_in_dig() {
    for (typed, right) in [
        ("+dnss", true),
        ("+tra", true),
        ("+i", true),
        ("+s", false),
        ("+dns", false),
        ("+nonsense", false),
        ("+ndots", false),
        ("+bufsize=0", true),
    ] {
        let mut parser = Parser::new(false);
        let words = [typed.to_owned(), "a".to_owned()];
        assert_eq!(parser.command_line(&words).is_ok(), right, "{typed}");
    }
}

#[test]
fn mistakes_have_digs_words_and_codes() {
    let unknown = refused("-Z");
    assert_eq!(unknown, Exit::misused(1, "Invalid option: -Z"));
    assert_eq!(refused("+nope").code, 1);
    let bad = refused("+ndots=x a");
    assert_eq!(
        (bad.stdout.as_str(), bad.stderr.as_str(), bad.code),
        (
            "invalid ndots 'x': not a valid number\n",
            "dig: Couldn't parse ndots",
            10
        )
    );
    assert_eq!(
        refused("-4 -6 a").stderr,
        "dig: only one of -4 and -6 allowed"
    );
    assert_eq!(
        refused("-b nowhere a").stderr,
        "dig: invalid address nowhere"
    );
    assert_eq!(refused("-p").code, 1);
}

#[test]
fn lines_of_a_batch_start_from_the_command_line() {
    let mut parser = Parser::new(false);
    let words: Vec<String> = "-f names +noall +answer @192.0.2.1"
        .split(' ')
        .map(str::to_owned)
        .collect();
    assert!(parser.command_line(&words).unwrap().is_empty());
    let first = parser.batch_line("+stats a.example mx b.example").unwrap();
    let seen: Vec<_> = first.iter().map(|l| (l.name.as_str(), l.stats)).collect();
    assert_eq!(seen, [("a.example", true), ("b.example", false)]);
    let second = parser.batch_line("c.example").unwrap();
    assert!(!second.first().unwrap().stats);
    assert_eq!(second.first().unwrap().servers, ["192.0.2.1"]);
}
