//! What the name of a variable says about its value.
//!
//! A name is read as words (`_`, `-`, `.`, `/` and camel case divide them). A word for a credential makes it one, the
//! words behind it can take that back (`TOKEN_TTL`, `PASSWORD_FILE`) or make it vague (`TOKEN_ISSUER`).

use super::Hint;
use crate::knowledge::words::parts;

/// What a name says about its value; `None`: nothing.
pub(crate) fn name_suggests(name: &str) -> Option<Hint> {
    let mut found: Option<Hint> = None;
    let mut before: &[u8] = &[];
    let mut rest = name.as_bytes();
    while !rest.is_empty() {
        let word;
        (word, rest) = first_word(rest);
        if word.is_empty() {
            continue;
        }
        if let Some(hint) = credential(word, before) {
            found = Some(hint);
        } else if found.is_some() && is_any(word, NOT_ITSELF) {
            found = None;
        } else if found.is_some() && !is_any(word, NEUTRAL) && !word.iter().all(u8::is_ascii_digit) {
            found = Some(Hint::Vague);
        }
        before = word;
    }
    found
}

/// Behind a word for a credential: the value is something about the credential, or where it lies.
const NOT_ITSELF: &str = "file files path dir directory mount volume name names id ids ref url uri endpoint host port \
    server address ttl timeout expiry expires expiration lifetime age duration interval seconds \
    minutes hours days length len size count limit min max type kind mode method format \
    algorithm alg encoding policy enabled disabled enable required optional header field prefix \
    suffix issuer audience scope scopes provider store backend manager engine namespace env var \
    variable hash hashed sha256 checksum digest fingerprint rotation version user username owner \
    email role region cmd command script helper reset change exchange service image class \
    template label annotation selector source location public pub ring rate per budget usage \
    window cost realm review reviewer automount projection expected params";

/// Behind a word for a credential: another of its kind.
const NEUTRAL: &str = "prod production dev development stage staging test testing qa ci cd build deploy release \
    value val literal plain plaintext clear raw b64 base64 new old current previous primary \
    secondary default main admin root rw ro read write readonly push pull eu us internal \
    external local a b";

/// Before `KEY`: a key that is kept secret. `PUBLIC_KEY`, `CACHE_KEY`, `PRIMARY_KEY` are none.
const SECRET_KEYS: &str =
    "access secret private api auth signing encryption encrypt master deploy ssh rsa gpg sas hmac";

/// Before `KEY`: may be one, or the name of something.
const VAGUE_KEYS: &str = "account storage shared service app application license registration json admin bot client";

/// Before `SECRET`: more often the name of a Secret object.
const OBJECT_BEFORE: &str = "pull push registry image tls cert certificate kube kubernetes k8s docker config";

/// What a word says, given the one before it. Dispatch by the last letter, so that most words cost one comparison.
fn credential(word: &[u8], before: &[u8]) -> Option<Hint> {
    let ends = |end: &str| ends(word, end);
    let is = |whole: &str| word.len() == whole.len() && self::ends(word, whole);
    let hint = match word.last()?.to_ascii_lowercase() {
        b'd' if ends("password") || ends("passwd") => Hint::Password,
        // `PWD` and `OLDPWD` are directories.
        b'd' if is("pwd") && !before.is_empty() => Hint::Password,
        b'e' if ends("passphrase") => Hint::Password,
        b's' if is("pass") => Hint::Password,
        b's' if is("passwords") || is("creds") || is("credentials") || is("secrets") || is("tokens") => Hint::Vague,
        b'l' if is("credential") => Hint::Vague,
        b'n' if ends("token") => Hint::Token,
        b'n' if is("authorization") => Hint::Vague,
        b'h' if is("auth") && !before.is_empty() => Hint::Vague,
        b't' if ends("secret") => {
            if is_any(before, "http") {
                // `REGISTRY_HTTP_SECRET` signs the state of uploads and opens nothing.
                return None;
            }
            if is_any(before, OBJECT_BEFORE) { Hint::Vague } else { Hint::Secret }
        }
        b't' if is("pat") && !before.is_empty() => Hint::Vague,
        b'y' if is("key") && is_any(before, SECRET_KEYS) => Hint::Token,
        b'y' if is("key") && is_any(before, VAGUE_KEYS) => Hint::Vague,
        b'y' if ends("apikey") || ends("accesskey") || ends("secretkey") || ends("privatekey") || ends("authkey") => {
            Hint::Token
        }
        _ => return None,
    };
    Some(hint)
}

/// Ends in this text, without case. Compiled once, not into each of its callers.
#[inline(never)]
fn ends(word: &[u8], end: &str) -> bool {
    word.len() >= end.len()
        && word.get(word.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

/// One of the words of a list. Lists are texts, which cost the guest a third of a table of texts; they are read only
/// behind a word for a credential.
#[inline(never)]
pub(super) fn is_any(word: &[u8], list: &str) -> bool {
    for entry in parts(list, b' ') {
        if word.eq_ignore_ascii_case(entry.as_bytes()) {
            return true;
        }
    }
    false
}

/// The first word of a name, and what follows it; nothing where the name begins with what divides words.
fn first_word(name: &[u8]) -> (&[u8], &[u8]) {
    let mut length = 0;
    let mut lower = false;
    for byte in name {
        if !byte.is_ascii_alphanumeric() {
            let rest = name.get(length + 1..).unwrap_or_default();
            return (name.get(..length).unwrap_or_default(), rest);
        }
        if lower && byte.is_ascii_uppercase() {
            break;
        }
        lower = byte.is_ascii_lowercase();
        length += 1;
    }
    name.split_at_checked(length).unwrap_or_default()
}
