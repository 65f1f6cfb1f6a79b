//! A log that was rewritten, cut or forked by whoever has every key of its machine, and what its witnesses and a
//! verifier make of it.

use std::slice::from_ref;

use super::*;
use crate::verify;

/// A log that three witnesses have seen grow, two of whom must have.
fn watched(name: &str) -> (Machine, Site, Checkpoint) {
    let machine = Machine::new(name);
    let site = Site::new(&machine, 3, 2);
    let first = site.all(&machine, 0, machine.checkpoint());
    assert_judged(&machine.judge(&site.policy, from_ref(&first)), None, "w0");
    (machine, site, first)
}

#[test]
fn a_log_that_was_only_added_to() {
    let (machine, site, first) = watched("grown");
    machine.bed.write(40);
    let second = site.all(&machine, first.head.size, machine.checkpoint());
    machine.bed.write(2);
    for judgement in [
        machine.judge(&site.policy, &[first.clone(), second.clone()]),
        machine.judge_elsewhere(&site.policy, &[second.clone(), first.clone()]),
    ] {
        assert_judged(&judgement, None, "web1.example/log");
        let witnessed = judgement.witnessed.unwrap();
        assert_eq!(witnessed.lines, second.head.size, "the largest");
        assert_eq!(witnessed.seq, Some(second.head.size));
        assert_eq!((witnessed.after, witnessed.by.len()), (2, 3));
    }
}

#[test]
fn a_log_that_root_wrote_anew() {
    let (machine, site, first) = watched("rewritten");
    let twin = machine.twin();
    machine.bed.write(7);
    let seen = site.all(&machine, first.head.size, machine.checkpoint());
    // The same number of records after the same beginning, chained, signed, and its own state agrees.
    twin.bed.write(7);
    assert_eq!(
        twin.bed.verify().position.map(|at| at.seq),
        machine.bed.verify().position.map(|at| at.seq)
    );
    let forged = twin.checkpoint();
    assert_eq!(forged.head.size, seen.head.size);
    assert_judged(
        &twin.judge(&site.policy, from_ref(&seen)),
        Some(Verdict::Tampered),
        "rewritten",
    );
    let alone = twin.judge(&site.policy, from_ref(&forged));
    assert_judged(
        &alone,
        Some(Verdict::Unverifiable),
        "cosigned by 0 known witnesses, the policy asks for 2 of 3",
    );
    let refusal = site.cosign(0, &twin, seen.head.size, &forged).unwrap_err();
    let Refusal::Fork(size, evidence) = refusal else {
        panic!("{refusal}");
    };
    assert_eq!(size, seen.head.size);
    let evidence = std::fs::read_to_string(evidence).unwrap();
    assert!(evidence.contains(forged.note.text()) && evidence.contains(seen.note.text()));
    // Longer than what the witness knows.
    twin.bed.write(9);
    let longer = twin.checkpoint();
    let refusal = site.cosign(1, &twin, seen.head.size, &longer).unwrap_err();
    assert!(matches!(refusal, Refusal::Inconsistent { .. }), "{refusal}");
    let refusal = site.cosign(1, &twin, first.head.size, &longer).unwrap_err();
    assert!(matches!(refusal, Refusal::Conflict { .. }), "{refusal}");
    let refusal = site.cosign(1, &twin, 0, &longer).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Conflict { asked: 0, .. }),
        "{refusal}"
    );
    // What honest witnesses keep is unharmed.
    site.cosign(2, &machine, seen.head.size, &machine.checkpoint())
        .unwrap();
}

#[test]
fn a_log_that_root_cut() {
    let (machine, site, first) = watched("cut");
    let twin = machine.twin();
    machine.bed.write(7);
    let seen = site.all(&machine, first.head.size, machine.checkpoint());
    assert_judged(
        &twin.judge(&site.policy, from_ref(&seen)),
        Some(Verdict::Truncated),
        "its end is missing",
    );
    // The older checkpoint holds for it: whoever asks a witness for its last one sees more.
    assert_judged(&twin.judge(&site.policy, from_ref(&first)), None, "");
    let last = site.witnesses[1].last(&first.origin).unwrap();
    let last = Checkpoint::parse(last.as_bytes()).unwrap();
    assert_eq!(last.head, seen.head);
    assert_judged(
        &twin.judge(&site.policy, &[first, last]),
        Some(Verdict::Truncated),
        "its end is missing",
    );
}

#[test]
fn every_line_counts() {
    let (machine, site, first) = watched("lines");
    let text = machine.bed.text();
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let changed = |change: fn(&mut Vec<&str>, usize)| {
            let mut lines = lines.clone();
            change(&mut lines, at);
            machine.bed.put(&(lines.join("\n") + "\n"));
            machine.judge(&site.policy, from_ref(&first))
        };
        let removed = changed(|lines, at| {
            lines.remove(at);
        });
        assert_judged(&removed, Some(Verdict::Truncated), "missing");
        let doubled = changed(|lines, at| lines.insert(at, lines[at]));
        let same = at + 1 == lines.len();
        assert_judged(&doubled, (!same).then_some(Verdict::Tampered), "");
        let swapped = changed(|lines, at| {
            let count = lines.len();
            lines.swap(at, (at + 1) % count);
        });
        // Where the first line is another one, lines seem to be missing before it.
        let verdict = match (at, same) {
            (0, _) | (_, true) => Verdict::Truncated,
            _ => Verdict::Tampered,
        };
        assert_judged(&swapped, Some(verdict), "");
        let edited = changed(|lines, at| lines[at] = &lines[at][1..]);
        assert_judged(&edited, Some(Verdict::Tampered), "rewritten");
    }
    // A line without an end is none yet.
    machine.bed.put(&text[..text.len() - 1]);
    assert_judged(
        &machine.judge(&site.policy, from_ref(&first)),
        Some(Verdict::Truncated),
        "",
    );
    machine.bed.put(&(text + "half a rec"));
    assert_judged(&machine.judge(&site.policy, &[first]), None, "");
}

#[test]
fn a_log_does_not_sign_what_its_own_state_contradicts() {
    let machine = Machine::new("own");
    let size = machine.checkpoint().head.size;
    let text = machine.bed.text();
    machine.bed.edit(|lines| lines.swap(2, 3));
    let error = machine.origin().checkpoint().unwrap_err();
    assert!(matches!(error, Error::Changed(of) if of == size), "{error}");
    machine.bed.edit(|lines| drop(lines.pop()));
    let error = machine.origin().checkpoint().unwrap_err();
    assert!(
        matches!(error, Error::Cut(of, now) if (of, now) == (size, size - 1)),
        "{error}"
    );
    machine.bed.put(&text);
    assert_eq!(machine.checkpoint().head.size, size);
}

#[test]
fn a_checkpoint_of_another_log_proves_nothing() {
    let (machine, site, _) = watched("one");
    let other = Machine::new("other");
    let settings = &other.bed.settings;
    let origin = Origin::open(
        &settings.path,
        &settings.state,
        &other.id(),
        Some("web2.example/log"),
    );
    let foreign = origin.unwrap().checkpoint().unwrap();
    let judgement = machine.judge(&site.policy, from_ref(&foreign));
    assert_judged(
        &judgement,
        Some(Verdict::Unverifiable),
        "which the policy does not name",
    );
    let error = machine.request(0, &foreign);
    assert!(error.is_err() || foreign.head == machine.checkpoint().head);
    // Signed by the key of another log, in the name of this one.
    let mut forged = Checkpoint::unsigned("web1.example/log", foreign.head);
    forged.note.add(foreign.note.signatures()[0].clone());
    let judgement = machine.judge(&site.policy, &[forged]);
    assert_judged(
        &judgement,
        Some(Verdict::Unverifiable),
        "no signature of the checkpoint",
    );
}

#[test]
fn a_cosignature_moved_to_another_checkpoint() {
    let (machine, site, first) = watched("moved");
    machine.bed.write(3);
    let mut second = machine.checkpoint();
    for signature in &first.note.signatures()[1..] {
        second.note.add(signature.clone());
    }
    let judgement = machine.judge(&site.policy, &[second]);
    assert_judged(&judgement, Some(Verdict::Unverifiable), "does not hold");
    assert!(judgement.witnessed.is_none());
}

#[test]
fn one_witness_as_often_as_it_likes() {
    let (machine, site, first) = watched("often");
    machine.bed.write(3);
    let size = first.head.size;
    let mut second = site
        .cosign(0, &machine, size, &machine.checkpoint())
        .unwrap();
    for _ in 0..5 {
        second = site.cosign(0, &machine, second.head.size, &second).unwrap();
    }
    let judgement = machine.judge(&site.policy, &[second]);
    assert_judged(
        &judgement,
        Some(Verdict::Unverifiable),
        "cosigned by 1 known witnesses",
    );
}

/// A log whose complete files hold about ten records each, and of which two are kept.
fn kept(name: &str) -> (Machine, Site, Checkpoint) {
    let (mut machine, site, first) = watched(name);
    machine.bed.settings.rotate = 4 << 10;
    machine.bed.settings.keep = Some(2);
    (machine, site, first)
}

#[test]
fn files_that_keep_removed_stay_comparable() {
    let (machine, site, first) = kept("kept");
    let mut last = first.clone();
    for _ in 0..12 {
        machine.bed.write(9);
        last = site.all(&machine, last.head.size, machine.checkpoint());
        let judgement = machine.judge(&site.policy, &[first.clone(), last.clone()]);
        assert_judged(&judgement, None, "");
        assert_eq!(judgement.witnessed.unwrap().lines, last.head.size);
    }
    let judgement = machine.judge(&site.policy, &[first.clone(), last.clone()]);
    assert_judged(
        &judgement,
        None,
        "lines of the tree were removed with their files",
    );
    assert_judged(&judgement, None, "nothing is left to compare");
    let error = machine.request(first.head.size, &last).unwrap_err();
    assert!(matches!(error, Error::Removed(_)), "{error}");
    assert!(
        machine.request(0, &last).is_ok(),
        "a new witness needs no proof"
    );
    // Elsewhere nobody knows what was before.
    let judgement = machine.judge_elsewhere(&site.policy, from_ref(&last));
    assert_judged(
        &judgement,
        Some(Verdict::Unverifiable),
        "first lines are missing",
    );
    machine.bed.edit(|lines| lines.swap(0, 1));
    let judgement = machine.judge(&site.policy, &[last]);
    let lines = crate::read::files(&machine.bed.settings.path).unwrap();
    assert_eq!(lines.len(), 3, "two complete ones");
    assert!(
        judgement
            .findings
            .iter()
            .all(|(verdict, _)| *verdict == Verdict::Tampered)
    );
}

#[test]
fn files_that_somebody_else_removed_are_missing() {
    let (machine, site, first) = kept("missing");
    let mut last = first;
    for _ in 0..5 {
        machine.bed.write(9);
        last = site.all(&machine, last.head.size, machine.checkpoint());
    }
    let files = crate::read::files(&machine.bed.settings.path).unwrap();
    std::fs::remove_file(&files[0]).unwrap();
    let judgement = machine.judge(&site.policy, &[last]);
    assert_judged(
        &judgement,
        Some(Verdict::Truncated),
        "it was not nethost that removed them",
    );
    let error = machine.origin().checkpoint().unwrap_err();
    assert!(matches!(error, Error::Missing(..)), "{error}");
}

#[test]
fn a_log_whose_first_files_were_gone_before_it_had_witnesses() {
    let mut machine = Machine {
        bed: Bed::new("late"),
    };
    machine.bed.settings.rotate = 4 << 10;
    machine.bed.settings.keep = Some(1);
    machine.bed.write(60);
    let site = Site::new(&machine, 1, 1);
    let first = site.all(&machine, 0, machine.checkpoint());
    machine.bed.write(60);
    let last = machine.checkpoint();
    let last = match machine.request(first.head.size, &last) {
        Ok(_) => site.all(&machine, first.head.size, last),
        Err(_) => return,
    };
    assert_judged(&machine.judge(&site.policy, &[last]), None, "");
}

#[test]
fn a_log_of_which_nothing_is_left() {
    let (machine, site, first) = watched("nothing-left");
    std::fs::remove_file(&machine.bed.settings.path).unwrap();
    let witnesses = Witnesses {
        policy: &site.policy,
        checkpoints: from_ref(&first),
        state: None,
    };
    let nobody = || Ok(verify::Expected::default());
    let path = &machine.bed.settings.path;
    let report = verify::verify_with(path, nobody, Some(witnesses)).unwrap();
    assert_eq!(report.verdict, Verdict::Truncated, "{report:#?}");
    assert!(verify::verify_with(path, nobody, None).is_err());
    assert!(matches!(machine.origin().checkpoint(), Err(Error::File(_))));
}
