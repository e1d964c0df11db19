//! Flags whose value is a credential.
//!
//! Sources, read 2026-11: docker/cli `cli/command/registry/login.go`; containers/common `pkg/auth/cli.go` (login, --creds)
//! and skopeo's `copy` (--src-creds, --dest-creds); go-containerregistry `cmd/crane` (auth login); helm `cmd/helm`
//! (registry login, --set); oras and regclient by their command lines; fluxcd/flux2 `cmd/flux/bootstrap.go`
//! (--registry-creds); curl(1); sshpass(1); htpasswd(1); redis `redis-cli` (-a) and `redis.conf` (requirepass); kubernetes `kubectl create secret` (--from-literal). Other flags are known by
//! what their names say.

use crate::knowledge::words::is_among;

/// What the value of a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A password.
    Password,
    /// `user:password`
    Pair,
    /// `name=value`, several joined by commas.
    Assignments,
    /// `Name: value`
    Header,
}

/// A flag whose name alone does not say it.
#[derive(Debug)]
pub(crate) struct Flag {
    /// With its dashes; a short one may be joined to its value.
    pub name: &'static str,
    /// Programs that have it, joined by blanks; empty: any.
    pub programs: &'static str,
    /// Only when `login` is among the words.
    pub login: bool,
    /// What the value is.
    pub holds: Holds,
}

/// Registry clients, and others whose `login` takes the password in `-p`.
const CLIENTS: &str = "docker podman buildah skopeo nerdctl crane gcrane krane helm oras regctl cosign az oc";

const fn any(name: &'static str, holds: Holds) -> Flag {
    Flag { name, programs: "", login: false, holds }
}

const fn of(programs: &'static str, name: &'static str, holds: Holds) -> Flag {
    Flag { name, programs, login: false, holds }
}

/// Every such flag.
pub(crate) static FLAGS: &[Flag] = &[
    Flag { name: "-p", programs: CLIENTS, login: true, holds: Holds::Password },
    of("sshpass", "-p", Holds::Password),
    of("curl", "-u", Holds::Pair),
    of("curl", "--user", Holds::Pair),
    of("curl", "-U", Holds::Pair),
    of("curl", "--proxy-user", Holds::Pair),
    of("redis-cli", "-a", Holds::Password),
    any("--requirepass", Holds::Password),
    any("--creds", Holds::Pair),
    any("--src-creds", Holds::Pair),
    any("--dest-creds", Holds::Pair),
    any("--registry-creds", Holds::Pair),
    any("--from-literal", Holds::Assignments),
    any("--set", Holds::Assignments),
    any("--set-string", Holds::Assignments),
    any("-H", Holds::Header),
    any("--header", Holds::Header),
];

/// The program that takes the password as its last word, when it has this letter among its options.
pub(crate) const LAST_WORD: (&str, char) = ("htpasswd", 'b');

/// Programs whose `--password` takes no next word: it asks, or takes its value behind `=` alone.
const ASKS: &str =
    "mysql mysqldump mysqladmin mariadb mariadb-dump psql pg_dump pg_dumpall pg_restore createdb createuser dropdb";

/// Is this a program that the table knows?
pub(crate) fn is_known(program: &str) -> bool {
    is_among(program, CLIENTS) || is_among(program, "curl sshpass redis-cli htpasswd")
}

/// See [`ASKS`].
pub(crate) fn asks(program: &str) -> bool {
    is_among(program, ASKS)
}
