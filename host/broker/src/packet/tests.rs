//! The filter of a receiver, and that a receiver cannot send.
#![allow(clippy::unwrap_used)]

use super::*;
use nethost_core::Interface;

/// The program without the parts that only the kernel can compute: from the first load of the packet on.
fn of_packet(port: u16) -> Vec<FilterInstruction> {
    filter(1, IPV4, Choice::Port(port)).split_off(6)
}

fn datagram(options: u8, protocol: u8, fragment: u16, port: u16) -> Vec<u8> {
    let mut packet = vec![0; 20 + 4 * usize::from(options)];
    packet[0] = 0x45 + options;
    packet[6..8].copy_from_slice(&fragment.to_be_bytes());
    packet[9] = protocol;
    packet.extend(67_u16.to_be_bytes());
    packet.extend(port.to_be_bytes());
    packet.extend([0; 4]);
    packet
}

#[test]
fn only_datagrams_to_the_port_pass() {
    let program = of_packet(68);
    let passes = |packet: &[u8]| crate::filter::tests::passed(&program, &[], packet) == u32::MAX;
    for options in [0, 1, 10] {
        assert!(passes(&datagram(options, 17, 0, 68)));
        // The first fragment has the ports.
        assert!(passes(&datagram(options, 17, 0x2000, 68)));
        assert!(!passes(&datagram(options, 17, 0x0001, 68)));
        assert!(!passes(&datagram(options, 6, 0, 68)));
        assert!(!passes(&datagram(options, 17, 0, 67)));
    }
}

#[test]
fn only_advertisements_of_this_link_pass() {
    let program = filter(1, IPV6, Choice::Advertisements).split_off(6);
    let passes = |packet: &[u8]| crate::filter::tests::passed(&program, &[], packet) == u32::MAX;
    let mut packet = vec![0; 40 + 16];
    (packet[0], packet[6], packet[7], packet[40]) = (0x60, 58, 255, 134);
    assert!(passes(&packet));
    for (at, value) in [(6, 17), (6, 0), (7, 254), (40, 133), (40, 128)] {
        let mut other = packet.clone();
        other[at] = value;
        assert!(!passes(&other), "{at}");
    }
    assert!(!passes(&packet[..40]));
}

#[test]
fn every_jump_stays_in_the_program() {
    for choice in [Choice::All, Choice::Port(68), Choice::Advertisements] {
        let program = filter(7, ARP, choice);
        for (at, step) in program.iter().enumerate() {
            for jump in [step.jump_true, step.jump_false] {
                assert!(at + 1 + usize::from(jump) <= program.len());
                // It goes to the next instruction, or to the end.
                assert!(jump == 0 || at + 1 + usize::from(jump) == program.len() - 1);
            }
        }
    }
}

const ARP: u16 = 0x0806;

#[test]
fn a_receiver_cannot_send() {
    let name = crate::capabilities::packet::ether_type_name(ARP).unwrap();
    let lo = Interface::found(1, "lo", Vec::new()).unwrap();
    let request = Request::new("receiver.open", Target::Object(name)).on_interface(Some(lo));
    let Ok(receiver) = receiver(&request) else {
        // No CAP_NET_RAW.
        return;
    };
    let receiver = socket2::Socket::from(receiver);
    let sent = receiver.send(&[0; 28]);
    assert_eq!(
        sent.unwrap_err().raw_os_error(),
        Some(libc::ENXIO),
        "it is bound to no interface"
    );
    // The filter is locked.
    assert!(attach_filter(receiver.as_fd(), &[ALL]).is_err());
}
