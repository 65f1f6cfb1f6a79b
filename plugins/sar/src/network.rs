//! Activities of the network: interfaces, IP, TCP, UDP, sockets, and the work of processors for it.

use crate::activity::{Activity, Column, Figures, How, column, rate};
use crate::icmp::{EICMP, EICMP6, ICMP, ICMP6};
use crate::sample::Sample;
use nethost_sdk::counters::devices;

/// In the order in which they are shown.
pub(crate) static ALL: &[&Activity] = &[
    &DEV, &EDEV, &NFS, &NFSD, &SOCK, &IP, &EIP, &ICMP, &EICMP, &TCP, &ETCP, &UDP, &SOCK6, &IP6,
    &EIP6, &ICMP6, &EICMP6, &UDP6, &SOFT,
];

/// A table of one line.
pub(crate) fn one(values: &[i64]) -> Vec<Figures> {
    vec![Figures {
        item: String::new(),
        values: values.to_vec(),
    }]
}

/// The names of the interfaces.
pub(crate) fn interfaces(sample: &Sample) -> Vec<String> {
    let devices = devices(sample.text("net.dev")).into_iter();
    devices.map(|(name, _)| name.to_owned()).collect()
}

fn of_devices(sample: &Sample, pick: impl Fn(&str, &[i64]) -> Vec<i64>) -> Vec<Figures> {
    let all = devices(sample.text("net.dev")).into_iter();
    all.map(|(item, counters)| Figures {
        values: pick(item, &counters),
        item: item.to_owned(),
    })
    .collect()
}

/// Lines of softnet_stat, in hexadecimal digits: one for each processor, which its thirteenth field names.
fn softnet(sample: &Sample) -> Vec<Figures> {
    let mut all = Figures {
        item: "all".into(),
        values: vec![0; 6],
    };
    let mut each = Vec::new();
    for (place, line) in sample.text("net.softnet_stat").lines().enumerate() {
        let fields: Vec<i64> = line
            .split_whitespace()
            .map(|word| i64::from_str_radix(word, 16).unwrap_or_default())
            .collect();
        let field = |place: usize| fields.get(place).copied().unwrap_or_default();
        let values: Vec<_> = [0, 1, 2, 9, 10, 11].map(field).to_vec();
        for (sum, value) in all.values.iter_mut().zip(&values) {
            *sum += value;
        }
        let number = fields.get(12).copied().unwrap_or(place as i64);
        each.push(Figures {
            item: number.to_string(),
            values,
        });
    }
    std::iter::once(all).chain(each).collect()
}

/// The line `proc3` or `proc4` of /proc/net/rpc/nfs counts calls by their numbers.
fn calls(sample: &Sample, file: &str) -> [i64; 4] {
    let numbers = |line: &str| -> Vec<i64> {
        let mut lines = sample.text(file).lines();
        let found = lines.find_map(|text| text.strip_prefix(line)?.strip_prefix(' '));
        let words = found.unwrap_or_default().split_whitespace();
        words
            .skip(1)
            .map(|word| word.parse().unwrap_or(0))
            .collect()
    };
    let three = numbers("proc3");
    let call = |place: usize| three.get(place).copied().unwrap_or_default();
    // NFSPROC3_READ, WRITE, ACCESS, GETATTR.
    [call(6), call(7), call(4), call(1)]
}

fn words(sample: &Sample, file: &str, line: &str) -> Vec<i64> {
    let mut lines = sample.text(file).lines();
    let found = lines.find_map(|text| text.strip_prefix(line)?.strip_prefix(' '));
    let words = found.unwrap_or_default().split_whitespace();
    words.map(|word| word.parse().unwrap_or(0)).collect()
}

const KILOBYTES: How = How::RateOfKilobytes(1024.0);

const fn whole(name: &'static str) -> Column {
    column(name, How::Whole)
}

pub(crate) static DEV: Activity = Activity {
    name: "DEV",
    items: Some(("IFACE", 9)),
    columns: &[
        rate("rxpck/s"),
        rate("txpck/s"),
        column("rxkB/s", KILOBYTES),
        column("txkB/s", KILOBYTES),
        rate("rxcmp/s"),
        rate("txcmp/s"),
        rate("rxmcst/s"),
        column("%ifutil", How::Utilisation),
    ],
    files: &["net.dev"],
    figures: |sample| {
        of_devices(sample, |name, c| {
            let speed = sample.speeds.get(name).copied().unwrap_or_default();
            vec![c[1], c[9], c[0], c[8], c[6], c[15], c[7], speed]
        })
    },
};

pub(crate) static EDEV: Activity = Activity {
    name: "EDEV",
    items: Some(("IFACE", 9)),
    columns: &[
        rate("rxerr/s"),
        rate("txerr/s"),
        rate("coll/s"),
        rate("rxdrop/s"),
        rate("txdrop/s"),
        rate("txcarr/s"),
        rate("rxfram/s"),
        rate("rxfifo/s"),
        rate("txfifo/s"),
    ],
    files: &["net.dev"],
    figures: |sample| {
        of_devices(sample, |_, c| {
            vec![c[2], c[10], c[13], c[3], c[11], c[14], c[5], c[4], c[12]]
        })
    },
};

pub(crate) static NFS: Activity = Activity {
    name: "NFS",
    items: None,
    columns: &[
        rate("call/s"),
        rate("retrans/s"),
        rate("read/s"),
        rate("write/s"),
        rate("access/s"),
        rate("getatt/s"),
    ],
    files: &["net.rpc.nfs"],
    figures: |sample| {
        let rpc = words(sample, "net.rpc.nfs", "rpc");
        let get = |place: usize| rpc.get(place).copied().unwrap_or_default();
        let [read, write, access, getattr] = calls(sample, "net.rpc.nfs");
        one(&[get(0), get(1), read, write, access, getattr])
    },
};

pub(crate) static NFSD: Activity = Activity {
    name: "NFSD",
    items: None,
    columns: &[
        rate("scall/s"),
        rate("badcall/s"),
        rate("packet/s"),
        rate("udp/s"),
        rate("tcp/s"),
        rate("hit/s"),
        rate("miss/s"),
        rate("sread/s"),
        rate("swrite/s"),
        rate("saccess/s"),
        rate("sgetatt/s"),
    ],
    files: &["net.rpc.nfsd"],
    figures: |sample| {
        let of = |line: &str| words(sample, "net.rpc.nfsd", line);
        let get = |list: &[i64], place: usize| list.get(place).copied().unwrap_or_default();
        let (rpc, net, cache) = (of("rpc"), of("net"), of("rc"));
        let [read, write, access, getattr] = calls(sample, "net.rpc.nfsd");
        one(&[
            get(&rpc, 0),
            get(&rpc, 1),
            get(&net, 0),
            get(&net, 1),
            get(&net, 2),
            get(&cache, 0),
            get(&cache, 1),
            read,
            write,
            access,
            getattr,
        ])
    },
};

pub(crate) static SOCK: Activity = Activity {
    name: "SOCK",
    items: None,
    columns: &[
        whole("totsck"),
        whole("tcpsck"),
        whole("udpsck"),
        whole("rawsck"),
        whole("ip-frag"),
        whole("tcp-tw"),
    ],
    files: &["net.sockstat"],
    figures: |sample| {
        let pair = |line, field| sample.pair("net.sockstat", line, field);
        one(&[
            pair("sockets", "used"),
            pair("TCP", "inuse"),
            pair("UDP", "inuse"),
            pair("RAW", "inuse"),
            pair("FRAG", "inuse"),
            pair("TCP", "tw"),
        ])
    },
};

pub(crate) static IP: Activity = Activity {
    name: "IP",
    items: None,
    columns: &[
        rate("irec/s"),
        rate("fwddgm/s"),
        rate("idel/s"),
        rate("orq/s"),
        rate("asmrq/s"),
        rate("asmok/s"),
        rate("fragok/s"),
        rate("fragcrt/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&[
            "InReceives",
            "ForwDatagrams",
            "InDelivers",
            "OutRequests",
            "ReasmReqds",
            "ReasmOKs",
            "FragOKs",
            "FragCreates",
        ]
        .map(|field| sample.snmp("Ip", field)))
    },
};

pub(crate) static EIP: Activity = Activity {
    name: "EIP",
    items: None,
    columns: &[
        rate("ihdrerr/s"),
        rate("iadrerr/s"),
        rate("iukwnpr/s"),
        rate("idisc/s"),
        rate("odisc/s"),
        rate("onort/s"),
        rate("asmf/s"),
        rate("fragf/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&[
            "InHdrErrors",
            "InAddrErrors",
            "InUnknownProtos",
            "InDiscards",
            "OutDiscards",
            "OutNoRoutes",
            "ReasmFails",
            "FragFails",
        ]
        .map(|field| sample.snmp("Ip", field)))
    },
};

pub(crate) static TCP: Activity = Activity {
    name: "TCP",
    items: None,
    columns: &[
        rate("active/s"),
        rate("passive/s"),
        rate("iseg/s"),
        rate("oseg/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&["ActiveOpens", "PassiveOpens", "InSegs", "OutSegs"]
            .map(|field| sample.snmp("Tcp", field)))
    },
};

pub(crate) static ETCP: Activity = Activity {
    name: "ETCP",
    items: None,
    columns: &[
        rate("atmptf/s"),
        rate("estres/s"),
        rate("retrans/s"),
        rate("isegerr/s"),
        rate("orsts/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&[
            "AttemptFails",
            "EstabResets",
            "RetransSegs",
            "InErrs",
            "OutRsts",
        ]
        .map(|field| sample.snmp("Tcp", field)))
    },
};

pub(crate) static UDP: Activity = Activity {
    name: "UDP",
    items: None,
    columns: &[
        rate("idgm/s"),
        rate("odgm/s"),
        rate("noport/s"),
        rate("idgmerr/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&["InDatagrams", "OutDatagrams", "NoPorts", "InErrors"]
            .map(|field| sample.snmp("Udp", field)))
    },
};

pub(crate) static SOCK6: Activity = Activity {
    name: "SOCK6",
    items: None,
    columns: &[
        whole("tcp6sck"),
        whole("udp6sck"),
        whole("raw6sck"),
        whole("ip6-frag"),
    ],
    files: &["net.sockstat6"],
    figures: |sample| {
        let lines = ["TCP6", "UDP6", "RAW6", "FRAG6"];
        one(&lines.map(|line| sample.pair("net.sockstat6", line, "inuse")))
    },
};

pub(crate) static IP6: Activity = Activity {
    name: "IP6",
    items: None,
    columns: &[
        rate("irec6/s"),
        rate("fwddgm6/s"),
        rate("idel6/s"),
        rate("orq6/s"),
        rate("asmrq6/s"),
        rate("asmok6/s"),
        rate("imcpck6/s"),
        rate("omcpck6/s"),
        rate("fragok6/s"),
        rate("fragcr6/s"),
    ],
    files: &["net.snmp6"],
    figures: |sample| {
        one(&[
            "Ip6InReceives",
            "Ip6OutForwDatagrams",
            "Ip6InDelivers",
            "Ip6OutRequests",
            "Ip6ReasmReqds",
            "Ip6ReasmOKs",
            "Ip6InMcastPkts",
            "Ip6OutMcastPkts",
            "Ip6FragOKs",
            "Ip6FragCreates",
        ]
        .map(|field| sample.field("net.snmp6", field)))
    },
};

pub(crate) static EIP6: Activity = Activity {
    name: "EIP6",
    items: None,
    columns: &[
        rate("ihdrer6/s"),
        rate("iadrer6/s"),
        rate("iukwnp6/s"),
        rate("i2big6/s"),
        rate("idisc6/s"),
        rate("odisc6/s"),
        rate("inort6/s"),
        rate("onort6/s"),
        rate("asmf6/s"),
        rate("fragf6/s"),
        rate("itrpck6/s"),
    ],
    files: &["net.snmp6"],
    figures: |sample| {
        one(&[
            "Ip6InHdrErrors",
            "Ip6InAddrErrors",
            "Ip6InUnknownProtos",
            "Ip6InTooBigErrors",
            "Ip6InDiscards",
            "Ip6OutDiscards",
            "Ip6InNoRoutes",
            "Ip6OutNoRoutes",
            "Ip6ReasmFails",
            "Ip6FragFails",
            "Ip6InTruncatedPkts",
        ]
        .map(|field| sample.field("net.snmp6", field)))
    },
};

pub(crate) static UDP6: Activity = Activity {
    name: "UDP6",
    items: None,
    columns: &[
        rate("idgm6/s"),
        rate("odgm6/s"),
        rate("noport6/s"),
        rate("idgmer6/s"),
    ],
    files: &["net.snmp6"],
    figures: |sample| {
        one(&[
            "Udp6InDatagrams",
            "Udp6OutDatagrams",
            "Udp6NoPorts",
            "Udp6InErrors",
        ]
        .map(|field| sample.field("net.snmp6", field)))
    },
};

pub(crate) static SOFT: Activity = Activity {
    name: "SOFT",
    items: Some(("CPU", 7)),
    columns: &[
        rate("total/s"),
        rate("dropd/s"),
        rate("squeezd/s"),
        rate("rx_rps/s"),
        rate("flw_lim/s"),
        whole("blg_len"),
    ],
    files: &["net.softnet_stat"],
    figures: softnet,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_name() {
        let sample = Sample::of(&[
            (
                "net.dev",
                "Inter-|\n face |\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nnonsense\n a: 1\n",
            ),
            (
                "net.snmp",
                "Ip: InReceives X\nIp: 7 8\nTcp: OutRsts\nTcp: 3\n",
            ),
            ("net.snmp6", "Ip6InReceives  \t 9\n"),
            ("net.sockstat", "sockets: used 3\nTCP: inuse 1 tw 4\n"),
            (
                "net.softnet_stat",
                "0a 1 0 0 0 0 0 0 0 0 0 2 0\n1 0 0 0 0 0 0 0 0 0 0 0 1\n",
            ),
        ]);
        let dev = (DEV.figures)(&sample);
        assert_eq!(dev.len(), 1);
        assert_eq!(dev[0].item, "eth0");
        assert_eq!(dev[0].values, [2, 10, 1, 9, 7, 16, 8, 0]);
        assert_eq!((IP.figures)(&sample)[0].values[0], 7);
        assert_eq!((ETCP.figures)(&sample)[0].values, [0, 0, 0, 0, 3]);
        assert_eq!((IP6.figures)(&sample)[0].values[0], 9);
        assert_eq!((SOCK.figures)(&sample)[0].values, [3, 1, 0, 0, 0, 4]);
        let soft = (SOFT.figures)(&sample);
        assert_eq!(soft[0].values, [11, 1, 0, 0, 0, 2]);
        assert_eq!((soft.len(), &*soft[2].item), (3, "1"));
        for activity in ALL {
            for figures in (activity.figures)(&sample) {
                assert_eq!(
                    figures.values.len(),
                    activity.columns.len(),
                    "{}",
                    activity.name
                );
            }
        }
    }
}
