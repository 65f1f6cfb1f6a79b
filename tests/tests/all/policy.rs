//! What a policy forbids does not happen, whatever a plugin or a name server says.

use crate::case::cases;
use crate::probes::{FILES_FACTS, ICMP_FACTS, STD_NET, UDP_FACTS};
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::etc::Etc;
use nethost_tests::host::{Invocation, Recorded, invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::privilege::user;
use nethost_tests::server::Echo;
use nethost_tests::topology::{SERVER, Topology};
use std::os::unix::fs::PermissionsExt;

cases! {
    [Netns] in each way => {
        the_systems_policy_is_a_ceiling,
        a_systems_policy_that_others_may_write_is_refused,
        interfaces_are_those_that_a_request_is_bound_to,
        what_answers_to_a_group_meets_denials,
        a_rule_that_ends_stops_what_is_open,
        bytes_are_counted_of_any_stream,
    }
    [Netns] => {
        each_field_denies_what_passes_without_it,
        each_target_denies_what_it_does_not_name,
        rules_are_about_their_plugin_alone,
        a_quota_ends_a_run_of_packets,
        a_name_does_not_lead_where_it_must_not,
        a_name_that_wasi_looked_up_is_known,
    }
}

/// A policy file with one rule for any plugin, and one that denies where it is not empty.
fn file(allow: &str, deny: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text(allow, deny)).unwrap();
    file
}

fn text(allow: &str, deny: &str) -> String {
    format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\ndeny = [{deny}]\n")
}

fn under(
    policy: &tempfile::NamedTempFile,
    node: &Namespace,
    plugin: impl AsRef<std::path::Path>,
    args: &str,
) -> Invocation {
    let option = format!("--policy {}", policy.path().display());
    invoke(node, &option, plugin, args)
}

fn ping(run: Invocation) -> Recorded {
    run.run()
}

fn the_systems_policy_is_a_ceiling() {
    let net = Topology::alone();
    let etc = Etc::with_policy(&text(r#"{ cap = "icmp.echo", to = ["127.0.0.0/30"] }"#, ""));
    let run = |options: &str, target: &str| {
        let args = format!("1 {target}");
        invoke(net.client(), options, ICMP_FACTS.path(), &args)
            .with(|command| etc.seen_by(command))
            .run()
    };
    let allowed = run("", "127.0.0.1");
    assert_eq!(allowed.log.of("denied").len(), 0, "{}", allowed.output);
    // No flag and no file reaches beyond it.
    let wide = file(r#"{ cap = "*" }"#, "");
    let chosen = format!("--policy {} --allow icmp.echo", wide.path().display());
    for options in ["", "--allow icmp.echo", &chosen] {
        let denied = run(options, "127.0.0.9");
        let record = denied.log.only("denied");
        assert_eq!(
            record["policy"]["rule"],
            "no rule of /etc/nethost/policy.toml allows it"
        );
        let told = &denied.output.stdout;
        assert!(told.contains("only an administrator"), "{}", denied.output);
    }
    // Both do narrow it.
    let narrow = file(r#"{ cap = "icmp.echo", to = ["127.0.0.2"] }"#, "");
    let chosen = format!("--policy {}", narrow.path().display());
    for options in [&*chosen, "--deny icmp.echo=127.0.0.1"] {
        assert_eq!(
            run(options, "127.0.0.1").log.of("denied").len(),
            1,
            "{options}"
        );
    }
    assert_eq!(run(&chosen, "127.0.0.2").log.of("denied").len(), 0);
    // A bundled plugin gets no more than the ceiling either.
    let bundled = invoke(net.client(), "", "ping", "-c 1 127.0.0.9")
        .with(|command| etc.seen_by(command))
        .run();
    assert_eq!(bundled.output.code, 2, "{}", bundled.output);
}

fn a_systems_policy_that_others_may_write_is_refused() {
    let net = Topology::alone();
    let etc = Etc::with_policy("version = 1\n");
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(etc.policy(), open).unwrap();
    let command = nethost(net.client()).words("--audit /dev/null ping -c 1 127.0.0.1");
    let output = etc.seen_by(command).run();
    assert_eq!(
        (output.code, output.stderr.lines().count()),
        (2, 1),
        "{output}"
    );
    for part in ["/etc/nethost/policy.toml", "0666", "chmod go-w"] {
        assert!(output.stderr.contains(part), "{output}");
    }
}

fn each_field_denies_what_passes_without_it() {
    let net = Topology::alone();
    let _echo = Echo::start(net.client(), 7);
    let run = |scope: &str| {
        let policy = file(&format!(r#"{{ cap = "udp.exchange"{scope} }}"#), "");
        under(&policy, net.client(), UDP_FACTS.path(), "127.0.0.1 7").run()
    };
    let stranger = if user() == 0 { "nobody" } else { "root" };
    for passing in [
        "",
        r#", to = ["127.0.0.0/8"]"#,
        r#", to = ["$args"]"#,
        ", ports = [7]",
        ", until = 2099-01-01T00:00:00Z",
        &format!(", users = [{}]", user()),
        r#", users = ["root", "nobody"]"#,
        &format!(r#", users = ["@{}"]"#, user()),
        r#", packets = 1, bytes = 5, rate = "1/s""#,
    ] {
        let run = run(passing);
        assert!(
            run.output.stdout.contains("datagram 127.0.0.1"),
            "{passing}: {}",
            run.output
        );
        assert!(run.log.of("denied").is_empty(), "{passing}: {:#?}", run.log);
    }
    for denying in [
        r#", to = ["10.0.0.0/8"]"#,
        r#", to = ["localhost"]"#,
        ", ports = [8]",
        r#", interfaces = ["lo"]"#,
        ", until = 2001-01-01T00:00:00Z",
        ", users = [12345]",
        r#", users = ["@12345"]"#,
        &format!(r#", users = ["{stranger}"]"#),
        ", bytes = 4",
    ] {
        let run = run(denying);
        assert!(
            !run.output.stdout.contains("datagram 127.0.0.1"),
            "{denying}: {}",
            run.output
        );
        assert_eq!(run.log.only("denied")["cap"], "udp.exchange", "{denying}");
    }
}

fn each_target_denies_what_it_does_not_name() {
    let net = Topology::line();
    let _server = NameServer::start(net.client(), Zone::default());
    for (to, passes, refused) in [
        ("10.0.1.0/24", "10.0.1.2", SERVER),
        (SERVER, SERVER, "10.0.1.2"),
        ("server.test", "server.test", "r1.test"),
        ("server.test", "server.test", SERVER),
        ("*.test", "r1.test", SERVER),
    ] {
        let allow = format!(r#"{{ cap = "icmp.echo", to = ["{to}"] }}, {{ cap = "dns.resolve" }}"#);
        let policy = file(&allow, "");
        let run = |target: &str| {
            let args = format!("-n -c 1 {target}");
            under(&policy, net.client(), "ping", &args).run()
        };
        let allowed = run(passes);
        assert_eq!(allowed.output.code, 0, "{to}: {}", allowed.output);
        let denied = run(refused);
        assert_ne!(denied.output.code, 0, "{to}: {}", denied.output);
        assert_eq!(denied.log.only("denied")["cap"], "icmp.echo", "{to}");
    }
    // The server that is asked is not typed, unless it is: as dig has it.
    let policy = file(
        r#"{ cap = "udp.exchange", to = ["$args"] }, { cap = "file.read" }"#,
        "",
    );
    let dig = |args: &str| under(&policy, net.client(), "dig", args).run();
    let typed = dig("@127.0.0.1 +tries=1 +timeout=5 any.test");
    assert_eq!(typed.log.of("denied").len(), 0, "{}", typed.output);
    assert!(typed.output.stdout.contains("status:"), "{}", typed.output);
    let untyped = dig("+tries=1 any.test");
    assert_eq!(
        untyped
            .log
            .of("open")
            .iter()
            .filter(|open| open["cap"] == "udp.exchange")
            .count(),
        0
    );
    assert!(!untyped.log.of("denied").is_empty(), "{}", untyped.output);
}

fn interfaces_are_those_that_a_request_is_bound_to() {
    let net = Topology::alone();
    for (allow, deny, bound, unbound) in [
        (r#"["lo"]"#, "", true, false),
        (r#"["l*"]"#, "", true, false),
        (r#"["eth*"]"#, "", false, false),
        ("", r#"["lo"]"#, false, false),
        ("", r#"["eth0"]"#, true, false),
        ("", "", true, true),
    ] {
        let scope = |interfaces: &str| match interfaces {
            "" => String::new(),
            some => format!(", interfaces = {some}"),
        };
        let denial = match deny {
            "" => String::new(),
            some => format!(r#"{{ cap = "icmp.echo"{} }}"#, scope(some)),
        };
        let policy = file(
            &format!(r#"{{ cap = "icmp.echo"{} }}"#, scope(allow)),
            &denial,
        );
        for (option, passes) in [("-I lo ", bound), ("", unbound)] {
            let args = format!("{option}-n -c 1 127.0.0.1");
            let run = under(&policy, net.client(), "ping", &args).run();
            let told = format!("{allow} {deny} {option}: {}", run.output);
            assert_eq!(run.output.code == 0, passes, "{told}");
            assert_eq!(run.log.of("denied").is_empty(), passes, "{told}");
        }
    }
}

fn rules_are_about_their_plugin_alone() {
    let net = Topology::alone();
    let plugin = UDP_FACTS.path();
    // A file of a bundled plugin's name is not that plugin.
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("ping.wasm");
    std::fs::copy(&plugin, &named).unwrap();
    let digest = nethost(net.client()).words("inspect --json").arg(&plugin);
    let facts: serde_json::Value = serde_json::from_str(&digest.succeed().stdout).unwrap();
    let digest = facts["digest"].as_str().unwrap();
    let other = format!("sha256:{}", "0".repeat(64));
    for (about, passes) in [
        (r#"name = "*""#.to_owned(), true),
        (format!(r#"digest = "{digest}""#), true),
        (format!(r#"digest = "{other}""#), false),
        (r#"name = "ping""#.to_owned(), false),
    ] {
        let text =
            format!("version = 1\n[[plugin]]\n{about}\nallow = [{{ cap = \"udp.exchange\" }}]\n");
        let policy = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(policy.path(), text).unwrap();
        let run = under(&policy, net.client(), &named, "127.0.0.1 7").run();
        assert_eq!(
            run.log.of("denied").is_empty(),
            passes,
            "{about}: {}",
            run.output
        );
    }
    let only_ping = tempfile::NamedTempFile::new().unwrap();
    let text = "version = 1\n[[plugin]]\nname = \"ping\"\nallow = [{ cap = \"*\" }]\n";
    std::fs::write(only_ping.path(), text).unwrap();
    let run = |plugin: &str, args: &str| under(&only_ping, net.client(), plugin, args).run();
    assert_eq!(run("ping", "-n -c 1 127.0.0.1").output.code, 0);
    assert_ne!(run("traceroute", "-n -m 1 127.0.0.1").output.code, 0);
}

fn what_answers_to_a_group_meets_denials() {
    let net = Topology::alone();
    net.client().route_over("239.0.0.0/8", "lo");
    // A member of the group, which answers with its own address.
    let member = net.client().inside(|| {
        let socket = std::net::UdpSocket::bind("0.0.0.0:7").unwrap();
        let group = "239.1.2.3".parse().unwrap();
        socket
            .join_multicast_v4(&group, &"127.0.0.1".parse().unwrap())
            .unwrap();
        socket
    });
    member
        .set_read_timeout(Some(std::time::Duration::from_millis(100)))
        .unwrap();
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut buffer = [0; 64];
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                if let Ok((length, from)) = member.recv_from(&mut buffer) {
                    member.send_to(&buffer[..length], from).unwrap();
                }
            }
        });
        let run = |deny: &str| {
            let policy = file(r#"{ cap = "udp.exchange", to = ["239.1.2.3"] }"#, deny);
            under(&policy, net.client(), UDP_FACTS.path(), "239.1.2.3 7").run()
        };
        let (answered, withheld) = (
            run(""),
            run(r#"{ cap = "udp.exchange", to = ["127.0.0.0/8"] }"#),
        );
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(
            answered.output.stdout.contains("datagram 127.0.0.1"),
            "{}",
            answered.output
        );
        assert!(
            !withheld.output.stdout.contains("datagram"),
            "{}",
            withheld.output
        );
        assert_eq!(
            withheld.log.only("close")["counters"]["packets_received"],
            0
        );
        assert_eq!(withheld.log.only("close")["counters"]["packets_sent"], 1);
    });
}

fn a_quota_ends_a_run_of_packets() {
    let net = Topology::alone();
    for (quota, told) in [
        ("packets = 3", "packets = 3"),
        (r#"rate = "3/h""#, "rate = \"3/h\""),
        (r#"bytes = "180 B""#, "bytes = \"180 B\""),
    ] {
        let policy = file(&format!(r#"{{ cap = "icmp.echo", {quota} }}"#), "");
        let run = ping(under(
            &policy,
            net.client(),
            "ping",
            "-c 9 -i 0.01 127.0.0.1",
        ));
        assert_ne!(run.output.code, 0, "{}", run.output);
        assert!(run.output.stderr.contains(told), "{}", run.output);
        assert_eq!(run.log.total("packets_sent"), 3, "{quota}: {:#?}", run.log);
        let rule = &run.log.only("denied")["policy"]["rule"];
        assert!(
            rule.as_str()
                .is_some_and(|rule| rule.contains("is used up")),
            "{rule}"
        );
    }
}

fn a_rule_that_ends_stops_what_is_open() {
    let net = Topology::alone();
    let soon = nethost_tests::command::Command::new("date")
        .args(["-u", "-d", "+3 seconds", "+%FT%TZ"])
        .succeed();
    let rule = format!(r#"{{ cap = "icmp.echo", until = {} }}"#, soon.stdout.trim());
    let policy = file(&rule, "");
    let run = ping(under(
        &policy,
        net.client(),
        "ping",
        "-c 100 -i 0.05 127.0.0.1",
    ));
    assert!(run.output.stderr.contains("ended at"), "{}", run.output);
    assert!(run.log.total("packets_sent") > 3, "{:#?}", run.log);
    assert_eq!(run.log.of("open").len(), 1, "{:#?}", run.log);
    assert!(!run.log.of("denied").is_empty(), "{:#?}", run.log);
}

fn a_name_does_not_lead_where_it_must_not() {
    let net = Topology::alone();
    let own = ["10.0.0.7/32", "10.0.0.8/32", "169.254.169.254/32"];
    net.client().addresses("lo", &own);
    let to = |name, address: &str| (name, address.parse().unwrap());
    let zone = Zone {
        addresses: vec![
            to("good.test", "10.0.0.7"),
            to("denied.test", "10.0.0.8"),
            to("loop.test", "127.0.0.1"),
            to("loop6.test", "::1"),
            to("meta.test", "169.254.169.254"),
        ],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    for grant in ["$args", "*.test"] {
        let policy = file(
            &format!(r#"{{ cap = "dns.resolve" }}, {{ cap = "icmp.echo", to = ["{grant}"] }}"#),
            r#"{ cap = "icmp.echo", to = ["10.0.0.8"] }"#,
        );
        let run = |target: &str| {
            let args = format!("-n -c 1 {target}");
            ping(under(&policy, net.client(), "ping", &args))
        };
        assert_eq!(run("good.test").output.code, 0, "{grant}");
        for (name, address, why) in [
            ("denied.test", "10.0.0.8", "policy.toml"),
            (
                "loop.test",
                "127.0.0.1",
                "a loopback address that loop.test led to",
            ),
            ("loop6.test", "::1", "a loopback address"),
            ("meta.test", "169.254.169.254", "a cloud metadata address"),
        ] {
            let run = run(name);
            let record = run.log.only("denied");
            assert_eq!(record["target"]["resolved"], address, "{grant} {name}");
            assert_eq!(record["target"]["asked"], name, "{grant} {name}");
            let rule = record["policy"]["rule"].as_str().unwrap();
            let why = why.replace("policy.toml", &policy.path().display().to_string());
            assert!(rule.contains(&why), "{grant} {name}: {rule}");
            assert_eq!(run.log.total("packets_sent"), 0, "{grant} {name}");
        }
    }
    // Typed as an address, it is what was meant; and so is localhost.
    let policy = file(r#"{ cap = "*", to = ["$args"] }"#, "");
    for target in ["127.0.0.1", "169.254.169.254", "localhost", "127.1"] {
        let args = format!("-n -c 1 {target}");
        let run = ping(under(&policy, net.client(), "ping", &args));
        assert_eq!(run.output.code, 0, "{target}: {}", run.output);
    }
}

fn a_name_that_wasi_looked_up_is_known() {
    let net = Topology::alone();
    net.client().addresses("lo", &["10.0.0.7/32"]);
    let zone = Zone {
        addresses: vec![
            ("good.test", "10.0.0.7".parse().unwrap()),
            ("loop.test", "127.0.0.1".parse().unwrap()),
        ],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    let _echo = Echo::start(net.client(), 7);
    let policy = file(r#"{ cap = "*", to = ["$args"] }"#, "");
    let run = |args: &str| under(&policy, net.client(), STD_NET.path(), args).run();
    let good = run("tcp good.test:7");
    assert_eq!(good.output.stdout, "tcp over tcp\n\n", "{}", good.output);
    let open = good.log.of("open");
    assert!(
        open.iter()
            .any(|record| record["target"]["asked"] == "good.test"),
        "{open:#?}"
    );
    let refused = run("tcp loop.test:7");
    assert_eq!(refused.output.code, 1, "{}", refused.output);
    let rule = &refused.log.only("denied")["policy"]["rule"];
    assert!(
        rule.as_str()
            .unwrap()
            .contains("a loopback address that loop.test led to"),
        "{rule}"
    );
}

fn bytes_are_counted_of_any_stream() {
    let net = Topology::alone();
    let _echo = Echo::start(net.client(), 7);
    let tcp = |bytes: &str| {
        let policy = file(&format!("{{ cap = \"tcp.connect\", bytes = {bytes} }}"), "");
        under(&policy, net.client(), STD_NET.path(), "tcp 127.0.0.1:7").run()
    };
    let enough = tcp("9");
    assert_eq!(enough.output.code, 0, "{}", enough.output);
    assert_eq!(enough.log.total("bytes_sent"), 9);
    assert_eq!(enough.log.total("bytes_received"), 9);
    let short = tcp("8");
    assert_eq!(short.output.code, 1, "{}", short.output);
    assert_eq!(short.log.total("bytes_sent"), 0);
    let rule = &short.log.only("denied")["policy"]["rule"];
    assert!(rule.as_str().unwrap().contains("is used up"), "{rule}");
    // A file's length is known, and so is what may be handed out of it.
    let file_read = file(r#"{ cap = "file.read", bytes = 10 }"#, "");
    let big = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(big.path(), "more than ten bytes").unwrap();
    let args = big.path().display().to_string();
    let run = under(&file_read, net.client(), FILES_FACTS.path(), &args).run();
    assert!(
        run.output.stdout.contains("bytes = \\\"10 B\\\""),
        "{}",
        run.output
    );
}
