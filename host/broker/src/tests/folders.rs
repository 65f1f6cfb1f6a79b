//! Folders are made only where no rule denies what would be written there.

use super::*;
use nethost_policy::{Effect, Policies, Rule};

#[test]
fn no_folder_is_made_in_one_where_writing_is_denied() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("open")).unwrap();
    let names = request_names();
    let rule = |effect, flag: &str| Rule::from_flag(effect, "--flag", flag, &names).unwrap();
    let within = |folder: &str| format!("file.write={}/", base.join(folder).display());
    let policies = Policies {
        flags: vec![
            rule(Effect::Allow, "file.write"),
            rule(Effect::Deny, &within("")),
            rule(Effect::Deny, &within("open/closed")),
        ],
        ..Policies::default()
    };
    let mut escaped = each_operation::under(&policies);
    let mut handle = 0;
    for (file, is_made) in [
        // A folder of its own in a folder where nothing may be written.
        ("new/file", false),
        ("new/deep/file", false),
        ("open/new/deep/file", true),
        // The lowest is denied: nothing is made on the way.
        ("open/closed/new/file", false),
    ] {
        handle += 1;
        let asked = RequestFields {
            op: "make-folders".into(),
            ..fields("file.write", path(base.join(file).to_str().unwrap()))
        };
        assert!(escaped.authorize(handle, asked), "{file}");
        let made = escaped.perform::<operations::ChangeFile>(handle, &0);
        assert_eq!(made.is_ok(), is_made, "{file}");
        assert_eq!(
            base.join(file).parent().unwrap().is_dir(),
            is_made,
            "{file}"
        );
    }
    assert!(!base.join("open/closed").exists());
}
