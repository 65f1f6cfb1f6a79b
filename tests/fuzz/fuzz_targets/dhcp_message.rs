//! What servers of DHCP answer: read, shown, written to a lease file, and read again from there.

#![no_main]

use dhclient::v4::lease::{Lease, classless};
use dhclient::v4::message::Message;
use dhclient::v4::{option, shown, value};
use dhclient::v6;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::parse(bytes) {
        for (code, octets) in message.options.iter() {
            let shown = value::text(option::form(code), octets);
            assert!(
                shown.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
                "{shown:?}"
            );
            let words = shown::text(code, octets);
            assert!(
                words.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
                "{words:?}"
            );
            let _ = (value::domains(octets), classless(octets));
        }
        let lease = Lease {
            interface: "eth0".into(),
            address: message.yours,
            file: message.file.clone(),
            server_name: message.server_name.clone(),
            options: message.options.clone(),
            ..Lease::empty()
        };
        let _ = (lease.routes(), lease.prefix_length(), lease.broadcast());
        let leases = dhclient::lease_file::parse(lease.declared().as_bytes());
        let leases = leases.expect("what is written can be read");
        if let [again] = leases.as_slice() {
            assert_eq!(again.address, lease.address);
        }
        if !message.cut {
            let again = Message::parse(&message.emit()).expect("what is written can be read");
            assert_eq!(again.options, message.options);
        }
    }
    if let Some(message) = v6::message::Message::parse(bytes) {
        for (code, octets) in &message.options {
            let shown = v6::option::text(*code, octets);
            assert!(
                shown.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
                "{shown:?}"
            );
            let words = v6::shown::text(*code, octets);
            assert!(
                words.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
                "{words:?}"
            );
            let _ = v6::shown::parts(*code, octets);
            for kind in v6::lease::Kind::ALL {
                let _ = v6::lease::Association::parse(kind, octets, 0);
            }
        }
        assert_eq!(v6::message::Message::parse(&message.emit()), Some(message));
    }
    // The checksum would keep what is made up from being read.
    if let Some(said) = v6::advertisement::Advertisement::parse(bytes, true) {
        let shown = said.to_string();
        assert!(
            shown.chars().all(|one| one == '\n' || !one.is_control()),
            "{shown:?}"
        );
        let _ = said.facts();
    }
});
