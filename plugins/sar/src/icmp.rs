//! Activities of ICMP and ICMPv6.

use crate::activity::{Activity, rate};
use crate::network::one;

pub(crate) static ICMP: Activity = Activity {
    name: "ICMP",
    items: None,
    columns: &[
        rate("imsg/s"),
        rate("omsg/s"),
        rate("iech/s"),
        rate("iechr/s"),
        rate("oech/s"),
        rate("oechr/s"),
        rate("itm/s"),
        rate("itmr/s"),
        rate("otm/s"),
        rate("otmr/s"),
        rate("iadrmk/s"),
        rate("iadrmkr/s"),
        rate("oadrmk/s"),
        rate("oadrmkr/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&[
            "InMsgs",
            "OutMsgs",
            "InEchos",
            "InEchoReps",
            "OutEchos",
            "OutEchoReps",
            "InTimestamps",
            "InTimestampReps",
            "OutTimestamps",
            "OutTimestampReps",
            "InAddrMasks",
            "InAddrMaskReps",
            "OutAddrMasks",
            "OutAddrMaskReps",
        ]
        .map(|field| sample.snmp("Icmp", field)))
    },
};

pub(crate) static EICMP: Activity = Activity {
    name: "EICMP",
    items: None,
    columns: &[
        rate("ierr/s"),
        rate("oerr/s"),
        rate("idstunr/s"),
        rate("odstunr/s"),
        rate("itmex/s"),
        rate("otmex/s"),
        rate("iparmpb/s"),
        rate("oparmpb/s"),
        rate("isrcq/s"),
        rate("osrcq/s"),
        rate("iredir/s"),
        rate("oredir/s"),
    ],
    files: &["net.snmp"],
    figures: |sample| {
        one(&[
            "InErrors",
            "OutErrors",
            "InDestUnreachs",
            "OutDestUnreachs",
            "InTimeExcds",
            "OutTimeExcds",
            "InParmProbs",
            "OutParmProbs",
            "InSrcQuenchs",
            "OutSrcQuenchs",
            "InRedirects",
            "OutRedirects",
        ]
        .map(|field| sample.snmp("Icmp", field)))
    },
};

pub(crate) static ICMP6: Activity = Activity {
    name: "ICMP6",
    items: None,
    columns: &[
        rate("imsg6/s"),
        rate("omsg6/s"),
        rate("iech6/s"),
        rate("iechr6/s"),
        rate("oechr6/s"),
        rate("igmbq6/s"),
        rate("igmbr6/s"),
        rate("ogmbr6/s"),
        rate("igmbrd6/s"),
        rate("ogmbrd6/s"),
        rate("irtsol6/s"),
        rate("ortsol6/s"),
        rate("irtad6/s"),
        rate("inbsol6/s"),
        rate("onbsol6/s"),
        rate("inbad6/s"),
        rate("onbad6/s"),
    ],
    files: &["net.snmp6"],
    figures: |sample| {
        one(&[
            "Icmp6InMsgs",
            "Icmp6OutMsgs",
            "Icmp6InEchos",
            "Icmp6InEchoReplies",
            "Icmp6OutEchoReplies",
            "Icmp6InGroupMembQueries",
            "Icmp6InGroupMembResponses",
            "Icmp6OutGroupMembResponses",
            "Icmp6InGroupMembReductions",
            "Icmp6OutGroupMembReductions",
            "Icmp6InRouterSolicits",
            "Icmp6OutRouterSolicits",
            "Icmp6InRouterAdvertisements",
            "Icmp6InNeighborSolicits",
            "Icmp6OutNeighborSolicits",
            "Icmp6InNeighborAdvertisements",
            "Icmp6OutNeighborAdvertisements",
        ]
        .map(|field| sample.field("net.snmp6", field)))
    },
};

pub(crate) static EICMP6: Activity = Activity {
    name: "EICMP6",
    items: None,
    columns: &[
        rate("ierr6/s"),
        rate("idtunr6/s"),
        rate("odtunr6/s"),
        rate("itmex6/s"),
        rate("otmex6/s"),
        rate("iprmpb6/s"),
        rate("oprmpb6/s"),
        rate("iredir6/s"),
        rate("oredir6/s"),
        rate("ipck2b6/s"),
        rate("opck2b6/s"),
    ],
    files: &["net.snmp6"],
    figures: |sample| {
        one(&[
            "Icmp6InErrors",
            "Icmp6InDestUnreachs",
            "Icmp6OutDestUnreachs",
            "Icmp6InTimeExcds",
            "Icmp6OutTimeExcds",
            "Icmp6InParmProblems",
            "Icmp6OutParmProblems",
            "Icmp6InRedirects",
            "Icmp6OutRedirects",
            "Icmp6InPktTooBigs",
            "Icmp6OutPktTooBigs",
        ]
        .map(|field| sample.field("net.snmp6", field)))
    },
};
