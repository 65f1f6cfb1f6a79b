//! What -h, -v and mistakes print.

use nethost_sdk::Exit;

const SYNOPSIS: &str = "\
lsof from nethost
 usage: [-?abhjJKlnNoOPRtUvVX] [+|-c c] [+|-d s] [+D D] [+|-E] [+|-e s] [+|-f[gG]]
 [-F [f]] [-g [s]] [-i [i]] [+|-L [l]] [-o [o]] [-p s]
 [+|-r [t]] [-s [p:s]] [-T [t]] [-u s] [+|-w] [-x [fl]] [--] [names]
";

/// Follows a mistake.
pub(crate) fn usage() -> String {
    format!("{SYNOPSIS}Use the ``-h'' option to get more help information.")
}

/// A mistake on the command line.
pub(crate) fn misused(what: impl std::fmt::Display) -> Exit {
    Exit::misused(1, format!("lsof: {what}"))
}

/// -v.
pub(crate) fn version() -> Exit {
    Exit {
        stderr: format!(
            "lsof version information:\n    revision: {} (nethost)",
            env!("CARGO_PKG_VERSION")
        ),
        ..Exit::default()
    }
}

/// -h and -?.
pub(crate) fn help() -> Exit {
    Exit {
        stderr: format!(
            "{SYNOPSIS}Defaults in parentheses; comma-separated set (s) items; dash-separated ranges.
  -?|-h list help          -a AND selections (OR)     -b avoid kernel blocks
  -c c  cmd c ^c /c/[bix]  +c w  COMMAND width (9)    +d s  dir s files
  -d s  select by FD set   +D D  dir D tree           -J|-j JSON, lines of it
  -i select IPv[46] files  -l list UID numbers        -n no host names
  -N select NFS files      -o list file offset        -P no port names
  -Q allow failed search   -R list paRent PID         -s list file size
  -t terse listing         -T disable TCP/TPI info    -U select Unix socket
  -v list version info     -V verbose search          +|-w  Warnings (+)
  -X skip TCP&UDP* files   -- end option scan
  +|-f[gG] flaGs           +|-e s  exempt s            -K [i] list|(i)gn tasKs
  -E display endpoint info              +E display endpoint info and files
  +f|-f  +filesystem or -file names
  -F [f] select fields; -F? for help
  +|-L [l] list (+) suppress (-) link counts < l (0 = all; default = 0)
  -p s   exclude(^)|select PIDs         -T fqs TCP/TPI Fl,Q,St (s) info
  -g [s] exclude(^)|select and print process group IDs
  -i i   select by IPv[46] address: [46][proto][@host|addr][:svc_list|port_list]
  +|-r [t[m<fmt>]] repeat every t seconds (15);  + until no files, - forever.
  -s p:s  exclude(^)|select protocol (p = TCP|UDP) states by name(s).
  -u s   exclude(^)|select login|UID set s
  -x [fl] cross over +d|+D File systems or symbolic Links
  names  select named files or files on named file systems"
        ),
        ..Exit::default()
    }
}

/// -F ?.
pub(crate) fn fields() -> Exit {
    Exit {
        stderr: "lsof:	ID    field description
	 a    access: r = read; w = write; u = read/write
	 c    command name
	 d    device character code
	 D    major/minor device number as 0x<hex>
	 f    file descriptor
	 G    file flaGs
	 i    inode number
	 k    link count
	 K    task ID (TID)
	 l    lock: r/R = read; w/W = write; u = read/write
	 L    login name
	 m    marker between repeated output
	 M    task comMand name
	 n    comment, name, Internet addresses
	 o    file offset as 0t<dec> or 0x<hex>
	 p    process ID (PID)
	 g    process group ID (PGID)
	 P    protocol name
	 r    raw device number as 0x<hex>
	 R    paRent PID
	 s    file size
	 S    stream module and device names
	 t    file type
	 T    TCP/TPI info
	 u    user ID (UID)
	 0    (zero) use NUL field terminator instead of NL"
            .into(),
        ..Exit::default()
    }
}
