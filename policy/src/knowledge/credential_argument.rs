//! Literal credentials in a container's command line that are known by where they stand: behind a flag, in a URL, in a
//! header, in front of a pipe into a login. Words of shell strings count, taken apart as the shell does it.

use regwarden_sdk::image;
use regwarden_sdk::json::Node;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::Container;

use super::credential::{self, Found, Hint, Kind};
use super::credential_build::build_args;
use super::credential_words::{self, Word};
use super::words;
use crate::data::flags;
use crate::data::logins::{self, Flag, Holds};

/// Claims of one container; whoever has more has been told enough.
const MAX_CLAIMS: usize = 64;

/// The longest URL that is looked at.
const MAX_URL: usize = 512;

/// A literal credential in one string of `command` or `args`; the worst of those in it.
#[derive(Debug)]
pub(crate) struct Claim<'d> {
    /// The string.
    pub node: Node<'d>,
    /// What it is.
    pub found: Found,
    /// What holds it, as the subject of a sentence.
    pub subject: String,
    /// The command logs in to a registry.
    pub login: bool,
}

/// Every such string of a container, in order.
#[inline(never)]
pub(crate) fn claims(container: Container<'_>) -> Vec<Claim<'_>> {
    let mut reader = Reader { claims: Vec::new() };
    // Most containers have nothing of the kind, and a look costs less than taking their words apart.
    if !container.words().any(|word| word.as_str().is_some_and(is_of_interest)) {
        return reader.claims;
    }
    for node in container.words() {
        if let Some(text) = node.as_str() {
            reader.url(text, node);
        }
    }
    // Arguments alone go to the program of the image, which is often named after it.
    let image = if container.command().next().is_none() { container.image() } else { None };
    let image = image.and_then(|image| image::parse(image).named());
    let path = image.map(|image| image.path().to_cow()).unwrap_or_default();
    credential_words::each_command(container, &mut |words, piped| {
        reader.command(words, words::last(&path));
        reader.piped(words, piped);
    });
    // What is certain by other means is told by another rule.
    let is_url = |claim: &Claim<'_>| matches!(claim.found.kind, Kind::Url | Kind::UrlWord);
    let built = if reader.claims.iter().any(is_url) { build_args(container) } else { Vec::new() };
    reader.claims.retain(|claim| {
        let by_build = is_url(claim) && built.iter().any(|arg| arg.node == claim.node && arg.sure);
        !by_build && (claim.found.sure || !is_certain_otherwise(claim.node))
    });
    reader.claims
}

#[inline(never)]
fn is_certain_otherwise(node: Node<'_>) -> bool {
    let Some(text) = node.as_str() else { return false };
    let form = credential::found_by_shape(text).filter(|found| found.sure && found.kind != Kind::Url);
    form.or_else(|| credential::assignment(text).map(|(_, found)| found)).is_some_and(|found| found.sure)
}

/// Could there be such a credential at all? A word for one, or a mark of a URL or a pair.
#[inline(never)]
fn is_of_interest(text: &str) -> bool {
    text.as_bytes().windows(4).any(|window| {
        let [a, b, c, d] = window else { return false };
        let word = [a | 0x20, b | 0x20, c | 0x20, d | 0x20];
        match &word {
            b"pass" | b"cred" | b"toke" | b"logi" | b"curl" | b"auth" | b"secr" | b"apik" | b"redi" => true,
            // `://`, and `-key` whose dash has the bit set already.
            _ => (*a, *b, *c) == (b':', b'/', b'/') || word == *b"-key" || *a == b'@' || *d == b'@',
        }
    })
}

struct Reader<'d> {
    claims: Vec<Claim<'d>>,
}

impl<'d> Reader<'d> {
    #[inline(never)]
    fn claim(&mut self, node: Node<'d>, found: Found, subject: String, login: bool) {
        let claim = Claim { node, found, subject, login };
        // One string may hold several; the first that is sure speaks for it.
        if let Some(known) = self.claims.iter_mut().find(|known| known.node == node) {
            if !known.found.sure && found.sure {
                *known = claim;
            }
        } else if self.claims.len() < MAX_CLAIMS {
            self.claims.push(claim);
        }
    }

    /// A URL or a connection string with a password in it.
    #[inline(never)]
    fn url(&mut self, text: &str, node: Node<'d>) {
        const SUBJECT: &str = "this argument";
        let found = if !text.contains('@') {
            None
        } else if text::contains(text, "://") {
            let found =
                credential::found_by_shape(text).filter(|found| matches!(found.kind, Kind::Url | Kind::UrlWord));
            found.filter(|found| found.sure).or_else(|| git_token(text)).or(found)
        } else {
            connection(text)
        };
        if let Some(found) = found {
            self.claim(node, found, SUBJECT.to_owned(), false);
        }
    }

    /// The password of `htpasswd -bn user password`.
    #[inline(never)]
    fn last_word(&mut self, words: &[Word<'_, 'd>]) {
        let (program, letter) = logins::LAST_WORD;
        let option = |word: &&Word<'_, 'd>| word.text.starts_with('-') && word.text.contains(letter);
        let Some(last) = words.last().filter(|word| !word.computed && words.iter().any(|word| option(&word))) else {
            return;
        };
        if let Some(found) = credential::classify("PASSWORD", last.text) {
            self.claim(last.node, found, text::concat(&["the last word of `", program, "`"]), false);
        }
    }

    /// `git -c http.extraHeader='Authorization: …'`
    fn git_header(&mut self, word: Word<'_, 'd>) {
        const KEY: &str = ".extraheader";
        let Some((key, value)) = text::cut(word.text, b'=') else { return };
        let end = key.len().checked_sub(KEY.len()).and_then(|at| key.get(at..));
        if end.is_some_and(|end| end.eq_ignore_ascii_case(KEY))
            && let Some((found, subject)) = header(word.literal(value))
        {
            self.claim(word.node, found, subject, false);
        }
    }

    /// What `echo` or `printf` writes to a login.
    #[inline(never)]
    fn piped(&mut self, words: &[Word<'_, 'd>], from: &[Word<'_, 'd>]) {
        let Some((first, rest)) = from.split_first() else { return };
        let Some(last) = rest.last().filter(|word| !word.computed) else { return };
        let writes = matches!(words::last(first.text), "echo" | "printf");
        if writes
            && words.iter().any(|word| word.text == "--password-stdin")
            && let Some(found) = credential::classify("PASSWORD", last.text.trim_ascii())
        {
            self.claim(last.node, found, "the text that is piped into `--password-stdin`".to_owned(), true);
        }
    }

    /// The words of one command; `image` is the program when the words are its arguments only.
    #[inline(never)]
    fn command(&mut self, words: &[Word<'_, 'd>], image: &str) {
        let mut program = image;
        for word in words {
            if word.text.starts_with('-') && !flags::is_wrapper(words.first().map_or("", |first| first.text)) {
                break;
            }
            let name = words::last(word.text);
            if logins::is_known(name) || logins::asks(name) {
                program = name;
                break;
            }
        }
        let login = words.iter().any(|word| word.text == "login");
        if program == logins::LAST_WORD.0 {
            self.last_word(words);
        }
        for (at, word) in words.iter().enumerate() {
            self.git_header(*word);
            let Some(given) = Given::read(word.text, program, login) else { continue };
            let value = match given.value {
                Some(value) => Some((*word, value)),
                None => words.get(at + 1).map(|next| (*next, next.text)),
            };
            let Some((holder, value)) = value else { continue };
            let joined = given.value.is_some();
            if !joined && (value.starts_with('-') || logins::asks(program) || given.is_switch()) {
                continue;
            }
            let literal = holder.literal(value);
            // What is cut short proves only what is certain: the password may be what is filled in.
            let short = literal.len() < value.len();
            if short && literal.ends_with(':') {
                continue;
            }
            if let Some((found, subject)) = judge(&given, literal, program, joined)
                && (found.sure || !short)
            {
                self.claim(holder.node, found, subject, login);
            }
        }
    }
}

/// A flag, and the value that is joined to it.
struct Given<'w> {
    name: &'w str,
    value: Option<&'w str>,
    holds: Option<Holds>,
}

impl<'w> Given<'w> {
    /// A flag that may hold a credential.
    #[inline(never)]
    fn read(text: &'w str, program: &str, login: bool) -> Option<Self> {
        if !text.starts_with('-') || text.len() < 2 {
            return None;
        }
        let (name, value) = match text::cut(text, b'=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let counts = |flag: &&Flag| {
            (flag.programs.is_empty() || words::is_among(program, flag.programs)) && (login || !flag.login)
        };
        for flag in logins::FLAGS.iter().filter(counts) {
            if flag.name == name {
                return Some(Given { name: flag.name, value, holds: Some(flag.holds) });
            }
            let short = flag.name.len() == 2 && !text.starts_with("--");
            if let Some(rest) = text.strip_prefix(flag.name).filter(|_| short) {
                return Some(Given { name: flag.name, value: Some(rest), holds: Some(flag.holds) });
            }
            // `-sSu user:password`
            if short && text.len() < 8 && text.ends_with(flag.name.trim_start_matches('-')) && flag.holds == Holds::Pair
            {
                return Some(Given { name: flag.name, value: None, holds: Some(flag.holds) });
            }
        }
        let bare = name.trim_start_matches('-');
        // `--secret` mounts one into a build, or names an object.
        let says = credential::name_suggests(bare).filter(|_| bare != "secret");
        matches!(says, Some(Hint::Password | Hint::Token | Hint::Secret)).then_some(Given { name, value, holds: None })
    }

    /// `--no-password`, `--ask-pass`: what stands behind it is something else.
    fn is_switch(&self) -> bool {
        const SWITCHES: &str = "no ask prompt use with without skip enable disable allow force require show hide print";
        let first = self.name.trim_start_matches('-').split('-').next();
        self.holds.is_none() && first.is_some_and(|first| words::is_among(first, SWITCHES))
    }
}

/// What the value of a flag holds.
#[inline(never)]
fn judge(given: &Given<'_>, value: &str, program: &str, joined: bool) -> Option<(Found, String)> {
    let flag = || {
        let name = credential::by_shape(given.name).is_none();
        if name { text::concat(&["flag ", &quote(given.name)]) } else { "a flag".to_owned() }
    };
    match given.holds {
        Some(Holds::Password) => Some((credential::classify("PASSWORD", value)?, flag())),
        Some(Holds::Pair) => Some((pair(value)?, flag())),
        Some(Holds::Assignments) => {
            let found = |part: &str| {
                let (name, value) = text::cut(part, b'=')?;
                credential::name_suggests(name)?;
                credential::classify(name, value).filter(|found| found.sure)
            };
            Some((value.split(',').find_map(found)?, flag()))
        }
        Some(Holds::Header) => header(value),
        None => {
            let name = given.name.trim_start_matches('-');
            let found = credential::classify(name, value)?;
            let says = credential::name_suggests(name);
            // `--client-secret my-app-secret-2` is far more often the name of a Secret.
            if says == Some(Hint::Secret) && credential::names_an_object(value) {
                return None;
            }
            let password = says == Some(Hint::Password);
            // An everyday word behind a flag of a program that nobody knows may be anything.
            (found.sure || (password && (joined || logins::is_known(program)))).then(|| (found, flag()))
        }
    }
}

/// `user:password`; a token may stand alone on either side.
#[inline(never)]
fn pair(value: &str) -> Option<Found> {
    const HOLES: &str = "pass password passwd pwd token secret apikey yyy";
    let (user, password) = text::cut(value, b':')?;
    // A pair of names, as documentation has it.
    if words::is_among(password, HOLES) && (text::contains(user, "user") || user.len() < 2 || user == "xxx") {
        return None;
    }
    if password.is_empty() {
        return credential::classify("TOKEN", user).filter(|found| found.sure);
    }
    credential::classify("PASSWORD", password)
}

/// `Authorization: Bearer …` and the like.
#[inline(never)]
fn header(value: &str) -> Option<(Found, String)> {
    let (name, value) = text::cut(value, b':')?;
    credential::name_suggests(name)?;
    let value = value.trim_ascii();
    // The scheme is one word in front of the value.
    let value = if name.eq_ignore_ascii_case("authorization") {
        text::cut(value, b' ').map_or(value, |(_, value)| value.trim_ascii())
    } else {
        value
    };
    let found = credential::classify("TOKEN", value).filter(|found| found.sure)?;
    Some((found, text::concat(&["header ", &quote(name)])))
}

/// A random token in the place of the user in the URL of a git repository. Elsewhere such a user may be public.
#[inline(never)]
fn git_token(text: &str) -> Option<Found> {
    let mut rest = text;
    while let Some(at) = text::find(rest, "://") {
        let scheme = rest.get(..at)?;
        rest = rest.get(at + 3..)?;
        // No URL of a repository is longer; without the bound a text of nothing but URLs would cost its square.
        let mut length = 0;
        for byte in rest.bytes() {
            if length == MAX_URL || byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`') {
                break;
            }
            length += 1;
        }
        let Some(url) = rest.get(..length) else { continue };
        let authority = text::cut(url, b'/').map_or(url, |(authority, _)| authority);
        let Some((user, host)) = text::cut(authority, b'@') else { continue };
        let git = scheme.ends_with("git") || text::contains(host, "git") || text::contains(url, ".git");
        if git && user.len() >= 20 && !user.contains(':') {
            let found = credential::by_name("TOKEN", user).filter(|found| found.sure);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// `user:password@host` without a scheme, as the whole word.
#[inline(never)]
fn connection(text: &str) -> Option<Found> {
    let (login, host) = text::cut(text, b'@')?;
    let (user, password) = text::cut(login, b':')?;
    let name = |text: &str| {
        !text.is_empty() && text::all(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    let end = host.bytes().position(|b| matches!(b, b':' | b'/' | b'?'));
    let bare = end.and_then(|end| host.get(..end)).unwrap_or(host);
    // The last label of a host is a word; that of a version or of a digest is none.
    let named = bare.contains('.')
        && name(bare)
        && bare.rsplit('.').next().is_some_and(|last| last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic()));
    let socket = host.starts_with("tcp(") || host.starts_with("unix(");
    if !name(user) || password.contains('/') || !(named || socket) {
        return None;
    }
    credential::by_name("PASSWORD", password).filter(|found| found.sure)
}
