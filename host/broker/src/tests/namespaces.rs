//! Reading the network configuration: only what was permitted, only where it was permitted.

use super::*;

#[test]
fn a_netlink_socket_hears_what_was_permitted_and_its_filter_stays() {
    let mut escaped = Escaped::begun(&["route.read=links"]);
    assert!(escaped.authorize(1, fields("route.read", Target::Local("links".into()))));
    escaped.is_refused::<operations::OpenNetlink>(1, &vec![1]);
    let opened = escaped.perform::<operations::OpenNetlink>(1, &Vec::new());
    let socket = opened.unwrap().1.unwrap();
    // RTM_GETLINK and RTM_GETADDR, as dumps.
    for (kind, heard) in [(18_u16, true), (22, false)] {
        let mut message = vec![0; 20];
        message[0] = 20;
        message[4..6].copy_from_slice(&kind.to_ne_bytes());
        message[6..8].copy_from_slice(&0x301_u16.to_ne_bytes());
        if kind == 18 {
            message.resize(32, 0);
            message[0] = 32;
        } else {
            message.resize(24, 0);
            message[0] = 24;
        }
        rustix::net::send(&socket, &message, SendFlags::empty()).unwrap();
        // A dump is answered before send returns.
        let mut buffer = vec![0; 1 << 16];
        let mut kinds = Vec::new();
        while let Ok((1.., _)) = rustix::net::recv(&socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            kinds.push(u16::from_ne_bytes([buffer[4], buffer[5]]));
        }
        // RTM_NEWLINK, or at most the end of the dump.
        assert_eq!(kinds.contains(&16), heard, "{kinds:?}");
        assert!(kinds.iter().all(|kind| matches!(kind, 3 | 16)), "{kinds:?}");
    }
    let all = nethost_net::datagram::FilterInstruction {
        code: libc::BPF_RET as u16,
        jump_true: 0,
        jump_false: 0,
        operand: u32::MAX,
    };
    assert!(nethost_net::datagram::attach_filter(socket.as_fd(), &[all]).is_err());
}

#[test]
fn a_route_is_looked_up_to_the_permitted_address_alone() {
    let mut escaped = Escaped::begun(&["route.read=127.0.0.1"]);
    let asked = RequestFields {
        op: "namespace.look-up".into(),
        ..fields("route.read", address("127.0.0.1", None))
    };
    assert!(escaped.authorize(1, asked));
    let look_up = |destination| RouteLookup {
        destination,
        ..operations::LookUpRoute::example()
    };
    let elsewhere = look_up(IpAddress::Ipv4((192, 0, 2, 1)));
    escaped.is_refused::<operations::LookUpRoute>(1, &elsewhere);
    let there = look_up(IpAddress::Ipv4((127, 0, 0, 1)));
    let (answer, _) = escaped
        .perform::<operations::LookUpRoute>(1, &there)
        .unwrap();
    // RTM_NEWROUTE.
    assert_eq!(answer.get(4..6), Some(&24_u16.to_ne_bytes()[..]));
}

#[test]
fn what_was_permitted_in_one_namespace_is_done_in_no_other() {
    let mut escaped = Escaped::begun(&["route.read", "netns.read"]);
    let links = RequestFields {
        namespace: Some("elsewhere".into()),
        ..fields("route.read", Target::Local("links".into()))
    };
    assert!(escaped.authorize(1, links));
    // It was not opened.
    escaped.is_refused::<operations::OpenNetlink>(1, &Vec::new());
    let named = Inquiry::InterfaceName {
        namespace: Some("elsewhere".into()),
        index: 1,
    };
    assert!(matches!(
        escaped.inquire(named).0,
        Answer::Failed(libc::EACCES)
    ));
    let own = Inquiry::InterfaceIndex { name: "lo".into() };
    assert!(matches!(
        escaped.inquire(own).0,
        Answer::Inquiry(InquiryReply::Index(_))
    ));
}
