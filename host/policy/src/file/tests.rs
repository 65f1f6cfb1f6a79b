//! What a policy file may say, and how each mistake is placed and explained.
#![allow(clippy::unwrap_used)]

use super::*;

const NAMES: Names<'_> = Names {
    capabilities: &["icmp.echo", "udp.exchange", "file.read"],
    plugins: &["ping"],
};

fn mistake(text: &str) -> String {
    parse("p.toml", text, NAMES).unwrap_err().to_string()
}

/// The mistake of a grant's field, without the file's name.
fn in_grant(field: &str) -> String {
    let text = format!(
        "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{{ cap = \"icmp.echo\", {field} }}]\n"
    );
    mistake(&text).strip_prefix("p.toml:").unwrap().to_owned()
}

#[test]
fn mistakes_are_placed_and_explained() {
    let cases = [
        (
            "version = 1\n[[plugin]]\nname = \"ping\"\nalow = []\n",
            "p.toml:4:1: unknown key `alow`; did you mean `allow`?",
        ),
        (
            "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"icmp.eco\" }]\n",
            "p.toml:4:18: unknown capability `icmp.eco`; did you mean `icmp.echo`?",
        ),
        (
            "version = 2\n",
            "p.toml:1:11: version 2 is not known; this nethost reads version 1",
        ),
        (
            "version = 1\n[defaults]\non-missing = \"aks\"\n",
            "p.toml:3:14: unknown value `aks`, expected `deny` or `ask`",
        ),
        (
            "version = 1\n[limits]\nmemroy = 1\n",
            "p.toml:3:1: unknown key `memroy`; did you mean `memory`?",
        ),
        (
            "version = 1\n[limits]\ntime = 10\n",
            "p.toml:3:8: a length of time has the unit ms, s, min or h, such as \"30s\"",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(mistake(text), expected);
    }
    assert!(mistake("version = 1\n[[plugin]\n").starts_with("p.toml:2:"));
    let nameless = "version = 1\n[[plugin]]\nallow = [{ cap = \"icmp.echo\" }]\n";
    assert!(mistake(nameless).contains("needs a name"));
    let digest = "version = 1\n[[plugin]]\ndigest = \"sha256:abc\"\n";
    assert!(mistake(digest).starts_with("p.toml:3:10: `sha256:abc` is not"));
}

#[test]
fn fields_of_a_grant_are_placed_and_explained() {
    let cases = [
        (
            "to = [\"10.0.0.1/8\"]",
            "4:37: `10.0.0.1/8` is not",
            "did you mean `10.0.0.0/8` or `10.0.0.1`?",
        ),
        ("to = [\"*\"]", "4:37: ", "leave `to` out"),
        ("to = [\"a.*.test\"]", "4:37: ", "`*.example.org`"),
        ("to = []", "4:36: ", "an empty `to` matches nothing"),
        ("ports = [0]", "4:40: ", "numbers from 1 to 65535"),
        (
            "ports = [80, \"90-80\"]",
            "4:44: ",
            "did you mean \"80-90\"?",
        ),
        ("ports = [\"http\"]", "4:40: ", "numbers from 1 to 65535"),
        ("ports = []", "4:39: ", "an empty `ports`"),
        ("interfaces = [\"eth*0\"]", "4:45: ", "`*` only at the end"),
        ("interfaces = [\"*\"]", "4:45: ", "leave `interfaces` out"),
        ("rate = \"10\"", "4:38: ", "\"10/s\""),
        ("packets = 0", "4:41: ", "leave it out"),
        ("packets = -1", "4:", "-1"),
        ("bytes = \"1 mb\"", "4:39: ", "such as \"64 KiB\""),
        ("until = 2030-01-01", "4:39: ", "time zone"),
        ("until = \"tomorrow\"", "4:39: ", "time zone"),
        ("users = [\"al ice\"]", "4:40: ", "a name, a user id"),
        ("prots = [80]", "4:", "did you mean `ports`?"),
    ];
    for (field, place, what) in cases {
        let told = in_grant(field);
        assert!(
            told.starts_with(place) && told.contains(what),
            "{field}: {told}"
        );
    }
}

#[test]
fn a_denial_has_no_quota() {
    for quota in ["rate = \"1/s\"", "packets = 1", "bytes = 1"] {
        let text =
            format!("version = 1\n[[plugin]]\nname = \"*\"\ndeny = [{{ cap = \"*\", {quota} }}]\n");
        assert!(mistake(&text).contains("a denial has no quota"), "{quota}");
    }
}

#[test]
fn all_mistakes_are_found_at_once() {
    let text = "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"x\", to = [\"300.1.1.1\"], rate = \"1\" }]\n";
    let error = parse("p.toml", text, NAMES).unwrap_err();
    assert_eq!(error.problems().len(), 3);
    assert!(
        error
            .to_string()
            .ends_with("(and 2 more; `nethost policy check` shows them)")
    );
}

#[test]
fn what_stands_in_a_file_cannot_control_a_terminal() {
    let texts = [
        "version = 1\n\"\\u001b[2Jx\" = 1\n",
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"\\u001b[2J\\n\" }]\n",
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\", to = [\"\\u001b]0;x\\u0007\"] }]\n",
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\", users = [\"\\u202e\\n\"] }]\n",
    ];
    for text in texts {
        let told = mistake(text);
        assert!(
            !told.contains(char::is_control) && !told.contains('\u{202e}'),
            "{told:?}"
        );
    }
}

#[test]
fn every_field_is_read() {
    let text = r#"
version = 1
[defaults]
on-missing = "ask"
[limits]
memory = "64 MiB"
cpu = "10s"
busy = "2s"
time = "1h"
handles = 10
descriptors = 20
output = "1 MiB"
[[plugin]]
digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
name = "probe"
limits = { memory = 1048576 }
allow = [{ cap = "udp.exchange", to = ["10.0.0.0/8", "*.test", "$args", "[::1]:53"], ports = [53, "8000-8080"], interfaces = ["eth0", "wg*"], rate = "10/s", packets = 100, bytes = 1000, until = 2099-01-01T00:00:00Z, users = [0, "alice", "@netops", "@100"] }]
"#;
    let policy = parse("p.toml", text, NAMES).unwrap();
    assert_eq!(policy.limits.memory, Some(64 << 20));
    assert_eq!(policy.plugin_limits[0].1.memory, Some(1 << 20));
    let rule = &policy.rules[0];
    assert_eq!(
        (
            rule.to.len(),
            rule.scope.ports.len(),
            rule.scope.users.len()
        ),
        (4, 2, 4)
    );
    assert_eq!(&*rule.origin, "p.toml:17:10");
    assert!(rule.scope.until.is_some() && !rule.scope.quota.is_unlimited());
}

#[test]
fn the_schema_is_up_to_date() {
    let mut schema = serde_json::to_value(schemars::schema_for!(Document)).unwrap();
    schema["title"] = "nethost policy, version 1".into();
    // The capabilities are for their own crates to name, and stay as they are.
    let names = |schema: &mut serde_json::Value| {
        schema["$defs"]["Grant"]["properties"]["cap"]["enum"].take()
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.schema.json");
    let committed = std::fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    schema["$defs"]["Grant"]["properties"]["cap"]["enum"] =
        names(&mut committed.unwrap_or_default());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    nethost_core::generated::assert_is(path, &text);
}

#[test]
fn the_systems_policy_must_be_roots() {
    use std::os::unix::fs::PermissionsExt;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::write(&path, "version = 1\n").unwrap();
    mode(&path, 0o666);
    let told = read_system(&path, NAMES).unwrap_err().to_string();
    assert!(
        told.contains("mode 0666") && told.contains("chmod go-w"),
        "{told}"
    );
    mode(&path, 0o644);
    mode(folder.path(), 0o777);
    let told = read_system(&path, NAMES).unwrap_err().to_string();
    assert!(told.contains("mode 0777"), "{told}");
    mode(folder.path(), 0o755);
    assert!(read_system(&path, NAMES).is_ok());
    std::os::unix::fs::chown(&path, Some(1000), None).unwrap();
    let told = read_system(&path, NAMES).unwrap_err().to_string();
    assert!(told.contains("belongs to user"), "{told}");
    let link = folder.path().join("link.toml");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let told = read_system(&link, NAMES).unwrap_err().to_string();
    assert!(told.contains("symbolic link"), "{told}");
    let missing = read_system(&folder.path().join("none"), NAMES).unwrap_err();
    assert!(missing.is_not_found());
}

#[test]
fn only_a_denial_of_the_systems_policy_is_report_only() {
    let text = |list: &str, mode: &str| {
        format!(
            "version = 1\n[[plugin]]\nname = \"ping\"\n{list} = [{{ cap = \"icmp.echo\", mode = \"{mode}\" }}]\n"
        )
    };
    let system = |text: &str| parse_system("p.toml", text, NAMES);
    for (list, mode, effect) in [
        ("deny", "report", Effect::Report),
        ("deny", "enforce", Effect::Deny),
        ("allow", "enforce", Effect::Allow),
    ] {
        let policy = system(&text(list, mode)).unwrap();
        assert_eq!(policy.rules[0].effect, effect, "{list} {mode}");
    }
    let allowed = system(&text("allow", "report")).unwrap_err().to_string();
    assert!(
        allowed.starts_with("p.toml:4:38: only a denial can be report-only"),
        "{allowed}"
    );
    assert_eq!(
        mistake(&text("deny", "report")),
        "p.toml:4:37: only the system's policy, /etc/nethost/policy.toml, can have report-only rules; remove `mode` here"
    );
    assert!(parse("p.toml", &text("deny", "enforce"), NAMES).is_ok());
    assert_eq!(
        system(&text("deny", "reprot")).unwrap_err().to_string(),
        "p.toml:4:37: unknown value `reprot`; did you mean `report`?"
    );
}
