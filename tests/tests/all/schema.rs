//! `nethost schema`: each tool's schema is in the program, under each of the tool's names.

use crate::case::cases;
use nethost_tests::host::nethost_here;
use serde_json::Value;

cases! {
    first round;
    [] => { every_schema_is_printed_and_names_its_tool, what_has_none_says_so }
}

fn every_schema_is_printed_and_names_its_tool() {
    let listed = nethost_here().words("schema").succeed().stdout;
    assert!(listed.lines().count() >= 19, "{listed}");
    for line in listed.lines() {
        let (tool, version) = line.split_once(" version ").unwrap();
        let tool = tool.trim_end();
        let printed = nethost_here().words("schema").arg(tool).succeed().stdout;
        let schema: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(
            schema["$id"],
            format!("urn:nethost:schema:{tool}:{version}")
        );
        assert!(
            schema["anyOf"]
                .as_array()
                .is_some_and(|all| !all.is_empty()),
            "{tool}"
        );
    }
    for (name, tool) in [("mtr", "traceroute"), ("host", "dig"), ("ping6", "ping")] {
        let of = |name: &str| nethost_here().words("schema").arg(name).succeed().stdout;
        assert_eq!(of(name), of(tool));
    }
}

fn what_has_none_says_so() {
    for tool in ["telnet", "no-such-tool", "\u{1b}[2J"] {
        let output = nethost_here().words("schema").arg(tool).run();
        assert_eq!(
            (output.code, output.stderr.lines().count()),
            (2, 1),
            "{output}"
        );
        assert!(
            output.stderr.starts_with("nethost: no schema of "),
            "{output}"
        );
        assert!(!output.stderr.contains('\u{1b}'), "{output}");
    }
}
