//! The lease file and dhclient.conf.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = dhclient::conf::parse(bytes, "dhclient.conf", "eth0");
    let Ok(leases) = dhclient::lease_file::parse(bytes) else {
        return;
    };
    for lease in leases {
        let again = dhclient::lease_file::parse(lease.declared().as_bytes());
        let again = again.expect("what is written can be read");
        assert_eq!(
            again.first().map(|lease| lease.address),
            Some(lease.address)
        );
    }
    for statement in dhclient::lease_file::statements(bytes).unwrap_or_default() {
        if let Some(lease) = dhclient::v6::lease::Lease::read(&statement) {
            let _ = (lease.times(), lease.depreference(), lease.declared());
        }
    }
});
