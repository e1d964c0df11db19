//! How a probe ended, in a word for programs, a sentence for people and a remedy.

use crate::error::Exit;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Look at an image, as whoever pulls it does first.
    Pull,
    /// Log in for the repository that is pushed to; nothing need be there yet.
    Login,
    /// Open an upload, and cancel it.
    Push,
}

impl Action {
    /// The word of JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Login => "login",
            Self::Push => "push",
        }
    }

    /// The actions of the scope that is asked for.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::Pull | Self::Login => "pull",
            Self::Push => "pull,push",
        }
    }
}

/// What a certificate is not good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// Nobody vouches for it whom this machine trusts.
    UnknownIssuer,
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYet,
    /// It is for another name.
    Name,
    /// Something else.
    Other,
}

/// How a probe ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 200, or 202 at an upload.
    Works {
        /// An upload was opened that could not be cancelled.
        left_open: bool,
    },
    /// It works, and nobody asked for a credential.
    Open,
    /// The login works; there is no such image yet, which is fine for a push.
    LoggedIn,
    /// 401: the registry, or its realm, does not take the credential.
    Refused,
    /// 401 without a credential.
    AnonymousRefused,
    /// 403, or 401 with a token that was given for this credential.
    Forbidden,
    /// 404.
    NotFound,
    /// 405 at an upload.
    ReadOnly,
    /// The reader of the credential refuses a document before any registry is asked.
    Unreadable(String),
    /// The certificate.
    Tls(TlsFault),
    /// The name has no address.
    Dns,
    /// Nothing listens.
    ConnectionRefused,
    /// No answer in time.
    TimedOut,
    /// The host speaks http where https is expected.
    PlainHttp,
    /// The connection broke in another way.
    Network,
    /// 3xx: to this host.
    Redirect(String),
    /// The realm is on this host, which nobody allowed.
    RealmElsewhere(String),
    /// The realm would be asked in the clear.
    RealmPlain(String),
    /// The challenge cannot be read.
    BadChallenge(&'static str),
    /// The answer of the realm is none.
    BadToken(&'static str),
    /// The entry holds something that this registry's login has no use for.
    WrongKind,
    /// 429.
    Busy,
    /// 5xx.
    ServerError(u16),
    /// Any other status.
    Unexpected(u16),
    /// It could not be tried: why.
    NotTried(String),
}

impl Outcome {
    /// What the caller of the binary hears.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Works { .. } | Self::Open | Self::LoggedIn => Exit::Allowed,
            Self::Refused
            | Self::AnonymousRefused
            | Self::Forbidden
            | Self::NotFound
            | Self::ReadOnly
            | Self::Unreadable(_)
            | Self::WrongKind => Exit::Denied,
            Self::Tls(_)
            | Self::Dns
            | Self::ConnectionRefused
            | Self::TimedOut
            | Self::PlainHttp
            | Self::Network
            | Self::Redirect(_)
            | Self::RealmElsewhere(_)
            | Self::RealmPlain(_)
            | Self::BadChallenge(_)
            | Self::BadToken(_)
            | Self::Busy
            | Self::ServerError(_)
            | Self::Unexpected(_)
            | Self::NotTried(_) => Exit::Unreachable,
        }
    }

    /// The word of JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Works { .. } => "works",
            Self::Open => "open",
            Self::LoggedIn => "loggedIn",
            Self::Refused => "refused",
            Self::AnonymousRefused => "anonymousRefused",
            Self::Forbidden => "forbidden",
            Self::NotFound => "notFound",
            Self::ReadOnly => "readOnly",
            Self::Unreadable(_) => "unreadable",
            Self::Tls(_) => "tls",
            Self::Dns => "dns",
            Self::ConnectionRefused => "connectionRefused",
            Self::TimedOut => "timedOut",
            Self::PlainHttp => "plainHttp",
            Self::Network => "network",
            Self::Redirect(_) => "redirect",
            Self::RealmElsewhere(_) => "realmElsewhere",
            Self::RealmPlain(_) => "realmPlain",
            Self::BadChallenge(_) => "badChallenge",
            Self::BadToken(_) => "badToken",
            Self::WrongKind => "wrongKind",
            Self::Busy => "busy",
            Self::ServerError(_) => "serverError",
            Self::Unexpected(_) => "unexpected",
            Self::NotTried(_) => "notTried",
        }
    }

    /// What happened, as a clause.
    #[must_use]
    pub fn message(&self, action: Action) -> String {
        let text = match self {
            Self::Works { left_open: false } => match action {
                Action::Pull => "opens the image",
                Action::Login => "logs in",
                Action::Push => "may push",
            },
            Self::Works { left_open: true } => "may push; the upload that was opened could not be cancelled",
            Self::Open => "the registry asks for no credential",
            Self::LoggedIn => "logs in; there is no such image yet",
            Self::Refused => "the registry does not take this credential (401)",
            Self::AnonymousRefused => "the registry asks for a credential and none is shown (401)",
            Self::Forbidden => match action {
                Action::Pull => "the login works and the user may not pull this image (403)",
                Action::Login => "the login works and the user may not see this repository (403)",
                Action::Push => "the login works and the user may not push here (403)",
            },
            Self::NotFound => match action {
                Action::Push => "the login works and there is no such repository (404)",
                Action::Pull | Action::Login => "the login works and there is no such image (404)",
            },
            Self::ReadOnly => "the registry takes no uploads (405)",
            Self::Unreadable(reason) => return format!("no registry is asked: {reason}"),
            Self::Tls(fault) => match fault {
                TlsFault::UnknownIssuer => "the certificate is of an authority that is not known here",
                TlsFault::Expired => "the certificate has expired",
                TlsFault::NotYet => "the certificate is not valid yet",
                TlsFault::Name => "the certificate is for another host",
                TlsFault::Other => "TLS fails",
            },
            Self::Dns => "the name of the registry has no address",
            Self::ConnectionRefused => "nothing listens there",
            Self::TimedOut => "no answer in time",
            Self::PlainHttp => "the registry speaks no TLS on this port",
            Self::Network => "the connection breaks",
            Self::Redirect(host) => return format!("the registry redirects to {host}, which was not followed"),
            Self::RealmElsewhere(host) => {
                return format!("the registry wants the credential to be shown to {host}, which was not done");
            }
            Self::RealmPlain(host) => {
                return format!(
                    "the registry wants the credential to be sent to {host} without TLS, which was not done"
                );
            }
            Self::BadChallenge(reason) => return format!("the registry does not say how to log in: {reason}"),
            Self::BadToken(reason) => return format!("the realm gives no token that can be used: {reason}"),
            Self::WrongKind => "the entry holds a token, and this registry wants user and password",
            Self::Busy => "too many requests (429)",
            Self::ServerError(status) => return format!("the registry fails ({status})"),
            Self::Unexpected(status) => return format!("an answer that no registry gives ({status})"),
            Self::NotTried(reason) => return format!("not tried: {reason}"),
        };
        text.to_owned()
    }

    /// What to do, in one sentence; empty where there is nothing to do.
    #[must_use]
    pub fn remedy(&self, action: Action, registry: &str) -> String {
        let text = match self {
            Self::Works { left_open: false } | Self::Open | Self::LoggedIn => "",
            Self::Works { left_open: true } => "the registry discards open uploads after a while; nothing need be done",
            Self::Refused => "renew user and password, or the token, in this entry",
            Self::AnonymousRefused => {
                return format!(
                    "give the Pod a credential for {registry}; `explain-credentials` shows why none is used"
                );
            }
            Self::Forbidden => match action {
                Action::Pull | Action::Login => "give this user the right to pull from the repository",
                Action::Push => "give this user the right to push to the repository",
            },
            Self::NotFound => match action {
                Action::Push => "create the repository, or correct its name",
                Action::Pull | Action::Login => {
                    "correct name and tag; some registries answer so when the user may not see the image"
                }
            },
            Self::ReadOnly => "push to a registry that takes uploads; this one is a mirror or switched to read-only",
            Self::Unreadable(_) => "mend or remove that Secret; until then nothing is pulled",
            Self::Tls(fault) => match fault {
                TlsFault::UnknownIssuer => "name the authority's certificate with `--ca FILE`",
                TlsFault::Expired => "have the registry's certificate renewed",
                TlsFault::NotYet => "check the clocks of this machine and of whoever issued the certificate",
                TlsFault::Name => "use the name that stands in the certificate, or have one issued for this name",
                TlsFault::Other => "ask who runs the registry about its TLS settings",
            },
            Self::Dns => "correct the name, or probe from where it can be resolved",
            Self::ConnectionRefused => "correct host and port, or start the registry",
            Self::TimedOut => "check the network between here and there, or allow more with `--timeout SECONDS`",
            Self::PlainHttp => {
                return format!("if that is meant to be, allow it with `--insecure-registry {registry}`");
            }
            Self::Network => "try again; if it stays, look into the registry's log",
            Self::Redirect(_) => "write the host that it redirects to into the image and into the credential's key",
            Self::RealmElsewhere(host) => {
                return format!("if you trust that host, allow it with `--allow-realm {host}`");
            }
            Self::RealmPlain(_) => "have the realm served by https",
            Self::BadChallenge(_) => "check that this is a registry and no proxy or login page in front of it",
            Self::BadToken(_) => "look into the log of the token server",
            Self::WrongKind => "write user and password into this entry",
            Self::Busy => "wait, then probe again",
            Self::ServerError(_) => "probe again later, or look into the registry's log",
            Self::Unexpected(_) => "check that this is a registry and no proxy or login page in front of it",
            Self::NotTried(_) => "",
        };
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Outcome> {
        use Outcome::*;
        let tls = [TlsFault::UnknownIssuer, TlsFault::Expired, TlsFault::NotYet, TlsFault::Name, TlsFault::Other];
        let mut all = vec![
            Works { left_open: false },
            Works { left_open: true },
            Open,
            LoggedIn,
            Refused,
            AnonymousRefused,
            Forbidden,
            NotFound,
            ReadOnly,
            Unreadable("x".into()),
            Dns,
            ConnectionRefused,
            TimedOut,
            PlainHttp,
            Network,
            Redirect("h".into()),
            RealmElsewhere("h".into()),
            RealmPlain("h".into()),
            BadChallenge("x"),
            BadToken("x"),
            WrongKind,
            Busy,
            ServerError(503),
            Unexpected(418),
            NotTried("x".into()),
        ];
        all.extend(tls.map(Tls));
        all
    }

    #[test]
    fn whatever_is_wrong_has_a_remedy_of_one_sentence() {
        for outcome in all() {
            for action in [Action::Pull, Action::Login, Action::Push] {
                let (message, remedy) = (outcome.message(action), outcome.remedy(action, "r.example"));
                assert!(!message.is_empty() && !message.ends_with('.') && !remedy.ends_with('.'), "{message} {remedy}");
                let needs = outcome.exit() != Exit::Allowed && !matches!(outcome, Outcome::NotTried(_));
                assert!(!needs || !remedy.is_empty(), "{message}");
            }
        }
    }

    #[test]
    fn codes_follow_what_is_known() {
        let with = |code: Exit| all().iter().filter(|outcome| outcome.exit() == code).count();
        assert_eq!((with(Exit::Allowed), with(Exit::Denied), with(Exit::Unreachable)), (4, 7, 19));
    }
}
