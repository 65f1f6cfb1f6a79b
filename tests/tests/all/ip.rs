//! ip in namespaces: who may change what, and what it says it cannot do.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;

cases! {
    [Netns] => {
        changes_need_a_grant_where_nobody_is_at_the_terminal,
        says_what_is_not_there,
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
        "xfrm state",
        "tunnel show",
        "netns add x",
        "-n nosuch link",
        "link add x type nosuch",
    ] {
        let run = ours(net.client(), args);
        assert_ne!(run.code, 0, "{run}");
        assert_eq!(run.stderr.lines().count(), 1, "{run}");
    }
}
