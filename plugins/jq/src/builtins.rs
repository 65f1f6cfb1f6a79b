//! The functions of jq that are written in jq. Only those that a program uses are parsed.

/// Whether a function has paths, and which of its arguments are asked for theirs. A bit for each argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paths {
    /// It gives values only.
    None,
    /// It has the paths of these arguments.
    Through(u32),
    /// These arguments are asked for their paths, whatever the function is asked for.
    Asked(u32),
}

/// A function.
#[derive(Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) arity: usize,
    pub(crate) paths: Paths,
    pub(crate) text: &'static str,
}

/// The function of this name.
pub(crate) fn find(name: &str, arity: usize) -> Option<&'static Builtin> {
    BUILTINS
        .iter()
        .find(|builtin| builtin.arity == arity && builtin.name == name)
}

/// All of them.
pub(crate) fn names() -> impl Iterator<Item = (&'static str, usize)> {
    BUILTINS.iter().map(|builtin| (builtin.name, builtin.arity))
}

macro_rules! builtins {
    ($($name:literal $arity:literal $paths:expr => $text:literal)*) => {
        &[$(Builtin { name: $name, arity: $arity, paths: $paths, text: $text }),*]
    };
}

use Paths::{Asked, None as Values, Through};

static BUILTINS: &[Builtin] = builtins! {
    "map" 1 Values => "def map(f): [.[] | f];"
    "map_values" 1 Values => "def map_values(f): .[] |= f;"
    "select" 1 Through(0) => "def select(f): if f then . else empty end;"
    "recurse" 0 Through(0) => "def recurse: ..;"
    "recurse" 1 Through(1) => "def recurse(f): def each: ., (f | each); each;"
    "recurse" 2 Through(1) => "def recurse(f; cond): def each: ., (f | select(cond) | each); each;"
    "error" 1 Values => "def error(message): message | error;"
    "values" 0 Through(0) => "def values: if . == null then empty else . end;"
    "nulls" 0 Through(0) => "def nulls: if . == null then . else empty end;"
    "booleans" 0 Through(0) => "def booleans: if type == \"boolean\" then . else empty end;"
    "numbers" 0 Through(0) => "def numbers: if type == \"number\" then . else empty end;"
    "strings" 0 Through(0) => "def strings: if type == \"string\" then . else empty end;"
    "arrays" 0 Through(0) => "def arrays: if type == \"array\" then . else empty end;"
    "objects" 0 Through(0) => "def objects: if type == \"object\" then . else empty end;"
    "iterables" 0 Through(0) =>
        "def iterables: if (type == \"array\") or (type == \"object\") then . else empty end;"
    "scalars" 0 Through(0) =>
        "def scalars: if (type == \"array\") or (type == \"object\") then empty else . end;"
    "normals" 0 Through(0) => "def normals: if isnormal then . else empty end;"
    "finites" 0 Through(0) => "def finites: if isfinite then . else empty end;"
    "add" 1 Values => "def add(f): reduce f as $x (null; . + $x);"
    "range" 1 Values => "def range($upto): range(0; $upto);"
    "while" 2 Through(2) =>
        "def while(cond; update): def each: if cond then ., (update | each) else empty end; each;"
    "until" 2 Through(2) =>
        "def until(cond; update): def each: if cond then . else (update | each) end; each;"
    "repeat" 1 Through(1) => "def repeat(f): def each: f, each; each;"
    "first" 0 Through(0) => "def first: .[0];"
    "last" 0 Through(0) => "def last: .[-1];"
    "nth" 1 Through(0) => "def nth($n): .[$n];"
    "nth" 2 Through(2) =>
        "def nth($n; f): if $n < 0 then error(\"nth doesn't support negative indices\") else first(skip($n; f)) end;"
    "isempty" 1 Values => "def isempty(f): label $done | (f | false, break $done), true;"
    "all" 1 Values => "def all(cond): all(.[]; cond);"
    "any" 1 Values => "def any(cond): any(.[]; cond);"
    "all" 0 Values => "def all: all(.[]; .);"
    "any" 0 Values => "def any: any(.[]; .);"
    "all" 2 Values => "def all(f; cond): isempty(f | cond and empty);"
    "any" 2 Values => "def any(f; cond): isempty(f | cond or empty) | not;"
    "in" 1 Values => "def in(f): . as $key | f | has($key);"
    "inside" 1 Values => "def inside(f): . as $part | f | contains($part);"
    "combinations" 0 Values =>
        "def combinations: if length == 0 then [] else .[0][] as $one | (.[1:] | combinations) as $rest | [$one] + $rest end;"
    "combinations" 1 Values => "def combinations(n): . as $set | [range(n) | $set] | combinations;"
    "walk" 1 Values =>
        "def walk(f): def into: if type == \"object\" then map_values(into) elif type == \"array\" then map(into) else . end | f; into;"
    "transpose" 0 Values =>
        "def transpose: . as $rows | (map(length) | max // 0) as $width | [range(0; $width) as $at | [$rows[][$at]]];"
    "to_entries" 0 Values => "def to_entries: [keys_unsorted[] as $key | {key: $key, value: .[$key]}];"
    "from_entries" 0 Values =>
        "def from_entries: reduce .[] as $one ({}; . + {($one | .key // .Key // .name // .Name): ($one | if has(\"value\") then .value else .Value end)});"
    "with_entries" 1 Values => "def with_entries(f): to_entries | map(f) | from_entries;"
    "del" 1 Asked(1) => "def del(f): delpaths([path(f)]);"
    "paths" 0 Values => "def paths: path(..) | select(length > 0);"
    "paths" 1 Values => "def paths(f): path(.. | select(f)) | select(length > 0);"
    "leaf_paths" 0 Values => "def leaf_paths: paths(scalars);"
    "pick" 1 Asked(1) =>
        "def pick(f): . as $all | reduce path(f) as $way (null; setpath($way; $all | getpath($way)));"
    "tostream" 0 Values =>
        "def tostream: path(def each: (.[]? | each), .; each) as $way | getpath($way) | reduce path(.[]?) as $step ([$way, .]; [$way + $step]);"
    "fromstream" 1 Values =>
        "def fromstream(f): {x: null, e: false} as $start | foreach f as $event ($start; if .e then $start else . end | if $event | length == 2 then setpath([\"e\"]; $event[0] | length == 0) | setpath([\"x\"] + $event[0]; $event[1]) else setpath([\"e\"]; $event[0] | length == 1) end; if .e then .x else empty end);"
    "truncate_stream" 1 Values =>
        "def truncate_stream(f): . as $depth | null | f | if (.[0] | length) > $depth then setpath([0]; .[0][$depth:]) else empty end;"
    "limit" 2 Through(2) =>
        "def limit($n; f): if $n < 0 then error(\"limit doesn't support negative count\") else _limit($n; f) end;"
    "skip" 2 Through(2) =>
        "def skip($n; f): if $n < 0 then error(\"skip doesn't support negative count\") else _skip($n; f) end;"
    "range" 3 Values =>
        "def range($from; $upto; $by): if $by > 0 then $from | while(. < $upto; . + $by) elif $by < 0 then $from | while(. > $upto; . + $by) else empty end;"
    "indices" 1 Values =>
        "def indices($part): if type == \"array\" and ($part | type) == \"array\" then .[$part] elif type == \"array\" then .[[$part]] elif type == \"string\" and ($part | type) == \"string\" then _strindices($part) else .[$part] end;"
    "index" 1 Values => "def index($part): indices($part) | .[0];"
    "rindex" 1 Values => "def rindex($part): indices($part) | .[-1:][0];"
    "flatten" 0 Values => "def flatten: _flatten(1e9);"
    "flatten" 1 Values =>
        "def flatten($depth): if $depth < 0 then error(\"flatten depth must not be negative\") else _flatten($depth) end;"
    "isfinite" 0 Values => "def isfinite: type == \"number\" and (isinfinite | not);"
    "todateiso8601" 0 Values => "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"
    "fromdateiso8601" 0 Values => "def fromdateiso8601: strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime;"
    "todate" 0 Values => "def todate: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"
    "fromdate" 0 Values => "def fromdate: strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime;"
    "date" 0 Values => "def date: todate;"
    "dateadd" 2 Values => "def dateadd(unit; $count): . + $count;"
    "datesub" 2 Values => "def datesub(unit; $count): . - $count;"
    "match" 1 Values => "def match($spec): _spec($spec) as [$re, $flags] | _match($re; $flags; false) | .[];"
    "match" 2 Values => "def match(re; flags): _match(re; flags; false) | .[];"
    "test" 1 Values => "def test($spec): _spec($spec) as [$re, $flags] | _match($re; $flags; true);"
    "test" 2 Values => "def test(re; flags): _match(re; flags; true);"
    "capture" 1 Values => "def capture($spec): _spec($spec) as [$re, $flags] | _match($re; $flags; false) | .[] | _named;"
    "capture" 2 Values => "def capture(re; flags): _match(re; flags; false) | .[] | _named;"
    "scan" 1 Values => "def scan($re): scan($re; null);"
    "scan" 2 Values =>
        "def scan($re; $flags): match($re; \"g\" + $flags) | if .captures == [] then .string else [.captures[].string] end;"
    "splits" 1 Values => "def splits($re): splits($re; null);"
    "splits" 2 Values => "def splits($re; $flags): split($re; $flags)[];"
    "split" 2 Values => "def split($re; $flags): _cut([match($re; $flags + \"g\")]);"
    "sub" 2 Values => "def sub($re; f): sub($re; f; \"\");"
    "sub" 3 Values => "def sub($re; f; $flags): _replace([match($re; $flags)]; f);"
    "gsub" 2 Values => "def gsub($re; f): sub($re; f; \"g\");"
    "gsub" 3 Values => "def gsub($re; f; $flags): sub($re; f; $flags + \"g\");"
    "inputs" 0 Values => "def inputs: _inputs;"
    "debug" 1 Through(0) => "def debug(f): (f | debug | empty), .;"
    "halt_error" 0 Values => "def halt_error: halt_error(5);"
    "INDEX" 1 Values => "def INDEX(f): INDEX(.[]; f);"
    "INDEX" 2 Values => "def INDEX(rows; f): reduce rows as $row ({}; .[$row | f | tostring] |= $row);"
    "JOIN" 2 Values => "def JOIN($index; f): [.[] | [., $index[f]]];"
    "JOIN" 3 Values => "def JOIN($index; rows; f): rows | [., $index[f]];"
    "JOIN" 4 Values => "def JOIN($index; rows; f; g): rows | [., $index[f]] | g;"
    "IN" 1 Values => "def IN(f): any(f == .; .);"
    "IN" 2 Values => "def IN(f; g): any(f == g; .);"
    "ascii" 0 Values => "def ascii: [.] | implode;"
    "get_search_list" 0 Values => "def get_search_list: _search_list;"
    "input_line_number" 0 Values => "def input_line_number: _line;"
    "ltrimstr" 1 Values => "def ltrimstr($left): if startswith($left) then .[($left | length):] end;"
    "rtrimstr" 1 Values => "def rtrimstr($right): if endswith($right) then .[:length - ($right | length)] end;"
    "trimstr" 1 Values => "def trimstr($text): ltrimstr($text) | rtrimstr($text);"
    "min_by" 1 Values => "def min_by(f): _min_by(f);"
    "max_by" 1 Values => "def max_by(f): _max_by(f);"
    "group_by" 1 Values => "def group_by(f): _group_by(f);"
    "unique_by" 1 Values => "def unique_by(f): _unique_by(f);"
    "sort_by" 1 Values => "def sort_by(f): _sort_by(f);"
};
