//! Command lines, and the refusals of ISC's dhclient.
#![allow(clippy::unwrap_used)]

use super::*;

fn read(line: &str) -> Result<Options, Exit> {
    let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    parse(&args)
}

#[test]
fn words_are_options_as_a_whole() {
    let options = read("-v -1 -lf a -cf b -pf c -p 1068 -s 10.0.0.2 eth0 eth1 -C 1:2:ab").unwrap();
    assert!(options.verbose && options.once);
    assert_eq!(options.process_file.as_deref(), Some("c"));
    assert_eq!(options.ports(), (1068, 1067));
    assert_eq!(options.leases, ("a".into(), true));
    assert_eq!(options.interfaces, ["eth0", "eth1"]);
    assert_eq!(options.identifier, Some(vec![1, 2, 0xab]));
    assert_eq!(
        read("--request-options routers,unknown-224")
            .unwrap()
            .request,
        Some(vec![3, 224])
    );
    assert_eq!(read("-pf c --no-pid").unwrap().process_file, None);
    let options = read("-x -df d -e A=1 -I -nw --mac 2:0:0:0:0:AB eth0").unwrap();
    assert!(options.stop && options.variables && options.standard_names && options.background);
    assert_eq!(options.second_leases.as_deref(), Some("d"));
    assert_eq!(options.hardware, Some(vec![2, 0, 0, 0, 0, 0xab]));
    // The last of the two counts for giving back.
    assert!(!read("-r -x").unwrap().release);
    assert!(read("-x -r").unwrap().release);
}

#[test]
fn a_relay_agent_has_the_port_of_servers() {
    assert_eq!(read("eth0").unwrap().ports(), (68, 67));
    assert_eq!(read("-g 10.0.0.9 eth0").unwrap().ports(), (67, 67));
    assert_eq!(read("-g 127.0.0.1 eth0").unwrap().ports(), (68, 67));
    let own = read("-g 10.0.0.9 -p 1067 eth0").unwrap();
    assert_eq!(own.ports(), (1067, 1067));
}

#[test]
fn options_of_dhcpv6_choose_it() {
    for line in ["-S v0", "-N", "-T", "-P v0", "-R", "-6"] {
        let options = read(line).unwrap();
        assert!(options.ipv6(), "{line}");
        assert_eq!(options.leases.0, LEASES6);
    }
    let options = read("-N -N -P --prefix-len-hint 56 --address-prefix-len 64 v0").unwrap();
    let kinds = [Kind::Addresses, Kind::Addresses, Kind::Prefixes];
    assert_eq!(options.kinds(), kinds);
    assert_eq!(
        (options.prefix_hint, options.address_length),
        (Some(56), 64)
    );
    // Of DHCP for IPv4, too: the identifier of RFC 4361.
    let options = read("-D llt eth0").unwrap();
    assert!(!options.ipv6() && options.by_duid && options.with_time);
}

#[test]
fn servers_are_expected_of_each_protocol() {
    let options = read("--probe --expect 10.0.0.2,fe80::2 --expect 10.0.0.3").unwrap();
    assert_eq!(options.expected(Family::Four).unwrap().len(), 2);
    assert_eq!(options.expected(Family::Six).unwrap().len(), 1);
    assert_eq!(read("--probe").unwrap().expected(Family::Four), None);
}

#[test]
fn refusals_are_those_of_isc() {
    for (line, words, usage) in [
        ("-Q", "Unknown command: -Q", true),
        ("-tf x", "Unknown command: -tf", true),
        ("-cf", "No argument for command: -cf", true),
        ("-p x", "Invalid port number specification: x", false),
        (
            "-n eth0",
            "No interfaces command -n and  requested interface eth0",
            true,
        ),
        ("-6 -D foo eth0", "Unknown argument to -D: foo", true),
        ("-4 -S eth0", "Command not used for DHCPv4: -S", true),
        ("-4 -6", "Client can only do v4 or v6, not both.", false),
        (
            "-S -N eth0",
            "Stateless command: -S incompatibile with other commands",
            true,
        ),
        ("-P", "PD -P only supports one requested interface", true),
        (
            "--dad-wait-time x",
            "Invalid value for --dad-wait-time: x",
            true,
        ),
        (
            "--prefix-len-hint -1",
            "Invalid value for --prefix-len-hint: -1",
            true,
        ),
        (
            "--mac 1:0:0:0:0:1",
            "Invalid value for --mac: 1:0:0:0:0:1",
            true,
        ),
        (
            "-6 --mac 2:0:0:0:0:1",
            "-p, -s, -B, -C, -H, -F, -V, --request-options and --mac are for DHCP over IPv4",
            true,
        ),
        (
            "-6 --probe --expect 10.0.0.2",
            "--expect: no address of the chosen protocol",
            true,
        ),
    ] {
        let exit = read(line).unwrap_err();
        assert_eq!(
            (exit.stderr.as_str(), exit.usage, exit.code),
            (words, usage, 1),
            "{line}"
        );
    }
    assert!(read("-4o6 9000").unwrap_err().stderr.contains("-4o6"));
}
