//! Which changes break a plugin that was built against the released contract.
//!
//! A component names the exact shape of everything it uses, so an item may neither go nor change; even
//! one more case in a variant is another type. New items are fine when they say that they are new.
//! A new export of a world is not: plugins that exist do not have it.

use super::surface::Surface;

/// One line per break; empty when every plugin goes on working.
pub(crate) fn breaks(released: &Surface, now: &Surface) -> Vec<String> {
    if released.package != now.package {
        return vec![format!(
            "the package {} is now {}",
            released.package, now.package
        )];
    }
    if compatibility_track(&released.version) != compatibility_track(&now.version) {
        // Declared incompatible: old plugins ask for the old version by name and are told so.
        return Vec::new();
    }
    let mut breaks = Vec::new();
    if number(&now.version) < number(&released.version) {
        breaks.push(format!(
            "the version {} is older than the released {}",
            now.version, released.version
        ));
    }
    for (path, old) in &released.items {
        match now.items.get(path) {
            None => breaks.push(format!("{path} is gone; it was: {}", old.shape)),
            Some(new) if new.shape != old.shape => {
                breaks.push(format!(
                    "{path} changed\n        from {}\n        to   {}",
                    old.shape, new.shape
                ));
            }
            Some(new) if new.since != old.since => {
                breaks.push(format!(
                    "{path} was there since {}, not since {}",
                    old.since, new.since
                ));
            }
            Some(_) => {}
        }
    }
    for (path, new) in now
        .items
        .iter()
        .filter(|(path, _)| !released.items.contains_key(*path))
    {
        if path.contains("/export ") {
            breaks.push(format!("{path} is new, and no existing plugin has it"));
        } else if number(&new.since) <= number(&released.version) {
            breaks.push(format!(
                "{path} is new, but says it was there since {}; {} is released without it",
                new.since, released.version
            ));
        } else if number(&new.since) > number(&now.version) {
            breaks.push(format!(
                "{path} says since {}, but the package is at {}",
                new.since, now.version
            ));
        }
    }
    breaks
}

/// Versions on one track are compatible: the major number, or the minor one below 1.0 (semver.org).
fn compatibility_track(version: &str) -> (u64, u64) {
    let [major, minor, _] = number(version);
    if major > 0 { (major, 0) } else { (0, minor) }
}

fn number(version: &str) -> [u64; 3] {
    let mut parts = version
        .split(['.', '-', '+'])
        .map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::super::surface;
    use super::*;
    use wit_parser::Resolve;

    const RELEASED: &str = "package nethost:cap@0.1.0;
        @since(version = 0.1.0)
        interface types {
          @since(version = 0.1.0)
          record endpoint { address: u32, port: u16 }
          @since(version = 0.1.0)
          variant error-code { denied(string), timeout, other(option<string>) }
          @since(version = 0.1.0)
          enum family { ipv4, ipv6 }
        }
        @since(version = 0.1.0)
        interface udp {
          @since(version = 0.1.0)
          use types.{endpoint, error-code};
          @since(version = 0.1.0)
          resource socket {
            @since(version = 0.1.0)
            open: static func(remote: endpoint) -> result<socket, error-code>;
            @since(version = 0.1.0)
            receive: async func(max: u32) -> list<tuple<u64, u8>>;
          }
          @since(version = 0.1.0)
          mtu: func(to: endpoint) -> option<u32>;
        }
        @since(version = 0.1.0)
        world tool {
          @since(version = 0.1.0)
          import udp;
          @since(version = 0.1.0)
          export run: async func(args: list<string>) -> result<u8, string>;
        }";

    fn surface(wit: &str) -> Result<Surface, Vec<String>> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("test.wit", wit).unwrap();
        surface::of(&resolve, package)
    }

    /// What the check says when `from` becomes `to` in the released contract.
    fn after(from: &str, to: &str) -> Vec<String> {
        assert!(RELEASED.contains(from), "{from}");
        breaks(
            &surface(RELEASED).unwrap(),
            &surface(&RELEASED.replacen(from, to, 1)).unwrap(),
        )
    }

    #[track_caller]
    fn broken(from: &str, to: &str, expected: &str) {
        let found = after(from, to);
        assert!(
            found.iter().any(|line| line.starts_with(expected)),
            "{found:#?}"
        );
    }

    #[test]
    fn the_same_contract_is_compatible_also_after_a_round_trip() {
        let surface = surface(RELEASED).unwrap();
        assert_eq!(Surface::parse(&surface.to_string()).unwrap(), surface);
        assert_eq!(breaks(&surface, &surface), Vec::<String>::new());
        assert_eq!(
            surface.items["udp/socket.open"].shape,
            "static func(remote: types/endpoint) -> result<udp/socket, types/error-code>"
        );
        assert_eq!(
            surface.items["udp/socket.receive"].shape,
            "async method(self: borrow<udp/socket>, max: u32) -> list<tuple<u64, u8>>"
        );
    }

    #[test]
    fn a_removed_function_breaks() {
        broken(
            "@since(version = 0.1.0)\n          mtu: func(to: endpoint) -> option<u32>;",
            "",
            "udp/mtu is gone",
        );
    }

    #[test]
    fn a_removed_method_breaks() {
        let receive = "@since(version = 0.1.0)\n            receive: async func(max: u32) -> list<tuple<u64, u8>>;";
        broken(receive, "", "udp/socket.receive is gone");
    }

    #[test]
    fn a_changed_parameter_breaks() {
        broken(
            "mtu: func(to: endpoint)",
            "mtu: func(to: u64)",
            "udp/mtu changed",
        );
        broken(
            "mtu: func(to: endpoint)",
            "mtu: func(to: endpoint, via: u32)",
            "udp/mtu changed",
        );
        broken(
            "receive: async func(max: u32)",
            "receive: async func(max: u64)",
            "udp/socket.receive changed",
        );
    }

    #[test]
    fn a_changed_result_breaks() {
        broken("-> option<u32>", "-> option<u64>", "udp/mtu changed");
        broken(
            "list<tuple<u64, u8>>",
            "list<tuple<u64, u16>>",
            "udp/socket.receive changed",
        );
        broken(
            "result<socket, error-code>;",
            "result<socket>;",
            "udp/socket.open changed",
        );
    }

    #[test]
    fn async_and_not_async_are_different() {
        broken(
            "receive: async func",
            "receive: func",
            "udp/socket.receive changed",
        );
    }

    #[test]
    fn a_changed_record_breaks() {
        broken("port: u16", "port: u32", "types/endpoint changed");
        broken(
            "port: u16",
            "port: u16, scope: u32",
            "types/endpoint changed",
        );
        broken(
            "address: u32, port: u16",
            "port: u16, address: u32",
            "types/endpoint changed",
        );
    }

    #[test]
    fn a_changed_variant_or_enum_breaks() {
        broken(
            "denied(string), timeout,",
            "denied(string),",
            "types/error-code changed",
        );
        broken("denied(string)", "denied(u32)", "types/error-code changed");
        broken("timeout,", "timeout, refused,", "types/error-code changed");
        broken(
            "enum family { ipv4, ipv6 }",
            "enum family { ipv4 }",
            "types/family changed",
        );
    }

    #[test]
    fn a_world_that_asks_more_or_offers_less_breaks() {
        broken(
            "@since(version = 0.1.0)\n          import udp;",
            "",
            "world tool/import nethost:cap/udp is gone",
        );
        broken(
            "export run",
            "export more: func();\n @since(version = 0.1.0) export run",
            "world tool/export more is new",
        );
    }

    #[test]
    fn a_new_item_needs_a_new_version_and_its_date() {
        let mtu = "@since(version = 0.1.0)\n          mtu: func";
        let backdated = format!("@since(version = 0.1.0)\n ttl: func() -> u8;\n {mtu}");
        broken(
            mtu,
            &backdated,
            "udp/ttl is new, but says it was there since 0.1.0",
        );

        let dated = format!("@since(version = 0.1.1)\n ttl: func() -> u8;\n {mtu}");
        let next = RELEASED
            .replacen("cap@0.1.0", "cap@0.1.1", 1)
            .replacen(mtu, &dated, 1);
        assert_eq!(
            breaks(&surface(RELEASED).unwrap(), &surface(&next).unwrap()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_item_must_keep_its_date() {
        let next = RELEASED.replacen("cap@0.1.0", "cap@0.1.1", 1).replacen(
            "@since(version = 0.1.0)\n          mtu",
            "@since(version = 0.1.1)\n          mtu",
            1,
        );
        let found = breaks(&surface(RELEASED).unwrap(), &surface(&next).unwrap());
        assert_eq!(found, ["udp/mtu was there since 0.1.0, not since 0.1.1"]);
    }

    #[test]
    fn an_incompatible_version_may_change_anything() {
        let next = RELEASED
            .replace("0.1.0", "0.2.0")
            .replacen("port: u16", "port: u32", 1);
        assert_eq!(
            breaks(&surface(RELEASED).unwrap(), &surface(&next).unwrap()),
            Vec::<String>::new()
        );
        let older = RELEASED.replacen("cap@0.1.0", "cap@0.1.1", 1);
        assert!(!breaks(&surface(&older).unwrap(), &surface(RELEASED).unwrap()).is_empty());
    }

    #[test]
    fn an_item_without_a_date_is_named() {
        let undated = RELEASED.replacen("@since(version = 0.1.0)\n          mtu", "mtu", 1);
        assert_eq!(surface(&undated).unwrap_err(), ["udp/mtu"]);
        let undated = RELEASED.replacen("@since(version = 0.1.0)\n          record", "record", 1);
        assert_eq!(surface(&undated).unwrap_err(), ["types/endpoint"]);
    }
}
