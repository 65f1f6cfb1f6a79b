//! What a write that was cut leaves: a line of which no more is there than a record has, and which the next
//! writer ends. Where that one was cut as well, what is left of its account of the first line comes next, and so on.
//! Anything else was put there by somebody.

use super::chain::Hash;
use super::record::{LONGEST_LINE, Lost};

/// Ends a line that was cut. Nobody was told that what it was to be is written, so the line must not
/// become that record even where nothing but its newline was missing: a seal ends a line.
pub(super) const END: &[u8] = b" \n";

/// More writers in a row are not killed in the middle of a write.
const LINES: u32 = 16;
/// How records begin: with the version, the number, two times and the event, in less than so many bytes.
const BEGINNING: &[u8] = b"{\"v\":";
const BEFORE_EVENT: usize = 160;
/// What accounts for bytes.
const ACCOUNTS: [&[u8]; 2] = [b"records-lost\"", b"log-open\""];

/// Whether this piece, as [`next_piece`](super::walk::next_piece) cuts it, may be a line that was cut, as line
/// `number`, from 1, of what stands in one place. `before` is what stands there before it: its length and hash.
pub(super) fn may_be(piece: &[u8], number: u32, before: (u64, Hash)) -> bool {
    let closed = piece.ends_with(b"\n");
    if closed && !piece.ends_with(END) || !closed && piece.len() + END.len() > LONGEST_LINE {
        return false;
    }
    number == 1 || number <= LINES && may_account_for(before, piece.trim_ascii_end())
}

fn may_account_for(before: (u64, Hash), line: &[u8]) -> bool {
    if !is_cut_of(line, BEGINNING) {
        return false;
    }
    let Some(event) = after(line, b"\"event\":\"") else {
        return line.len() < BEFORE_EVENT;
    };
    if !ACCOUNTS.iter().any(|name| is_cut_of(event, name)) {
        return false;
    }
    let whole = after(line, b"\"lost\":").and_then(|lost| {
        let mut values = serde_json::Deserializer::from_slice(lost).into_iter::<Lost>();
        values.next()?.ok()
    });
    let (bytes, hash) = before;
    whole.is_none_or(|lost| lost.bytes == Some(bytes) && lost.sha256 == Some(hash))
}

/// Whether one of them begins with the other.
fn is_cut_of(text: &[u8], whole: &[u8]) -> bool {
    text.iter().zip(whole).all(|(one, other)| one == other)
}

/// What comes after these words.
fn after<'a>(text: &'a [u8], words: &[u8]) -> Option<&'a [u8]> {
    let at = text
        .windows(words.len())
        .position(|window| window == words)?;
    text.get(at + words.len()..)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::event::of_log;
    use crate::record::{Cause, Kind};
    use crate::tests::{Bed, assert_found, end, run};
    use crate::verify::Verdict;

    use nethost_core::Recorder as _;

    use super::*;

    /// What a writer leaves that accounts for these bytes, and is not cut.
    fn account(lost: &[u8]) -> Vec<u8> {
        let run = run();
        let mut record = of_log(&run, Kind::RecordsLost);
        record.lost = Some(Lost {
            bytes: Some(lost.len() as u64),
            sha256: Some(Hash::of(lost)),
            ..Lost::of(Cause::Torn)
        });
        crate::journal::seal(&mut record, |_| Some([0; 16]), |_| None).0
    }

    #[test]
    fn an_account_that_was_cut_anywhere_is_one_and_other_lines_are_not() {
        let first = b"{\"v\":1,\"se \n".to_vec();
        let before = (first.len() as u64, Hash::of(&first));
        let account_of_it = account(&first);
        let line = account_of_it.strip_suffix(b"\n").unwrap();
        for cut in 0..=line.len() {
            let left = &line[..cut];
            assert!(may_be(left, 2, before), "{cut}");
            assert!(may_be(&[left, END].concat(), 2, before), "{cut}");
        }
        // A line that nobody ended, an account of something else, a record that accounts for nothing.
        assert!(!may_be(&account_of_it, 2, before));
        assert!(!may_be(line, 2, (before.0 + 1, before.1)));
        let other = String::from_utf8(line.to_vec()).unwrap();
        let other = other.replace("records-lost", "open");
        assert!(!may_be(&[other.as_bytes(), END].concat(), 2, before));
        let long = [b"{\"v\":1,".as_slice(), &[b'x'; 400], END].concat();
        assert!(!may_be(&long, 2, before));
        assert!(may_be(&long, 1, before));
        assert!(!may_be(line, LINES + 1, before));
        assert!(!may_be(&[b'x'; LONGEST_LINE], 1, (0, Hash::default())));
    }

    /// A record as somebody makes one, in a line that a blank ends.
    fn forged(bed: &Bed) -> String {
        let text = bed.text();
        let line = text.lines().last().unwrap();
        line.replace("\"exit\":0", "\"exit\":9") + " \n"
    }

    #[test]
    fn lines_that_a_blank_ends_are_no_cut_write() {
        for (name, lines) in [("two", 2), ("thousand", 1000)] {
            let bed = Bed::new(name);
            bed.write(3);
            bed.put(&(bed.text() + &forged(&bed).repeat(lines)));
            assert_found(&bed.verify(), Verdict::Tampered, &["it is not a record"]);
            bed.write(1);
            let words = ["was not written by the log's writer"];
            assert_found(&bed.verify(), Verdict::Tampered, &words);
        }
        let bed = Bed::new("long");
        bed.write(3);
        bed.put(&(bed.text() + &"x".repeat(2 * LONGEST_LINE) + " \n"));
        assert_eq!(bed.verify().verdict, Verdict::Tampered);
        bed.write(1);
        assert_eq!(bed.verify().verdict, Verdict::Tampered);
    }

    #[test]
    fn a_writer_that_was_cut_while_it_accounted_for_another() {
        let whole = Bed::new("cut-twice");
        whole.write(3);
        let (text, state) = (whole.text(), whole.state());
        let torn = text.clone() + &text.lines().last().unwrap()[..90];
        whole.put(&torn);
        whole.open().record(&end()).unwrap();
        let after = whole.text();
        let account = after[torn.len()..].find("}\n").unwrap() + torn.len() + 1;
        for cut in (torn.len()..=account).step_by(13) {
            whole.put(&after[..cut]);
            whole.put_state(&state);
            let found = whole.verify();
            assert_found(&found, Verdict::Unsigned, &["the last line is cut"]);
            whole.write(1);
            let found = whole.verify();
            assert_found(&found, Verdict::Intact, &[]);
            assert!(
                found.notes[0].contains("a write was cut"),
                "{cut}: {found:#?}"
            );
        }
    }

    /// As a writer did that took any line with a blank for a cut one.
    #[test]
    fn what_is_said_to_be_a_cut_write_is_looked_at() {
        let bed = Bed::new("said");
        bed.write(3);
        let forged = forged(&bed).repeat(2);
        let text = bed.text();
        let line = account_in_its_place(&bed, &forged);
        bed.put(&(text + &forged + &line));
        let words = ["is not what a cut write leaves"];
        assert_found(&bed.verify_elsewhere(), Verdict::Tampered, &words);
    }

    /// What the log's writer makes of a cut write, put behind other bytes.
    fn account_in_its_place(bed: &Bed, forged: &str) -> String {
        use crate::{secrets::Secrets, slot::Slot};
        let secrets: Secrets = Slot::peek(&bed.settings.state.join("seal"), 512)
            .unwrap()
            .unwrap();
        let key = crate::key::SecretKey::from_seed(&secrets.sign.0).unwrap();
        let last = bed.records().pop().unwrap();
        let run = run();
        let mut record = of_log(&run, Kind::RecordsLost);
        (record.seq, record.prev) = (last.seq + 1, last.hash);
        record.lost = Some(Lost {
            bytes: Some(forged.len() as u64),
            sha256: Some(Hash::of(forged.as_bytes())),
            ..Lost::of(Cause::Torn)
        });
        record.key = Some(crate::record::Keys {
            signer: key.public(),
            next: None,
            lost: None,
        });
        let mac = |body: &Hash| Some(secrets.seal.mac(body));
        let sign = |hash: &Hash| Some(key.sign(hash));
        String::from_utf8(crate::journal::seal(&mut record, mac, sign).0).unwrap()
    }
}
