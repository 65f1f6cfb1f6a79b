//! Each plugin of tests/hostile tries one thing, is stopped, and leaves the right record. Those that
//! exhaust or flood are in `limits`.

use crate::case::cases;
use crate::probes::{
    CHANGES_OTHER_LINKS, FILES_FACTS, FORGES_HANDLES, LOOKS_AROUND, RACES_REVOCATION,
    READS_WHAT_OTHERS_SEND, REBINDS, SENDS_WITHOUT_MEASURE,
};
use nethost_tests::command::Command;
use nethost_tests::component::{File, hostile};
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::netlink::state;
use nethost_tests::topology::{SERVER, Topology};
use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

cases! {
    [Netns] in each way => {
        forged_handles_end_the_plugin,
        std_finds_nothing,
        a_name_that_rebinds_leads_nowhere_else,
        paths_do_not_lead_around_the_policy,
    }
    [Netns] => {
        a_change_means_what_it_names,
        a_list_without_measure_is_refused,
        what_waits_when_its_rule_ends_gets_nothing_more,
        what_waits_when_its_handle_is_dropped_gets_nothing_more,
        tables_are_bounded,
        a_stack_is_bounded,
        a_start_function_is_stopped,
        memories_are_bounded_before_they_are_made,
        an_interface_that_no_capability_offers,
        an_interface_of_another_type,
    }
    [Netns, Program("ping")] in each way => { others_packets_are_withheld }
}

/// Runs one that does not come to a good end, within memory and time.
fn stopped(options: &str, plugin: &Path, args: &str, why: &str) -> Recorded {
    let net = Topology::line();
    let run = invoke(net.client(), options, plugin, args)
        .with(|command| command.patience(Duration::from_secs(180)))
        .run();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert!(
        run.output.stderr.contains(why),
        "no {why:?} in {}",
        run.output
    );
    assert!(!run.output.stderr.contains("panicked"), "{}", run.output);
    assert_eq!(
        run.output.stderr.trim_end().lines().count(),
        1,
        "{}",
        run.output
    );
    assert!(
        run.output.peak_kib < 1 << 20,
        "{} KiB: {}",
        run.output.peak_kib,
        run.output
    );
    let end = run.log.only("run-end");
    let stopped = end["stopped"].as_str().unwrap_or_default();
    assert!(stopped.contains(why), "no {why:?} in {end}");
    run
}

fn forged_handles_end_the_plugin() {
    for how in ["unknown", "other", "closed"] {
        let args = format!("{how} {SERVER}");
        let run = stopped(
            "--allow udp.exchange",
            &FORGES_HANDLES.path(),
            &args,
            "it crashed",
        );
        assert!(!run.output.stdout.contains("used"), "{how}: {}", run.output);
        // What it really held is closed.
        assert_eq!(run.log.of("open").len(), run.log.of("close").len(), "{how}");
    }
}

fn a_list_without_measure_is_refused() {
    let net = Topology::line();
    let run = invoke(
        net.client(),
        "--allow udp.exchange",
        SENDS_WITHOUT_MEASURE.path(),
        SERVER,
    )
    .run();
    assert!(!run.output.stdout.contains("sent"), "{}", run.output);
    assert!(
        run.output.peak_kib < 1 << 20,
        "{} KiB: {}",
        run.output.peak_kib,
        run.output
    );
    assert_eq!(run.log.total("packets_sent"), 0, "{:#?}", run.log);
    assert_eq!(run.log.of("run-end").len(), 1);
}

fn std_finds_nothing() {
    let net = Topology::alone();
    let run = invoke(net.client(), "", LOOKS_AROUND.path(), "")
        .with(|command| command.env("SECRET", "in the environment"))
        .run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert!(run.output.stdout.contains("programs:"), "{}", run.output);
    assert!(!Path::new("/tmp/nethost-was-here").exists());
}

fn paths_do_not_lead_around_the_policy() {
    let net = Topology::alone();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    let tricks = [
        format!("/proc/self/root{path}"),
        format!("/proc/self/cwd/{path}"),
        format!("/proc/self/cwd/../../../../../../../../etc/../proc/self/root{path}"),
        "/proc/self/fd/0".into(),
        "/dev/stdin".into(),
        "/etc/passwd".into(),
        format!("/tmp/../{path}/../../etc/passwd"),
        "".into(),
    ];
    let args: Vec<String> = tricks.iter().map(|trick| format!("!{trick}")).collect();
    let run = invoke(
        net.client(),
        "--allow file.read=$args",
        FILES_FACTS.path(),
        &format!("{path} {}", args.join(" ")),
    )
    .run();
    assert!(
        run.output.stdout.contains(&format!("read {path} 0\n")),
        "{}",
        run.output
    );
    for trick in &tricks {
        let answer = run
            .output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(&format!("read {trick} ")))
            .unwrap_or_else(|| panic!("no answer about {trick:?}: {}", run.output));
        assert!(
            answer.parse::<u64>().is_err(),
            "{trick:?} was read: {}",
            run.output
        );
    }
    assert_eq!(run.log.of("open").len(), 1, "{:#?}", run.log);
}

fn a_name_that_rebinds_leads_nowhere_else() {
    let net = Topology::line();
    let answers = [SERVER, "127.0.0.1", "10.0.1.2"];
    let zone = Zone {
        rebinding: vec![(
            "rebind.example",
            answers.iter().map(|text| text.parse().unwrap()).collect(),
        )],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    let run = invoke(
        net.client(),
        "--allow dns.resolve=rebind.example --allow icmp.echo=rebind.example --deny icmp.echo=10.0.1.0/24",
        REBINDS.path(),
        "rebind.example",
    )
    .run();
    let lines: Vec<_> = run.output.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.output);
    assert_eq!(lines[0], format!("1 {SERVER} sent 1"), "{}", run.output);
    for (line, address) in lines[1..].iter().zip(&answers[1..]) {
        assert!(
            line.contains(&format!("{address} denied capability=\"icmp.echo\"")),
            "{line}"
        );
    }
    let denied: Vec<_> = run
        .log
        .of("denied")
        .iter()
        .map(|record| {
            (
                record["target"]["asked"].clone(),
                record["target"]["resolved"].clone(),
            )
        })
        .collect();
    assert_eq!(
        denied,
        [
            ("rebind.example".into(), "127.0.0.1".into()),
            ("rebind.example".into(), "10.0.1.2".into())
        ]
    );
}

fn others_packets_are_withheld() {
    let net = Topology::line();
    let router = "10.0.1.2";
    let running = invoke(
        net.client(),
        &format!("--allow raw.receive={SERVER} --allow raw.send={SERVER}"),
        READS_WHAT_OTHERS_SEND.path(),
        SERVER,
    );
    // Another program on this machine is answered by somebody else, and by the granted host.
    let ping = |host: &str| {
        net.client()
            .command("ping")
            .words("-c 12 -i 0.2 -q")
            .arg(host)
            .spawn()
    };
    let (other, granted) = (ping(router), ping(SERVER));
    let run = running.run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert_eq!((other.finish().code, granted.finish().code), (0, 0));
    assert!(
        run.output.stdout.contains(&format!("read {SERVER}")),
        "{}",
        run.output
    );
    assert!(
        !run.output.stdout.contains(&format!("read {router}")),
        "{}",
        run.output
    );
}

/// It may change one link, and nothing is changed through it that is of another link or has another name.
fn a_change_means_what_it_names() {
    let net = Topology::alone();
    let node = net.client();
    for (name, peer, address) in [("v0", "v0p", "10.0.0.1/24"), ("v1", "v1p", "10.1.0.1/24")] {
        node.cable(name, node, peer);
        node.up(&[name, peer]);
        node.addresses(name, &[address]);
    }
    let told = || {
        let links = state::links(node).into_values();
        let links = links.map(|link| (link.name, link.up, link.mtu));
        let all = state::addresses(node);
        let addresses = all.iter().map(state::local).filter(IpAddr::is_ipv4);
        (links.collect::<Vec<_>>(), addresses.collect::<Vec<_>>())
    };
    let before = told();
    let links = state::links(node);
    let index = |name: &str| {
        let found = links.iter().find(|(_, link)| link.name == name);
        *found.unwrap().0
    };
    let places = format!("{} {}", index("v0"), index("v1"));
    let policy = File::new(
        "policy.toml",
        b"version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"route.write\" }]\n\
          deny = [{ cap = \"route.write\", interfaces = [\"v1\"] }]\n",
    );
    let options = format!("--policy {}", policy.path().display());
    let probes = || {
        let path = "/proc/sys/net/ipv4/neigh/v1/ucast_solicit";
        node.inside(|| std::fs::read_to_string(path).unwrap())
    };
    let usual = probes();
    for how in [
        "table",
        "tables",
        "address",
        "group",
        "groups",
        "name",
        "peer",
        "multicast",
    ] {
        let args = format!("{how} {places}");
        let run = invoke(node, &options, CHANGES_OTHER_LINKS.path(), &args).run();
        assert_eq!(run.output.code, 0, "{}", run.output);
        assert!(!run.output.stdout.contains("done"), "{how}: {}", run.output);
        assert!(run.log.of("open").is_empty(), "{how}: {:#?}", run.log);
        assert_eq!(told(), before, "{how}");
        assert_eq!(probes(), usual, "{how}");
    }
}

fn what_waits_when_its_rule_ends_gets_nothing_more() {
    let net = Topology::alone();
    let talkative = net
        .client()
        .inside(|| UdpSocket::bind("127.0.0.1:7").unwrap());
    talkative
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // One packet from the plugin, then a hundred of its own, for ten seconds.
    let talking = std::thread::spawn(move || {
        let mut buffer = [0; 16];
        let Ok((_, plugin)) = talkative.recv_from(&mut buffer) else {
            return 0;
        };
        for _ in 0..100 {
            // The plugin may be gone.
            let _ = talkative.send_to(b"late", plugin);
            std::thread::sleep(Duration::from_millis(100));
        }
        // What the plugin sent after its first.
        talkative.set_nonblocking(true).unwrap();
        std::iter::from_fn(|| talkative.recv_from(&mut buffer).ok()).count()
    });
    let policy = File::new("policy.toml", b"");
    let soon = Command::new("date").args(["-u", "-d", "+5 seconds", "+%FT%TZ"]);
    let text = format!(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"udp.exchange\", until = {} }}]\n",
        soon.succeed().stdout.trim()
    );
    std::fs::write(policy.path(), text).unwrap();
    let options = format!("--policy {}", policy.path().display());
    let plugin = RACES_REVOCATION.path();
    let run = invoke(net.client(), &options, plugin, "until 127.0.0.1 7").run();
    assert!(run.output.stdout.contains("first sent"), "{}", run.output);
    assert!(run.output.stdout.contains("last denied"), "{}", run.output);
    assert_eq!(talking.join().unwrap(), 0, "{}", run.output);
    let close = run.log.only("close");
    let received = close["counters"]["packets_received"].as_u64().unwrap();
    assert!((1..99).contains(&received), "{close}");
    let told = format!("read {received}, withheld ");
    assert!(run.output.stdout.contains(&told), "{}", run.output);
    let rule = run.log.only("denied")["policy"]["rule"].as_str().unwrap();
    assert!(rule.contains("ended at"), "{rule}");
}

fn what_waits_when_its_handle_is_dropped_gets_nothing_more() {
    let run = stopped(
        "--allow udp.exchange",
        &RACES_REVOCATION.path(),
        &format!("drop {SERVER} 9"),
        "it crashed",
    );
    assert!(!run.output.stdout.contains("then sent"), "{}", run.output);
    assert_eq!(run.log.of("open").len(), 1, "{:#?}", run.log);
    assert_eq!(run.log.only("close")["counters"]["packets_sent"], 0);
}

fn tables_are_bounded() {
    stopped("", &hostile("grows_tables").path(), "", "table entries");
}

fn a_stack_is_bounded() {
    stopped("", &hostile("recurses").path(), "", "call stack exhausted");
}

fn a_start_function_is_stopped() {
    // A second of it is enough, on a busy machine too.
    let policy = File::new("policy.toml", b"version = 1\n[limits]\nbusy = \"1s\"\n");
    let options = format!("--policy {}", policy.path().display());
    let plugin = hostile("starts_without_end");
    stopped(&options, &plugin.path(), "", "computed for");
}

fn memories_are_bounded_before_they_are_made() {
    stopped(
        "",
        &hostile("declares_memories").path(),
        "",
        "MiB of memory",
    );
}

fn an_interface_that_no_capability_offers() {
    let plugin = hostile("imports_what_is_not_offered");
    stopped("", &plugin.path(), "", "nethost:cap/everything@0.1.0");
}

fn an_interface_of_another_type() {
    let plugin = hostile("imports_another_type");
    let run = stopped(
        "--allow file.read",
        &plugin.path(),
        "",
        "its imports do not match",
    );
    assert!(run.log.of("open").is_empty(), "{:#?}", run.log);
}
