//! ip monitor beside iproute2's, and what both say when there was more than they could hear.

use crate::case::cases;
use nethost_tests::command::Running;
use nethost_tests::host::nethost;
use nethost_tests::iproute2::{batch, furnished};
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::index;
use nethost_tests::topology::Topology;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rtnetlink::LinkUnspec;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

cases! {
    [Netns] in each way => { says_that_events_were_lost }
    [Netns] => { says_that_a_listing_was_interrupted }
    [Netns, Program("ip")] => { tells_the_same }
    [Netns, Program("ip"), Program("radvd")] => { tells_of_announced_prefixes }
}

/// Makes a rule and takes it away until all of them tell of it: nothing else says that they listen.
fn until_told(node: &Namespace, priority: u32, listeners: &[&Running]) {
    let give_up = Instant::now() + Duration::from_secs(60);
    let rule = format!("{priority}:");
    while listeners.iter().any(|one| !one.said().contains(&rule)) {
        assert!(Instant::now() < give_up, "{rule} is not told of");
        node.rule(priority, 9);
        node.without_rule(priority);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What was told between two such rules, line by line.
fn between(told: &str, first: u32, second: u32) -> Vec<String> {
    let is = |line: &&str, priority: u32| line.contains(&format!("{priority}:\t"));
    let lines = told.lines().skip_while(|line| !is(line, first));
    let lines = lines.filter(|line| !is(line, first));
    lines
        .take_while(|line| !is(line, second))
        .map(str::to_owned)
        .collect()
}

const EVENTS: &str = "\
link set tt0 mtu 1400
link del tt0
addr add 10.77.0.1/24 dev v0
addr del 10.77.0.1/24 dev v0
route add 10.78.0.0/16 via 10.0.0.9 metric 7
route del 10.78.0.0/16
rule add from 10.3.0.0/16 table 100 pref 500
neigh add 10.0.0.66 lladdr 02:00:00:00:00:66 dev v0
neigh del 10.0.0.66 dev v0
nexthop add id 7 via 10.0.0.9 dev v0
nexthop add id 8 via fd00::9 dev v0 proto static
nexthop add id 9 blackhole
nexthop add id 11 group 7,5
nexthop replace id 7 via 10.0.0.8 dev v0 onlink
route add 10.55.0.0/16 nhid 7
nexthop del id 11
nexthop flush
";

fn tells_the_same() {
    let net = furnished();
    let node = net.client();
    let ours = nethost(node).words("ip monitor all").spawn();
    let native = node.command("ip").words("monitor all").spawn();
    until_told(node, 901, &[&ours, &native]);
    // The rules before may still be on their way.
    until_told(node, 902, &[&ours, &native]);
    batch(
        node,
        "link add tt0 address 02:00:00:00:0a:01 type veth peer name tt1 address 02:00:00:00:0a:02\n",
    );
    // Who hears of a link that is gone again can only tell its number.
    for running in [&ours, &native] {
        running.expect(": tt0@tt1: ");
    }
    batch(node, EVENTS);
    for (key, value) in [
        ("ipv4.conf.v0.forwarding", "1"),
        ("ipv6.conf.v0.forwarding", "1"),
        ("ipv4.conf.v0.rp_filter", "2"),
        ("ipv4.conf.v0.rp_filter", "1"),
        ("ipv6.conf.v0.proxy_ndp", "1"),
    ] {
        node.sysctl(&format!("net.{key}"), value);
    }
    until_told(node, 903, &[&ours, &native]);
    let [ours, native] = [ours, native].map(|running| {
        let told = running.said();
        running.signal(Signal::SIGTERM);
        let _ = running.finish();
        between(&told, 902, 903)
    });
    assert_eq!(ours, native, "{ours:#?}\n{native:#?}");
    for label in [
        "[LINK]",
        "[ADDR]",
        "[ROUTE]",
        "[RULE]",
        "[NEIGH]",
        "[NEXTHOP]",
        "[NETCONF]",
    ] {
        assert!(
            ours.iter().any(|line| line.starts_with(label)),
            "{label} in {ours:#?}"
        );
    }
}

/// The process and those that it started.
fn family(pid: i32) -> Vec<Pid> {
    let mut all = vec![pid];
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    all.extend(
        children
            .split_whitespace()
            .filter_map(|pid| pid.parse::<i32>().ok()),
    );
    all.into_iter().map(Pid::from_raw).collect()
}

fn says_that_events_were_lost() {
    let net = Topology::alone();
    let node = net.client();
    node.cable("v0", node, "v1");
    node.up(&["v0"]);
    node.addresses("v0", &["10.0.0.1/24"]);
    let running = nethost(node).words("ip monitor all").spawn();
    until_told(node, 901, &[&running]);
    let stopped = family(running.pid());
    for pid in &stopped {
        kill(*pid, Signal::SIGSTOP).unwrap();
    }
    // More than its socket holds; and the link gets another name meanwhile.
    node.netlink(async |handle| {
        let link = LinkUnspec::new_with_index(index(&handle, "v0").await?);
        handle.link().set(link.name("w0").build()).execute().await
    });
    let routes: Vec<_> = (0..20_000)
        .map(|number| format!("10.{}.{}.0/24", number / 250, number % 250))
        .collect();
    node.routes_over(&routes, "lo", 500);
    for pid in &stopped {
        kill(*pid, Signal::SIGCONT).unwrap();
    }
    until_told(node, 902, &[&running]);
    // What comes afterwards is told as it is now.
    node.addresses("w0", &["10.9.0.1/24"]);
    running.expect(": w0    inet 10.9.0.1/24 scope global w0");
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    let lost = output
        .stderr
        .lines()
        .filter(|line| line.contains("events were lost"));
    assert!(lost.count() >= 1, "{}", output.stderr);
    assert!(output.stdout.matches("table 500").count() < 20_000);
}

fn says_that_a_listing_was_interrupted() {
    let net = Topology::alone();
    let node = net.client();
    let many: Vec<_> = (0..4000)
        .map(|number| format!("10.9.{}.{}/32", number / 250, number % 250 + 1))
        .collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    node.addresses("lo", &many);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // However this ends.
        let _ends = Ends(&over);
        scope.spawn(|| one_comes_and_goes(node, &over));
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let run = nethost(node).words("ip -4 -o address").run();
            assert_eq!(run.code, 0, "{}", run.stderr);
            if run.stderr == "Dump was interrupted and may be inconsistent.\n" {
                break;
            }
            assert_eq!(run.stderr, "");
            assert!(Instant::now() < give_up, "no listing was interrupted");
        }
    });
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn one_comes_and_goes(node: &Namespace, over: &AtomicBool) {
    node.netlink(async |handle| {
        let lo = index(&handle, "lo").await?;
        while !over.load(Ordering::Relaxed) {
            let mut add = handle.address().add(lo, [10, 8, 0, 1].into(), 32);
            let address = add.message_mut().clone();
            add.execute().await?;
            handle.address().del(address).execute().await?;
        }
        Ok(())
    });
}

fn tells_of_announced_prefixes() {
    let net = Topology::alone();
    let node = net.client();
    let router = Topology::alone();
    let router = router.client();
    node.cable("a0", router, "b0");
    node.up(&["a0"]);
    router.up(&["b0"]);
    router.addresses("b0", &["fd05::1/64"]);
    router.sysctl("net.ipv6.conf.all.forwarding", "1");
    node.sysctl("net.ipv6.conf.a0.accept_ra", "1");
    let ours = nethost(node).words("ip monitor all").spawn();
    let native = node.command("ip").words("monitor all").spawn();
    until_told(node, 901, &[&ours, &native]);
    let files = tempfile::tempdir().unwrap();
    let config = files.path().join("radvd.conf");
    std::fs::write(
        &config,
        "interface b0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;\n\
         prefix fd05::/64 { AdvValidLifetime 3600; AdvPreferredLifetime 1800; }; };\n",
    )
    .unwrap();
    let daemon = router
        .command("radvd")
        .words("-n -m stderr -C")
        .arg(&config)
        .arg("-p")
        .arg(files.path().join("pid"))
        .patience(Duration::from_secs(120))
        .spawn();
    let give_up = Instant::now() + Duration::from_secs(60);
    let prefix = |running: &Running| {
        let said = running.said();
        let mut lines = said.lines().filter(|line| line.starts_with("[PREFIX]"));
        lines.next().map(str::to_owned)
    };
    let (mine, theirs) = loop {
        if let (Some(mine), Some(theirs)) = (prefix(&ours), prefix(&native)) {
            break (mine, theirs);
        }
        assert!(
            Instant::now() < give_up,
            "{} {}",
            ours.said(),
            native.said()
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(mine.contains("fd05::/64"), "{mine}");
    assert_eq!(mine, theirs);
    for running in [ours, native, daemon] {
        running.signal(Signal::SIGTERM);
        let _ = running.finish();
    }
}
