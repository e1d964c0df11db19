//! Words and commands of shell strings, as `sh -c` reads them.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{commands, split};

fn words(source: &str) -> Vec<String> {
    split(source).into_iter().map(|word| word.text.into_owned()).collect()
}

fn parsed(source: &str) -> Vec<Vec<String>> {
    commands(source).map(|c| c.words.into_iter().map(|word| word.text.into_owned()).collect()).collect()
}

#[test]
fn quoting() {
    for (source, expected) in [
        ("", &[][..]),
        ("  \t ", &[]),
        ("a b  c", &["a", "b", "c"]),
        ("'a b' c", &["a b", "c"]),
        ("\"a b\" c", &["a b", "c"]),
        ("a\\ b c", &["a b", "c"]),
        ("'' \"\"", &["", ""]),
        ("a''b", &["ab"]),
        ("--f=\"x y\"z", &["--f=x yz"]),
        ("'a\\b'", &["a\\b"]),
        ("\"a\\b\\\"\\\\\\$c\\`\"", &["a\\b\"\\$c`"]),
        ("a \\\n  --b", &["a", "--b"]),
        ("--des\\\ntination", &["--destination"]),
        ("\"a\\\nb\"", &["ab"]),
        ("a\\", &["a\\"]),
        ("\\é é'é'\"é\"", &["é", "ééé"]),
        ("a # b c", &["a"]),
        ("a#b", &["a#b"]),
        ("# only\nb", &["b"]),
        ("'open a b", &["open a b"]),
        ("x \"open a; b", &["x", "open a; b"]),
        ("{ } {} a{b,c}", &["{", "}", "{}", "a{b,c}"]),
    ] {
        assert_eq!(words(source), expected, "`{source}`");
    }
}

#[test]
fn expansions_stay_as_written() {
    for (source, expected, expands) in [
        ("$IMAGE", "$IMAGE", true),
        ("--d=$REG/app:${TAG:-a b}", "--d=$REG/app:${TAG:-a b}", true),
        ("\"$A b\"", "$A b", true),
        ("'$A'", "$A", false),
        ("\\$A", "$A", false),
        ("\"\\$A\"", "$A", false),
        ("$(params.image)", "$(params.image)", true),
        ("$(echo \")\" ')' $(x))", "$(echo \")\" ')' $(x))", true),
        ("`git rev-parse HEAD`", "`git rev-parse HEAD`", true),
        ("$((1 + 2))", "$((1 + 2))", true),
        ("\"${X:-it's}\"", "${X:-it's}", true),
        ("\"$(echo 'a\"b')\"", "$(echo 'a\"b')", true),
        ("{{ inputs.parameters.image }}:1", "{{ inputs.parameters.image }}:1", true),
        ("${{ matrix.tag }}", "${{ matrix.tag }}", true),
        ("$", "$", false),
        ("a$", "a$", false),
        ("$1x", "$1x", true),
        ("$(never closed; b", "$(never closed; b", true),
    ] {
        let words = split(source);
        assert_eq!(words.len(), 1, "`{source}`: {words:?}");
        assert_eq!(words[0].text, expected, "`{source}`");
        assert_eq!(words[0].expands, expands, "`{source}`");
        assert_eq!(words[0].range, 0..source.len(), "`{source}`");
    }
}

#[test]
fn plain_and_fully_quoted_words_borrow() {
    for word in split("/kaniko/executor '--insecure' \"--cache\" $(x)/y --d=$A:b") {
        assert!(matches!(word.text, std::borrow::Cow::Borrowed(_)), "{word:?}");
    }
}

#[test]
fn ranges_point_into_the_source() {
    let source = "a  'b c' # d\n\"e\"f";
    let ranges: Vec<_> = split(source).into_iter().map(|word| source.get(word.range).unwrap()).collect();
    assert_eq!(ranges, ["a", "'b c'", "\"e\"f"]);
}

#[test]
fn simple_commands() {
    let cases: &[(&str, &[&[&str]])] = &[
        ("a b; c && d || e | f & g\nh", &[&["a", "b"], &["c"], &["d"], &["e"], &["f"], &["g"], &["h"]]),
        ("(cd /x; make)", &[&["cd", "/x"], &["make"]]),
        (";;a&&", &[&["a"]]),
        (
            "if test -f x; then\n  /kaniko/executor --insecure\nelse true; fi",
            &[&["test", "-f", "x"], &["/kaniko/executor", "--insecure"], &["true"]],
        ),
        ("while ! ping x; do sleep 1; done", &[&["ping", "x"], &["sleep", "1"]]),
        ("{ a; b; }", &[&["a"], &["b"]]),
        ("'if' x", &[&["if", "x"]]),
        ("echo if then", &[&["echo", "if", "then"]]),
        ("a >out 2>&1 b </dev/null >> log", &[&["a", "b"]]),
        ("a &>all b", &[&["a", "b"]]),
        ("a;&>all b", &[&["a"], &["b"]]),
        ("a 2 >x", &[&["a", "2"]]),
        ("a >", &[&["a"]]),
        ("cat <<EOF > f\n--insecure $x '\nEOF\nb", &[&["cat"], &["b"]]),
        ("cat <<-'E F'\n\tx\n\tE F\nb", &[&["cat"], &["b"]]),
        ("a <<X; b <<Y\n1\nX\n2\nY\nc", &[&["a"], &["b"], &["c"]]),
        ("a <<EOF\nnever closed", &[&["a"]]),
        ("a <<<word b", &[&["a", "b"]]),
        ("f() { a; }", &[&["f"], &["a"]]),
    ];
    for (source, expected) in cases {
        assert_eq!(parsed(source), *expected, "`{source}`");
    }
}

#[test]
fn assignments() {
    let all: Vec<_> = commands("A=1 B='x y' run C=3; D+=$X; 'E'=5; 1F=6; export G=7").collect();
    let assigned = |i: usize| -> Vec<_> { all[i].assignments.iter().map(|word| word.assignment().unwrap()).collect() };
    assert_eq!(assigned(0), [("A", "1"), ("B", "x y")]);
    assert_eq!(all[0].program(), Some("run"));
    assert_eq!(all[0].words[1].assignment(), Some(("C", "3")));
    assert_eq!(assigned(1), [("D", "$X")]);
    assert!(all[1].words.is_empty() && all[1].program().is_none());
    assert_eq!(all[2].words[0].text, "E=5");
    assert_eq!(all[2].words[0].assignment(), None);
    assert_eq!(all[3].words[0].text, "1F=6");
    assert_eq!(all[4].words[1].assignment(), Some(("G", "7")));
}

#[test]
fn a_megabyte_of_anything_is_quick() {
    let unit_of = |unit: &str| unit.repeat((1 << 20) / unit.len());
    for unit in [
        "a ", "'", "\"", "\\", "$(", "${", "`", "{", "{{a", "<<E\n", "<<A<<B\n", "(", "#\n", "$('", "\"$(", "A=",
        "é'é'", "2>", "\\\n",
    ] {
        let source = unit_of(unit);
        let begin = Instant::now();
        let (words, commands) = (split(&source).len(), commands(&source).count());
        // Far above what is measured (tens of ms, unoptimised), far below what anything quadratic needs.
        assert!(begin.elapsed() < Duration::from_secs(10), "`{unit}`: {:?}, {words} {commands}", begin.elapsed());
    }
}

proptest! {
    #[test]
    fn any_text_is_read(source in "[ab=é \t\n'\"\\\\$(){}`<>&|;#2-]{0,60}") {
        let mut end = 0;
        for word in split(&source) {
            prop_assert!(word.range.start >= end && word.range.end > word.range.start);
            prop_assert!(source.get(word.range.clone()).is_some());
            end = word.range.end;
        }
        let in_commands: usize = commands(&source).map(|c| c.words.len() + c.assignments.len()).sum();
        prop_assert!(in_commands <= split(&source).len());
        for command in commands(&source) {
            prop_assert!(!command.words.is_empty() || !command.assignments.is_empty());
        }
    }

    #[test]
    fn any_words_survive_single_quotes(words in prop::collection::vec("\\PC{0,12}", 0..8)) {
        let source: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        prop_assert_eq!(self::words(&source.join(" ")), words);
    }
}
