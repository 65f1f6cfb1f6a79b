//! Notes, keys and requests: the examples of the specifications, and what strangers may send instead.

use crate::witness::checkpoint::{Checkpoint, LONGEST_REQUEST, Request};
use crate::witness::note::{BadNote, LONGEST, Note};
use crate::witness::vkey::{BadKey, Purpose, SignerKey, VerifierKey};

/// The example of c2sp.org/signed-note.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example of c2sp.org/tlog-cosignature: nobody has published the keys.
const COSIGNED: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

/// The same checkpoint, signed with the seeds 01… and 02… by a program in another language.
const LOG_KEY: &str =
    "example.com/behind-the-sofa+6ded73a9+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const WITNESS_KEY: &str =
    "witness.example.com/w1+745fb5e8+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const SIGNED: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa be1zqQx8hYrJJIfiWfY39ShElJ74dPrOjXSgJJ2qG3vny2U7JyHN2kKCWb5H5e2MfxP7My2OyDRrDvCH/RbVubiZ8AE=
— witness.example.com/w1 dF+16AAAAABkGFDLUwBLV8e4tjvb6qEHiNTQjDZIX+7tvd038taw9A7W/cQ7ZhSah0uJMOI6CTPez5qwHtE49MrkWhU349mtYmi3Dw==
";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

#[test]
fn the_example_of_signed_note_holds() {
    let (key, note) = (key(EXAMPLE_KEY), Note::parse(EXAMPLE.as_bytes()).unwrap());
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!(note.to_string(), EXAMPLE);
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(key.signed(&note), Ok(Some(0)));
}

#[test]
fn a_note_of_another_implementation_holds() {
    // By the crate signed_note 0.2.0, a port of Go's golang.org/x/mod/sumdb/note.
    let key = key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    let note = "example.com/log\n7\ntRxGvRvPVXHbNMsqzyGsGbGyLWR7X3pSDUQR8EBjlYo=\n\n— PeterNeumann x08go6hidP+ZutoMV5MSNsHUpfLZlB4nUs/xTQ8RR+pPS851StT+4RPR8EpRo0ovsYTeKj0NzCfv510rMvXy36Bo/gs=\n";
    let note = Checkpoint::parse(note.as_bytes()).unwrap().note;
    assert_eq!(key.signed(&note), Ok(Some(0)));
}

#[test]
fn cosignatures_are_those_of_another_implementation() {
    let checkpoint = Checkpoint::parse(SIGNED.as_bytes()).unwrap();
    let note = &checkpoint.note;
    assert_eq!(key(LOG_KEY).signed(note), Ok(Some(0)));
    assert_eq!(key(WITNESS_KEY).signed(note), Ok(Some(1_679_315_147)));
    let log = SignerKey::new(&checkpoint.origin, Purpose::Log, &[1; 32]).unwrap();
    let witness = SignerKey::new("witness.example.com/w1", Purpose::Witness, &[2; 32]).unwrap();
    assert_eq!(log.verifier().to_string(), LOG_KEY);
    assert_eq!(witness.verifier().to_string(), WITNESS_KEY);
    let mut made = Checkpoint::unsigned(&checkpoint.origin, checkpoint.head);
    let signatures = [
        log.sign(made.note.text(), 0),
        witness.sign(made.note.text(), 1_679_315_147),
    ];
    signatures.into_iter().for_each(|line| made.note.add(line));
    assert_eq!(made.to_string(), SIGNED);
}

#[test]
fn the_example_of_tlog_cosignature_is_read() {
    let checkpoint = Checkpoint::parse(COSIGNED.as_bytes()).unwrap();
    assert_eq!(checkpoint.head.size, 20_852_163);
    assert_eq!(checkpoint.to_string(), COSIGNED);
    assert_eq!(
        key(WITNESS_KEY).signed(&checkpoint.note),
        Ok(None),
        "another key"
    );
}

#[test]
fn the_example_of_tlog_witness_is_read() {
    let text = format!(
        "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

{COSIGNED}"
    );
    let request = Request::parse(text.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.text(), text);
}

#[test]
fn every_changed_byte_spoils_a_note() {
    let (log, witness) = (key(LOG_KEY), key(WITNESS_KEY));
    for at in 0..SIGNED.len() {
        for bit in [1, 0x20, 0x80] {
            let mut bytes = SIGNED.as_bytes().to_vec();
            bytes[at] ^= bit;
            let Ok(note) = Note::parse(&bytes) else {
                continue;
            };
            let both = log.signed(&note).is_ok_and(|it| it.is_some())
                && witness.signed(&note).is_ok_and(|it| it.is_some());
            assert!(!both, "byte {at}: {note}");
        }
    }
    for end in 0..SIGNED.len() {
        let note = Note::parse(&SIGNED.as_bytes()[..end]);
        let cosigned = note.is_ok_and(|note| witness.signed(&note) != Ok(None));
        assert!(!cosigned, "cut at {end}");
    }
}

#[test]
fn a_signature_is_of_one_text_and_one_purpose() {
    let bytes = [3; 32];
    let log = SignerKey::new("a", Purpose::Log, &bytes).unwrap();
    let witness = SignerKey::new("a", Purpose::Witness, &bytes).unwrap();
    let mut note = Note::unsigned("one\n".into());
    note.add(log.sign("two\n", 0));
    assert!(log.verifier().signed(&note).is_err(), "moved");
    let mut note = Note::unsigned("one\n".into());
    note.add(witness.sign("two\n", 7));
    assert!(witness.verifier().signed(&note).is_err(), "moved");
    assert_eq!(log.verifier().signed(&note), Ok(None), "of another purpose");
    // The same bytes under the other key's number.
    let mut line = witness.sign("one\n", 7);
    line.id = log.sign("", 0).id;
    let mut note = Note::unsigned("one\n".into());
    note.add(line);
    assert!(log.verifier().signed(&note).is_err());
    // A time that was moved, or is none.
    for time in [0u64, 8, u64::MAX] {
        let mut line = witness.sign("one\n", 7);
        line.bytes[..8].copy_from_slice(&time.to_be_bytes());
        let mut note = Note::unsigned("one\n".into());
        note.add(line);
        assert!(witness.verifier().signed(&note).is_err(), "{time}");
    }
    for time in [0, u64::MAX] {
        let mut note = Note::unsigned("one\n".into());
        note.add(witness.sign("one\n", time));
        assert!(
            witness.verifier().signed(&note).is_err(),
            "signed as {time}"
        );
    }
}

#[test]
fn what_is_no_note_is_refused() {
    let many = format!("a\n\n{}", "— a AAAAAAA=\n".repeat(65));
    let long = format!("{}\n\n— a AAAAAAA=\n", "a".repeat(LONGEST));
    for (text, wanted) in [
        ("", BadNote::NoSignatures),
        ("\n\n", BadNote::NoSignatures),
        ("\n\n\n", BadNote::NoSignatures),
        ("a\n— a AAAAAAA=\n", BadNote::NoSignatures),
        ("a\n\n— a AAAAAAA=", BadNote::NoSignatures),
        ("a\n\n- a AAAAAAA=\n", BadNote::Signature(1)),
        ("a\n\n— a AAAA\n", BadNote::Signature(1)),
        ("a\n\n— a AAAAAAA\n", BadNote::Signature(1)),
        ("a\n\n— a AAAAAAB=\n", BadNote::Signature(1)),
        ("a\n\n—  AAAAAAA=\n", BadNote::Signature(1)),
        ("a\n\n— a+b AAAAAAA=\n", BadNote::Signature(1)),
        ("a\n\n— a\u{2003}b AAAAAAA=\n", BadNote::Signature(1)),
        ("a\n\n— a AAAAAAA=\nmore\n", BadNote::Signature(2)),
        ("a\r\n\n— a AAAAAAA=\n", BadNote::Control(1)),
        ("a\x1b[2J\n\n— a AAAAAAA=\n", BadNote::Control(1)),
        ("a\u{9b}2J\n\n— a AAAAAAA=\n", BadNote::Control(1)),
        ("a\u{202e}\n\n— a AAAAAAA=\n", BadNote::Control(1)),
        ("a\0\n\n— a AAAAAAA=\n", BadNote::Control(1)),
        (&many, BadNote::TooMany),
        (&long, BadNote::TooLong),
    ] {
        assert_eq!(Note::parse(text.as_bytes()), Err(wanted), "{text:.80}");
    }
    assert_eq!(Note::parse(b"\xff\n\n"), Err(BadNote::NotUtf8));
    let sixteen = format!("a\n\n{}", "— a AAAAAAA=\n".repeat(16));
    assert!(
        Note::parse(sixteen.as_bytes()).is_ok(),
        "at least so many must be taken"
    );
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for text in [
        "\n1\nROOT\n",
        "a\n\nROOT\n",
        "a\n01\nROOT\n",
        "a\n+1\nROOT\n",
        "a\n-1\nROOT\n",
        "a\n1 \nROOT\n",
        "a\n0x1\nROOT\n",
        "a\n18446744073709551616\nROOT\n",
        "a\n1\nCsUY\n",
        "a\n1\nROOTROOT\n",
        "a\n1\n",
        "a\n1\nROOT\n\nmore\n",
    ] {
        let text = text.replace("ROOT", root) + "\n— a AAAAAAA=\n";
        assert!(Checkpoint::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    let extended = format!("a\n1\n{root}\nmore\n\n— a AAAAAAA=\n");
    assert!(Checkpoint::parse(extended.as_bytes()).is_ok());
}

#[test]
fn what_is_no_key_is_refused() {
    for (text, wanted) in [
        ("", BadKey::Form),
        ("a+00000000", BadKey::Form),
        ("+00000000+AAAA", BadKey::Name),
        ("a b+00000000+AAAA", BadKey::Name),
        ("a\x1b+00000000+AAAA", BadKey::Name),
        ("a+00000000+", BadKey::Form),
        ("a+0000000+AQ==", BadKey::Form),
        ("a+0000000g+AQ==", BadKey::Form),
        ("a+00000000+AQ==", BadKey::Form),
        ("a+00000000+Ag==", BadKey::Algorithm(2)),
        ("a+00000000+Bg==", BadKey::Algorithm(6)),
        ("a+00000000+/w==", BadKey::Algorithm(255)),
    ] {
        assert_eq!(text.parse::<VerifierKey>(), Err(wanted), "{text:?}");
    }
    let renamed = EXAMPLE_KEY.replace("foo", "bar");
    assert_eq!(renamed.parse::<VerifierKey>(), Err(BadKey::Identifier));
    let upper = EXAMPLE_KEY.replace("530d903a", "530D903A");
    assert_eq!(upper.parse::<VerifierKey>(), Err(BadKey::Form));
    let other = key(LOG_KEY).of(Purpose::Witness);
    assert_eq!(other, Err(BadKey::Purpose(Purpose::Log, Purpose::Witness)));
}

#[test]
fn what_is_no_request_is_refused() {
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    let request = |head: &str| Request::parse(format!("{head}{SIGNED}").as_bytes());
    assert!(request("old 0\n\n").is_ok());
    assert!(request(&format!("old 1\n{}\n", hash.repeat(63))).is_ok());
    for head in [
        String::new(),
        "\n".into(),
        "old 1\n".into(),
        "old  1\n\n".into(),
        "old 01\n\n".into(),
        "old -1\n\n".into(),
        "old\n\n".into(),
        "old 1\r\n\n".into(),
        "size 1\n\n".into(),
        "old 1\nAAAA\n\n".into(),
        "old 1\nold 1\n\n".into(),
        format!("old 1\n{}\n", hash.repeat(64)),
    ] {
        assert!(request(&head).is_err(), "{head:?}");
    }
    assert!(Request::parse(&vec![b'a'; LONGEST_REQUEST + 1]).is_err());
    assert!(Request::parse(b"old 1\n\xff\n\n").is_err());
    for end in 0..SIGNED.len() {
        let _ = request("old 0\n\n").is_ok();
        let cut = format!("old 0\n\n{SIGNED}");
        let cut = cut.as_bytes().get(..end + 7).unwrap_or_default();
        let _ = Request::parse(cut);
    }
}
