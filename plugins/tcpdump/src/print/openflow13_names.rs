//! The names of OpenFlow 1.3.

use super::prelude::*;

pub(crate) const CAPABILITIES: &Table = &[
    (1, "FLOW_STATS"),
    (2, "TABLE_STATS"),
    (4, "PORT_STATS"),
    (8, "GROUP_STATS"),
    (32, "IP_REASM"),
    (64, "QUEUE_STATS"),
    (256, "PORT_BLOCKED"),
];
pub(crate) const CONFIGURATION: &Table = &[(0, "FRAG_NORMAL"), (1, "FRAG_DROP"), (2, "FRAG_REASM")];
pub(crate) const TABLES: &Table = &[(254, "MAX"), (255, "ALL")];
pub(crate) const MISS_LENGTHS: &Table = &[(65509, "MAX"), (65535, "NO_BUFFER")];
pub(crate) const PORT_CONFIGURATION: &Table = &[
    (1, "PORT_DOWN"),
    (4, "NO_RECV"),
    (32, "NO_FWD"),
    (64, "NO_PACKET_IN"),
];
pub(crate) const PORT_STATES: &Table = &[(1, "LINK_DOWN"), (2, "BLOCKED"), (4, "LIVE")];
pub(crate) const PORT_FEATURES: &Table = &[
    (1, "10MB_HD"),
    (2, "10MB_FD"),
    (4, "100MB_HD"),
    (8, "100MB_FD"),
    (16, "1GB_HD"),
    (32, "1GB_FD"),
    (64, "10GB_FD"),
    (128, "40GB_FD"),
    (256, "100GB_FD"),
    (512, "1TB_FD"),
    (1024, "OTHER"),
    (2048, "COPPER"),
    (4096, "FIBER"),
    (8192, "AUTONEG"),
    (16384, "PAUSE"),
    (32768, "PAUSE_ASYM"),
];
pub(crate) const HELLO_ELEMENTS: &Table = &[(1, "VERSIONBITMAP")];
pub(crate) const PORTS: &Table = &[
    (4294967040, "MAX"),
    (4294967288, "IN_PORT"),
    (4294967289, "TABLE"),
    (4294967290, "NORMAL"),
    (4294967291, "FLOOD"),
    (4294967292, "ALL"),
    (4294967293, "CONTROLLER"),
    (4294967294, "LOCAL"),
    (4294967295, "ANY"),
];
pub(crate) const ROLES: &Table = &[(0, "NOCHANGE"), (1, "EQUAL"), (2, "MASTER"), (3, "SLAVE")];
pub(crate) const VERSIONS: &Table = &[
    (1, "1.0"),
    (2, "1.1"),
    (4, "1.2"),
    (8, "1.3"),
    (16, "1.4"),
    (32, "1.5"),
];
pub(crate) const REASON_BITS: &Table = &[(1, "NO_MATCH"), (2, "ACTION"), (4, "INVALID_TTL")];
pub(crate) const CHANGES: &Table = &[(0, "ADD"), (1, "DELETE"), (2, "MODIFY")];
pub(crate) const CHANGE_BITS: &Table = &[(1, "ADD"), (2, "DELETE"), (4, "MODIFY")];
pub(crate) const ERRORS: &Table = &[
    (0, "HELLO_FAILED"),
    (1, "BAD_REQUEST"),
    (2, "BAD_ACTION"),
    (3, "BAD_INSTRUCTION"),
    (4, "BAD_MATCH"),
    (5, "FLOW_MOD_FAILED"),
    (6, "GROUP_MOD_FAILED"),
    (7, "PORT_MOD_FAILED"),
    (8, "TABLE_MOD_FAILED"),
    (9, "QUEUE_OP_FAILED"),
    (10, "SWITCH_CONFIG_FAILED"),
    (11, "ROLE_REQUEST_FAILED"),
    (12, "METER_MOD_FAILED"),
    (13, "TABLE_FEATURES_FAILED"),
    (65535, "EXPERIMENTER"),
];
pub(crate) const HELLO_ERRORS: &Table = &[(0, "INCOMPATIBLE"), (1, "EPERM")];
pub(crate) const REQUEST_ERRORS: &Table = &[
    (0, "BAD_VERSION"),
    (1, "BAD_TYPE"),
    (2, "BAD_MULTIPART"),
    (3, "BAD_EXPERIMENTER"),
    (4, "BAD_EXP_TYPE"),
    (5, "EPERM"),
    (6, "BAD_LEN"),
    (7, "BUFFER_EMPTY"),
    (8, "BUFFER_UNKNOWN"),
    (9, "BAD_TABLE_ID"),
    (10, "IS_SLAVE"),
    (11, "BAD_PORT"),
    (12, "BAD_PACKET"),
    (13, "MULTIPART_BUFFER_OVERFLOW"),
];
pub(crate) const ACTION_ERRORS: &Table = &[
    (0, "BAD_TYPE"),
    (1, "BAD_LEN"),
    (2, "BAD_EXPERIMENTER"),
    (3, "BAD_EXP_TYPE"),
    (4, "BAD_OUT_PORT"),
    (5, "BAD_ARGUMENT"),
    (6, "EPERM"),
    (7, "TOO_MANY"),
    (8, "BAD_QUEUE"),
    (9, "BAD_OUT_GROUP"),
    (10, "MATCH_INCONSISTENT"),
    (11, "UNSUPPORTED_ORDER"),
    (12, "BAD_TAG"),
    (13, "BAD_SET_TYPE"),
    (14, "BAD_SET_LEN"),
    (15, "BAD_SET_ARGUMENT"),
];
pub(crate) const INSTRUCTION_ERRORS: &Table = &[
    (0, "UNKNOWN_INST"),
    (1, "UNSUP_INST"),
    (2, "BAD_TABLE_ID"),
    (3, "UNSUP_METADATA"),
    (4, "UNSUP_METADATA_MASK"),
    (5, "BAD_EXPERIMENTER"),
    (6, "BAD_EXP_TYPE"),
    (7, "BAD_LEN"),
    (8, "EPERM"),
];
pub(crate) const MATCH_ERRORS: &Table = &[
    (0, "BAD_TYPE"),
    (1, "BAD_LEN"),
    (2, "BAD_TAG"),
    (3, "BAD_DL_ADDR_MASK"),
    (4, "BAD_NW_ADDR_MASK"),
    (5, "BAD_WILDCARDS"),
    (6, "BAD_FIELD"),
    (7, "BAD_VALUE"),
    (8, "BAD_MASK"),
    (9, "BAD_PREREQ"),
    (10, "DUP_FIELD"),
    (11, "EPERM"),
];
pub(crate) const FLOW_ERRORS: &Table = &[
    (0, "UNKNOWN"),
    (1, "TABLE_FULL"),
    (2, "BAD_TABLE_ID"),
    (3, "OVERLAP"),
    (4, "EPERM"),
    (5, "BAD_TIMEOUT"),
    (6, "BAD_COMMAND"),
    (7, "BAD_FLAGS"),
];
pub(crate) const GROUP_ERRORS: &Table = &[
    (0, "GROUP_EXISTS"),
    (1, "INVALID_GROUP"),
    (2, "WEIGHT_UNSUPPORTED"),
    (3, "OUT_OF_GROUPS"),
    (4, "OUT_OF_BUCKETS"),
    (5, "CHAINING_UNSUPPORTED"),
    (6, "WATCH_UNSUPPORTED"),
    (7, "LOOP"),
    (8, "UNKNOWN_GROUP"),
    (9, "CHAINED_GROUP"),
    (10, "BAD_TYPE"),
    (11, "BAD_COMMAND"),
    (12, "BAD_BUCKET"),
    (13, "BAD_MATCH"),
    (14, "EPERM"),
];
pub(crate) const PORT_ERRORS: &Table = &[
    (0, "BAD_PORT"),
    (1, "BAD_HW_ADDR"),
    (2, "BAD_CONFIG"),
    (3, "BAD_ADVERTISE"),
    (4, "EPERM"),
];
pub(crate) const TABLE_ERRORS: &Table = &[(0, "BAD_TABLE"), (1, "BAD_CONFIG"), (2, "EPERM")];
pub(crate) const QUEUE_ERRORS: &Table = &[(0, "BAD_PORT"), (1, "BAD_QUEUE"), (2, "EPERM")];
pub(crate) const CONFIGURATION_ERRORS: &Table = &[(0, "BAD_FLAGS"), (1, "BAD_LEN"), (2, "EPERM")];
pub(crate) const ROLE_ERRORS: &Table = &[(0, "STALE"), (1, "UNSUP"), (2, "BAD_ROLE")];
pub(crate) const METER_ERRORS: &Table = &[
    (0, "UNKNOWN"),
    (1, "METER_EXISTS"),
    (2, "INVALID_METER"),
    (3, "UNKNOWN_METER"),
    (4, "BAD_COMMAND"),
    (5, "BAD_FLAGS"),
    (6, "BAD_RATE"),
    (7, "BAD_BURST"),
    (8, "BAD_BAND"),
    (9, "BAD_BAND_VALUE"),
    (10, "OUT_OF_METERS"),
    (11, "OUT_OF_BANDS"),
];
pub(crate) const FEATURE_ERRORS: &Table = &[
    (0, "BAD_TABLE"),
    (1, "BAD_METADATA"),
    (2, "BAD_TYPE"),
    (3, "BAD_LEN"),
    (4, "BAD_ARGUMENT"),
    (5, "EPERM"),
];
