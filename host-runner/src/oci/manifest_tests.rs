//! Manifests: the shape that kwctl writes, and everything that is none of a policy.

use super::*;

const WASM: &str = "application/vnd.wasm.content.layer.v1+wasm";

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

fn image(media_type: &str, layers: &[(&str, i64)]) -> String {
    let layers: Vec<String> = layers
        .iter()
        .map(|(kind, size)| format!(r#"{{"mediaType":"{kind}","digest":"{}","size":{size}}}"#, digest("module")))
        .collect();
    format!(
        r#"{{"schemaVersion":2,{media_type}"config":{{"mediaType":"application/vnd.wasm.config.v1+json","digest":"{}","size":2}},"layers":[{}]}}"#,
        digest("{}"),
        layers.join(",")
    )
}

fn index(entries: &[(&str, Option<(&str, &str)>)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(name, platform)| {
            let platform = platform.map_or_else(String::new, |(os, architecture)| {
                format!(r#","platform":{{"os":"{os}","architecture":"{architecture}"}}"#)
            });
            format!(
                r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":3{platform}}}"#,
                digest(name)
            )
        })
        .collect();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}}"#,
        entries.join(",")
    )
}

#[test]
fn a_pushed_manifest_is_byte_for_byte_the_one_of_kwctl() {
    let annotations = BTreeMap::from([("io.kubewarden.policy.title".to_owned(), "t".to_owned())]);
    let text = String::from_utf8(of_module(&digest("module"), 123, &annotations)).unwrap();
    let expected = format!(
        "{{\"annotations\":{{\"io.kubewarden.policy.title\":\"t\"}},\"config\":{{\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"mediaType\":\"application/vnd.wasm.config.v1+json\",\"size\":2}},\"layers\":[{{\"digest\":\"{}\",\"mediaType\":\"{WASM}\",\"size\":123}}],\"schemaVersion\":2}}",
        digest("module")
    );
    assert_eq!(text, expected);
    let plain = String::from_utf8(of_module(&digest("module"), 123, &BTreeMap::new())).unwrap();
    assert!(plain.starts_with("{\"config\":"), "{plain}");
    assert!(matches!(parse(text.as_bytes()), Ok(Manifest::Image { module, .. }) if module.size == 123));
}

#[test]
fn annotations_come_from_the_metadata() {
    let metadata = BTreeMap::from(
        [
            ("io.kubewarden.policy.title", " spaced "),
            ("io.kubewarden.policy.usage", "one\ntwo"),
            ("io.kubewarden.policy.source", "https://example.com/x"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let (kept, left_out) = annotations(&metadata);
    assert_eq!(kept["io.kubewarden.policy.title"], "spaced");
    assert_eq!(kept["org.opencontainers.image.source"], "https://example.com/x");
    assert_eq!(left_out, ["io.kubewarden.policy.usage"]);
}

#[test]
fn old_and_new_media_types_are_read() {
    for media_type in [
        "",
        r#""mediaType":"application/vnd.oci.image.manifest.v1+json","#,
        r#""mediaType":"application/vnd.docker.distribution.manifest.v2+json","#,
    ] {
        for layer in WASM_LAYERS {
            let text = image(media_type, &[(layer, 10)]);
            assert!(matches!(parse(text.as_bytes()), Ok(Manifest::Image { .. })), "{text}");
        }
    }
}

#[test]
fn an_index_counts_with_one_entry() {
    let here = || (std::env::consts::OS, if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
    let choose = |entries: &[_]| match parse(index(entries).as_bytes()) {
        Ok(Manifest::Index(digest)) => Ok(digest),
        Err(error) => Err(error),
        Ok(other) => panic!("{other:?}"),
    };
    let other = Some(("plan9", "mips"));
    assert_eq!(choose(&[("a", other), ("b", Some(here()))]), Ok(digest("b")));
    assert_eq!(choose(&[("a", other), ("b", None)]), Ok(digest("b")));
    assert_eq!(choose(&[("a", other), ("b", Some(("wasip1", "wasm")))]), Ok(digest("b")));
    assert_eq!(choose(&[("a", None), ("b", None)]), Err(ManifestError::NoEntry(2)));
    assert_eq!(choose(&[("a", other)]), Err(ManifestError::NoEntry(1)));
    assert_eq!(choose(&[]), Err(ManifestError::NoEntry(0)));
}

#[test]
fn what_is_no_manifest_of_a_policy_is_refused() {
    let error = |text: &str| parse(text.as_bytes()).unwrap_err();
    assert!(matches!(error("<html>"), ManifestError::Unreadable(_)));
    assert!(matches!(error("[]"), ManifestError::Unreadable(_)));
    assert_eq!(error(r#"{"schemaVersion":1}"#), ManifestError::Schema(1));
    assert_eq!(error("{}"), ManifestError::Schema(0));
    assert!(matches!(error(r#"{"schemaVersion":2}"#), ManifestError::Unreadable(_)));
    let kind = error(r#"{"schemaVersion":2,"mediaType":"application/x","layers":[]}"#);
    assert_eq!(kind, ManifestError::MediaType("application/x".into()));
    assert_eq!(error(&image("", &[])), ManifestError::NoLayer);
    let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
    assert_eq!(error(&image("", &[(tar, 1)])), ManifestError::Layer(tar.into()));
    assert_eq!(error(&image("", &[(WASM, 1), (tar, 1)])), ManifestError::Layer(tar.into()));
    let ten_gib = 10 << 30;
    assert!(matches!(error(&image("", &[(WASM, ten_gib)])), ManifestError::TooLarge { size, .. } if size == ten_gib));
    assert!(matches!(error(&image("", &[(WASM, -1)])), ManifestError::TooLarge { .. }));
    let both = image("", &[(WASM, 1)]).replace("\"layers\"", "\"manifests\":[],\"layers\"");
    assert_eq!(error(&both), ManifestError::Ambiguous);
    let index_type = r#""mediaType":"application/vnd.oci.image.index.v1+json","#;
    assert_eq!(error(&image(index_type, &[(WASM, 1)])), ManifestError::Ambiguous);
    let sha512 = image("", &[(WASM, 1)]).replace("sha256:", "sha512:");
    assert!(matches!(error(&sha512), ManifestError::Digest(_)));
}
