//! The names of OpenFlow 1.0.

use super::prelude::*;

pub(crate) const PORT_CONFIGURATION: &Table = &[
    (1, "PORT_DOWN"),
    (2, "NO_STP"),
    (4, "NO_RECV"),
    (8, "NO_RECV_STP"),
    (16, "NO_FLOOD"),
    (32, "NO_FWD"),
    (64, "NO_PACKET_IN"),
];
pub(crate) const SPANNING_TREE: &Table = &[
    (0, "STP_LISTEN"),
    (256, "STP_LEARN"),
    (512, "STP_FORWARD"),
    (768, "STP_BLOCK"),
];
pub(crate) const PORTS: &Table = &[
    (65280, "MAX"),
    (65528, "IN_PORT"),
    (65529, "TABLE"),
    (65530, "NORMAL"),
    (65531, "FLOOD"),
    (65532, "ALL"),
    (65533, "CONTROLLER"),
    (65534, "LOCAL"),
    (65535, "NONE"),
];
pub(crate) const PORT_FEATURES: &Table = &[
    (1, "10MB_HD"),
    (2, "10MB_FD"),
    (4, "100MB_HD"),
    (8, "100MB_FD"),
    (16, "1GB_HD"),
    (32, "1GB_FD"),
    (64, "10GB_FD"),
    (128, "COPPER"),
    (256, "FIBER"),
    (512, "AUTONEG"),
    (1024, "PAUSE"),
    (2048, "PAUSE_ASYM"),
];
pub(crate) const QUEUE_PROPERTIES: &Table = &[(0, "NONE"), (1, "MIN_RATE")];
pub(crate) const WILDCARDS: &Table = &[
    (1, "IN_PORT"),
    (2, "DL_VLAN"),
    (4, "DL_SRC"),
    (8, "DL_DST"),
    (16, "DL_TYPE"),
    (32, "NW_PROTO"),
    (64, "TP_SRC"),
    (128, "TP_DST"),
    (1048576, "DL_VLAN_PCP"),
    (2097152, "NW_TOS"),
];
pub(crate) const ACTIONS: &Table = &[
    (0, "OUTPUT"),
    (1, "SET_VLAN_VID"),
    (2, "SET_VLAN_PCP"),
    (3, "STRIP_VLAN"),
    (4, "SET_DL_SRC"),
    (5, "SET_DL_DST"),
    (6, "SET_NW_SRC"),
    (7, "SET_NW_DST"),
    (8, "SET_NW_TOS"),
    (9, "SET_TP_SRC"),
    (10, "SET_TP_DST"),
    (11, "ENQUEUE"),
    (65535, "VENDOR"),
];
pub(crate) const ACTION_BITS: &Table = &[
    (1, "OUTPUT"),
    (2, "SET_VLAN_VID"),
    (4, "SET_VLAN_PCP"),
    (8, "STRIP_VLAN"),
    (16, "SET_DL_SRC"),
    (32, "SET_DL_DST"),
    (64, "SET_NW_SRC"),
    (128, "SET_NW_DST"),
    (256, "SET_NW_TOS"),
    (512, "SET_TP_SRC"),
    (1024, "SET_TP_DST"),
    (2048, "ENQUEUE"),
];
pub(crate) const CAPABILITIES: &Table = &[
    (1, "FLOW_STATS"),
    (2, "TABLE_STATS"),
    (4, "PORT_STATS"),
    (8, "STP"),
    (16, "RESERVED"),
    (32, "IP_REASM"),
    (64, "QUEUE_STATS"),
    (128, "ARP_MATCH_IP"),
];
pub(crate) const CONFIGURATION: &Table = &[(0, "FRAG_NORMAL"), (1, "FRAG_DROP"), (2, "FRAG_REASM")];
pub(crate) const COMMANDS: &Table = &[
    (0, "ADD"),
    (1, "MODIFY"),
    (2, "MODIFY_STRICT"),
    (3, "DELETE"),
    (4, "DELETE_STRICT"),
];
pub(crate) const BUFFERS: &Table = &[(4294967295, "NONE")];
pub(crate) const FLOW_FLAGS: &Table = &[(1, "SEND_FLOW_REM"), (2, "CHECK_OVERLAP"), (4, "EMERG")];
pub(crate) const STATISTICS: &Table = &[
    (0, "DESC"),
    (1, "FLOW"),
    (2, "AGGREGATE"),
    (3, "TABLE"),
    (4, "PORT"),
    (5, "QUEUE"),
    (65535, "VENDOR"),
];
pub(crate) const TABLES: &Table = &[(254, "EMERG"), (255, "ALL")];
pub(crate) const QUEUES: &Table = &[(4294967295, "ALL")];
pub(crate) const STATISTICS_FLAGS: &Table = &[(1, "MORE")];
pub(crate) const REASONS: &Table = &[(0, "NO_MATCH"), (1, "ACTION")];
pub(crate) const REMOVALS: &Table = &[(0, "IDLE_TIMEOUT"), (1, "HARD_TIMEOUT"), (2, "DELETE")];
pub(crate) const CHANGES: &Table = &[(0, "ADD"), (1, "DELETE"), (2, "MODIFY")];
pub(crate) const ERRORS: &Table = &[
    (0, "HELLO_FAILED"),
    (1, "BAD_REQUEST"),
    (2, "BAD_ACTION"),
    (3, "FLOW_MOD_FAILED"),
    (4, "PORT_MOD_FAILED"),
    (5, "QUEUE_OP_FAILED"),
];
pub(crate) const HELLO_ERRORS: &Table = &[(0, "INCOMPATIBLE"), (1, "EPERM")];
pub(crate) const REQUEST_ERRORS: &Table = &[
    (0, "BAD_VERSION"),
    (1, "BAD_TYPE"),
    (2, "BAD_STAT"),
    (3, "BAD_VENDOR"),
    (4, "BAD_SUBTYPE"),
    (5, "EPERM"),
    (6, "BAD_LEN"),
    (7, "BUFFER_EMPTY"),
    (8, "BUFFER_UNKNOWN"),
];
pub(crate) const ACTION_ERRORS: &Table = &[
    (0, "BAD_TYPE"),
    (1, "BAD_LEN"),
    (2, "BAD_VENDOR"),
    (3, "BAD_VENDOR_TYPE"),
    (4, "BAD_OUT_PORT"),
    (5, "BAD_ARGUMENT"),
    (6, "EPERM"),
    (7, "TOO_MANY"),
    (8, "BAD_QUEUE"),
];
pub(crate) const FLOW_ERRORS: &Table = &[
    (0, "ALL_TABLES_FULL"),
    (1, "OVERLAP"),
    (2, "EPERM"),
    (3, "BAD_EMERG_TIMEOUT"),
    (4, "BAD_COMMAND"),
    (5, "UNSUPPORTED"),
];
pub(crate) const PORT_ERRORS: &Table = &[(0, "BAD_PORT"), (1, "BAD_HW_ADDR")];
pub(crate) const QUEUE_ERRORS: &Table = &[(0, "BAD_PORT"), (1, "BAD_QUEUE"), (2, "EPERM")];
pub(crate) const BIG_SWITCH_MESSAGES: &Table = &[
    (0, "SET_IP_MASK"),
    (1, "GET_IP_MASK_REQUEST"),
    (2, "GET_IP_MASK_REPLY"),
    (3, "SET_MIRRORING"),
    (4, "GET_MIRRORING_REQUEST"),
    (5, "GET_MIRRORING_REPLY"),
    (6, "SHELL_COMMAND"),
    (7, "SHELL_OUTPUT"),
    (8, "SHELL_STATUS"),
    (9, "GET_INTERFACES_REQUEST"),
    (10, "GET_INTERFACES_REPLY"),
    (11, "SET_PKTIN_SUPPRESSION_REQUEST"),
    (12, "SET_L2_TABLE_REQUEST"),
    (13, "GET_L2_TABLE_REQUEST"),
    (14, "GET_L2_TABLE_REPLY"),
    (15, "VIRTUAL_PORT_CREATE_REQUEST"),
    (16, "VIRTUAL_PORT_CREATE_REPLY"),
    (17, "VIRTUAL_PORT_REMOVE_REQUEST"),
    (18, "BW_ENABLE_SET_REQUEST"),
    (19, "BW_ENABLE_GET_REQUEST"),
    (20, "BW_ENABLE_GET_REPLY"),
    (21, "BW_CLEAR_DATA_REQUEST"),
    (22, "BW_CLEAR_DATA_REPLY"),
    (23, "BW_ENABLE_SET_REPLY"),
    (24, "SET_L2_TABLE_REPLY"),
    (25, "SET_PKTIN_SUPPRESSION_REPLY"),
    (26, "VIRTUAL_PORT_REMOVE_REPLY"),
    (27, "HYBRID_GET_REQUEST"),
    (28, "HYBRID_GET_REPLY"),
    (31, "PDU_TX_REQUEST"),
    (32, "PDU_TX_REPLY"),
    (33, "PDU_RX_REQUEST"),
    (34, "PDU_RX_REPLY"),
    (35, "PDU_RX_TIMEOUT"),
];
pub(crate) const BIG_SWITCH_ACTIONS: &Table =
    &[(1, "MIRROR"), (2, "SET_TUNNEL_DST"), (4, "CHECKSUM")];
pub(crate) const MIRROR_STAGES: &Table = &[(0, "INGRESS"), (1, "EGRESS")];
pub(crate) const SWITCHES: &Table = &[(0, "OFF"), (1, "ON")];
