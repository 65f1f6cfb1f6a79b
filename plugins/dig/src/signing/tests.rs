//! Signatures beside those that BIND's dig made with the same keys.

use data_encoding::{BASE64, HEXLOWER};

use super::key_file::PrivateHalf;
use super::{Signer, count_additional};
use crate::dnssec;
use crate::reply::Reply;

/// What dig sent for `x.test +noedns +qid=4711`, signed with the first and with the last key.
const SENT: [&str; 2] = [
    "12670120000100000000000101780474657374000001000100001800ff00000000009c00000800000000006b059b436b\
         0598eb3cb9037369670474657374002e01ece4d4bca478679a6ef5e3f36277e0f2823c51545d8af1291751466132b152\
         24e6206c55ee0b641aee1377f72153a67463dc30d5f489c533dbc78c36a5f86e8440c27060cad841cbc9d2196a4c3c6a\
         b970d5f4fe0bfa1627eabd02ca0a0b78afa5c5c3828d262448e598a46693d4abada59eaeb97772ff024c304335254f",
    "12670120000100000000000101780474657374000001000100001800ff00000000005c00000f00000000006b059b456b\
         0598ed2d98037369670474657374008d32c5434e20105a364acaab588e42abac834abcc5b9344d3d4a8d54712d05c0ff\
         74611d13cf8cd393d1ecf45d88d3da89b5631625704af4438be2d1d0148e05",
];
/// Where its query ends and the record begins.
const QUERY: usize = 24;
/// Where in it the time is that it holds from, five minutes before it was made.
const INCEPTION: usize = QUERY + 23;

const KEYS: [(&str, &str); 4] = [
    (
        "Ksig.test.+008+15545",
        include_str!("tests/Ksig.test.+008+15545.private"),
    ),
    (
        "Ksig.test.+013+26799",
        include_str!("tests/Ksig.test.+013+26799.private"),
    ),
    (
        "Ksig.test.+014+59985",
        include_str!("tests/Ksig.test.+014+59985.private"),
    ),
    (
        "Ksig.test.+015+11672",
        include_str!("tests/Ksig.test.+015+11672.private"),
    ),
];

/// The public halves of the keys whose signatures are others each time.
const PUBLIC: [(usize, u8, &str); 2] = [
    (
        1,
        13,
        "G3qRKNWQbmWbUwTSzd+BL5/2+q92w/tHVlrMmHmG+9z/FA/Z00ZroelZG4YfSjKivAyKc1X1fv6esYWv6FISAQ==",
    ),
    (
        2,
        14,
        "jqnZ+SfNCYMx+v+CuCFH5/LDK/S5cdT5bS7WvIA24cNoLmbHt2p4m6hbD3+UBG1SNRwOUpKLmAUBnRa34ViF5d2ZhqdX70gu\
         amlGOvzC7Xi+1SXcXK4YhKDDRTq95IP7",
    ),
];

fn signer(number: usize) -> Signer {
    let (name, text) = KEYS[number];
    let key = PrivateHalf::of(name).unwrap().key(text);
    key.unwrap_or_else(|_| unreachable!("{name}"))
}

fn query(sent: &[u8]) -> Vec<u8> {
    let mut query = sent[..QUERY].to_vec();
    count_additional(&mut query, -1);
    query
}

#[test]
fn a_query_is_signed_as_dig_signs_it() {
    for (sent, number) in SENT.into_iter().zip([0, 3]) {
        let sent = HEXLOWER.decode(sent.as_bytes()).unwrap();
        let inception = sent[INCEPTION..INCEPTION + 4].try_into().unwrap();
        let now = u64::from(u32::from_be_bytes(inception)) + 300;
        let mut message = query(&sent);
        assert!(signer(number).sign(&mut message, now).is_none());
        assert_eq!(HEXLOWER.encode(&message), HEXLOWER.encode(&sent));
        let overhead = signer(number).overhead();
        assert_eq!(overhead, sent.len() - QUERY);
        let reply = Reply::parse(&message, false).unwrap();
        assert!(reply.sig0.is_some() && !reply.malformed && reply.extra == 0);
    }
}

#[test]
fn the_public_half_proves_it() {
    for (number, algorithm, public) in PUBLIC {
        let public = BASE64.decode(public.as_bytes()).unwrap();
        let query = query(&HEXLOWER.decode(SENT[0].as_bytes()).unwrap());
        let mut message = query.clone();
        signer(number).sign(&mut message, 1_000_000);
        // Root, type, class, time to live and length; the fixed fields; the signer's name.
        let data = &message[QUERY + 11..];
        let (fields, signature) = data.split_at(18 + 10);
        let signed = [fields, query.as_slice()].concat();
        assert!(dnssec::verify(algorithm, &public, &signed, signature));
        let other = [fields, b"another".as_slice()].concat();
        assert!(!dnssec::verify(algorithm, &public, &other, signature));
    }
}
