//! What a witness refuses, and that it forgets nothing.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_witness_knows_whom_it_was_told_of() {
    let machine = Machine::new("unknown");
    let folder = Folder::new("witness");
    assert!(matches!(Witness::open(&folder.0), Err(SetupError::None)));
    let witness = Witness::init(&folder.0, "w.example").unwrap();
    let key = witness.verifier_key().to_string();
    let again = Witness::init(&folder.0, "w.example").unwrap();
    assert_eq!(again.verifier_key().to_string(), key);
    assert!(matches!(
        Witness::init(&folder.0, "v.example"),
        Err(SetupError::Exists(_))
    ));
    for name in ["", "a b", "a+b", "a\n", "a\x1b", "\u{202e}a"] {
        assert!(Witness::init(&folder.0, name).is_err(), "{name:?}");
    }
    let checkpoint = machine.checkpoint();
    let request = machine.request(0, &checkpoint).unwrap();
    let refusal = witness.cosign(&request).unwrap_err();
    assert!(matches!(refusal, Refusal::Unknown(_)), "{refusal}");
    assert!(witness.add(&key).is_err(), "a witness's key is no log's");
    witness.add(&machine.key()).unwrap();
    witness.cosign(&request).unwrap();
    // Told again, it does not begin again.
    witness.add(&machine.key()).unwrap();
    let refusal = witness.cosign(&request).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Conflict { asked: 0, size } if size == checkpoint.head.size)
    );
    let other = vkey::SignerKey::new("web1.example/log", Purpose::Log, &[9; 32]).unwrap();
    let refused = witness.add(&other.verifier().to_string());
    assert!(matches!(refused, Err(SetupError::AnotherKey(_))));
    for file in ["key", "lock"] {
        let mode = std::fs::metadata(folder.0.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign() {
    let machine = Machine::new("unsigned");
    let site = Site::new(&machine, 1, 1);
    let real = machine.checkpoint();
    let cosign = |checkpoint: Checkpoint| {
        let request = Request {
            old: 0,
            proof: Vec::new(),
            checkpoint,
        };
        site.witnesses[0].cosign(&request).unwrap_err()
    };
    let other = vkey::SignerKey::new("web1.example/log", Purpose::Log, &[9; 32]).unwrap();
    let mut forged = Checkpoint::unsigned(&real.origin, real.head);
    forged.note.add(other.sign(forged.note.text(), 0));
    assert!(matches!(cosign(forged), Refusal::Unsigned(_)));
    let mut larger = real.head;
    larger.size += 1;
    let mut forged = Checkpoint::unsigned(&real.origin, larger);
    forged.note.add(real.note.signatures()[0].clone());
    assert!(matches!(cosign(forged), Refusal::Signature(_)));
}

#[test]
fn proofs_that_prove_nothing() {
    let machine = Machine::new("proofs");
    let site = Site::new(&machine, 1, 1);
    let first = site.all(&machine, 0, machine.checkpoint());
    machine.bed.write(20);
    let second = machine.checkpoint();
    let good = machine.request(first.head.size, &second).unwrap();
    let witness = &site.witnesses[0];
    let refused = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        let refusal = witness.cosign(&request).unwrap_err();
        assert_eq!(
            witness.logs().unwrap()[0].cosigned().unwrap().0,
            first.head.size
        );
        refusal
    };
    for at in 0..good.proof.len() {
        let refusal = refused(&|request| request.proof[at].0[0] ^= 1);
        assert!(matches!(refusal, Refusal::Inconsistent { .. }), "{refusal}");
        let refusal = refused(&|request| {
            request.proof.remove(at);
        });
        assert!(matches!(refusal, Refusal::Inconsistent { .. }), "{refusal}");
    }
    let refusal = refused(&|request| request.proof.push(crate::Hash::of(b"")));
    assert!(matches!(refusal, Refusal::Inconsistent { .. }), "{refusal}");
    let refusal = refused(&|request| request.proof.clear());
    assert!(matches!(refusal, Refusal::Inconsistent { .. }), "{refusal}");
    for old in [
        0,
        1,
        first.head.size - 1,
        first.head.size + 1,
        second.head.size,
    ] {
        let refusal = refused(&|request| request.old = old);
        assert!(matches!(refusal, Refusal::Conflict { .. }), "{refusal}");
    }
    let refusal = refused(&|request| request.old = u64::MAX);
    assert!(matches!(refusal, Refusal::Backwards(..)), "{refusal}");
    let refusal = refused(&|request| request.checkpoint = first.clone());
    assert!(
        matches!(refusal, Refusal::Inconsistent { .. }),
        "a proof where none is: {refusal}"
    );
    witness.cosign(&good).unwrap();
}

#[test]
fn a_witness_whose_state_is_older_than_what_it_signed() {
    let machine = Machine::new("rolled");
    let site = Site::new(&machine, 3, 2);
    let first = site.all(&machine, 0, machine.checkpoint());
    let backup = Folder::new("backup");
    copy(&site.folders[0].0, &backup.0);
    let twin = machine.twin();
    machine.bed.write(5);
    let second = site.all(&machine, first.head.size, machine.checkpoint());
    std::fs::remove_dir_all(&site.folders[0].0).unwrap();
    copy(&backup.0, &site.folders[0].0);
    // The honest log goes on, and hears that something is wrong.
    machine.bed.write(5);
    let third = machine.checkpoint();
    let refusal = site
        .cosign(0, &machine, second.head.size, &third)
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Conflict { .. }), "{refusal}");
    let refusal = site
        .cosign(0, &machine, first.head.size, &second)
        .unwrap_err();
    assert!(matches!(refusal, Refusal::RolledBack(_)), "{refusal}");
    // A fork finds one such witness, and that is not enough.
    twin.bed.write(6);
    let fork = twin.checkpoint();
    let fork = site.cosign(0, &twin, first.head.size, &fork).unwrap();
    assert!(site.cosign(1, &twin, first.head.size, &fork).is_err());
    let judgement = twin.judge(&site.policy, &[fork]);
    assert_judged(
        &judgement,
        Some(Verdict::Unverifiable),
        "cosigned by 1 known witnesses",
    );
}

#[test]
fn a_state_that_is_damaged_or_gone_is_no_beginning() {
    let machine = Machine::new("damaged");
    let site = Site::new(&machine, 1, 1);
    let first = site.all(&machine, 0, machine.checkpoint());
    let logs = site.folders[0].0.join("logs");
    let file = logs.read_dir().unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read(&file).unwrap();
    for damaged in [&b""[..], b"{}", &text[..text.len() / 2], &[0; 64]] {
        std::fs::write(&file, damaged).unwrap();
        let refusal = site.cosign(0, &machine, 0, &first).unwrap_err();
        assert!(matches!(refusal, Refusal::State(_)), "{refusal}");
    }
    std::fs::remove_file(&file).unwrap();
    let refusal = site.cosign(0, &machine, 0, &first).unwrap_err();
    assert!(matches!(refusal, Refusal::Unknown(_)), "{refusal}");
    // What a write that was cut leaves beside it is not looked at.
    std::fs::write(&file, &text).unwrap();
    std::fs::write(file.with_extension("new"), b"half").unwrap();
    site.cosign(0, &machine, first.head.size, &first).unwrap();
}

#[test]
fn requests_at_the_same_time_are_one_after_the_other() {
    let machine = Machine::new("race");
    let site = Site::new(&machine, 1, 1);
    let first = site.all(&machine, 0, machine.checkpoint());
    let mut requests = Vec::new();
    for _ in 0..8 {
        machine.bed.write(1);
        requests.push(
            machine
                .request(first.head.size, &machine.checkpoint())
                .unwrap(),
        );
    }
    let folder = &site.folders[0].0;
    let cosigned: Vec<u64> = std::thread::scope(|scope| {
        let one = |request| {
            let witness = Witness::open(folder).unwrap();
            scope.spawn(move || witness.cosign(request).is_ok())
        };
        let threads: Vec<_> = requests.iter().map(one).collect();
        let sizes = requests.iter().map(|request| request.checkpoint.head.size);
        sizes
            .zip(threads)
            .filter_map(|(size, thread)| thread.join().unwrap().then_some(size))
            .collect()
    });
    assert_eq!(
        cosigned.len(),
        1,
        "all others go on from what is no longer the last"
    );
    let known = site.witnesses[0].logs().unwrap();
    assert_eq!(known[0].cosigned().unwrap().0, cosigned[0]);
}
