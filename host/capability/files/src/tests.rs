//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use super::service::{names, read};
use super::writer::replace;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

#[test]
fn a_denial_does_not_tell_whether_the_file_exists() {
    let bed = TestBed::allowing(&[]);
    let there = read(&bed.gate, &Broker::in_process(), "/etc/passwd");
    let not_there = read(&bed.gate, &Broker::in_process(), "/etc/no-such-file");
    assert!(
        matches!(there, Err(ErrorCode::Denied(_)))
            && matches!(not_there, Err(ErrorCode::Denied(_)))
    );
    assert_eq!(bed.names(), ["denied", "denied"]);
}

#[test]
fn a_file_is_read_and_its_bytes_counted() {
    let bed = TestBed::allowing(&["file.read"]);
    let bytes = read(&bed.gate, &Broker::in_process(), "/etc/passwd").unwrap();
    assert_eq!(bytes, std::fs::read("/etc/passwd").unwrap());
    assert_eq!(bed.events()[1]["counters"]["bytes_received"], bytes.len());
}

#[test]
fn devices_folders_and_nonsense_are_refused() {
    let bed = TestBed::allowing(&["file.read"]);
    for path in ["/dev/zero", "/etc", "", "a\0b"] {
        assert!(
            matches!(
                read(&bed.gate, &Broker::in_process(), path),
                Err(ErrorCode::InvalidArgument(_))
            ),
            "{path:?}"
        );
    }
    assert!(matches!(
        read(&bed.gate, &Broker::in_process(), "/no/such/file"),
        Err(ErrorCode::NotFound)
    ));
}

#[test]
fn a_folder_tells_its_names_to_those_who_may_read_it() {
    let folder = std::env::temp_dir().join(format!("nethost-names-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("c")).unwrap();
    for name in ["b.conf", "a.conf"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let path = folder.to_str().unwrap();
    let denied = TestBed::allowing(&["file.read=/etc/"]);
    let refused = names(&denied.gate, &Broker::in_process(), path);
    assert!(matches!(refused, Err(ErrorCode::Denied(_))), "{refused:?}");
    let bed = TestBed::allowing(&[&format!("file.read={path}/")]);
    let told = names(&bed.gate, &Broker::in_process(), path).unwrap();
    assert_eq!(told, ["a.conf", "b.conf", "c"]);
    let file = names(&bed.gate, &Broker::in_process(), &format!("{path}/a.conf"));
    assert!(
        matches!(file, Err(ErrorCode::InvalidArgument(_))),
        "{file:?}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_is_replaced_at_once_or_not_at_all() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let bed = TestBed::allowing(&[&format!("file.write={}/", folder.display())]);
    let broker = Broker::in_process();
    let put = |name: &str, text: &[u8]| replace(&bed.gate, &broker, &at(name), text);
    std::fs::write(at("old"), "before").unwrap();
    std::fs::set_permissions(at("old"), PermissionsExt::from_mode(0o640)).unwrap();
    // Whoever has it open goes on reading the old one.
    let open = std::fs::File::open(at("old")).unwrap();
    put("old", b"after").unwrap();
    put("new", b"").unwrap();
    assert_eq!(std::io::read_to_string(open).unwrap(), "before");
    assert_eq!(std::fs::read(at("old")).unwrap(), b"after");
    let mode = std::fs::metadata(at("old")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    std::fs::create_dir(at("folder")).unwrap();
    symlink(at("old"), at("link")).unwrap();
    put("link", b"through").unwrap();
    assert!(std::fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(std::fs::read(at("old")).unwrap(), b"through");
    assert!(matches!(
        put("folder", b""),
        Err(ErrorCode::InvalidArgument(_))
    ));
    let large = vec![0; 65_537];
    assert!(matches!(put("old", &large), Err(ErrorCode::TooLarge)));
    let denied = replace(&bed.gate, &broker, "/etc/no-such-file", b"");
    assert!(matches!(denied, Err(ErrorCode::Denied(_))), "{denied:?}");
    // Nothing is left beside them.
    let mut names = std::fs::read_dir(&folder).unwrap().flatten();
    let hidden = names.find(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."));
    assert!(hidden.is_none(), "{hidden:?}");
}
