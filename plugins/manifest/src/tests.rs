//! What a manifest may say, and what it may not.

#![allow(clippy::unwrap_used)]

use super::*;

const GOOD: &str = r#"
name = "hello"
summary = "Say hello to a host"
[[alias]]
name = "hello6"
args = ["-6"]
[[request]]
cap = "icmp.echo"
to = ["$args"]
reason = "sends the greeting"
"#;

fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from));
    let error = Manifest::parse(&GOOD.replacen(from, to, 1))
        .unwrap_err()
        .to_string();
    assert!(error.chars().all(is_plain), "{error:?}");
    error
}

#[test]
fn says_who_it_is_and_what_it_asks() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!(manifest.names().collect::<Vec<_>>(), ["hello", "hello6"]);
    assert_eq!(
        manifest.request[0].to.as_deref(),
        Some(&["$args".to_owned()][..])
    );
}

#[test]
fn mistakes_are_named() {
    assert_eq!(
        refused("reason", "raeson"),
        "line 10: unknown field `raeson`, expected one of `cap`, `to`, `ports`, `interfaces`, `options`, `attended`, `reason`"
    );
    assert!(refused("\"hello\"", "\"Hello\"").starts_with("name: \"Hello\" cannot be"));
    assert!(refused("icmp.echo", "echo").contains("noun.verb"));
    assert!(refused("[\"$args\"]", "[]").contains("leave it out"));
    assert!(refused("Say hello to a host", " ").contains("summary: empty"));
    let versioned =
        |version: &str| refused("summary", &format!("version = \"{version}\"\nsummary"));
    for version in ["1.2", "v1.2.3", "", "01.2.3", "1.2.3 "] {
        assert!(versioned(version).starts_with("version: "), "{version}");
    }
}

#[test]
fn ports_and_interfaces_narrow_a_request() {
    let narrowed = |fields: &str| {
        let text = GOOD.replacen("to = [\"$args\"]", fields, 1);
        assert_ne!(text, GOOD);
        Manifest::parse(&text)
    };
    let manifest =
        narrowed("ports = [53, \"8000-8080\"]\ninterfaces = [\"eth0\", \"wg*\"]").unwrap();
    let wanted = &manifest.request[0];
    assert_eq!(
        wanted.ports.as_deref(),
        Some(&[Ports(53..=53), Ports(8000..=8080)][..])
    );
    assert_eq!(wanted.interfaces.as_ref().unwrap().len(), 2);
    // It is written as it was read: grants are kept that way.
    let again = toml::to_string(&manifest).unwrap();
    assert_eq!(Manifest::parse(&again).unwrap(), manifest);
    for (fields, told) in [
        ("ports = [0]", "from 1 to 65535"),
        ("ports = [65536]", "from 1 to 65535"),
        ("ports = [\"9-1\"]", "did you mean \"1-9\"?"),
        ("ports = []", "leave it out"),
        ("interfaces = [\"*\"]", "leave `interfaces` out"),
        ("interfaces = [\"a/b\"]", "is no interface's name"),
    ] {
        let error = narrowed(fields).unwrap_err().to_string();
        assert!(error.contains(told), "{fields}: {error}");
        assert!(error.chars().all(is_plain), "{error:?}");
    }
}

#[test]
fn nothing_that_could_draw_on_a_terminal_passes() {
    for odd in [
        "\\u001b[2J",
        "\\n",
        "\\u009b1A",
        "\\u202e",
        "\\u200b",
        "e\\u0301",
        "\\u0000",
    ] {
        let odd = &format!("x{odd}y");
        let error = refused("sends the greeting", odd);
        assert!(
            error.starts_with("reason of icmp.echo: contains \\u{"),
            "{error}"
        );
        assert!(refused("$args", odd).starts_with("to of icmp.echo: contains"));
        assert!(refused("\"hello\"", &format!("\"{odd}\"")).starts_with("name:"));
    }
}

#[test]
fn everything_is_bounded() {
    assert!(refused("sends the greeting", &"x".repeat(161)).contains("161 characters"));
    assert!(refused("\"$args\"", &"\"a\",".repeat(33)).contains("33 of them"));
    let many = "[[request]]\ncap = \"a.b\"\nreason = \"r\"\n".repeat(33);
    let text = format!("name = \"x\"\nsummary = \"s\"\n{many}");
    assert!(
        Manifest::parse(&text)
            .unwrap_err()
            .to_string()
            .contains("request: 33")
    );
    assert_eq!(
        Manifest::parse(&"#".repeat(LARGEST + 1)),
        Err(Error::TooLarge)
    );
}
