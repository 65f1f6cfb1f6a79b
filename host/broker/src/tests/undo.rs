//! Journals: which are believed, and what becomes of those of other places.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::netlink::NetNamespace;
use crate::scopes::{CHANGES, Journals, LONGEST};
use crate::undo_journal::{Journal, Unfit, line, read, take_over};
use crate::undo_place::Place;
use crate::undo_recovery::{has_journals, recover};
use nethost_netlink::change::NetworkChange;
use nethost_netlink::undo::Undoing;
use nethost_netlink::{Address, Change, IpAddress};
use nethost_test_bed::TestBed;

/// An address that no link of this machine has.
fn nowhere() -> Undoing {
    let local = IpAddress::Ipv4((192, 0, 2, 77));
    let change = NetworkChange {
        put: true,
        scope: Some(1),
        flags: 0x600,
        change: Change::Address(Address {
            family: 2,
            index: 0x7fff_0000,
            prefix_length: 32,
            flags: 0,
            scope: 0,
            local: Some(local),
            peer: Some(local),
            broadcast: None,
            anycast: None,
            label: None,
            metric: None,
            protocol: None,
            lifetime: None,
        }),
    };
    Undoing::new(&change, Vec::new()).unwrap()
}

fn here() -> Place {
    Place::of(&NetNamespace::default(), None).unwrap()
}

fn folder() -> tempfile::TempDir {
    // Below a folder of this user's: others may write to /tmp itself, but not replace what is in it.
    tempfile::tempdir().unwrap()
}

fn journals(folder: &Path) -> Journals {
    Journals {
        folder: folder.join("undo"),
        plugin: "dhclient".into(),
    }
}

/// A journal that its broker has left, and its path.
fn left(folder: &Path, place: Place) -> PathBuf {
    let mut journal = Journal::create(&journals(folder), place).unwrap();
    journal.append(&line(&nowhere()).unwrap()).unwrap();
    journal.path().to_owned()
}

#[test]
fn what_was_written_is_read_and_only_when_its_broker_is_gone() {
    let folder = folder();
    let mut journal = Journal::create(&journals(folder.path()), here()).unwrap();
    let path = journal.path().to_owned();
    journal.append(&line(&nowhere()).unwrap()).unwrap();
    journal.append(&line(&nowhere()).unwrap()).unwrap();
    journal.take_back().unwrap();
    assert!(take_over(&path).unwrap().is_none(), "it is locked");
    let facts = std::fs::metadata(&path).unwrap();
    assert_eq!(facts.permissions().mode() & 0o7777, 0o600);
    drop(journal);
    let file = take_over(&path).unwrap().unwrap();
    let pending = read(&file).unwrap().unwrap();
    assert_eq!(pending.changes, [nowhere()]);
    assert_eq!(pending.place, here());
    assert_eq!(pending.plugin, "dhclient");
    assert_eq!(pending.pid, std::process::id());
}

#[test]
fn a_line_without_an_end_had_not_happened() {
    let folder = folder();
    let path = left(folder.path(), here());
    let whole = std::fs::read_to_string(&path).unwrap();
    let first = whole.find('\n').unwrap() + 1;
    for length in [0, 1, first - 1, first, first + 1, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let file = take_over(&path).unwrap().unwrap();
        let pending = read(&file).unwrap();
        assert_eq!(pending.is_some(), length >= first, "{length}");
        assert!(pending.is_none_or(|pending| pending.changes.is_empty()));
    }
}

#[test]
fn no_journal_is_believed_that_others_can_have_written() {
    let folder = folder();
    let path = left(folder.path(), here());
    for mode in [0o644, 0o660, 0o400, 0o4600] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        match take_over(&path) {
            Err(Unfit::Mode(found)) => assert_eq!(found, mode),
            // Nobody but root opens it for writing.
            Err(Unfit::System(_)) => {}
            other => panic!("{mode:o}: {other:?}"),
        }
    }
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let other = path.with_file_name("other.undo");
    std::fs::hard_link(&path, &other).unwrap();
    assert!(matches!(take_over(&path), Err(Unfit::Kind)));
    std::fs::remove_file(&other).unwrap();
    symlink(&path, &other).unwrap();
    assert!(matches!(take_over(&other), Err(Unfit::System(_))));
    std::fs::remove_file(&other).unwrap();
    std::fs::create_dir(&other).unwrap();
    assert!(take_over(&other).is_err());
}

#[test]
fn garbage_is_named_with_its_line() {
    let folder = folder();
    let path = left(folder.path(), here());
    let whole = std::fs::read_to_string(&path).unwrap();
    let (head, change) = whole.split_once('\n').unwrap();
    let raw = r#"{"belongings":{"of":0,"found":[{"type":24,"hex":"zz"}]}}"#;
    let far = r#"{"belongings":{"of":1,"found":[]}}"#;
    for (text, number) in [
        ("garbage\n".to_owned(), 1),
        (format!("{}\n", head.replace("\"v\":1", "\"v\":2")), 1),
        (format!("{}\n", head.replace("\"pid\"", "\"pod\"")), 1),
        (format!("{head}\n{{}}\n"), 2),
        (
            format!("{head}\n{}", change.replace("\"put\"", "\"but\"")),
            2,
        ),
        // An object that nobody can have.
        (
            format!("{head}\n{}", change.replace(":2147418112", ":0")),
            2,
        ),
        (format!("{head}\n{change}{raw}\n"), 3),
        (format!("{head}\n{change}{far}\n"), 3),
        (format!("{head}\n{change}\u{1b}[2J\n"), 3),
    ] {
        std::fs::write(&path, &text).unwrap();
        let file = take_over(&path).unwrap().unwrap();
        match read(&file) {
            Err(Unfit::Line(found, why)) => {
                assert_eq!(found, number, "{text}: {why}");
                assert!(!why.contains('\u{1b}'), "{why:?}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let many = change.repeat(CHANGES + 1);
    std::fs::write(&path, format!("{head}\n{many}")).unwrap();
    let file = take_over(&path).unwrap().unwrap();
    assert!(matches!(read(&file), Err(Unfit::Long)));
    drop(file);
    std::fs::write(&path, "x".repeat(2 * LONGEST + 1)).unwrap();
    assert!(matches!(take_over(&path), Err(Unfit::Long)));
}

#[test]
fn nothing_is_undone_after_a_new_start_or_elsewhere() {
    let folder = folder();
    let bed = TestBed::allowing(&[]);
    let earlier = Place {
        boot: "another".into(),
        ..here()
    };
    let mut elsewhere = here();
    elsewhere.namespace.inode += 1;
    let mut lookalike = here();
    lookalike.namespace.cookie = Some(u64::MAX);
    let mut renamed = elsewhere.clone();
    renamed.namespace.name = Some("../no/such".into());
    let old = left(folder.path(), earlier);
    let others: Vec<PathBuf> = [elsewhere, lookalike, renamed]
        .into_iter()
        .map(|place| left(folder.path(), place))
        .collect();
    let own = left(folder.path(), here());
    let undo = journals(folder.path()).folder;
    assert!(has_journals(&undo));
    recover(&undo, &bed.gate);
    assert!(!old.exists(), "of an earlier start");
    assert!(!own.exists(), "there was nothing to undo");
    assert!(others.iter().all(|other| other.exists()));
    let events = bed.events();
    assert_eq!(bed.names(), ["denied"], "{events:?}");
    let record = events[0].to_string();
    for part in [
        "\"undoable.undo\"",
        "\"192.0.2.77\"",
        "not undone: the machine has been started again since",
    ] {
        assert!(record.contains(part), "{part} in {record}");
    }
}

#[test]
fn a_folder_of_others_is_not_looked_at() {
    let folder = folder();
    let bed = TestBed::allowing(&[]);
    let path = left(folder.path(), here());
    let undo = journals(folder.path()).folder;
    std::fs::set_permissions(&undo, Permissions::from_mode(0o777)).unwrap();
    recover(&undo, &bed.gate);
    assert!(path.exists());
    let journals = journals(folder.path());
    assert!(
        Journal::create(&journals, here()).is_err(),
        "nor written to"
    );
    std::fs::set_permissions(&undo, Permissions::from_mode(0o700)).unwrap();
    // An unfinished one is removed; what is none is left.
    let empty = undo.join("0.undo");
    let mut file = std::fs::File::create(&empty).unwrap();
    file.write_all(b"{\"v\":").unwrap();
    std::fs::set_permissions(&empty, Permissions::from_mode(0o600)).unwrap();
    let other = undo.join("notes.txt");
    std::fs::write(&other, "").unwrap();
    recover(&undo, &bed.gate);
    assert!(!empty.exists() && !path.exists() && other.exists());
}
