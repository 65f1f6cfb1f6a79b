//! Bonds and their ports.

use super::field::Form::{Link, Number, Plain, Word, WordOrNull};
use super::field::{Field, field};

/// IFLA_BOND_….
pub(super) const LINK: &[Field] = &[
    field(1, "mode", "mode", Word(MODES)),
    field(2, "active_slave", "active_slave", Link),
    field(3, "miimon", "miimon", Number),
    field(4, "updelay", "updelay", Number),
    field(5, "downdelay", "downdelay", Number),
    field(28, "peer_notify_delay", "peer_notify_delay", Number),
    field(6, "use_carrier", "use_carrier", Number),
    field(7, "arp_interval", "arp_interval", Number),
    field(30, "arp_missed_max", "arp_missed_max", Number),
    field(9, "arp_validate", "arp_validate", WordOrNull(VALIDATE)),
    field(10, "arp_all_targets", "arp_all_targets", Word(ALL_TARGETS)),
    field(11, "primary", "primary", Link),
    field(12, "primary_reselect", "primary_reselect", Word(RESELECT)),
    field(13, "fail_over_mac", "fail_over_mac", Word(FAIL_OVER)),
    field(14, "xmit_hash_policy", "xmit_hash_policy", Word(HASH)),
    field(15, "resend_igmp", "resend_igmp", Number),
    field(16, "num_peer_notif", "num_grat_arp", Number),
    field(17, "all_slaves_active", "all_slaves_active", Number),
    field(18, "min_links", "min_links", Number),
    field(19, "lp_interval", "lp_interval", Number),
    field(20, "packets_per_slave", "packets_per_slave", Number),
    field(29, "ad_lacp_active", "lacp_active", Word(ACTIVE)),
    field(21, "ad_lacp_rate", "lacp_rate", Word(RATE)),
    field(22, "ad_select", "ad_select", Word(SELECT)),
    field(24, "ad_actor_sys_prio", "ad_actor_sys_prio", Number),
    field(25, "ad_user_port_key", "ad_user_port_key", Number),
    field(26, "ad_actor_system", "ad_actor_system", Plain),
    field(27, "tlb_dynamic_lb", "tlb_dynamic_lb", Number),
];

/// IFLA_BOND_SLAVE_….
pub(super) const PORT: &[Field] = &[
    field(1, "state", "state", Word(STATES)),
    field(2, "mii_status", "mii_status", Word(MII)),
    field(3, "link_failure_count", "link_failure_count", Number),
    field(4, "perm_hwaddr", "perm_hwaddr", Plain),
    field(5, "queue_id", "queue_id", Number),
    field(9, "prio", "prio", Number),
    field(6, "ad_aggregator_id", "ad_aggregator_id", Number),
    field(
        7,
        "ad_actor_oper_port_state",
        "ad_actor_oper_port_state",
        Number,
    ),
    field(
        8,
        "ad_partner_oper_port_state",
        "ad_partner_oper_port_state",
        Number,
    ),
];

/// BOND_MODE_….
pub(in super::super) const MODES: &[(u64, &str)] = &[
    (0, "balance-rr"),
    (1, "active-backup"),
    (2, "balance-xor"),
    (3, "broadcast"),
    (4, "802.3ad"),
    (5, "balance-tlb"),
    (6, "balance-alb"),
];

/// arp_validate.
pub(in super::super) const VALIDATE: &[(u64, &str)] = &[
    (0, "none"),
    (1, "active"),
    (2, "backup"),
    (3, "all"),
    (4, "filter"),
    (5, "filter_active"),
    (6, "filter_backup"),
];

/// arp_all_targets.
pub(in super::super) const ALL_TARGETS: &[(u64, &str)] = &[(0, "any"), (1, "all")];

/// primary_reselect.
pub(in super::super) const RESELECT: &[(u64, &str)] =
    &[(0, "always"), (1, "better"), (2, "failure")];

/// fail_over_mac.
pub(in super::super) const FAIL_OVER: &[(u64, &str)] = &[(0, "none"), (1, "active"), (2, "follow")];

/// xmit_hash_policy.
pub(in super::super) const HASH: &[(u64, &str)] = &[
    (0, "layer2"),
    (1, "layer3+4"),
    (2, "layer2+3"),
    (3, "encap2+3"),
    (4, "encap3+4"),
    (5, "vlan+srcmac"),
];

/// lacp_rate.
pub(in super::super) const RATE: &[(u64, &str)] = &[(0, "slow"), (1, "fast")];

/// lacp_active.
pub(in super::super) const ACTIVE: &[(u64, &str)] = &[(0, "off"), (1, "on")];

/// ad_select.
pub(in super::super) const SELECT: &[(u64, &str)] =
    &[(0, "stable"), (1, "bandwidth"), (2, "count")];

/// BOND_STATE_….
const STATES: &[(u64, &str)] = &[(0, "ACTIVE"), (1, "BACKUP")];

/// BOND_LINK_….
const MII: &[(u64, &str)] = &[(0, "UP"), (1, "GOING_DOWN"), (2, "DOWN"), (3, "GOING_BACK")];
