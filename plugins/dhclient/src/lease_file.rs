//! The file of leases: the last lease of an interface counts.

use std::net::Ipv4Addr;

use crate::moment;
use crate::syntax::{self, Mistake, Statement};
use crate::v4::lease::Lease;
use crate::v4::message::Options;
use crate::v4::value::Word;
use crate::v4::{option, value};

/// The leases in a file. What a lease says that is unknown is left out, as in ISC's dhclient.
///
/// # Errors
/// The first mistake in the syntax.
pub fn parse(text: &[u8]) -> Result<Vec<Lease>, Mistake> {
    Ok(statements(text)?.iter().filter_map(lease).collect())
}

/// The statements of the file, without the last if that was not written to its end.
///
/// # Errors
/// The first mistake in the syntax.
pub fn statements(text: &[u8]) -> Result<Vec<Statement>, Mistake> {
    syntax::parse(text).or_else(|mistake| {
        // The last lease was not written to its end.
        let end = text.windows(2).rposition(|pair| pair == b"}\n");
        let whole = text.get(..end.map_or(0, |end| end + 2)).unwrap_or_default();
        syntax::parse(whole).map_err(|_| mistake)
    })
}

/// A lease declaration.
pub fn lease(statement: &Statement) -> Option<Lease> {
    let ["lease"] = statement.plain().as_slice() else {
        return None;
    };
    let mut lease = Lease {
        expire: 0,
        ..Lease::empty()
    };
    for part in statement.block.as_ref()? {
        let plain = part.plain();
        match plain.as_slice() {
            ["interface", ..] => lease.interface = part.text(1)?,
            ["fixed-address", address] => lease.address = address.parse().ok()?,
            ["filename", ..] => lease.file = part.text(1)?.into_bytes(),
            ["server-name", ..] => lease.server_name = part.text(1)?.into_bytes(),
            ["next-server", address] => lease.next_server = address.parse().ok()?,
            ["renew", at @ ..] => lease.renew = moment::parse(at)?,
            ["rebind", at @ ..] => lease.rebind = moment::parse(at)?,
            ["expire", at @ ..] => lease.expire = moment::parse(at)?,
            ["option", name, ..] => set(&mut lease.options, name, part.words.get(2..)?),
            _ => {}
        }
    }
    (lease.address != Ipv4Addr::UNSPECIFIED).then_some(lease)
}

fn set(options: &mut Options, name: &str, words: &[Word]) {
    let Some(code) = option::named(name) else {
        return;
    };
    // A value of another form was written as octets.
    let form = option::form(code);
    let octets = || value::parse(option::Form::Octets, words);
    if let Some(value) = value::parse(form, words).or_else(octets) {
        options.set(code, value);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Written by ISC's dhclient 4.4.3-P1.
    const ISC: &str = r#"lease {
  interface "eth0";
  fixed-address 10.0.0.63;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 120;
  option routers 10.0.0.2;
  option dhcp-message-type 5;
  option domain-name-servers 10.0.0.2,8.8.8.8;
  option dhcp-server-identifier 10.0.0.2;
  option interface-mtu 1400;
  option rfc3442-classless-static-routes 16,10,5,10,0,0,2,0,10,0,0,2;
  option host-name "vm";
  option domain-name "example.test";
  renew 0 2026/11/29 21:48:14;
  rebind 0 2026/11/29 21:49:02;
  expire 0 2026/11/29 21:49:17;
}
"#;

    #[test]
    fn the_file_of_isc_is_read_and_written_alike() {
        let leases = parse(ISC.as_bytes()).unwrap();
        assert_eq!(leases.len(), 1);
        assert_eq!(leases[0].declared(), ISC);
        assert_eq!(leases[0].server(), Some([10, 0, 0, 2].into()));
        assert_eq!(leases[0].expire - leases[0].renew, 63);
    }

    #[test]
    fn a_lease_that_was_not_written_to_its_end_is_none() {
        let two = [ISC, ISC].concat();
        for cut in [ISC.len() + 1, ISC.len() + 60, two.len() - 3] {
            assert_eq!(parse(&two.as_bytes()[..cut]).unwrap().len(), 1);
        }
        assert!(parse(b"lease { a").unwrap().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let file = "default-duid \"\\000\"; lease { fixed-address x; }\nlease { interface \"a\"; }\n\
                    lease { fixed-address 10.0.0.1; option nothing 1; option subnet-mask x; medium \"a\"; }";
        let leases = parse(file.as_bytes()).unwrap();
        assert_eq!(leases.len(), 1);
        assert_eq!(leases[0].options, Options::default());
    }
}
