//! What `ip help` and `ip OBJECT help` say: every command of an object, and the words that it takes.

use nethost_sdk::Exit;

use crate::words::usage;

/// The help of an object, or of `ip` itself; exit code 255, as iproute2 has it.
pub(crate) fn of(object: &str) -> Exit {
    let found = HELP.iter().find(|(known, _)| *known == object);
    usage(found.map_or(IP, |(_, text)| *text))
}

const IP: &str = "\
Usage: ip [ OPTIONS ] OBJECT [ COMMAND | help ]
       ip [ -force ] -batch FILE
OBJECT:   address addrlabel fou help ila ioam l2tp link macsec maddress monitor mptcp mroute mrule
          neighbor neighbour netconf netns nexthop ntable ntbl route rule sr stats tap tcpmetrics
          tcp_metrics token tunnel tuntap vrf xfrm
          or the beginning of such a word
OPTIONS:  -4 -6 -0 -B -M | -f[amily] { inet | inet6 | link | bridge | mpls }
          -s[tatistics] -d[etails] -h[uman-readable] -iec -o[neline] -br[ief]
          -j[son] -p[retty] -c[olor][={ always | auto | never }] -N[umeric] -r[esolve]
          -t[imestamp] -ts[hort] -rc[vbuf] [size] -l[oops] COUNT
          -n[etns] NAME -a[ll] -b[atch] FILE -force -V[ersion] -help";

const HELP: &[(&str, &str)] = &[
    (
        "address",
        "\
Usage: ip address [ show ] [ [ dev ] IFNAME ] [ FILTER ]...
       ip address { flush | save } [ dev IFNAME ] [ FILTER ]...
       ip address { restore | showdump }
       ip address { add | change | replace } PREFIX [ peer PREFIX ] dev IFNAME [ OPTION ]...
       ip address del PREFIX dev IFNAME
FILTER:   up | scope SCOPE | to PREFIX | label PATTERN | type KIND | group GROUP
          | master IFNAME | nomaster | vrf NAME
          | permanent | dynamic | secondary | primary | temporary
          | [-]tentative | [-]deprecated | [-]dadfailed | a flag of OPTION
OPTION:   broadcast { ADDRESS | + | - } | anycast ADDRESS | label NAME | scope SCOPE | metric NUMBER
          | valid_lft TIME | preferred_lft TIME
          | home | nodad | mngtmpaddr | noprefixroute | autojoin | optimistic
SCOPE:    host | link | global | NUMBER
TIME:     forever | SECONDS",
    ),
    (
        "addrlabel",
        "\
Usage: ip addrlabel [ list ]
       ip addrlabel { add | del } prefix PREFIX [ dev IFNAME ] [ label NUMBER ]
       ip addrlabel { flush | help }",
    ),
    (
        "fou",
        "\
Usage: ip fou add port PORT { ipproto PROTO | gue } [ local IFADDR ] [ peer IFADDR ] [ peer_port PORT ]
                  [ dev IFNAME ]
       ip fou del port PORT [ local IFADDR ] [ peer IFADDR ] [ peer_port PORT ] [ dev IFNAME ]
       ip fou show
PROTO:    a name | 1 to 255
PORT:     1 to 65535
IFADDR:   an IP address",
    ),
    (
        "ila",
        "\
Usage: ip ila add loc_match LOCATOR_MATCH loc LOCATOR [ dev DEV ] [ csum-mode MODE ] [ ident-type TYPE ]
       ip ila del loc_match LOCATOR_MATCH [ loc LOCATOR ] [ dev DEV ]
       ip ila list
MODE:     adj-transport | neutral-map | neutral-map-auto | no-action
TYPE:     luid | use-format",
    ),
    (
        "ioam",
        "\
Usage: ip ioam namespace show
       ip ioam namespace add ID [ data DATA32 ] [ wide DATA64 ]
       ip ioam namespace del ID
       ip ioam namespace set ID schema { ID | none }
       ip ioam schema show
       ip ioam schema add ID DATA
       ip ioam schema del ID
       ip ioam help",
    ),
    (
        "l2tp",
        "\
Usage: ip l2tp add tunnel remote ADDR local ADDR tunnel_id ID peer_tunnel_id ID [ encap { ip | udp } ]
                   [ udp_sport PORT ] [ udp_dport PORT ] [ udp_csum ON ] [ udp6_csum_tx ON ]
                   [ udp6_csum_rx ON ]
       ip l2tp add session [ name NAME ] tunnel_id ID session_id ID peer_session_id ID
                   [ cookie HEXSTR ] [ peer_cookie HEXSTR ] [ seq { none | send | recv | both } ]
                   [ l2spec_type { none | default } ]
       ip l2tp del tunnel tunnel_id ID
       ip l2tp del session tunnel_id ID session_id ID
       ip l2tp show tunnel [ tunnel_id ID ]
       ip l2tp show session [ tunnel_id ID ] [ session_id ID ]
ON:       on | off
HEXSTR:   8 or 16 digits in hexadecimal",
    ),
    (
        "link",
        "\
Usage: ip link [ show ] [ [ dev ] IFNAME ] [ FILTER ]...
       ip link add [ link IFNAME ] [ name ] NAME [ OPTION ]... type KIND [ OF THE KIND ]...
       ip link set { [ dev ] IFNAME | group GROUP } [ CHANGE ]... [ type KIND [ OF THE KIND ]... ]
       ip link delete { [ dev ] IFNAME | group GROUP } [ type KIND ]
       ip link property { add | del } dev IFNAME altname NAME...
       ip link xstats type KIND [ OF THE KIND ]
       ip link afstats [ dev IFNAME ]
       ip link help
FILTER:   up | group GROUP | master IFNAME | nomaster | vrf NAME | type KIND
OPTION:   address LLADDR | broadcast LLADDR | mtu NUMBER | index NUMBER | txqueuelen NUMBER
          | numtxqueues NUMBER | numrxqueues NUMBER | netns { NAME | PID } | a CHANGE
CHANGE:   up | down | name NAME | alias TEXT | address LLADDR | broadcast LLADDR | mtu NUMBER
          | txqueuelen NUMBER | group GROUP | master IFNAME | vrf NAME | nomaster
          | arp ON | dynamic ON | multicast ON | allmulticast ON | promisc ON | trailers ON
          | carrier ON | protodown ON | mode { default | dormant } | state STATE
          | addrgenmode { eui64 | none | stable_secret | random }
          | netns { NAME | PID } | link-netns NAME | link-netnsid NUMBER
          | gso_max_size NUMBER | gso_max_segs NUMBER | gro_max_size NUMBER
          | { xdp | xdpgeneric | xdpdrv | xdpoffload } off
          | vf NUMBER [ mac LLADDR ] [ vlan VLANID [ qos QOS ] ] [ rate RATE ] [ max_tx_rate RATE ]
            [ min_tx_rate RATE ] [ spoofchk ON ] [ query_rss ON ] [ state { auto | enable | disable } ]
            [ trust ON ] [ node_guid GUID ] [ port_guid GUID ]
ON:       on | off
KIND:     amt bareudp batadv bond bond_slave bridge bridge_slave dummy erspan geneve gre gretap gtp hsr
          ifb ip6erspan ip6gre ip6gretap ip6tnl ipip ipoib ipvlan ipvtap macsec macvlan macvtap rmnet sit
          veth vlan vrf vti vti6 vxcan vxlan xfrm and others without words of their own",
    ),
    (
        "macsec",
        "\
Usage: ip macsec add DEV tx sa NUMBER [ OPTS ] key ID KEY
       ip macsec set DEV tx sa NUMBER [ OPTS ]
       ip macsec del DEV tx sa NUMBER
       ip macsec { add | set } DEV rx SCI [ on | off ]
       ip macsec del DEV rx SCI
       ip macsec add DEV rx SCI sa NUMBER [ OPTS ] key ID KEY
       ip macsec set DEV rx SCI sa NUMBER [ OPTS ]
       ip macsec del DEV rx SCI sa NUMBER
       ip macsec show [ DEV ]
       ip macsec offload DEV [ off | phy | mac ]
NUMBER:   0 to 3
OPTS:     [ pn NUMBER | xpn NUMBER ] [ salt SALT ] [ ssci NUMBER ] [ on | off ]
SCI:      sci NUMBER | port NUMBER address LLADDR
ID, SALT: digits in hexadecimal
KEY:      128 or 256 bits in hexadecimal",
    ),
    (
        "maddress",
        "\
Usage: ip maddr [ show ] [ dev IFNAME ]
       ip maddr { add | del } LLADDR dev IFNAME",
    ),
    (
        "monitor",
        "\
Usage: ip monitor [ all | OBJECT... ] [ label ] [ dev IFNAME ]
OBJECT:   address link mroute neigh netconf nexthop nsid prefix route rule",
    ),
    (
        "mptcp",
        "\
Usage: ip mptcp endpoint add ADDRESS [ dev NAME ] [ id ID ] [ port NR ] [ FLAG ]...
       ip mptcp endpoint delete id ID [ ADDRESS ]
       ip mptcp endpoint change [ id ID ] [ ADDRESS ] [ port NR ] CHANGE-OPT
       ip mptcp endpoint show [ id ID ]
       ip mptcp endpoint flush
       ip mptcp limits set [ subflows NR ] [ add_addr_accepted NR ]
       ip mptcp limits show
FLAG:     signal | subflow | backup | fullmesh
CHANGE-OPT: backup | nobackup | fullmesh | nofullmesh",
    ),
    (
        "mroute",
        "\
Usage: ip mroute show [ [ to ] PREFIX ] [ from PREFIX ] [ iif IFNAME ] [ table TABLE ]
TABLE:    local | main | default | all | NUMBER",
    ),
    (
        "neigh",
        "\
Usage: ip neigh { add | del | change | replace } { ADDRESS [ lladdr LLADDR ] | proxy ADDRESS }
                dev IFNAME [ nud STATE ] [ router ] [ use ] [ managed ] [ extern_learn ]
                [ protocol PROTOCOL ]
       ip neigh { show | flush } [ proxy ] [ [ to ] PREFIX ] [ dev IFNAME ] [ nud STATE ] [ unused ]
                [ vrf NAME ] [ master IFNAME ] [ nomaster ] [ protocol PROTOCOL ]
       ip neigh get { ADDRESS | proxy ADDRESS } dev IFNAME
STATE:    delay | failed | incomplete | noarp | none | permanent | probe | reachable | stale",
    ),
    (
        "netconf",
        "\
Usage: ip netconf show [ dev STRING ]",
    ),
    (
        "netns",
        "\
Usage: ip netns [ list ]
       ip netns list-id [ nsid NUMBER ]
       ip netns add NAME
       ip netns attach NAME PID
       ip netns set NAME { NUMBER | auto }
       ip netns delete NAME
       ip -all netns delete
       ip netns identify [ PID ]
       ip netns pids NAME",
    ),
    (
        "nexthop",
        "\
Usage: ip nexthop { list | flush } [ protocol ID ] SELECTOR
       ip nexthop { add | replace } id ID NH [ protocol ID ]
       ip nexthop { get | del } id ID
SELECTOR: [ id ID ] [ dev DEV ] [ vrf NAME ] [ master DEV ] [ groups ] [ fdb ]
NH:       { blackhole | [ via ADDRESS ] [ dev DEV ] [ onlink ] [ encap ENCAP ]
          | group GROUP [ fdb ] [ type TYPE [ TYPE_ARGS ] ] }
GROUP:    ID[,weight][/ID[,weight]]...
TYPE:     mpath | resilient
TYPE_ARGS: [ buckets BUCKETS ] [ idle_timer IDLE ] [ unbalanced_timer UNBALANCED ]",
    ),
    (
        "ntable",
        "\
Usage: ip ntable [ show ] [ dev IFNAME ] [ name NAME ]
       ip ntable change name NAME [ dev IFNAME ] SETTING...
SETTING:  thresh1 NUMBER | thresh2 NUMBER | thresh3 NUMBER | gc_int TIME
          | base_reachable TIME | retrans TIME | gc_stale TIME | delay_probe TIME | queue NUMBER
          | app_probes NUMBER | ucast_probes NUMBER | mcast_probes NUMBER
          | anycast_delay TIME | proxy_delay TIME | proxy_queue NUMBER | locktime TIME
TIME:     in milliseconds",
    ),
    (
        "route",
        "\
Usage: ip route [ list ] [ FILTER ]...
       ip route { flush | save } FILTER...
       ip route { restore | showdump }
       ip route get [ to ] ADDRESS [ from ADDRESS ] [ iif IFNAME ] [ oif IFNAME ] [ vrf NAME ]
                [ tos TOS ] [ mark NUMBER ] [ uid NUMBER ] [ ipproto PROTOCOL ]
                [ sport NUMBER ] [ dport NUMBER ] [ fibmatch ]
       ip route { add | del | change | append | prepend | replace } [ TYPE ] PREFIX
                [ OPTION ]... [ HOP | nhid ID | nexthop HOP [ nexthop HOP ]... ]
FILTER:   [ to ] [ root | match | exact ] PREFIX | from PREFIX | via ADDRESS | src PREFIX
          | dev IFNAME | table TABLE | vrf NAME | proto PROTOCOL | type TYPE | scope SCOPE
          | tos TOS | metric NUMBER | realms REALMS | cached
OPTION:   table TABLE | proto PROTOCOL | scope SCOPE | metric NUMBER | tos TOS | src ADDRESS
          | from PREFIX | realms REALMS | pref { low | medium | high } | expires SECONDS
          | mtu [ lock ] NUMBER | advmss NUMBER | window NUMBER | hoplimit NUMBER
          | cwnd NUMBER | initcwnd NUMBER | initrwnd NUMBER | ssthresh NUMBER
          | reordering NUMBER | rtt TIME | rttvar TIME | rto_min TIME | quickack { 0 | 1 }
          | congctl NAME | features ecn | fastopen_no_cookie { 0 | 1 }
          | as [ to ] LABELS | ttl-propagate { enabled | disabled }
HOP:      [ encap ENCAP ] [ via [ inet | inet6 ] ADDRESS ] [ dev IFNAME ] [ weight NUMBER ]
          [ onlink ] [ pervasive ]
ENCAP:    see ip route add encap help
TYPE:     unicast | local | broadcast | multicast | throw | unreachable | prohibit | blackhole | nat
TABLE:    local | main | default | all | NUMBER | a name of rt_tables
SCOPE:    host | link | global | NUMBER
PROTOCOL: kernel | boot | static | NUMBER | a name of rt_protos
TIME:     NUMBER[s|ms]",
    ),
    (
        "route encap",
        "\
Usage: ip route ... encap TYPE [ OPTIONS ] [...]
TYPE:     mpls LABEL[/LABEL]... [ ttl TTL ]
          | ip id ID dst ADDRESS [ src ADDRESS ] [ tos TOS ] [ ttl TTL ] [ key ] [ csum ] [ seq ]
            [ vxlan_opts NUMBER | erspan_opts VERSION:INDEX:DIRECTION:HWID ]
          | ip6 id ID dst ADDRESS [ src ADDRESS ] [ tc TC ] [ hoplimit NUMBER ] [ key ] [ csum ] [ seq ]
          | ila LOCATOR [ csum-mode MODE ] [ ident-type TYPE ] [ hook-type { output | input } ]
          | seg6 mode { inline | encap | l2encap | encap.red | l2encap.red } segs SEGMENTS [ hmac KEYID ]
          | seg6local action ACTION [ PARAMETERS ] [ count ] [ flavors NAMES ]
          | rpl segs SEGMENTS
          | ioam6 [ freq K/N ] [ mode { inline | encap | auto } ] [ tundst ADDRESS ]
            trace prealloc type TYPE ns NUMBER size SIZE
          | xfrm if_id NUMBER [ link_dev IFNAME ]",
    ),
    (
        "rule",
        "\
Usage: ip rule [ list ] [ SELECTOR ]...
       ip rule { add | del } [ SELECTOR ]... ACTION
       ip rule { flush | save } [ SELECTOR ]...
       ip rule restore
SELECTOR: not | from PREFIX | to PREFIX | tos TOS | fwmark NUMBER[/MASK] | iif NAME | oif NAME
          | pref NUMBER | l3mdev | uidrange FIRST-LAST | ipproto PROTOCOL
          | sport FIRST[-LAST] | dport FIRST[-LAST] | tun_id NUMBER
ACTION:   table TABLE | protocol PROTOCOL | realms REALMS | goto NUMBER | nat ADDRESS | nop
          | suppress_prefixlength NUMBER | suppress_ifgroup GROUP
          | unreachable | prohibit | blackhole
TABLE:    local | main | default | NUMBER | a name of rt_tables",
    ),
    (
        "sr",
        "\
Usage: ip sr hmac show
       ip sr hmac set KEYID ALGO
       ip sr tunsrc show
       ip sr tunsrc set ADDRESS
       ip sr help
ALGO:     sha1 | sha256",
    ),
    (
        "stats",
        "\
Usage: ip stats show [ dev DEV ] [ group GROUP [ subgroup SUBGROUP [ suite SUITE ] ... ] ... ] ...
       ip stats set dev DEV l3_stats { on | off }
       ip stats help
GROUP:    link | xstats | xstats_slave | offload | afstats
SUBGROUP: of xstats and xstats_slave: bridge [ suite stp ] [ suite mcast ] | bond [ suite 802.3ad ]
          of offload: cpu_hit | hw_stats_info | l3_stats; of afstats: mpls",
    ),
    (
        "tcp_metrics",
        "\
Usage: ip tcp_metrics { show | flush } [ [ address ] PREFIX ]
       ip tcp_metrics delete [ address ] ADDRESS
       ip tcpmetrics help",
    ),
    (
        "token",
        "\
Usage: ip token [ list | get ] [ dev IFNAME ]
       ip token set TOKEN dev IFNAME
       ip token del dev IFNAME",
    ),
    (
        "tunnel",
        "\
Usage: ip tunnel [ show ] [ NAME ]
       ip tunnel { add | change | del } NAME [ mode MODE ] [ remote ADDRESS ] [ local ADDRESS ]
                 [ ttl TTL ] [ key KEY ] [ dev IFNAME ]
MODE:     gre | ipip | sit | vti
ADDRESS:  an IP address | any
TTL:      1 to 255 | inherit
KEY:      NUMBER | A.B.C.D",
    ),
    (
        "tuntap",
        "\
Usage: ip tuntap { add | del | show | list | lst | help } [ [ dev | name ] IFNAME ]
                 [ mode { tun | tap } ] [ user USER ] [ group GROUP ]
                 [ one_queue ] [ pi ] [ vnet_hdr ] [ multi_queue ]
USER:     a name | NUMBER
GROUP:    a name | NUMBER",
    ),
    (
        "vrf",
        "\
Usage: ip vrf show [ NAME ]",
    ),
    (
        "xfrm",
        "\
Usage: ip xfrm OBJECT [ COMMAND | help ]
OBJECT:   state | policy",
    ),
    (
        "xfrm state",
        "\
Usage: ip xfrm state [ list ] [ nokeys ] [ ID ] [ mode MODE ] [ reqid NUMBER ]
       ip xfrm state { add | update } ID ALGO... [ mode MODE ] [ mark MARK [ mask MASK ] ] [ reqid NUMBER ]
                     [ seq NUMBER ] [ replay-window SIZE ] [ flag FLAG... ] [ sel SELECTOR ]
                     [ limit LIMIT ]... [ encap TYPE SPORT DPORT OADDR ] [ coa ADDRESS ]
                     [ extra-flag NAME... ] [ offload [ dev DEV ] dir { in | out } ]
                     [ output-mark MARK [ mask MASK ] ] [ if_id NUMBER ] [ tfcpad LENGTH ]
       ip xfrm state allocspi ID [ mode MODE ] [ mark MARK ] [ reqid NUMBER ] [ min SPI max SPI ]
       ip xfrm state { delete | get } ID [ mark MARK [ mask MASK ] ]
       ip xfrm state deleteall [ ID ] [ mode MODE ] [ reqid NUMBER ]
       ip xfrm state flush [ proto PROTOCOL ]
       ip xfrm state count
ID:       [ src ADDRESS ] [ dst ADDRESS ] [ proto PROTOCOL ] [ spi NUMBER ]
PROTOCOL: esp | ah | comp | route2 | hao
ALGO:     enc NAME KEY | auth NAME KEY | auth-trunc NAME KEY LENGTH | aead NAME KEY LENGTH | comp NAME
MODE:     transport | tunnel | beet | ro | in_trigger
FLAG:     noecn | decap-dscp | nopmtudisc | wildrecv | icmp | af-unspec | align4 | esn
LIMIT:    { time-soft | time-hard | time-use-soft | time-use-hard | byte-soft | byte-hard
          | packet-soft | packet-hard } NUMBER",
    ),
    (
        "xfrm policy",
        "\
Usage: ip xfrm policy [ list ] [ dir DIR ] [ src PREFIX ] [ dst PREFIX ] [ index NUMBER ]
                      [ priority NUMBER ]
       ip xfrm policy { add | update } SELECTOR dir DIR [ mark MARK [ mask MASK ] ] [ index NUMBER ]
                      [ ptype PTYPE ] [ action { allow | block } ] [ priority NUMBER ]
                      [ flag { localok | icmp }... ] [ if_id NUMBER ] [ limit LIMIT ]... [ tmpl TMPL ]...
       ip xfrm policy { delete | get } { SELECTOR | index NUMBER } dir DIR [ mark MARK ] [ ptype PTYPE ]
                      [ if_id NUMBER ]
       ip xfrm policy deleteall [ dir DIR ] [ src PREFIX ] [ dst PREFIX ] [ index NUMBER ]
       ip xfrm policy flush [ ptype PTYPE ]
       ip xfrm policy count
       ip xfrm policy set [ hthresh4 LBITS RBITS ] [ hthresh6 LBITS RBITS ]
       ip xfrm policy setdefault DIR { block | accept } ...
       ip xfrm policy getdefault
SELECTOR: [ src PREFIX ] [ dst PREFIX ] [ dev DEV ] [ proto PROTOCOL [ sport PORT ] [ dport PORT ]
          [ type NUMBER ] [ code NUMBER ] [ key KEY ] ]
DIR:      in | out | fwd
PTYPE:    main | sub
TMPL:     ID [ mode MODE ] [ reqid NUMBER ] [ level { required | use } ]",
    ),
];
