//! ip in namespaces: who may change what, and what it says it cannot do.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::etc::Etc;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::iproute2::batch;
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("ip")] in each way => {
        a_grant_for_one_interface_is_none_for_next_hops_on_others,
        a_grant_for_one_interface_takes_no_route_of_others,
        a_grant_for_one_interface_is_none_for_those_that_a_change_names,
        changes_need_a_grant_where_nobody_is_at_the_terminal,
        changes_are_on_record_field_by_field,
        watches_what_happens,
    }
    [Netns, Program("ip")] => {
        takes_options_after_the_object,
        says_what_is_not_there,
        names_come_from_files_and_folders,
        says_that_the_output_is_no_file,
        colours_a_terminal_and_nothing_else_does,
        a_batch_says_which_line_failed,
        takes_labels_for_the_links_that_they_are_of,
    }
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "--allow route.write", "ip", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("ip").words(args).run()
}

const ADD: &str = "address add 10.0.0.10/24 dev lo";

fn changes_need_a_grant_where_nobody_is_at_the_terminal() {
    let net = Topology::alone();
    let run = invoke(net.client(), "", "ip", ADD).run();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert!(
        run.output.stderr.contains("--allow route.write=10.0.0.10"),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "route.write");
    let there = native(net.client(), "address show dev lo");
    assert!(!there.stdout.contains("10.0.0.10"), "{there}");

    let refused = invoke(net.client(), "--allow route.write=10.1.0.0/16", "ip", ADD).run();
    assert_eq!(refused.output.code, 2, "{}", refused.output);
    let allowed = invoke(net.client(), "--allow route.write=10.0.0.0/24", "ip", ADD).run();
    assert_eq!(allowed.output.code, 0, "{}", allowed.output);

    // Somebody types it.
    let terminal = Terminal::new(80, 24);
    let typed = terminal
        .start(nethost(net.client()).words("ip address del 10.0.0.10/24 dev lo"))
        .finish();
    assert_eq!(typed.code, 0, "{typed} {}", terminal.shown());
    let there = native(net.client(), "address show dev lo");
    assert!(!there.stdout.contains("10.0.0.10"), "{there}");
}

fn says_what_is_not_there() {
    let net = Topology::alone();
    for args in [
        "l2tp show tunnel",
        "l2tp show session",
        "l2tp add tunnel",
        "xfrm monitor",
        "netns exec x true",
        "netns monitor",
        "monitor stats",
        "route add 10.0.0.0/8 encap bpf in obj x dev lo",
        "link set lo xdp obj x",
        "-n nosuch link",
        "link add x type nosuch",
    ] {
        let run = ours(net.client(), args);
        assert_ne!(run.code, 0, "{run}");
        assert_eq!(run.stderr.lines().count(), 1, "{run}");
    }
}

fn names_come_from_files_and_folders() {
    let net = cabled();
    let etc = Etc::bare();
    for (name, text) in [
        ("iproute2/rt_tables", "254 main\n100 first\n"),
        (
            "iproute2/rt_tables.d/site.conf",
            "200 second # of the site\n",
        ),
        ("iproute2/rt_tables.d/.hidden.conf", "300 third\n"),
        ("iproute2/rt_tables.d/note.txt", "301 fourth\n"),
        ("iproute2/rt_protos.d/site.conf", "77 ours\n"),
        ("protocols", "tcp 6 TCP\nmine 200 MINE\n"),
    ] {
        etc.write(name, text);
    }
    batch(
        net.client(),
        "\
        route add 10.50.0.0/16 dev v0 table 100\nroute add 10.51.0.0/16 dev v0 table 200 proto 77\n\
        route add 10.52.0.0/16 dev v0 table 300\nroute add 10.53.0.0/16 dev v0 table 301\n\
        rule add ipproto 200 table 200 pref 10\nrule add ipproto 6 table 100 pref 11\n",
    );
    for line in ["-4 route show table all", "route show table second", "rule"] {
        let mine = etc
            .seen_by(nethost(net.client()).arg("ip").words(line))
            .run();
        let theirs = etc.seen_by(net.client().command("ip").words(line)).run();
        assert_eq!(
            (mine.code, &mine.stdout),
            (theirs.code, &theirs.stdout),
            "{line}: {mine}"
        );
        assert!(
            mine.stdout.contains("second") || line.contains("second"),
            "{mine}"
        );
    }
    let added = etc.seen_by(
        nethost(net.client())
            .words("--allow route.write ip rule add ipproto mine table second pref 12"),
    );
    assert_eq!(added.run().code, 0);
}

fn says_that_the_output_is_no_file() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let typed = terminal
        .start(nethost(net.client()).words("ip route save"))
        .finish();
    assert_eq!(typed.code, 255, "{typed} {}", terminal.shown());
}

/// An alias may hold anything.
fn colours_a_terminal_and_nothing_else_does() {
    let net = Topology::alone();
    let alias = native(net.client(), "link add v0 type veth peer name v1");
    assert_eq!(alias.code, 0, "{alias}");
    let alias = net
        .client()
        .command("ip")
        .words("link set v0 alias")
        .arg("\x1b[31mred\x1b[0m\x1b[2J");
    assert_eq!(alias.run().code, 0);
    for (options, colored) in [
        ("-c", true),
        ("-c=auto", true),
        ("", false),
        ("-c=never", false),
    ] {
        let terminal = Terminal::new(200, 24);
        let line = format!("ip {options} link show v0");
        let shown = terminal.start(nethost(net.client()).words(&line)).finish();
        assert_eq!(shown.code, 0, "{shown}");
        let shown = terminal.settled();
        assert_eq!(
            shown.contains("\x1b[36mv0@v1: \x1b[0m"),
            colored,
            "{shown:?}"
        );
        assert_eq!(shown.contains("\x1b[31mDOWN \x1b[0m"), colored, "{shown:?}");
        assert!(
            shown.contains(r"alias \u001b[31mred\u001b[0m\u001b[2J"),
            "{shown:?}"
        );
    }
    let piped = ours(net.client(), "-c=auto link show v0");
    assert!(!piped.stdout.contains("\x1b[36m"), "{piped}");
}

fn a_grant_for_one_interface_is_none_for_next_hops_on_others() {
    let net = cabled();
    let policy = tempfile::NamedTempFile::new().unwrap();
    let text = "version = 1\n[[plugin]]\nname = \"ip\"\nallow = [{ cap = \"route.read\" }, { cap = \"file.read\" },\n\
                { cap = \"route.write\", interfaces = [\"v0\"] }]\n";
    std::fs::write(policy.path(), text).unwrap();
    let options = format!("--policy {}", policy.path().display());
    let one = "route add 192.168.50.0/24 via 10.0.0.9 dev v0";
    let allowed = invoke(net.client(), &options, "ip", one).run();
    assert_eq!(allowed.output.code, 0, "{}", allowed.output);
    let several = "route add 192.168.51.0/24 dev v0 nexthop via 10.0.0.9 dev v0 nexthop dev v1";
    let refused = invoke(net.client(), &options, "ip", several).run();
    assert_eq!(refused.output.code, 2, "{}", refused.output);
    let record = refused.log.only("denied");
    assert_eq!(record["cap"], "route.write");
    // Each of them is on record.
    let hops = record["changes"]["next-hop"].as_str().unwrap();
    assert_eq!(hops.split(", ").count(), 2, "{record}");
    assert!(hops.contains("via=10.0.0.9"), "{record}");
    // What is bound to a link is a request for that link; what refers to others by their numbers is one for any.
    for line in [
        "nexthop add id 1 via 10.0.0.9 dev v0",
        "mptcp endpoint add 10.0.0.1 signal dev v0",
    ] {
        let run = invoke(net.client(), &options, "ip", line).run();
        assert_eq!(run.output.code, 0, "{line}: {}", run.output);
        let records = run.log.of("open");
        let record = records.iter().find(|it| it["cap"] == "route.write");
        assert_eq!(record.unwrap()["changes"]["dev"], "v0", "{line}");
    }
    for line in [
        "nexthop add id 2 via 10.0.0.9 dev v1",
        "nexthop add id 3 group 1",
        // What has that number may be bound to another link.
        "nexthop replace id 1 via 10.0.0.9 dev v0",
        "nexthop del id 1",
        "route add 192.168.52.0/24 nhid 1",
        "mptcp endpoint add 10.0.0.1 signal dev v1",
        "mptcp endpoint add 10.0.0.2 signal",
        "mptcp endpoint flush",
        "mptcp limits set subflows 3",
    ] {
        let run = invoke(net.client(), &options, "ip", line).run();
        assert_ne!(run.output.code, 0, "{line}: {}", run.output);
        assert_eq!(run.log.only("denied")["cap"], "route.write", "{line}");
    }
}

/// A policy that lets ip change what is of v0 alone, as an option.
fn only_v0() -> (tempfile::NamedTempFile, String) {
    let policy = tempfile::NamedTempFile::new().unwrap();
    let text = "version = 1\n[[plugin]]\nname = \"ip\"\nallow = [{ cap = \"route.read\" }, { cap = \"file.read\" },\n\
                { cap = \"route.write\", interfaces = [\"v0\"] }]\n";
    std::fs::write(policy.path(), text).unwrap();
    let options = format!("--policy {}", policy.path().display());
    (policy, options)
}

/// The kernel finds a route to replace by destination, table, TOS and metric, whatever link it uses.
fn a_grant_for_one_interface_takes_no_route_of_others() {
    let net = cabled();
    net.client().addresses("v0", &["fd00::1/64"]);
    batch(
        net.client(),
        "\
        route add 192.168.60.0/24 dev v1\nroute add 192.168.61.0/24 nexthop dev v0 nexthop dev v1\n\
        route add fd60::/64 dev v1\nroute add 192.168.60.0/24 dev v1 table 100\n",
    );
    let (_policy, options) = only_v0();
    for line in [
        "route replace 192.168.60.0/24 via 10.0.0.9 dev v0",
        "route change 192.168.60.0/24 via 10.0.0.9 dev v0",
        "route replace 192.168.60.7/24 dev v0 table main",
        "route replace 192.168.60.0/24 dev v0 table 100",
        "route replace fd60::/64 dev v0",
        "route replace 192.168.60.0/24 encap ip id 1 dst 10.0.0.99 via 10.0.0.9 dev v0",
        // The kernel removes a route with all its next hops.
        "route del 192.168.61.0/24 dev v0",
        // Its packets leave by another link.
        "route add fd61::/128 encap seg6local action End.DX2 oif v1 dev v0",
    ] {
        let run = invoke(net.client(), &options, "ip", line).run();
        assert_eq!(run.output.code, 2, "{line}: {}", run.output);
        assert_eq!(run.log.only("denied")["cap"], "route.write", "{line}");
    }
    for line in ["route show 192.168.60.0/24", "-6 route show fd60::/64"] {
        let there = native(net.client(), line);
        assert!(there.stdout.contains("dev v1"), "{there}");
    }
    for line in [
        "route add 192.168.50.0/24 via 10.0.0.9 dev v0",
        "route replace 192.168.50.0/24 via 10.0.0.8 dev v0",
        "route change 192.168.50.0/24 via 10.0.0.7 dev v0",
        // Another metric is another route, and so is another table.
        "route replace 192.168.60.0/24 via 10.0.0.9 dev v0 metric 5",
        "route replace 192.168.60.0/24 dev v0 table 200",
        "route replace fd60::/64 dev v0 metric 5",
        "route add 192.168.62.0/24 encap ip id 1 dst 10.0.0.99 via 10.0.0.9 dev v0",
        "route replace 192.168.62.0/24 encap ip id 2 dst 10.0.0.99 via 10.0.0.9 dev v0",
        "route del 192.168.50.0/24 dev v0",
    ] {
        let run = invoke(net.client(), &options, "ip", line).run();
        assert_eq!(run.output.code, 0, "{line}: {}", run.output);
        let records = run.log.of("open");
        let record = records.iter().find(|it| it["cap"] == "route.write");
        assert_eq!(record.unwrap()["changes"]["dev"], "v0", "{line}");
    }
}

fn a_grant_for_one_interface_is_none_for_those_that_a_change_names() {
    let net = cabled();
    let node = net.client();
    for kind in ["br0", "br1"] {
        let made = node
            .command("ip")
            .words("link add")
            .arg(kind)
            .words("type bridge");
        assert_eq!(made.run().code, 0);
    }
    let policy = tempfile::NamedTempFile::new().unwrap();
    let text = "version = 1\n[[plugin]]\nname = \"ip\"\nallow = [{ cap = \"route.read\" }, { cap = \"file.read\" },\n\
                { cap = \"route.write\", interfaces = [\"v0\", \"br0\"] },\n\
                { cap = \"route.write\", to = [\"mac0\", \"a0\", \"a1\"] }]\n";
    std::fs::write(policy.path(), text).unwrap();
    let options = format!("--policy {}", policy.path().display());
    for (line, allowed) in [
        ("link set v0 master br0", true),
        ("link set v0 nomaster", true),
        ("link set v0 master br1", false),
        ("link add link v1 mac0 type macvlan", false),
        ("link add a0 type veth peer name b1", false),
        ("link add a0 type veth peer name a1", true),
    ] {
        let run = invoke(node, &options, "ip", line).run();
        assert_eq!(run.output.code == 0, allowed, "{line}: {}", run.output);
        let event = if allowed { "open" } else { "denied" };
        let records = run.log.of(event);
        let record = records
            .iter()
            .find(|it| it["cap"] == "route.write")
            .unwrap();
        if line.ends_with("br0") || line.ends_with("br1") {
            assert_eq!(
                record["changes"]["master"],
                line[line.len() - 3..],
                "{record}"
            );
        }
    }
}

/// A cable with an address, so that there is a way to 10.0.0.0/24.
fn cabled() -> Topology {
    let net = Topology::alone();
    let node = net.client();
    node.cable("v0", node, "v1");
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.0.0.1/24"]);
    net
}

fn changes_are_on_record_field_by_field() {
    let net = cabled();
    let args = "route add 192.168.50.0/24 via 10.0.0.9 dev v0 metric 7 mtu 1300 table 100";
    let run = invoke(net.client(), "--allow route.write", "ip", args).run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    let records = run.log.of("open");
    let record = records
        .iter()
        .find(|record| record["cap"] == "route.write")
        .unwrap();
    assert_eq!(record["target"]["resolved"], "192.168.50.0/24", "{record}");
    let changes = record["target"]["changes"].to_string() + &record.to_string();
    for (field, value) in [
        ("dev", "v0"),
        ("via", "10.0.0.9"),
        ("metric", "7"),
        ("mtu", "1300"),
        ("table", "100"),
    ] {
        assert!(
            changes.contains(&format!("\"{field}\"")),
            "{field} in {record}"
        );
        assert!(
            changes.contains(&format!("\"{value}\"")),
            "{value} in {record}"
        );
    }
}

fn takes_options_after_the_object() {
    let net = cabled();
    for (after, before) in [
        ("route -4 show", "-4 route show"),
        ("route -6 show", "-6 route show"),
        ("link -br show", "-br link show"),
    ] {
        let (after, before) = (ours(net.client(), after), native(net.client(), before));
        assert_eq!((after.code, &after.stdout), (0, &before.stdout), "{after}");
    }
    let pasted = ours(net.client(), "\u{2013}br link");
    assert_eq!(
        pasted.stdout,
        native(net.client(), "-br link").stdout,
        "{pasted}"
    );
}

fn watches_what_happens() {
    let net = Topology::alone();
    let running = nethost(net.client()).words("ip -ts monitor all").spawn();
    // Nothing says that it listens, so rules are made until one is told of.
    let give_up = Instant::now() + Duration::from_secs(30);
    let mut priority = 1000;
    while !running.said().contains("[RULE]") {
        assert!(Instant::now() < give_up, "nothing is told");
        net.client().rule(priority, 100);
        priority += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    net.client().addresses("lo", &["10.0.0.1/24"]);
    net.client().without_rule(1000);
    running.expect("[ADDR]1: lo    inet 10.0.0.1/24 scope global lo");
    running.expect("[ROUTE]local 10.0.0.1 dev lo");
    running.expect("[RULE]Deleted ");
    running.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(running.finish().code, 130);
}

fn a_batch_says_which_line_failed() {
    let net = cabled();
    let batch = "# a comment\nroute add 10.80.0.0/16 via 10.0.0.9\nroute add 10.80.0.0/16 via 10.0.0.9\nroute add 10.81.0.0/16 via 10.0.0.9\n";
    let run = nethost(net.client())
        .words("--allow route.write ip -batch -")
        .stdin(batch)
        .run();
    assert_eq!(run.code, 1, "{run}");
    assert_eq!(
        run.stderr,
        "RTNETLINK answers: File exists\nCommand failed -:3\n"
    );
    let force = nethost(net.client())
        .words("--allow route.write ip -force -batch -")
        .stdin(batch)
        .run();
    assert_eq!(force.code, 1, "{force}");
    let routes = native(net.client(), "route show 10.81.0.0/16");
    assert!(routes.stdout.contains("10.81.0.0/16"), "{routes}");
}

fn takes_labels_for_the_links_that_they_are_of() {
    let (net, twin) = (cabled(), cabled());
    for args in [
        "addr add 10.5.5.5/32 dev lo:1",
        "addr show dev lo:1",
        "-j addr show dev lo:1",
        "route add 10.6.6.0/24 dev lo:1",
        "route show dev lo:7",
        "route del 10.6.6.0/24 dev lo:1",
        "addr del 10.5.5.5/32 dev lo:1",
        "link set lo:1 up",
        "route show dev nosuch:1",
        "link del name nosuch",
        "link del name v0",
        "link show v0",
        "route get default",
        "route get 0/0",
        "route get 127.0.0.0/8",
        "-6 route get default",
        "-6 route get ::1/64",
    ] {
        let (mine, theirs) = (ours(net.client(), args), native(twin.client(), args));
        assert_eq!(
            (mine.code, &mine.stdout, &mine.stderr),
            (theirs.code, &theirs.stdout, &theirs.stderr),
            "ip {args}\n{mine}{theirs}"
        );
    }
    for args in [
        "route add help",
        "link add help",
        "addr add help",
        "rule add help",
        "neigh add help",
    ] {
        let mine = ours(net.client(), args);
        assert_eq!(mine.code, 255, "{mine}");
        assert!(mine.stderr.starts_with("Usage: ip "), "ip {args}: {mine}");
    }
}
