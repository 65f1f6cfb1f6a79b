//! What the command line may say: iputils' options, and the few that are ours.

use nethost_sdk::args::{Flag, help};

/// The order is that of the help text.
pub(crate) static FLAGS: &[Flag] = &[
    Flag::switch('a', "use audible ping"),
    Flag::switch('A', "use adaptive ping"),
    Flag::switch('B', "sticky source address"),
    Flag::value('c', "<count>", "stop after <count> replies"),
    Flag::switch('C', "accepted, without effect"),
    Flag::switch('D', "print timestamps"),
    Flag::switch('d', "accepted, without effect"),
    Flag::value(
        'e',
        "<identifier>",
        "not supported: the kernel or the host chooses it",
    ),
    Flag::switch('f', "flood ping"),
    Flag::switch('h', "print help and exit").long("help"),
    Flag::value('I', "<interface>", "either interface name or address"),
    Flag::value('i', "<interval>", "seconds between sending each packet"),
    Flag::switch('L', "not supported: suppress loopback of multicast"),
    Flag::value(
        'l',
        "<preload>",
        "send <preload> packets while waiting replies",
    ),
    Flag::value('m', "<mark>", "tag the packets going out"),
    Flag::value(
        'M',
        "<pmtud opt>",
        "define mtu discovery, one of <do|dont|want|probe>",
    ),
    Flag::switch('n', "no dns name resolution"),
    Flag::switch('O', "report outstanding replies"),
    Flag::value('p', "<pattern>", "contents of padding byte"),
    Flag::switch('q', "quiet output"),
    Flag::value('Q', "<tclass>", "use quality of service <tclass> bits"),
    Flag::switch('r', "only hosts on a directly attached network"),
    Flag::value(
        's',
        "<size>",
        "use <size> as number of data bytes to be sent",
    ),
    Flag::value('S', "<size>", "use <size> as socket buffer size"),
    Flag::value('t', "<ttl>", "define time to live"),
    Flag::switch('U', "accepted: round trips are always the kernel's"),
    Flag::switch('v', "verbose output"),
    Flag::switch('V', "print version and exit"),
    Flag::value('w', "<deadline>", "reply wait <deadline> in seconds"),
    Flag::value('W', "<timeout>", "time to wait for response"),
    Flag::switch('4', "use IPv4"),
    Flag::switch('6', "use IPv6"),
    Flag::switch('b', "allow pinging broadcast and multicast"),
    Flag::switch('R', "not supported: record route"),
    Flag::value('T', "<timestamp>", "not supported: IP timestamps"),
    Flag::value('F', "<flowlabel>", "not supported: flow label"),
    Flag::value('N', "<nodeinfo>", "not supported: node information query"),
    Flag::switch('J', "JSON lines instead of text")
        .long("json")
        .only_long(),
    Flag::value('X', "<file>", "read more targets from <file>, one a line")
        .long("targets")
        .only_long(),
];

/// What `-h` prints.
pub(crate) fn usage() -> String {
    format!(
        "\nUsage\n  ping [options] <destination>...\n\nOptions:\n  \
         <destination>          dns name or ip address\n{}\n\
         With several destinations, networks (192.0.2.0/24), ranges (192.0.2.1-20) or --targets, ping\n\
         tells which are alive, or with -c the loss and times of each. A list of destinations is never a\n\
         source route. -i is then the time between two packets to the same target.\n",
        help(FLAGS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_one_meaning_and_one_line() {
        for (place, flag) in FLAGS.iter().enumerate() {
            assert!(
                FLAGS
                    .iter()
                    .skip(place + 1)
                    .all(|other| other.short.is_none() || other.short != flag.short)
            );
            assert!(!flag.help.is_empty() && !flag.help.contains('\n'));
        }
        assert!(usage().lines().all(|line| line.len() <= 100));
        assert!(usage().contains("  -c <count>             stop after <count> replies\n"));
        assert!(usage().contains("  --targets <file>       read more targets"));
    }
}
