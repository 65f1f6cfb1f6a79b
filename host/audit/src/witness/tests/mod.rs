//! Witnesses against logs that were rewritten, cut and forked, and against hostile text.
#![allow(clippy::unwrap_used)]

mod attacks;
mod cosign;
mod notes;
mod policies;
mod trees;

use super::*;
use crate::snapshot::whole;
use crate::tests::{Bed, Folder};
use crate::verify::Verdict;

/// A log with an origin, and where its state is.
struct Machine {
    bed: Bed,
}

impl Machine {
    fn new(name: &str) -> Self {
        let machine = Self {
            bed: Bed::new(name),
        };
        machine.bed.write(5);
        machine
    }

    fn id(&self) -> String {
        let head = crate::head::read(&self.bed.settings.state);
        head.unwrap().unwrap().position.log
    }

    fn origin(&self) -> Origin {
        let settings = &self.bed.settings;
        let name = Some("web1.example/log");
        Origin::open(&settings.path, &settings.state, &self.id(), name).unwrap()
    }

    fn key(&self) -> String {
        self.origin().verifier_key().to_string()
    }

    fn checkpoint(&self) -> Checkpoint {
        self.origin().checkpoint().unwrap()
    }

    fn request(&self, old: u64, checkpoint: &Checkpoint) -> Result<Request, Error> {
        let settings = &self.bed.settings;
        let id = self.id();
        let known = Some((settings.state.as_path(), id.as_str()));
        request(&settings.path, known, &Start::Size(old), checkpoint.clone())
    }

    fn judge(&self, policy: &Policy, checkpoints: &[Checkpoint]) -> Judgement {
        self.judge_with(Witnesses {
            policy,
            checkpoints,
            state: Some(&self.bed.settings.state),
        })
    }

    /// As somebody judges it who has a copy of the log alone.
    fn judge_elsewhere(&self, policy: &Policy, checkpoints: &[Checkpoint]) -> Judgement {
        self.judge_with(Witnesses {
            policy,
            checkpoints,
            state: None,
        })
    }

    fn judge_with(&self, witnesses: Witnesses<'_>) -> Judgement {
        let removed = |_: &_| witnesses.removed();
        whole(&self.bed.settings.path, removed, |snapshot, removed| {
            witnesses.judge(snapshot, removed)
        })
        .unwrap()
    }

    /// The same machine in a world where something else happens from now on: root has all its keys.
    fn twin(&self) -> Self {
        let twin = Self {
            bed: Bed::new("twin"),
        };
        copy(self.bed.folder(), twin.bed.folder());
        twin
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Witnesses, of whom so many must have cosigned.
struct Site {
    folders: Vec<Folder>,
    witnesses: Vec<Witness>,
    policy: Policy,
}

impl Site {
    fn new(machine: &Machine, count: usize, quorum: usize) -> Self {
        let mut text = format!("log {}\n", machine.key());
        let (mut folders, mut witnesses, mut names) = (Vec::new(), Vec::new(), String::new());
        for at in 0..count {
            let folder = Folder::new("witness");
            let witness = Witness::init(&folder.0, &format!("w{at}.example")).unwrap();
            witness.add(&machine.key()).unwrap();
            text += &format!("witness w{at} {}\n", witness.verifier_key());
            names += &format!(" w{at}");
            folders.push(folder);
            witnesses.push(witness);
        }
        text += &format!("group site {quorum}{names}\nquorum site\n");
        let policy = Policy::parse(text.as_bytes()).unwrap();
        Self {
            folders,
            witnesses,
            policy,
        }
    }

    /// The checkpoint with a cosignature more.
    fn cosign(
        &self,
        witness: usize,
        machine: &Machine,
        old: u64,
        checkpoint: &Checkpoint,
    ) -> Result<Checkpoint, Refusal> {
        let request = machine.request(old, checkpoint).unwrap();
        let request = Request::parse(request.text().as_bytes()).unwrap();
        let line = self.witnesses[witness].cosign(&request)?;
        Ok(Checkpoint::parse((checkpoint.to_string() + &line).as_bytes()).unwrap())
    }

    fn all(&self, machine: &Machine, old: u64, checkpoint: Checkpoint) -> Checkpoint {
        let witnesses = 0..self.witnesses.len();
        witnesses.fold(checkpoint, |checkpoint, witness| {
            self.cosign(witness, machine, old, &checkpoint).unwrap()
        })
    }
}

#[track_caller]
fn assert_judged(judgement: &Judgement, verdict: Option<Verdict>, words: &str) {
    let worst = judgement.findings.iter().map(|(verdict, _)| *verdict).max();
    assert_eq!(worst, verdict, "{judgement:#?}");
    let all = format!("{judgement:?}");
    assert!(all.contains(words), "no {words:?} in {judgement:#?}");
}
