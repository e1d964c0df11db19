//! Image strings with holes: what stays certain, and what is a mistake instead.

use super::super::{ImageError, Parsed, Part, Placeholder, parse};

fn unresolved(s: &str) -> Placeholder<'_> {
    match parse(s) {
        Parsed::Unresolved(placeholder) => placeholder,
        other => panic!("`{s}` is {other:?}"),
    }
}

/// text, first hole, its part, known host, path before it, known name, known tag
type Hole =
    (&'static str, &'static str, Part, Option<&'static str>, &'static str, Option<&'static str>, Option<&'static str>);

#[test]
fn holes() {
    let cases: &[Hole] = &[
        ("$(params.image)", "$(params.image)", Part::Domain, None, "", None, None),
        ("{{ .Values.image }}:{{ .Values.tag }}", "{{ .Values.image }}", Part::Domain, None, "", None, None),
        ("${IMAGE}", "${IMAGE}", Part::Domain, None, "", None, None),
        ("${IMAGE:-ghcr.io/a/b:1}", "${IMAGE:-ghcr.io/a/b:1}", Part::Domain, None, "", None, None),
        ("$IMAGE:1.0", "$IMAGE", Part::Domain, None, "", None, Some("1.0")),
        ("<image>", "<image>", Part::Domain, None, "", None, None),
        (
            "<<YOUR-REGISTRY>/$PROJECT/$IMAGE:$TAG>",
            "<<YOUR-REGISTRY>/$PROJECT/$IMAGE:$TAG>",
            Part::Domain,
            None,
            "",
            None,
            None,
        ),
        ("((image))", "((image))", Part::Domain, None, "", None, None),
        ("#{registry}/app", "#{registry}", Part::Domain, None, "", None, None),
        ("%s/app:v1", "%s", Part::Domain, None, "", None, Some("v1")),
        ("%(image)s", "%(image)s", Part::Domain, None, "", None, None),
        ("%IMAGE%", "%IMAGE%", Part::Domain, None, "", None, None),
        ("`cat image`", "`cat image`", Part::Domain, None, "", None, None),
        ("ko://github.com/org/cmd", "ko://github.com/org/cmd", Part::Domain, None, "", None, None),
        ("$(registry)/app:1.0", "$(registry)", Part::Domain, None, "", None, Some("1.0")),
        ("registry:$(PORT)/app", "$(PORT)", Part::Domain, None, "", None, None),
        ("eu.$(HOST)/app", "$(HOST)", Part::Domain, None, "", None, None),
        ("ghcr.io/$(org)/app:1", "$(org)", Part::Path, Some("ghcr.io"), "", None, Some("1")),
        ("ghcr.io/org/$(app)", "$(app)", Part::Path, Some("ghcr.io"), "org/", None, None),
        ("ghcr.io:443/org/a-$(app)-b:$(tag)", "$(app)", Part::Path, Some("ghcr.io:443"), "org/a-", None, None),
        ("index.docker.io/$X/y", "$X", Part::Path, Some("docker.io"), "", None, None),
        ("myorg/${APP}", "${APP}", Part::Path, Some("docker.io"), "myorg/", None, None),
        (
            "ghcr.io/org/app:$(params.tag)",
            "$(params.tag)",
            Part::Tag,
            Some("ghcr.io"),
            "org/app",
            Some("ghcr.io/org/app"),
            None,
        ),
        (
            "docker.io/scribesecurity/valint:v$(x)",
            "$(x)",
            Part::Tag,
            Some("docker.io"),
            "scribesecurity/valint",
            Some("docker.io/scribesecurity/valint"),
            None,
        ),
        ("app:${TAG}", "${TAG}", Part::Tag, Some("docker.io"), "app", Some("docker.io/library/app"), None),
        (
            "localhost:5000/app:{{tag}}",
            "{{tag}}",
            Part::Tag,
            Some("localhost:5000"),
            "app",
            Some("localhost:5000/app"),
            None,
        ),
        ("quay.io/a/b@$(digest)", "$(digest)", Part::Digest, Some("quay.io"), "a/b", Some("quay.io/a/b"), None),
        (
            "quay.io/a/b:1@sha256:<digest>",
            "<digest>",
            Part::Digest,
            Some("quay.io"),
            "a/b",
            Some("quay.io/a/b"),
            Some("1"),
        ),
        ("ghcr.io/Org/app:$T", "$T", Part::Tag, Some("ghcr.io"), "Org/app", None, None),
        ("https://$(x)", "$(x)", Part::Path, None, "", None, None),
        ("{{", "{{", Part::Domain, None, "", None, None),
        ("<registry", "<registry", Part::Domain, None, "", None, None),
    ];
    for (text, marker, part, domain, prefix, named, tag) in cases {
        let hole = unresolved(text);
        assert_eq!(hole.marker(), *marker, "`{text}`");
        assert_eq!(hole.part(), *part, "`{text}`");
        assert_eq!(hole.domain(), *domain, "`{text}`");
        assert_eq!(hole.path_prefix(), *prefix, "`{text}`");
        assert_eq!(hole.named().map(|name| name.to_string()).as_deref(), *named, "`{text}`");
        assert_eq!(hole.tag(), *tag, "`{text}`");
        assert_eq!(parse(text).named(), hole.named(), "`{text}`");
    }
    let digest = "sha256:dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c";
    assert_eq!(unresolved(&format!("$(image)@{digest}")).digest(), Some(digest));
}

#[test]
fn mistakes_are_no_holes() {
    for (text, error) in [
        ("", ImageError::NameEmpty),
        ("aa/asdf$$^/aa", ImageError::InvalidFormat),
        ("[fe80::1%eth0]:5000/repo", ImageError::InvalidFormat),
        ("https://ghcr.io/a", ImageError::InvalidFormat),
        (" ubuntu", ImageError::InvalidFormat),
        ("app:", ImageError::InvalidFormat),
        ("app@", ImageError::InvalidFormat),
        ("ghcr.io/Org/app", ImageError::NameContainsUppercase),
        ("Foo_bar/x", ImageError::NameContainsUppercase),
        ("é/x", ImageError::InvalidFormat),
    ] {
        assert_eq!(parse(text), Parsed::Invalid(error), "`{text}`");
    }
}
