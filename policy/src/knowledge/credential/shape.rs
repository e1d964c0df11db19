//! Credentials that are known by their form alone, wherever they stand in a text.
//!
//! One pass: every byte is classified once, and something is compared only where a word begins or one of a few marks
//! stands. What is compared is bounded, or consumes a run of bytes in which nothing else can begin, so a hostile text costs
//! linear time too.

use super::Kind;
use super::table::{self, ALNUM, BASE64, CLASS, DOT, MARK, PLUS, START, TILDE, URL64, WORD};
use super::value::{self, Look, is_placeholder};

/// The shortest text in which anything is looked for: `a://b:c@d`.
const SHORTEST: usize = 9;

/// What a text holds by its form alone; the first thing that is sure, or else a URL with an everyday password.
pub(crate) fn by_shape(text: &str) -> Option<Kind> {
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST {
        return None;
    }
    let mut weak = None;
    let mut before = b' ';
    let mut auths = false;
    for (at, byte) in bytes.iter().copied().enumerate() {
        let class = class(byte);
        if class & (START | MARK) != 0 {
            let rest = bytes.get(at..).unwrap_or_default();
            let found = if class & START == 0 {
                match mark(bytes, at, rest) {
                    Some(Kind::UrlWord) => {
                        weak = Some(Kind::UrlWord);
                        None
                    }
                    other => other,
                }
            } else if before == b'"' && docker_config(rest, &mut auths) {
                Some(Kind::DockerAuth)
            } else if self::class(before) & WORD == 0 {
                word(rest, before)
            } else if follows_escape(bytes, at) {
                word(rest, b' ')
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
        }
        before = byte;
    }
    weak
}

fn class(byte: u8) -> u16 {
    CLASS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// How many bytes of an alphabet a text begins with, up to a bound.
#[inline(never)]
fn run(bytes: &[u8], alphabet: u16, bound: usize) -> usize {
    let mut length = 0;
    for byte in bytes {
        if length >= bound || class(*byte) & alphabet == 0 {
            break;
        }
        length += 1;
    }
    length
}

/// Where the first of these bytes is.
#[inline(never)]
fn position(bytes: &[u8], marks: &[u8]) -> Option<usize> {
    for (at, byte) in bytes.iter().enumerate() {
        if marks.contains(byte) {
            return Some(at);
        }
    }
    None
}

/// How many bytes of an alphabet a text ends with, up to a bound.
#[inline(never)]
fn run_back(bytes: &[u8], alphabet: u16, bound: usize) -> usize {
    let mut rest = bytes;
    while let [before @ .., byte] = rest {
        if bytes.len() - rest.len() >= bound || class(*byte) & alphabet == 0 {
            break;
        }
        rest = before;
    }
    bytes.len() - rest.len()
}

/// The letter before is the end of `\n`, `\t` or `\r` in a text with escapes.
fn follows_escape(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at.saturating_sub(2)..at), Some([b'\\', b'n' | b't' | b'r']))
}

/// What begins here, at the beginning of a word.
fn word(rest: &[u8], before: u8) -> Option<Kind> {
    let first = *rest.first()?;
    for pattern in table::patterns(first) {
        // A token does not begin inside a run of its own alphabet; that also keeps runs from being read twice.
        let prefix = pattern.prefix();
        if !rest.starts_with(prefix) || class(before) & pattern.alphabet != 0 {
            continue;
        }
        let body = rest.get(prefix.len()..).unwrap_or_default();
        let length = run(body, pattern.alphabet, usize::from(pattern.max).saturating_add(1));
        let body = body.get(..length).unwrap_or_default();
        // A dot at the end belongs to the sentence around the token.
        let mut length = length;
        while length > 0 && body.get(length - 1) == Some(&b'.') {
            length -= 1;
        }
        if length >= usize::from(pattern.min)
            && (length <= usize::from(pattern.max) || pattern.max == table::ANY)
            && is_generated(body)
        {
            return Some(Kind::Token(pattern.words()));
        }
    }
    match first {
        b'e' if rest.starts_with(b"ey") || rest.starts_with(b"ewo") => base64_json(rest, before),
        b'L' if rest.starts_with(b"LS0tLS1CRUdJTi") => base64_pem(rest),
        _ => None,
    }
}

/// A JSON Web Token, or base64 of a docker config or of a Google service account's key.
fn base64_json(rest: &[u8], before: u8) -> Option<Kind> {
    // The beginning of `{"auths":` in base64, as the usual printers write it.
    const AUTHS: [&[u8]; 5] =
        [b"eyJhdXRocyI6", b"eyAiYXV0aHMi", b"ewogICJhdXRocyI6", b"ewoJImF1dGhzI", b"ewogICAgImF1dGhzI"];
    const SERVICE_ACCOUNT: &[u8] = b"ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIs";
    let mut auths = false;
    for start in AUTHS {
        auths |= rest.starts_with(start);
    }
    if auths {
        return (run(rest, BASE64, 40) == 40).then_some(Kind::DockerAuth);
    }
    if rest.starts_with(SERVICE_ACCOUNT) {
        return Some(Kind::Token("a Google service account key"));
    }
    if before == b'.' || before == b'-' {
        return None;
    }
    let header = run(rest, URL64, rest.len());
    let mut behind = rest.get(header..)?;
    while let Some(after) = behind.strip_prefix(b"=") {
        behind = after;
    }
    let claims = behind.strip_prefix(b".ey").filter(|_| header >= 19)?;
    let claims = run(claims, URL64, 20);
    (claims >= 15).then_some(Kind::Token("a JSON web token"))
}

/// Base64 of a PEM block whose label ends in `PRIVATE KEY`: three ways in which the words can fall on groups of three bytes.
fn base64_pem(rest: &[u8]) -> Option<Kind> {
    let label = rest.get(..80.min(rest.len())).unwrap_or_default();
    let private = value::contains(label, b"UFJJVkFURSBLRV")
        || value::contains(label, b"BSSVZBVEUgS0VZ")
        || value::contains(label, b"QUklWQVRFIEtFW");
    (private && run(rest, BASE64, 120) == 120).then_some(Kind::PrivateKey)
}

/// What stands around a mark.
fn mark(bytes: &[u8], at: usize, rest: &[u8]) -> Option<Kind> {
    let before = bytes.get(..at).unwrap_or_default();
    match rest {
        [b':', b'/', b'/', authority @ ..] if before.last().is_some_and(|b| class(*b) & ALNUM != 0) => url(authority),
        [b'-', b'-', b'-', b'-', b'-', b'B', label @ ..] => pem(label),
        [b'~', secret @ ..] => azure(before, secret),
        [b'+', b'A', b'C', b'R', tail @ ..] => {
            let head = run_back(before, BASE64, 43);
            (head == 42 && run(tail, ALNUM | PLUS, 7) == 6).then_some(Kind::Token("an Azure registry password"))
        }
        [b'.', tail @ ..] if tail.starts_with(b"atlasv1.") => {
            let head = run_back(before, ALNUM, 14);
            let tail = tail.get(8..).unwrap_or_default();
            let length = run(tail, URL64, 60);
            (head == 14 && length == 60 && is_generated(tail.get(..length)?))
                .then_some(Kind::Token("a Terraform token"))
        }
        _ => None,
    }
}

/// `abc8Q~…`, a client secret of Entra ID.
fn azure(before: &[u8], secret: &[u8]) -> Option<Kind> {
    let [.., c, b, a, digit, b'Q'] = before else {
        return None;
    };
    let head = run(&[*c, *b, *a], WORD | TILDE | DOT, 3) == 3 && digit.is_ascii_digit();
    let body = run(secret, URL64 | TILDE | DOT, 35);
    (head && (31..=34).contains(&body) && is_generated(secret.get(..body)?))
        .then_some(Kind::Token("an Azure client secret"))
}

/// The credentials in front of the `@` of an authority.
fn url(authority: &[u8]) -> Option<Kind> {
    let length = position(authority, b" \t\n\x0C\r/?#\"'`\\()<>;|").unwrap_or(authority.len());
    let authority = authority.get(..length)?;
    let at = authority.iter().rposition(|b| *b == b'@')?;
    let info = authority.get(..at)?;
    let colon = position(info, b":")?;
    let user = std::str::from_utf8(info.get(..colon)?).ok()?;
    let password = std::str::from_utf8(info.get(colon + 1..)?).ok()?;
    // Where a token is the user, its password says so.
    let secret = if password == "x-oauth-basic" { user } else { password };
    if is_placeholder(secret) || secret.starts_with('$') || secret.starts_with('%') && secret.ends_with('%') {
        return None;
    }
    match value::look(secret) {
        Look::Random | Look::Mixed => Some(Kind::Url),
        Look::Word | Look::Number | Look::Text | Look::Setting => Some(Kind::UrlWord),
    }
}

/// A PEM block, from the `B` of its first line on.
fn pem(label: &[u8]) -> Option<Kind> {
    let line = label.strip_prefix(b"EGIN ")?;
    let line_end = position(line.get(..80).unwrap_or(line), b"-")?;
    let words = line.get(..line_end)?;
    if !words.ends_with(b"PRIVATE KEY") && !words.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    // A block without a body is a piece of a script that looks for keys.
    let mut body = line.get(line_end..)?;
    while let Some(after) = body.strip_prefix(b"-") {
        body = after;
    }
    let mut letters = 0;
    for byte in body.get(..200).unwrap_or(body) {
        if *byte == b'-' {
            break;
        }
        letters += u32::from(class(*byte) & BASE64 != 0);
    }
    (letters >= 48).then_some(Kind::PrivateKey)
}

/// A key of a docker config right behind a quote, in JSON or in JSON that was put into a string, and a value that is one.
fn docker_config(rest: &[u8], auths: &mut bool) -> bool {
    if let Some(value) = member(rest, b"auths") {
        *auths |= value.first() == Some(&b'{');
        return false;
    }
    let mut secret = None;
    for key in [&b"auth"[..], b"password", b"identitytoken", b"registrytoken"] {
        secret = secret.or_else(|| Some((key, member(rest, key)?)));
    }
    let Some((key, [b'"', text @ ..])) = secret.map(|(key, value)| (key, value.trim_ascii_start())) else {
        return false;
    };
    let length = position(text, b"\"\\").unwrap_or(text.len());
    let Some(Ok(text)) = text.get(..length).map(std::str::from_utf8) else {
        return false;
    };
    if *auths { !is_placeholder(text) } else { key == b"auth" && is_basic_auth(text) }
}

/// The value of a member whose key begins here: after the closing quote, a colon, and blanks or escaped blanks.
#[inline(never)]
fn member<'t>(rest: &'t [u8], key: &[u8]) -> Option<&'t [u8]> {
    let quote = blanks(rest.strip_prefix(key)?).strip_prefix(b"\"")?;
    Some(blanks(blanks(quote).strip_prefix(b":")?))
}

/// Behind blanks, escaped ones too.
#[inline(never)]
fn blanks(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', b'n' | b't' | b'r', tail @ ..] | [b' ' | b'\t' | b'\n' | b'\r' | b'\\', tail @ ..] => tail,
            _ => return text,
        };
    }
}

/// Base64 of `user:password`, as `auth` has it in configs without `auths`.
fn is_basic_auth(text: &str) -> bool {
    let mut bits = 0_u32;
    let mut count = 0_u32;
    let mut colon = false;
    for byte in text.bytes().take_while(|b| *b != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            let decoded = (bits >> count) as u8;
            if !(b' '..=b'~').contains(&decoded) {
                return false;
            }
            colon |= decoded == b':';
        }
    }
    colon && text.len() >= 4
}

/// A text that a generator made: not a filler (`xxxx`, `abcdefgh…`) and not the word for an example.
#[inline(never)]
fn is_generated(body: &[u8]) -> bool {
    let mut seen = 0_u128;
    let (mut climbing, mut longest) = (0, 0);
    let mut before = None;
    let mut rest = body;
    while let [byte, tail @ ..] = rest {
        seen |= 1 << (byte & 0x7f);
        climbing = if before == Some(*byte) { climbing + 1 } else { 0 };
        longest = longest.max(climbing);
        before = byte.checked_add(1);
        for word in [&b"example"[..], b"redacted", b"xxxxxx"] {
            if rest.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word)) {
                return false;
            }
        }
        rest = tail;
    }
    seen.count_ones() >= 8 && longest < 8
}
