//! The reference parser against distribution/reference's own cases, and against arbitrary text.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use super::{ImageError, Parsed, Reference, RepositoryPath, check_digest, grammar, is_domain, is_identifier, parse};

mod holes;
mod table;

#[test]
fn spellings_of_one_image_are_equal() {
    for spelling in ["library/ubuntu", "docker.io/ubuntu", "docker.io/library/ubuntu", "index.docker.io/library/ubuntu"]
    {
        assert_eq!(Reference::parse(spelling), Reference::parse("ubuntu"), "`{spelling}`");
    }
    let path = Reference::parse("ubuntu").unwrap().path();
    assert!(path.is_official() && path == *"library/ubuntu" && path != *"ubuntu");
    for (prefix, fits) in
        [("", true), ("lib", true), ("library/", true), ("library/ub", true), ("ubuntu", false), ("library/x", false)]
    {
        assert_eq!(path.starts_with(prefix), fits, "`{prefix}`");
        assert_eq!(path.to_cow().starts_with(prefix), fits, "`{prefix}`");
    }
    let written = RepositoryPath::new("library/a/b", true, true);
    assert!(written.starts_with("library/a") && !written.starts_with("library/b"));
}

#[test]
fn tags_and_digests_on_their_own() {
    let image = Reference::parse("ubuntu").unwrap();
    let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
    assert_eq!(image.with_tag(&longest).unwrap().tag(), Some(&*longest));
    for tag in ["", "-a", ".a", "a b", "é", &too_long] {
        assert_eq!(image.with_tag(tag), Err(ImageError::TagInvalidFormat), "`{tag}`");
    }
    for digest in ["", "foo", "sha256:", "sha256:zz", "sha..x:00112233445566778899aabbccddeeff"] {
        let error = Err(ImageError::DigestInvalidFormat);
        assert_eq!(image.with_digest(digest), error, "`{digest}`");
    }
    assert_eq!(image.as_pulled().to_string(), "docker.io/library/ubuntu:latest");
}

/// distribution/reference takes such a host for a path; the name is the same either way.
#[test]
fn a_host_with_an_underscore_is_a_path() {
    let image = Reference::parse("my_host.example/app:1").unwrap();
    assert_eq!((image.domain(), image.familiar_name()), ("", "my_host.example/app"));
    assert_eq!(image.to_string(), "my_host.example/app:1");
}

#[test]
fn messages_keep_to_the_house_style() {
    for error in [
        ImageError::InvalidFormat,
        ImageError::TagInvalidFormat,
        ImageError::DigestInvalidFormat,
        ImageError::DigestInvalidLength,
        ImageError::DigestUnsupported,
        ImageError::NameContainsUppercase,
        ImageError::NameEmpty,
        ImageError::NameTooLong,
        ImageError::NameNotCanonical,
        ImageError::NameIsIdentifier,
    ] {
        let text = error.to_string();
        assert!(
            !text.starts_with(|c: char| c.is_uppercase()) && !text.ends_with('.') && !text.contains('\n'),
            "{text}"
        );
    }
}

#[test]
fn a_megabyte_of_anything_is_quick() {
    for unit in [
        "a", "a/", "a.", "A", ":", "@", "/", "$", "$(", "${", "<", "{", "`", "%a", "%(", "((", "sha256:", "a:a/",
        "$x/", "é",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let begin = Instant::now();
        let parsed = parse(&text);
        // Far above what is measured (tens of ms, unoptimised), far below what anything quadratic needs.
        assert!(begin.elapsed() < Duration::from_secs(5), "`{unit}`: {:?}", begin.elapsed());
        assert!(!matches!(parsed, Parsed::Reference(_)), "`{unit}`");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[a-cA-B0-1é./:@_$(){}<>%`#\\[\\] -]{0,40}|\\PC{0,40}") {
        if let Parsed::Unresolved(hole) = parse(&text) {
            prop_assert!(!hole.marker().is_empty() && text.contains(hole.marker()));
            prop_assert!(hole.named().is_none() || hole.domain().is_some());
        }
    }

    #[test]
    fn references_survive_being_displayed(
        text in "([a-c]{1,3}([.][a-c]{1,3})?(:[0-9]{1,4})?/)?(library/)?[a-c]{1,4}((_|__|[.]|-{1,3})[a-c0-9]{1,3})?(/[a-c]{1,3}){0,2}(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,8})?(@sha256:[0-9a-f]{64})?",
    ) {
        let image = Reference::parse(&text).unwrap();
        let shown = image.to_string();
        let again = Reference::parse(&shown).unwrap();
        prop_assert_eq!(again, image);
        prop_assert_eq!(again.to_string(), shown.clone());
        prop_assert_eq!(image.len(), shown.len());
        prop_assert!(Reference::parse_canonical(&shown).is_ok());
        prop_assert_eq!(Reference::parse(image.familiar_name()).unwrap(), image.name());
        prop_assert_eq!(image.path().to_string(), image.path().to_cow());
        prop_assert!(matches!(parse(&text), Parsed::Reference(_)));
    }
}
