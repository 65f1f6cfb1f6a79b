#!/bin/busybox sh
# The guest's first process. Runs each line of /commands with iproute2 and with ours, each in a namespace of its own, and
# writes what they print to the second serial port.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /root /var/log /var/lib /var/cache /sbin /usr/sbin /usr/bin
/bin/busybox --install -s /bin
/bin/busybox ln -s /bin/busybox /sbin/modprobe
export PATH=/bin:/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
echo root:x:0:0::/root:/bin/sh > /etc/passwd
stty -F /dev/ttyS1 raw -echo
ip() { /lab/ip "$@"; }
set -f
# The kernel loads modules of kinds of links by itself; these it does not.
for module in l2tp_netlink l2tp_eth l2tp_ip l2tp_ip6 fou fou6 ila macsec xfrm_user esp4 esp6 mpls_router mpls_iptunnel; do
    modprobe $module
done
{
    while IFS= read -r line; do
        case $line in
        '' | '#'*) ;;
        '='*)
            for who in native ours; do
                ip netns delete $who 2>/dev/null
                ip netns add $who
                ip -n $who link set lo up
            done
            ;;
        '!'*)
            for who in native ours; do
                ip netns exec $who /lab/ip ${line#!} </dev/null || echo "in $who: $line" >/dev/console
            done
            ;;
        *)
            echo "@native"
            ip netns exec native /lab/ip $line </dev/null 2>&1
            echo "@code $?"
            echo "@ours"
            ip netns exec ours /lab/nethost --allow route.write ip $line </dev/null 2>&1
            echo "@code $?"
            ;;
        esac
    done </commands
    echo "@over"
} >/dev/ttyS1
poweroff -f
