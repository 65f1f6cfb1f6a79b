//! What a UDP probe says to a well-known port, so that the service there has something to answer.

/// The payload for a port; empty if no protocol is known that would answer.
pub(crate) fn for_port(port: u16) -> &'static [u8] {
    match port {
        // Echo, discard, daytime, quote of the day, character generator, time: anything will do.
        7 | 13 | 17 | 19 | 37 => b"\r\n",
        // DNS: the status of the server (RFC 1035 section 4.1.1), a response code is an answer.
        53 | 5355 => b"\x12\x34\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        // TFTP: a file that is unlikely to be there (RFC 1350).
        69 => b"\x00\x01nethost.probe\x00octet\x00",
        // ONC RPC: version of the portmapper by the null procedure (RFC 5531).
        111 | 2049 => &RPC_NULL,
        // NTP: a client's request, version 4 (RFC 5905).
        123 => &NTP,
        // NetBIOS name service: node status of any name (RFC 1002 section 4.2.17).
        137 => NETBIOS,
        // SNMP version 1: the system's description, community public.
        161 => SNMP,
        // XDMCP: query without names.
        177 => b"\x00\x01\x00\x02\x00\x01\x00",
        // IKE: a header of version 2 that starts nothing (RFC 7296).
        500 | 4500 => &IKE,
        // RIP: the whole table (RFC 2453 section 3.9.1).
        520 => b"\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10",
        // RADIUS: a status of the server (RFC 5997).
        1812 | 1813 | 1645 | 1646 => b"\x0c\x01\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        // SQL Server Browser: which instances there are.
        1434 => b"\x02",
        // SSDP.
        1900 => b"M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n",
        // STUN: a binding request (RFC 8489).
        3478 | 3479 => b"\x00\x01\x00\x00\x21\x12\xa4\x42nethost.prob",
        // SIP (RFC 3261 section 11).
        5060 => b"OPTIONS sip:nethost SIP/2.0\r\nVia: SIP/2.0/UDP nethost;branch=z9hG4bKnethost;rport\r\nFrom: <sip:probe@nethost>;tag=probe\r\nTo: <sip:probe@nethost>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n",
        // NAT-PMP: the external address (RFC 6886).
        5351 => b"\x00\x00",
        // mDNS: which services there are (RFC 6763 section 9).
        5353 => b"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09_services\x07_dns-sd\x04_udp\x05local\x00\x00\x0c\x00\x01",
        // memcached over UDP.
        11211 => b"\x00\x01\x00\x00\x00\x01\x00\x00version\r\n",
        _ => b"",
    }
}

const RPC_NULL: [u8; 40] = {
    let mut call = [0; 40];
    // Transaction; call; version 2; program 100000, version 2, procedure 0; no credentials.
    call[3] = 1;
    call[11] = 2;
    call[13] = 1;
    call[14] = 0x86;
    call[15] = 0xa0;
    call[19] = 2;
    call
};

const NTP: [u8; 48] = {
    let mut request = [0; 48];
    request[0] = 0x23;
    request
};

const NETBIOS: &[u8] =
    b"\x80\xf0\x00\x10\x00\x01\x00\x00\x00\x00\x00\x00\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00\x21\x00\x01";

const SNMP: &[u8] = b"\x30\x26\x02\x01\x00\x04\x06public\xa0\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00";

const IKE: [u8; 28] = {
    let mut header = [0; 28];
    header[0] = 1;
    header[17] = 0x20;
    header[18] = 34;
    header[19] = 0x08;
    header[27] = 28;
    header
};
