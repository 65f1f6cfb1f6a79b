//! Policies: whose signature counts, how often, and what is no policy.

use crate::witness::checkpoint::Checkpoint;
use crate::witness::policy::{LONGEST, Policy};
use crate::witness::tree::TreeHead;
use crate::witness::vkey::{Purpose, SignerKey};

fn signer(name: &str, purpose: Purpose, seed: u8) -> SignerKey {
    SignerKey::new(name, purpose, &[seed; 32]).unwrap()
}

fn witness(at: u8) -> SignerKey {
    signer(&format!("w{at}.example"), Purpose::Witness, at)
}

/// `log` and `w1` to `w4`, and then these lines.
fn text(lines: &str) -> String {
    let mut text = format!(
        "# a site\nlog {}\n",
        signer("a", Purpose::Log, 100).verifier()
    );
    for at in 1..=4 {
        text += &format!("witness\tw{at}  {}\n", witness(at).verifier());
    }
    text + lines
}

/// A checkpoint of `a`, signed by it and by these witnesses.
fn cosigned(by: &[u8]) -> Checkpoint {
    let mut checkpoint = Checkpoint::unsigned("a", TreeHead::empty());
    let text = checkpoint.note.text().to_owned();
    checkpoint
        .note
        .add(signer("a", Purpose::Log, 100).sign(&text, 0));
    for at in by {
        checkpoint.note.add(witness(*at).sign(&text, 7));
    }
    checkpoint
}

fn holds(lines: &str, by: &[u8]) -> bool {
    let policy = Policy::parse(text(lines).as_bytes()).unwrap();
    let checkpoint = cosigned(by);
    let standing = policy.judge(&checkpoint).unwrap();
    assert!(standing.signed && standing.known);
    standing.quorum
}

#[test]
fn so_many_of_so_many() {
    let site = "group site 2 w1 w2 w3\nquorum site";
    for (by, wanted) in [
        (&[] as &[u8], false),
        (&[1], false),
        (&[1, 2], true),
        (&[3, 1], true),
        (&[1, 2, 3], true),
        // The same witness as often as it likes, and one that is not of the group.
        (&[1, 1, 1], false),
        (&[1, 4], false),
        (&[1, 9], false),
    ] {
        assert_eq!(holds(site, by), wanted, "{by:?}");
    }
    assert!(holds("group all all w1 w2\nquorum all", &[1, 2]));
    assert!(!holds("group all all w1 w2\nquorum all", &[2]));
    assert!(holds("group any any w1 w2\nquorum any", &[2]));
    assert!(holds("quorum w4", &[4]));
    assert!(!holds("quorum w4", &[1, 2, 3]));
    assert!(holds("quorum none", &[]));
    let nested = "group one 1 w1 w2\ngroup two 1 w3 w4\ngroup both all one two\nquorum both";
    assert!(holds(nested, &[1, 4]));
    assert!(!holds(nested, &[1, 2]), "both of one group");
}

#[test]
fn one_signature_under_two_names_counts_once() {
    let own = witness(1);
    let line = own.sign(cosigned(&[]).note.text(), 7);
    let mut checkpoint = cosigned(&[1]);
    let mut renamed = line.clone();
    renamed.name = "w2.example".into();
    checkpoint.note.add(renamed);
    let policy = Policy::parse(text("group site 2 w1 w2 w3\nquorum site").as_bytes()).unwrap();
    assert!(!policy.judge(&checkpoint).unwrap().quorum);
    // With the number of the other's key it is a signature of a known key that does not hold.
    let mut forged = line;
    forged.name = "w2.example".into();
    forged.id = witness(2).sign("", 7).id;
    checkpoint.note.add(forged);
    assert!(policy.judge(&checkpoint).is_err());
}

#[test]
fn the_key_of_one_log_is_not_that_of_another() {
    let other = signer("b", Purpose::Log, 101);
    let lines = format!("log {}\nquorum none", other.verifier());
    let policy = Policy::parse(text(&lines).as_bytes()).unwrap();
    let mut checkpoint = Checkpoint::unsigned("a", TreeHead::empty());
    let line = other.sign(checkpoint.note.text(), 0);
    checkpoint.note.add(line);
    let standing = policy.judge(&checkpoint).unwrap();
    assert!(standing.known && !standing.signed);
    let unknown = Checkpoint::unsigned("c", TreeHead::empty());
    assert!(!policy.judge(&unknown).unwrap().known);
}

#[test]
fn what_is_no_policy_is_refused_with_its_line() {
    let twin = signer("twin", Purpose::Witness, 1);
    let log = signer("other", Purpose::Log, 2);
    let ml_dsa = "w9.example+00000000+BgAA";
    for (line, wanted) in [
        ("quorum".to_owned(), "line 7: it is none of"),
        ("quorum nobody".into(), "no line before it defines nobody"),
        ("quorum w1\nquorum w1".into(), "line 8: there is a quorum"),
        ("wittness w5 x".into(), "it is none of"),
        (format!("witness w5 {}", twin.verifier()), "count twice"),
        (format!("log {}", log.verifier()), "count twice"),
        (
            format!("witness w1 {}", witness(9).verifier()),
            "w1 is taken",
        ),
        (
            format!("witness none {}", witness(9).verifier()),
            "none is taken",
        ),
        (format!("witness w9 {ml_dsa}"), "signature type 6"),
        (
            format!("log {}", witness(9).verifier()),
            "of a witness, not of a log",
        ),
        (
            format!("witness w9 {}", signer("z", Purpose::Log, 9).verifier()),
            "of a log, not of a witness",
        ),
        ("group g 0 w1".into(), "not a number from 1 to 1"),
        ("group g 2 w1".into(), "not a number from 1 to 1"),
        ("group g 01 w1".into(), "not a number from 1 to 1"),
        ("group g -1 w1".into(), "not a number from 1 to 1"),
        ("group g 99999999999999999999 w1".into(), "not a number"),
        ("group g 2 w1 w1".into(), "member of a group already"),
        (
            "group g 1 w1\ngroup h 1 w1".into(),
            "member of a group already",
        ),
        ("group g 1 g".into(), "no line before it defines g"),
        ("group g 1 none".into(), "no line before it defines none"),
        ("group w1 1 w2".into(), "w1 is taken"),
        ("group g 1".into(), "it is none of"),
        ("quorum w1\r".into(), "control character"),
        ("# \x1b[2J".into(), "control character"),
        ("# \u{202e}".into(), "control character"),
        (String::new(), "no line `quorum NAME`"),
    ] {
        let error = Policy::parse(text(&line).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted), "{line:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let many = "group g 1 w1\n".to_owned() + &"#\n".repeat(LONGEST);
    assert!(Policy::parse(many.as_bytes()).is_err());
    let mut many = String::new();
    for at in 0..300 {
        let seed = std::array::from_fn(|octet| {
            if octet == 0 {
                7
            } else {
                (at >> (octet % 4)) as u8 ^ octet as u8
            }
        });
        let key = SignerKey::new(&format!("w{at}"), Purpose::Witness, &seed).unwrap();
        many += &format!("witness m{at} {}\n", key.verifier());
    }
    assert!(Policy::parse(text(&many).as_bytes()).is_err());
    assert!(Policy::parse(b"quorum none\xff").is_err());
}
