//! How a value looks: a placeholder, a reference to something elsewhere, a word, or random.

use regwarden_sdk::text;

use crate::knowledge::words;

/// How a value that is no placeholder looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Digits and letters through each other, or long and of mixed case: nobody's word.
    Random,
    /// Words with numbers behind them (`oauth2-proxy`, `hunter2-hunter2`), eight characters and more.
    Mixed,
    /// Words.
    Word,
    /// A number of four digits or more.
    Number,
    /// Several words.
    Text,
    /// A switch, a small number, a duration, a size: no credential.
    Setting,
}

/// Words that stand for a value that is not there, or switch something; compared without case and without `_-./ `.
const NOT_THERE: &str = "notset unset none null nil na undefined redacted masked hidden todo fixme tbd replaceme \
    placeholder dummy example empty unused ignored true false yes no on off enabled disabled \
    enable disable auto default required optional always never basic bearer anonymous inherit \
    omitted removed env file vault stdin";

/// Stands for a value that somebody else fills in: a template, a variable, asterisks, `NOT_SET`, `<token>`, nothing.
/// `changeme` is none: it is what many installations run with.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim_ascii();
    let bytes = value.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return true;
    };
    // The cheap questions first; most values end here.
    match first {
        b'$' | b'%' | b'@' | b'<' | b'[' | b'{' | b'`' | b'_' if wraps(bytes, *first, *last) => {
            return true;
        }
        _ => {}
    }
    if bytes.iter().any(|b| matches!(b, b'$' | b'{' | b'<'))
        && (expands(bytes) || (value.contains('<') && value.contains('>')))
    {
        return true;
    }
    // `****`, `xxxx`, `....`, `X-X-X`
    if bytes.iter().all(|b| b.eq_ignore_ascii_case(first)) && (bytes.len() > 1 || !first.is_ascii_alphanumeric()) {
        return true;
    }
    if bytes.iter().all(|b| matches!(b, b'x' | b'X' | b'*' | b'.' | b'-' | b'_' | b'#' | b'?'))
        || value.ends_with("...")
        || value.ends_with('…')
    {
        return true;
    }
    let starts = |start: &str| bytes.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    if bytes.len() <= 64 && "your insert enter- replace put- fill".split(' ').any(starts) {
        return bytes.iter().all(|b| b.is_ascii_alphabetic() || b"_- .".contains(b));
    }
    for word in words::parts(NOT_THERE, b' ') {
        if same(bytes, word.as_bytes()) {
            return true;
        }
    }
    is_variable_name(bytes) || contains(bytes, b"REDACTED") || has_crosses(bytes)
}

/// `xxxxxx` somewhere.
fn has_crosses(bytes: &[u8]) -> bool {
    let mut run = 0;
    for byte in bytes {
        run = if byte.eq_ignore_ascii_case(&b'x') { run + 1 } else { 0 };
        if run == 6 {
            return true;
        }
    }
    false
}

/// The form as a whole is a hole: `$X`, `%X%`, `%s`, `@X@`, `<x>`, `[x]`, `{x}`, `__X__`.
#[inline(never)]
fn wraps(bytes: &[u8], first: u8, last: u8) -> bool {
    let inner = bytes.get(1..bytes.len().saturating_sub(1)).unwrap_or_default();
    let word = |text: &[u8]| {
        !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' '))
    };
    let identifier = |text: &[u8]| !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match first {
        b'$' => identifier(bytes.get(1..).unwrap_or_default()),
        b'%' => bytes.len() == 2 || (last == b'%' && identifier(inner)),
        b'@' => last == b'@' && word(inner),
        b'<' => last == b'>',
        b'[' => last == b']' && word(inner),
        b'{' => last == b'}' && word(inner),
        b'_' => bytes.starts_with(b"__") && bytes.ends_with(b"__"),
        b'`' => true,
        _ => false,
    }
}

/// Holds something that a shell, kubelet or a template engine replaces.
fn expands(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| matches!(pair, b"$(" | b"${" | b"{{" | b"<%" | b"$$"))
}

/// Equal without case and without the characters that join words.
#[inline(never)]
fn same(text: &[u8], word: &[u8]) -> bool {
    let letter = |b: &&u8| !b"_-./ ".contains(b);
    let mut letters = text.iter().filter(letter);
    // A longer text ends the comparison at its first byte too many, so this is bounded by the word.
    word.iter().filter(letter).all(|expected| letters.next().is_some_and(|b| b.eq_ignore_ascii_case(expected)))
        && letters.next().is_none()
}

/// `ACCESS_TOKEN`, `PASSWORD`: the name of a variable where its value should be.
#[inline(never)]
fn is_variable_name(bytes: &[u8]) -> bool {
    let upper = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_uppercase)
            && part.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && part.iter().filter(|b| b.is_ascii_digit()).count() <= 2
    };
    bytes.len() <= 48
        && bytes.split(|b| *b == b'_').all(upper)
        && (bytes.contains(&b'_') || std::str::from_utf8(bytes).is_ok_and(|text| super::name_suggests(text).is_some()))
}

pub(super) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    (0..bytes.len()).any(|at| bytes.get(at..).is_some_and(|rest| rest.starts_with(part)))
}

/// The value is its own name (`GITHUB_TOKEN: github-token`): the key of a Secret, or a hole. One plain word
/// (`PASSWORD: password`) is a weak value instead.
pub(super) fn repeats(name: &str, value: &str) -> bool {
    text::any(value, |b| matches!(b, b'-' | b'_' | b'.')) && same(value.as_bytes(), name.as_bytes())
}

/// Prefixes of texts that say where a value lies, or of values that are no secret: keys that are public, hashes. One
/// text, as in a guest each entry of a list costs more than it is long.
const ELSEWHERE: &str = "vault:|op://|arn:|ref+|ENC[|sm://|secret:|secret/|file:|env:|awssm:|gcpsm:|azkv:|projects/|ssh-rsa \
    |ssh-ed25519 |ecdsa-|-----BEGIN|$2a$|$2b$|$2y$|$5$|$6$|$argon2|$apr1$|sha256:|{SHA}|{cipher}";

/// Says where the value lies (a path, a URL, an entry of a vault), or is of a public kind.
pub(crate) fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    let path = match bytes {
        [b'/', ..] => !is_base64_like(bytes),
        [b'.', b'/', ..] | [b'.', b'.', b'/', ..] | [b'~', b'/', ..] | [_, b':', b'\\' | b'/', ..] => true,
        _ => false,
    };
    if path {
        return true;
    }
    for prefix in words::parts(ELSEWHERE, b'|') {
        if value.starts_with(prefix) {
            return true;
        }
    }
    text::contains(value, "://") && !text::any(value, |byte| matches!(byte, b' ' | b'@'))
}

/// A random text that begins with `/`, as base64 may: long, all kinds of letters, none of what paths consist of.
fn is_base64_like(bytes: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| bytes.iter().any(test);
    bytes.len() >= 32
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && !bytes.iter().any(|b| matches!(b, b'.' | b'-' | b'_' | b' '))
}

/// A name that a Kubernetes object could have: lower-case words joined by `-`.
#[inline(never)]
pub(crate) fn names_an_object(value: &str) -> bool {
    text::any(value, |b| b == b'-')
        && text::all(value, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}

/// How a value looks.
pub(super) fn look(value: &str) -> Look {
    let value = ["Bearer ", "Basic ", "token "].iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value);
    let bytes = value.as_bytes();
    if bytes.iter().any(u8::is_ascii_whitespace) {
        return Look::Text;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if digits > 0 && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+' | b':')) {
        return if digits == bytes.len() && digits >= 4 { Look::Number } else { Look::Setting };
    }
    // A duration or a size: `24h`, `1h30m`, `512Mi`.
    let measure = bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.last().is_some_and(|b| b"smhdwMGKi".contains(b))
        && bytes.split(u8::is_ascii_digit).all(|unit| unit.len() <= 2);
    if bytes.len() < 3 || (bytes.len() <= 8 && measure) {
        return Look::Setting;
    }
    let mut mixed = digits > 0;
    let mut random = false;
    for part in bytes.split(|b| !b.is_ascii_alphanumeric() && b.is_ascii()) {
        random |= is_random(part);
        mixed |= part.len() >= 8 && changes_case(part) > 2;
    }
    // Characters that no word and no name has: a generated password.
    let special = bytes.iter().filter(|b| b.is_ascii_punctuation() && !b"-_./:,".contains(b)).count();
    random |= bytes.len() >= 8 && special > 0 && digits > 0;
    match (bytes.len() >= 8, random, mixed) {
        (true, true, _) => Look::Random,
        (true, false, true) => Look::Mixed,
        _ => Look::Word,
    }
}

/// Digits in front of or between letters, more digits than a word has behind it, or long and of changing case.
fn is_random(part: &[u8]) -> bool {
    let letters = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let tail = part.get(letters..).unwrap_or_default();
    let plain_tail = tail.iter().all(u8::is_ascii_digit) && (tail.len() <= 4 || letters == 0);
    part.len() >= 4 && (!plain_tail || (letters >= 16 && changes_case(part) > 4))
}

#[inline(never)]
fn changes_case(part: &[u8]) -> usize {
    let mut changes = 0;
    let mut rest = part;
    while let [a, tail @ ..] = rest {
        changes += usize::from(tail.first().is_some_and(|b| a.is_ascii_lowercase() != b.is_ascii_lowercase()));
        rest = tail;
    }
    changes
}
