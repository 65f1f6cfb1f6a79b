//! jq beside the native one. Debian's jq is older than 1.8, so the table has only lines on which both agree; where 1.8
//! differs, its manual decides.

use crate::case::{cases, sampled};
use nethost_tests::command::Output;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use std::os::unix::fs::PermissionsExt;

cases! {
    [Netns, Program("jq")] in each way => { says_what_the_native_one_says }
    [Netns, Program("jq")] => { takes_options_as_the_native_one_does }
    [Netns] in each way => { reads_only_what_was_typed, ends_with_the_codes_of_jq }
    [Netns] => { bounds_what_is_hostile, speaks_jq_1_8 }
}

/// A program, a tab, and its input.
const TABLE: &str = r##".	{"a":1,"b":[1,2]}
.a	{"a":1}
.a.b.c	{"a":{"b":{"c":3}}}
.a?	[1]
.[0]	[1,2]
.[-1]	[1,2]
.[5]	[1,2]
.[1:]	[1,2,3]
.[:-1]	"abc"
.["a","b"]	{"a":1,"b":2}
.[]	{"b":1,"a":2}
.[]?	1
..	[1,[2]]
[..]	{"a":[1]}
.a, .b	{"a":1,"b":2}
.a | .b	{"a":{"b":2}}
{a, b: .c, "d": 1}	{"a":1,"c":2}
{(.a,.b): .c}	{"a":"x","b":"y","c":3}
{"x\(1+1)": 2}	null
[.[] | . * 2]	[1,2,3]
[(1,2) + (10,20)]	null
[(1,2) * (3,4)]	null
{a:(1,2), b:(3,4)}	null
"\(1,2)-\(3,4)"	null
1 + 2 * 3 - 4 / 2 % 3	null
.a + .b	{"a":[1],"b":[2]}
. - ["a"]	["a","b","a"]
. * {"a":{"c":2}}	{"a":{"b":1}}
. / ", "	"a, b, c"
. % 3	-7
10 / 4	null
. == 1	1.0
. < {}	[]
. and false	null
null or 1	null
[.[] | not]	[true,false,null,0]
.a // "d"	{"a":null}
(false, null, 1) // 2	null
[.[] // "x"]	[1,null,2]
empty // 3	null
if . then "y" else "n" end	0
if .a then 1 elif .b then 2 else 3 end	{"b":true}
[.[] | if . > 1 then "big" else "small" end]	[1,2,3]
try error("x") catch .	null
try error({a:1}) catch .a	null
[.[] | try tonumber catch "bad"]	["1","x",2]
(.a | tonumber)?	{"a":"q"}
[.[] | (1 / .)?]	[1,0,2]
reduce .[] as $x (0; . + $x)	[1,2,3]
reduce .[] as [$a,$b] (0; . + $a * $b)	[[1,2],[3,4]]
[foreach .[] as $x (0; . + $x)]	[1,2,3]
[foreach .[] as $x (0; . + $x; [$x, .])]	[1,2,3]
[foreach (1,2) as $x (0; ., 10; . + $x)]	null
. as [$a, {b: $c}] | [$a, $c]	[1,{"b":2}]
. as {a: $x, b: [$y]} | $x + $y	{"a":1,"b":[2]}
. as {$a, $b} | $a - $b	{"a":5,"b":3}
[.[] as [$a] ?// $a | $a]	[[1],2]
[limit(3; .[])]	[1,2,3,4]
[first(range(10)), last(range(10)), nth(5; range(10))]	null
first, last	[1,2,3]
[range(5)]	null
[range(2;5)]	null
[range(0;10;3)]	null
[range(5;0;-2)]	null
[while(. < 100; . * 2)]	1
[until(. > 100; . * 2)]	1
[recurse(if . < 3 then . + 1 else empty end)]	0
[recurse(.[]?)]	[1,[2]]
[.[] | tostring]	[1,"a",null,[1],{"a":2}]
[.[] | tojson]	[1,"a",null,[1.5]]
[.[] | fromjson]	["1","[1,2]","{\"a\":null}"]
[.[] | type]	[null,true,1,"a",[],{}]
[.[] | length]	[null,-3,"añ",[1],{"a":1}]
utf8bytelength	"añ"
keys, keys_unsorted	{"b":1,"a":2}
keys	[3,4]
has("a"), has("z")	{"a":1}
[.[] | in({"a":1})]	["a","b"]
map(. + 1)	[1,2]
map_values(. + 1)	{"a":1}
map_values(empty)	{"a":1}
path(.a[0].b)	null
[paths]	{"a":[1,{"b":2}]}
[paths(type == "number")]	{"a":[1,{"b":2}]}
[leaf_paths]	{"a":[1,{"b":2}]}
getpath(["a","b"])	{"a":{"b":1}}
getpath(["x","y"])	{}
setpath(["a",0]; 5)	null
delpaths([["a"],["b",0]])	{"a":1,"b":[1,2]}
del(.a)	{"a":1,"b":2}
del(.[0,2])	[1,2,3]
del(.[] | select(. > 1))	[1,2,3]
to_entries	{"a":1,"b":2}
from_entries	[{"key":"a","value":1},{"name":"b","value":2}]
with_entries(.value += 1)	{"a":1}
select(.a > 1)	{"a":2}
[.[] | select(. != null)]	[1,null]
add	[1,2,3]
add	["a","b"]
add	[]
any, all	[true,false]
any(. > 2), all(. > 0)	[1,2,3]
flatten	[1,[2,[3]]]
flatten(1)	[1,[2,[3]]]
[.[] | floor, ceil, round]	[1.5,-1.5]
sqrt	16
[pow(2;10), log, exp10]	1
[pow(2,3; 1,2)]	null
sort	[3,1,2,null,"a",[1],{"a":1},true]
sort_by(.a)	[{"a":2},{"a":1}]
sort_by(.a, .b)	[{"a":1,"b":2},{"a":1,"b":1}]
group_by(.a)	[{"a":2},{"a":1},{"a":2}]
min, max	[3,1,2]
min_by(.a), max_by(.a)	[{"a":3},{"a":1}]
unique	[3,1,3]
unique_by(length)	["a","bb","c"]
reverse	[1,2,3]
contains("bar")	"foobar"
contains(["a"])	["abc","d"]
inside([1,2,3])	[1,2]
startswith("a"), endswith("c")	"abc"
ltrimstr("a"), rtrimstr("c")	"abc"
[splits(", *")]	"a, b,c"
split(",")	"a,b,c"
split(", *"; null)	"a, b,c"
join("-")	["a",1,null,true]
ascii_downcase, ascii_upcase	"aBc"
explode, (explode | implode)	"abc"
indices(",")	"a,b,c"
[index("b"), rindex("b")]	"abcb"
indices([1,2])	[0,1,2,1,2]
test("B"; "i")	"abc"
[match("(?<x>b)") | .captures[0].name]	"abc"
capture("(?<y>\\d+)-(?<m>\\d+)")	"2024-05"
[scan("\\w")]	"a b"
[scan("(a)(b)")]	"abab"
sub("b"; "X"), gsub("b"; "X")	"abcb"
gsub("(?<c>[a-z])"; "<\(.c)>")	"ab"
@text, @json	[1,"a"]
@csv, @tsv	[1,"a\"b",null,true]
@uri	"a b&ü"
@sh	"it's"
@base64, (@base64 | @base64d)	"hello"
@base64 "x\(.)y"	"hello"
@html "<\(.)>"	"a<b>&"
@json "j\(.)"	["a"]
todate	1425599621
fromdate	"2015-03-05T23:51:47Z"
strptime("%Y-%m-%d")	"2024-02-29"
strptime("%Y-%m-%dT%H:%M:%SZ") | mktime	"2015-03-05T23:51:47Z"
gmtime | mktime	1425599621
strftime("%A, %B %d, %Y %j %U %e %H:%M:%S %p")	1425599621
walk(if type == "number" then . + 1 else . end)	[1,{"a":2}]
transpose	[[1],[2,3]]
[combinations]	[[1,2],[3,4]]
input_line_number	null
env | type	null
[.[] | ascii_downcase?]	["A",1]
tostream	{"a":[1,2]}
[tostream] | fromstream(.[])	{"a":[1,{"b":2}]}
fromstream(1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]]))	null
isempty(empty), isempty(1)	null
[splits("a")]	"bab"
.a = 1	null
.a |= . + 1	{"a":1}
.a += 1, .a -= 1, .a *= 2, .a /= 2, .a %= 2, .a //= 3	{"a":5}
.[] += 1	[1,2]
.a[1:3] = ["x"]	{"a":[1,2,3,4]}
.[2] = 1	[0]
(.a, .b) = 9	{"a":1}
.a.b |= 5	{}
.. |= (if type == "number" then . + 1 else . end)	[1,[2]]
.[0] |= empty	[1]
def f: . + 1; f | f	1
def f(g): [g, g]; f(.a)	{"a":1}
def f($x; $y): $x + $y; f(1; 2)	null
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; fac	10
[label $out | .[] | if . > 1 then break $out else . end]	[1,2,3]
1 as $x | 2 as $y | [$x, $y, $x + $y]	null
[.[] as $x | $x * 2]	[1,2]
. as $d | keys | map($d[.])	{"a":1,"b":2}
"a" * 3	null
{} + {"a":1} + {"a":2}	null
infinite, -infinite, (nan | isnan)	null
[1,2,3] | .[1:] | length	null
[.[] | numbers, strings, nulls, booleans, arrays, objects]	[1,"a",null,true,[],{}]
[.[] | iterables, scalars]	[1,[]]
splits("x")	1
.[]	1
1 + "a"	null
{} - 1	null
{} * 1	null
[] / 1	null
-"a"	null
tonumber	[]
keys	1
has(0)	{"a":1}
length	true
error	"boom"
error	{"a":1}
implode	1
test(1)	"a"
@csv	{"a":1}
@csv	[[1]]
@base64d	"!!!!"
fromjson	"{a"
fromjson	"[1,"
sort	1
group_by(.a)	1
join(",")	[[1]]
strptime("%Y")	"x"
mktime	1
range("a";1)	null
path(1)	null
path(.a | tostring)	null
INDEX(.a)	[{"a":1},{"a":2}]
IN(1,2)	2
[.[] | IN(1,2)]	[1,3]
[.[] | @text "v=\(.)"]	[1,"x"]
[1,[2]] | getpath([1,0])	null
input	null
[inputs]	null
ltrimstr("x") | rtrimstr("y")	"xzy"
"\u00e9\ud83d\ude00" | length	null
.[] | [.a, .b] | @tsv	[{"a":1,"b":"x\ty"}]
[paths(..)]	[[1]]
to_entries | map(select(.value > 1)) | from_entries	{"a":1,"b":2}
[.[] | {k: .a} | .k]	[{"a":1},{"a":2}]
limit(2; repeat(1))	null
[.[:2], .[2:]]	[1,2,3]
splits("a";"g")	"bab"
halt_error	"bye\n"
halt_error(3)	{"a":1}
"x" | halt	null
"##;

/// Options and a program of one word each.
const OPTIONS: &[(&str, &str)] = &[
    ("-c .", "{\"b\":1,\"a\":[1,2]}"),
    (".", "{\"b\":1,\"a\":[1,{}],\"c\":{}}"),
    ("-S .", "{\"b\":1,\"a\":{\"d\":1,\"c\":2}}"),
    ("--tab .", "[1,[2]]"),
    ("--indent 1 .", "[1,[2]]"),
    ("--indent 0 .", "[1,[2]]"),
    ("-r .[]", "[\"a\",1]"),
    ("-j .[]", "[\"a\",1]"),
    ("-a .", "\"\u{e9}\u{1f600}\""),
    ("-s -c .", "1 2 3"),
    ("-n -c [inputs]", "1 2 3"),
    ("-n input,input", "1 2 3"),
    ("-R .", "a\nb"),
    ("-Rs .", "a\nb\n"),
    ("-Rn [inputs]", "a\nb\n"),
    ("-e .", "null"),
    ("-e .", "1"),
    ("-e .[]", "[]"),
    ("-c --stream .", "{\"a\":[1,{\"b\":2}],\"c\":[]}"),
    ("-c --stream .", "3 \"a\" []"),
    ("--seq -c .", "\u{1e}[1]\n\u{1e}2\n"),
    ("-c --arg x 1 [$x,$ARGS.named]", "null"),
    ("-c --argjson x {\"a\":1} $x", "null"),
    ("-nc --args $ARGS a b", "null"),
    ("-nc --jsonargs $ARGS 1 {}", "null"),
];

fn ours(node: &Namespace, args: &[&str], input: &str) -> Recorded {
    invoke(node, "", "jq", "")
        .with(|command| command.args(args).stdin(input))
        .run()
}

fn native(node: &Namespace, args: &[&str], input: &str) -> Output {
    node.command("jq").args(args).stdin(input).run()
}

fn says_what_the_native_one_says() {
    let node = Namespace::new("client");
    let mut different = Vec::new();
    for line in sampled(TABLE.lines()) {
        let (program, input) = line.split_once('\t').unwrap();
        let input = format!("{input}\n");
        let (ours, native) = (
            ours(&node, &["-c", program], &input).output,
            native(&node, &["-c", program], &input),
        );
        let same = ours.code == native.code
            && ours.stdout == native.stdout
            && ours.stderr == native.stderr;
        if !same {
            different.push(format!(
                "{program} of {input}native: {native}\nours: {ours}"
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn takes_options_as_the_native_one_does() {
    let node = Namespace::new("client");
    for (line, input) in OPTIONS {
        let words: Vec<&str> = line.split(' ').collect();
        let ours = ours(&node, &words, input).output;
        let native = native(&node, &words, input);
        assert_eq!(ours.stdout, native.stdout, "{line} of {input}");
        assert_eq!(ours.code, native.code, "{line} of {input}");
    }
}

fn reads_only_what_was_typed() {
    let node = Namespace::new("client");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in.json");
    std::fs::write(&file, "{\"a\":1}").unwrap();
    // Another user reads it too.
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let path = file.to_str().unwrap();
    let run = ours(&node, &["-c", ".", path], "");
    assert_eq!(run.output.stdout, "{\"a\":1}\n", "{}", run.output);
    let deny = format!("--deny file.read={path}");
    let run = invoke(&node, &deny, "jq", "")
        .with(|command| command.args([".", path]))
        .run();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert!(
        run.output.stderr.contains("denied: file.read"),
        "{}",
        run.output
    );
    let module = folder.path().join("m.jq");
    std::fs::write(&module, "def f: 1;").unwrap();
    let program = "import \"m\" as m; m::f";
    let words = ["-n", "-L", folder.path().to_str().unwrap(), program];
    let run = ours(&node, &words, "");
    assert_eq!(run.output.code, 3, "{}", run.output);
    assert!(run.output.stderr.contains("denied"), "{}", run.output);
}

/// A command line, its input, and the exit code.
const ENDS: &[(&[&str], &str, i32)] = &[
    (&["."], "1", 0),
    (&["-e", "."], "null", 1),
    (&["--no-such-option"], "", 2),
    (&["--indent", "9", "."], "1", 2),
    (&[".", "/no/such/file"], "", 2),
    (&["nonsense"], "1", 3),
    (&["-e", "empty"], "1", 4),
    (&["error"], "1", 5),
    (&["."], "{", 5),
    (&["halt_error(7)"], "1", 7),
];

fn ends_with_the_codes_of_jq() {
    let node = Namespace::new("client");
    for (words, input, code) in ENDS {
        let run = ours(&node, words, input);
        assert_eq!(run.output.code, *code, "{words:?}: {}", run.output);
    }
}

fn bounds_what_is_hostile() {
    let node = Namespace::new("client");
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let run = ours(&node, &["-c", "."], &deep(9_999));
    assert_eq!(run.output.stdout.trim_end(), deep(9_999));
    let run = ours(&node, &["-c", "."], &deep(10_001));
    assert_eq!(run.output.code, 5, "{}", run.output);
    let told = "jq: parse error: Exceeds depth limit for parsing at line 1, column 10001\n";
    assert_eq!(run.output.stderr, told);
    let program = "(".repeat(5_000);
    let run = ours(&node, &["-n", &program], "");
    assert_eq!(run.output.code, 3, "{}", run.output);
}

fn speaks_jq_1_8() {
    let node = Namespace::new("client");
    for (program, input, expected) in [
        ("[.[] as [$a] ?// $a | $a]", "[[1],2]", "[1,2]"),
        ("[limit(0; 1, 2)]", "null", "[]"),
        (
            ".",
            "100000000000000000000000000000001",
            "100000000000000000000000000000001",
        ),
        (
            "[.[] | tojson]",
            "[1.000,1e1000]",
            "[\"1.000\",\"1E+1000\"]",
        ),
        ("try error(null) catch .", "1", "null"),
        (
            "{$__loc__}",
            "1",
            "{\"__loc__\":{\"file\":\"<top-level>\",\"line\":1}}",
        ),
        ("ltrimstr(\"a\")", "\"ab\"", "\"b\""),
        ("[.[] | toboolean]", "[\"true\",false]", "[true,false]"),
        ("trim", "\" a \"", "\"a\""),
        ("pick(.a)", "{\"a\":1,\"b\":2}", "{\"a\":1}"),
        ("have_decnum", "1", "true"),
    ] {
        let run = ours(&node, &["-c", program], input);
        assert_eq!(
            run.output.stdout.trim_end(),
            expected,
            "{program}: {}",
            run.output
        );
    }
}
