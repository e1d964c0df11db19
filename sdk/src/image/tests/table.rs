//! All cases of the table of image references, each through the function that it is about.

use super::super::parts::{Parts, split_name};
use super::*;

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/a-image-references.json"));
/// Stands for the one unnamed digest of the sorting cases.
const ANY: &str = "dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c";

#[test]
fn every_case() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for case in table["cases"].as_array().unwrap() {
        let group = case["group"].as_str().unwrap();
        run(group, case);
        *counts.entry(group).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<u64>(), 357);
    assert_eq!(serde_json::to_value(&counts).unwrap(), table["counts_by_group"]);
}

fn run(group: &str, case: &Value) {
    let expected = &case["expect"];
    let input = case["input"].as_str().unwrap_or("");
    match group {
        "Parse" | "Serialization" => parts(Reference::parse_exact(input), case),
        "WithName-failure" | "DomainAndPath" => parts(Reference::from_name(input), case),
        "ParseNamed" => parts(Reference::parse_canonical(input), case),
        "ValidateReferenceName" | "ValidateRemoteName" => valid(Reference::parse(input).is_ok(), case),
        "ParseRepositoryInfo" | "ParseReferenceWithTagAndDigest" | "NormalizedSplitHostname" => {
            parts(Reference::parse(input), case)
        }
        "WithTag" | "WithDigest" => assert_eq!(tagged(case).unwrap().to_string(), expected["string"], "{case}"),
        "InvalidReferenceComponents" => match case["input"].is_string() {
            true => valid(Reference::parse(input).is_ok(), case),
            false => valid(tagged(case).is_ok(), case),
        },
        "ParseAnyReference" => {
            let any = parse_any(input).unwrap();
            assert_eq!(any.to_string(), expected["string"], "{case}");
            assert_eq!(matches!(any, Any::Digest(_)), expected["kind"] == "digest-only", "{case}");
        }
        "FamiliarMatch" => {
            let result = Reference::parse(input).unwrap().matches(case["pattern"].as_str().unwrap());
            match expected["match"].as_bool() {
                Some(fits) => assert_eq!(result, Ok(fits), "{case}"),
                None => assert!(expected["error"].is_string() && result.is_err(), "{case}"),
            }
        }
        "ParseDockerRef" => {
            assert_eq!(Reference::parse(input).unwrap().as_pulled().to_string(), expected["canonical"], "{case}");
        }
        "DomainRegexp" => matched(is_domain(input), case),
        "IdentifierRegexp" => matched(is_identifier(input), case),
        "NameRegexp" => name_grammar(input, case),
        "ReferenceRegexp" => reference_grammar(input, case),
        "Sort" => sorts(case),
        _ => panic!("unknown group: {case}"),
    }
}

fn valid(found: bool, case: &Value) {
    assert_eq!(Some(found), case["expect"]["valid"].as_bool(), "{case}");
}

fn matched(found: bool, case: &Value) {
    assert_eq!(Some(found), case["expect"]["match"].as_bool(), "{case}");
}

/// Compares every part that the case names.
fn parts(result: Result<Reference<'_>, ImageError>, case: &Value) {
    let expected = case["expect"].as_object().unwrap();
    let image = match result {
        Ok(image) => image,
        Err(error) => {
            return assert_eq!(Some(error_name(error)), expected.get("error").and_then(Value::as_str), "{case}");
        }
    };
    for (part, value) in expected {
        let found = match part.as_str() {
            "repository" | "name" => image.name().to_string(),
            "canonical" => image.to_string(),
            "domain" => image.domain().to_owned(),
            "path" => image.path().to_string(),
            "tag" => image.tag().unwrap_or("").to_owned(),
            "digest" => image.digest().unwrap_or("").to_owned(),
            "familiarName" => image.familiar_name().to_owned(),
            "familiarString" => {
                let mut text = image.familiar_name().to_owned();
                image.push_suffix(&mut text);
                text
            }
            _ => panic!("no error, or unknown part `{part}`: {case}"),
        };
        assert_eq!(found, *value, "{part} of {case}");
    }
}

fn error_name(error: ImageError) -> &'static str {
    match error {
        ImageError::InvalidFormat => "ErrReferenceInvalidFormat",
        ImageError::TagInvalidFormat => "ErrTagInvalidFormat",
        ImageError::DigestInvalidFormat => "digest.ErrDigestInvalidFormat",
        ImageError::DigestInvalidLength => "digest.ErrDigestInvalidLength",
        ImageError::DigestUnsupported => "digest.ErrDigestUnsupported",
        ImageError::NameContainsUppercase => "ErrNameContainsUppercase",
        ImageError::NameEmpty => "ErrNameEmpty",
        ImageError::NameTooLong => "ErrNameTooLong",
        ImageError::NameNotCanonical => "ErrNameNotCanonical",
        ImageError::NameIsIdentifier => "cannot specify 64-byte hexadecimal strings",
    }
}

/// Builds the reference of a case whose input is given in parts.
fn tagged(case: &Value) -> Result<Reference<'_>, ImageError> {
    let given = |part: &str| case["input"][part].as_str().filter(|text| !text.is_empty());
    let mut image = Reference::from_name(given("name").unwrap())?;
    if let Some(digest) = given("digest") {
        image = image.with_digest(digest)?;
    }
    match given("tag") {
        Some(tag) => image.with_tag(tag),
        None => Ok(image),
    }
}

/// What the engine's command line accepts: an identifier, a digest or a reference.
enum Any<'a> {
    Digest(String),
    Reference(Reference<'a>),
}

impl std::fmt::Display for Any<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Any::Digest(digest) => digest.fmt(f),
            Any::Reference(image) => image.fmt(f),
        }
    }
}

fn parse_any(s: &str) -> Result<Any<'_>, ImageError> {
    if is_identifier(s) {
        return Ok(Any::Digest(format!("sha256:{s}")));
    }
    match check_digest(s) {
        Ok(()) => Ok(Any::Digest(s.to_owned())),
        Err(_) => Reference::parse(s).map(Any::Reference),
    }
}

/// The bare grammar, without the limit on the length.
fn name_grammar(input: &str, case: &Value) {
    let (domain, path) = split_name(input);
    let fits = grammar::is_path(path, false);
    matched(fits, case);
    if let Some(expected) = case["expect"]["submatches"].as_array() {
        assert_eq!([domain, path].as_slice(), expected.as_slice(), "{case}");
    }
}

/// The bare grammar, without the checks of length and digest.
fn reference_grammar(input: &str, case: &Value) {
    let parts = Parts::read(input).ok();
    matched(parts.is_some(), case);
    if let (Some(parts), Some(expected)) = (parts, case["expect"]["submatches"].as_array()) {
        let name = match parts.domain {
            "" => parts.path.to_owned(),
            domain => format!("{domain}/{}", parts.path),
        };
        assert_eq!(
            [&*name, parts.tag.unwrap_or(""), parts.digest.unwrap_or("")].as_slice(),
            expected.as_slice(),
            "{case}"
        );
    }
}

/// Orders references by how much they say, as a caller would.
fn sorts(case: &Value) {
    let list = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().replace("<any>", ANY)).collect()
    };
    let rank = |text: &String| match parse_any(text) {
        Ok(Any::Reference(image)) => (
            match (image.tag(), image.digest()) {
                (Some(_), Some(_)) => 1,
                (Some(_), None) => 2,
                (None, Some(_)) => 3,
                (None, None) => 4,
            },
            image.to_string(),
        ),
        Ok(digest) => (5, digest.to_string()),
        Err(_) => (6, text.clone()),
    };
    let mut found = list(&case["input"]);
    found.sort_by_key(rank);
    assert_eq!(found, list(&case["expect"]["sorted"]), "{case}");
}
