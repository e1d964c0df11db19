//! Which host is whose: where a registry is asked, and which realms may see its credentials.

use reqwest::Url;

use super::outcome::Outcome;

/// Where the API of a registry is found when not at its own name.
///
/// Docker Hub's images are named `docker.io`, its API is at `registry-1.docker.io` (`go-containerregistry` `pkg/name`,
/// containers/image `docker/docker_client.go`).
const APIS: [(&str, &str); 1] = [("docker.io", "registry-1.docker.io")];

/// Registries whose realm is on another host by their own documentation, so that nobody need allow it.
///
/// | registry | realm | source |
/// |---|---|---|
/// | `docker.io` | `auth.docker.io` | <https://distribution.github.io/distribution/spec/auth/token/> |
/// | `registry.gitlab.com` | `gitlab.com` | <https://docs.gitlab.com/administration/packages/container_registry/>: GitLab itself is the registry's token server, at `/jwt/auth` |
pub const REALMS: [(&str, &str); 2] = [("docker.io", "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// What the user allows beyond the strict rule.
#[derive(Clone, Debug, Default)]
pub struct Leave {
    /// Registries, `host[:port]` as in image references, that may be spoken to by plain http or unverified TLS.
    pub insecure: Vec<String>,
    /// Hosts, `host[:port]`, that may see credentials of any registry that names them as its realm.
    pub realms: Vec<String>,
}

impl Leave {
    /// Whether a host may be spoken to without verified TLS.
    #[must_use]
    pub fn is_insecure(&self, host: &str) -> bool {
        self.insecure.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}

/// `host[:port]` at which a registry is asked.
#[must_use]
pub fn api(registry: &str) -> &str {
    APIS.iter().find(|(name, _)| *name == registry).map_or(registry, |(_, api)| api)
}

/// `host[:port]` of a URL; the port that goes with the scheme is left out.
#[must_use]
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The realm's URL, if a credential of this registry may be shown there.
///
/// # Errors
/// Why it may not.
pub fn realm(registry: &str, base: &Url, realm: &str, leave: &Leave) -> Result<Url, Outcome> {
    let mut url = Url::parse(realm).map_err(|_| Outcome::BadChallenge("its realm is no URL"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(Outcome::BadChallenge("its realm is no web address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Outcome::BadChallenge("its realm names a user"));
    }
    url.set_fragment(None);
    let host = host_of(&url);
    let is_own = same_server(&url, base);
    let is_known = url.port().is_none() && REALMS.contains(&(registry, host.as_str()));
    let is_allowed = leave.realms.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host));
    if !(is_own || is_known || is_allowed) {
        return Err(Outcome::RealmElsewhere(host));
    }
    let may_be_plain = (is_own && base.scheme() == "http") || (!is_own && leave.is_insecure(&host));
    if url.scheme() == "http" && !may_be_plain {
        return Err(Outcome::RealmPlain(host));
    }
    Ok(url)
}

/// Whether two URLs are of one server. A registry behind a proxy may not know that it is reached by https and name itself
/// with `http`: that is the same server, and the stricter scheme is asked for elsewhere.
pub(super) fn same_server(a: &Url, b: &Url) -> bool {
    a.host_str() == b.host_str() && a.port() == b.port()
}

/// The place of an upload on the registry's own server; none when it is anywhere else.
#[must_use]
pub fn own_place(base: &Url, asked: &Url, location: &str) -> Option<Url> {
    let place = asked.join(location).ok()?;
    if !same_server(&place, base) {
        return None;
    }
    let mut own = base.clone();
    own.set_path(place.path());
    own.set_query(place.query());
    Some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_credential_goes_to_its_own_host_only() {
        let leave = Leave { insecure: vec!["plain.example:5000".into()], realms: vec!["id.example".into()] };
        let ask = |registry: &str, realm_text: &str| {
            let scheme = if leave.is_insecure(registry) { "http" } else { "https" };
            let base = url(&format!("{scheme}://{}/v2/", api(registry)));
            realm(registry, &base, realm_text, &leave).map(|url| url.to_string()).map_err(|outcome| outcome.word())
        };
        for (registry, realm, expected) in [
            ("ghcr.io", "https://ghcr.io/token", Ok("https://ghcr.io/token")),
            ("ghcr.io", "https://ghcr.io:443/token", Ok("https://ghcr.io/token")),
            ("ghcr.io", "https://GHCR.io/token", Ok("https://ghcr.io/token")),
            ("ghcr.io", "https://ghcr.io:8443/token", Err("realmElsewhere")),
            ("ghcr.io", "http://ghcr.io/token", Err("realmPlain")),
            ("ghcr.io", "https://ghcr.io.evil.example/token", Err("realmElsewhere")),
            ("ghcr.io", "https://ghcr.io@evil.example/token", Err("badChallenge")),
            ("ghcr.io", "//evil.example/token", Err("badChallenge")),
            ("ghcr.io", "file:///etc/passwd", Err("badChallenge")),
            ("ghcr.io", "https://auth.docker.io/token", Err("realmElsewhere")),
            ("docker.io", "https://auth.docker.io/token", Ok("https://auth.docker.io/token")),
            ("docker.io", "http://auth.docker.io/token", Err("realmPlain")),
            ("docker.io", "https://auth.docker.io:444/token", Err("realmElsewhere")),
            ("registry.gitlab.com", "https://gitlab.com/jwt/auth", Ok("https://gitlab.com/jwt/auth")),
            ("ghcr.io", "https://id.example/token#x", Ok("https://id.example/token")),
            ("ghcr.io", "http://id.example/token", Err("realmPlain")),
            ("plain.example:5000", "http://plain.example:5000/token", Ok("http://plain.example:5000/token")),
            ("plain.example:5000", "http://plain.example/token", Err("realmElsewhere")),
            ("ghcr.io", "http://plain.example:5000/token", Err("realmElsewhere")),
        ] {
            assert_eq!(ask(registry, realm).as_deref().map_err(|word| *word), expected, "{registry} {realm}");
        }
    }

    #[test]
    fn uploads_are_cancelled_at_home() {
        let base = url("https://r.example/v2/");
        let asked = url("https://r.example/v2/a/blobs/uploads/");
        let place = |location: &str| own_place(&base, &asked, location).map(|url| url.to_string());
        assert_eq!(place("/v2/a/blobs/uploads/1?s=2").as_deref(), Some("https://r.example/v2/a/blobs/uploads/1?s=2"));
        assert_eq!(place("1").as_deref(), Some("https://r.example/v2/a/blobs/uploads/1"));
        assert_eq!(place("http://r.example/v2/u/1").as_deref(), Some("https://r.example/v2/u/1"));
        assert_eq!(place("https://storage.example/u/1"), None);
        assert_eq!(place("//storage.example/u/1"), None);
    }
}
