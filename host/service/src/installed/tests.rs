//! What is installed stays what it was, or does not run.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use nethost_core::digest;
use nethost_package::{SecretKey, beside, sign};

/// A folder for this test.
fn place() -> (tempfile::TempDir, Installed) {
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed {
        folder: folder.path().join("plugins"),
    };
    (folder, installed)
}

fn plugin(name: &str, component: &[u8]) -> Plugin {
    Plugin {
        name: name.into(),
        current: Release {
            summary: "Greets".into(),
            source: "/tmp/\"a\".wasm".into(),
            version: Some("1.0.0".into()),
            signer: None,
            manifest: None,
            installed: "2026-01-01T00:00:00Z".into(),
            alias: vec![Alias {
                name: format!("{name}6"),
                args: vec!["-6".into()],
            }],
            component: Version {
                digest: digest(component),
                size: component.len(),
                requests: Vec::new(),
                imports: vec!["nethost:cap/icmp@0.1.0 x".into()],
            },
        },
        previous: None,
    }
}

fn stored(component: &[u8]) -> Stored {
    Stored {
        component: component.into(),
        signature: None,
    }
}

fn install(installed: &Installed, name: &str, component: &[u8]) -> Plugin {
    let plugin = plugin(name, component);
    let change = installed.change().unwrap();
    change
        .put(plugin.clone(), Some(&stored(component)))
        .unwrap();
    plugin
}

fn names(installed: &Installed) -> Vec<String> {
    let files = fs::read_dir(&installed.folder).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_name_leads_to_what_was_installed() {
    let (_folder, installed) = place();
    assert_eq!(installed.all().unwrap(), []);
    let b = install(&installed, "b", b"two");
    let a = install(&installed, "a", b"one");
    assert_eq!(installed.all().unwrap(), [a.clone(), b.clone()]);
    let (found, args) = installed.find("a6").unwrap().unwrap();
    assert_eq!((&found, args), (&a, vec!["-6".to_owned()]));
    assert_eq!(installed.component(&found).unwrap().component, b"one");
    assert_eq!(installed.find("c").unwrap(), None);
    // What nothing names any more goes, and what a killed process left.
    fs::write(installed.folder.join("x.draft"), "").unwrap();
    installed.change().unwrap().remove("b").unwrap();
    assert_eq!(names(&installed).len(), 2);
}

#[test]
fn what_is_not_as_it_was_installed_is_refused() {
    let (_folder, installed) = place();
    let a = install(&installed, "a", b"one");
    let refused = |said: &str| {
        let error = installed.component(&a).unwrap_err();
        assert!(matches!(error, Error::Altered { .. }));
        assert!(error.to_string().contains(said), "{said}: {error}");
    };
    let path = installed.file(&a.current.component.digest);
    fs::write(&path, "two").unwrap();
    refused("was installed");
    fs::write(&path, "one").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
    refused("others can write");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(installed.component(&a).is_ok());
    let key = SecretKey::generate().unwrap();
    for (signature, said) in [
        (sign(b"one", &key), "another than it was installed with"),
        (sign(b"two", &key), "signature of another component"),
    ] {
        fs::write(beside(&path), signature).unwrap();
        refused(said);
    }
    fs::remove_file(beside(&path)).unwrap();
    let elsewhere = installed.folder.join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    refused("No such file");
    symlink(&elsewhere, &path).unwrap();
    refused("symbolic link");
}

#[test]
fn a_list_that_was_changed_by_hand_is_refused() {
    let (_folder, installed) = place();
    let a = install(&installed, "a", b"one");
    let path = installed.folder.join(LIST);
    let text = fs::read_to_string(&path).unwrap();
    let other = digest(b"two");
    for (from, to) in [
        (&a.current.component.digest[..], &other[..]),
        ("name = \"a\"", "name = \"c\""),
        ("name = \"a\"", "name  = \"a\""),
        ("sha256:", "sha256:0"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let error = installed.all().unwrap_err().to_string();
        assert!(error.contains("changed by hand"), "{error}");
        assert!(installed.change().is_err());
    }
    for cut in [0, 1, text.len() / 2, text.len() - 1] {
        fs::write(&path, &text[..cut]).unwrap();
        assert!(installed.all().is_err(), "{cut}");
    }
    fs::write(&path, &text).unwrap();
    assert_eq!(installed.all().unwrap(), [a]);
}

#[test]
fn what_others_can_write_leads_nowhere() {
    let (_folder, installed) = place();
    install(&installed, "a", b"one");
    let path = installed.folder.join(LIST);
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&path, 0o622);
    assert!(installed.all().unwrap_err().to_string().contains("others"));
    open(&path, 0o600);
    open(&installed.folder, 0o777);
    assert!(installed.all().is_err() && installed.change().is_err());
    open(&installed.folder, 0o700);
    assert_eq!(installed.all().unwrap().len(), 1);
}

#[test]
fn a_digest_leads_to_no_other_folder() {
    let (_folder, installed) = place();
    for digest in ["sha256:../../etc/passwd", "/etc/passwd", ""] {
        let file = installed.file(digest);
        assert_eq!(file.parent(), Some(installed.folder.as_path()));
    }
}
