//! Credentials that are known by their form, and texts that only look like them.

use super::super::table::{CLASS, FIRST, START, patterns};
use super::super::{Kind, assignment, by_shape, classify, is_placeholder};
use super::{ALNUM, alphabet, basic, body, pem};

#[test]
fn every_prefix_of_the_table_is_found_in_every_surrounding() {
    let mut count = 0;
    for first in 0..=255_u8 {
        for pattern in patterns(first) {
            count += 1;
            let prefix = std::str::from_utf8(pattern.prefix()).unwrap();
            assert!(pattern.words().starts_with('a') && pattern.words().contains(' '), "{prefix}");
            assert_eq!(prefix.bytes().next(), Some(first), "{}", prefix);
            assert!(FIRST.contains(&first) && CLASS[usize::from(first)] & START != 0, "{}", prefix);
            assert!(u16::from(pattern.min) <= pattern.max && pattern.min >= 16, "{}", prefix);
            let token = format!("{}{}", prefix, body(&alphabet(pattern.alphabet), usize::from(pattern.min)));
            let kind = by_shape(&token);
            assert!(matches!(kind, Some(Kind::Token(_))), "{}: {kind:?}", prefix);
            for (before, after) in [
                ("", ""),
                ("login -p ", " host"),
                ("x=", ""),
                ("\"", "\""),
                ("{\\n\\\"a\\\":\\\"", "\\\"}"),
                ("a:", "\n"),
                ("\\n", "\\n"),
            ] {
                assert_eq!(by_shape(&format!("{before}{token}{after}")), kind, "{} {before:?}", prefix);
            }
            let short: String = token.chars().take(token.len() - 1).collect();
            assert_eq!(by_shape(&short), None, "{} one short", prefix);
            assert_eq!(
                by_shape(&format!("{}{}", prefix, "x".repeat(usize::from(pattern.min)))),
                None,
                "{} filler",
                prefix
            );
            assert_eq!(by_shape(&format!("abc{token}")), None, "{} inside a word", prefix);
        }
    }
    assert!(count > 70, "{count}");
}

#[test]
fn the_longer_forms_are_found() {
    let jwt = format!("ey{}.ey{}.{}", body(ALNUM, 34), body(ALNUM, 40), body(ALNUM, 43));
    let acr = format!("{}+ACR{}", body(ALNUM, 42), body(ALNUM, 6));
    let azure = format!("ab{}8Q~{}", "c", body(ALNUM, 34));
    let terraform = format!("{}.{}.{}", body(ALNUM, 14), "atlasv1", body(ALNUM, 67));
    for (text, words) in [
        (jwt, "a JSON web token"),
        (acr, "an Azure registry password"),
        (azure, "an Azure client secret"),
        (terraform, "a Terraform token"),
    ] {
        assert_eq!(by_shape(&text), Some(Kind::Token(words)));
        assert_eq!(by_shape(&format!("--token={text} --more")), Some(Kind::Token(words)));
        assert_eq!(by_shape(&text.chars().skip(1).take(text.len() - 21).collect::<String>()), None, "{words} cut");
    }
    for label in ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        assert_eq!(by_shape(&pem(label)), Some(Kind::PrivateKey), "{label}");
        assert_eq!(by_shape(&pem(label).replace('\n', "\\n")), Some(Kind::PrivateKey), "{label} escaped");
        assert_eq!(by_shape(&basic(&pem(label))), Some(Kind::PrivateKey), "{label} in base64");
    }
    for label in ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY"] {
        assert_eq!(by_shape(&pem(label)), None, "{label}");
        assert_eq!(by_shape(&basic(&pem(label))), None, "{label} in base64");
    }
    assert_eq!(
        by_shape("grep -q -- '-----BEGIN RSA PRIVATE KEY-----' /key || exit 1 # a script that looks for a key there"),
        None
    );
}

#[test]
fn docker_configs_are_found_however_they_are_wrapped() {
    let auth = basic("user:pass");
    let config = format!("{{\"auths\":{{\"reg.corp\":{{\"auth\":\"{auth}\"}}}}}}");
    let escaped = config.replace('"', "\\\"");
    let twice = escaped.replace('\\', "\\\\");
    let spaced = config.replace(':', " :\n\t ");
    let drawn = escaped.replace('{', "{\\n\\t");
    for text in [
        &config,
        &escaped,
        &twice,
        &spaced.replace("reg.corp\" :", "reg.corp\":"),
        &drawn,
        &basic(&config),
        &format!("echo '{config}' > /x"),
    ] {
        assert_eq!(by_shape(text), Some(Kind::DockerAuth), "{text}");
    }
    for member in ["\"username\":\"u\",\"password\":\"p1\"", "\"identitytoken\":\"abc\""] {
        assert_eq!(by_shape(&format!("{{\"auths\":{{\"h\":{{{member}}}}}}}")), Some(Kind::DockerAuth), "{member}");
    }
    assert_eq!(by_shape(&format!("{{\"reg.corp\":{{\"auth\":\"{auth}\"}}}}")), Some(Kind::DockerAuth), "legacy");
    for harmless in [
        r#"{"auths":{}}"#,
        r#"{"auths":{"reg.corp":{}}}"#,
        r#"{"auths":{"reg.corp":{"auth":""}}}"#,
        r#"{"auths":{"reg.corp":{"auth":"$(AUTH)"}}}"#,
        r#"{"auths":{"reg.corp":{"auth":"{{ .auth }}"}}}"#,
        r#"{"auths":{"reg.corp":{"username":"u","password":"${PASSWORD}"}}}"#,
        r#"{"credHelpers":{"reg.corp":"ecr-login"},"credsStore":"gcr"}"#,
        r#"{"auth":"basic","password":"x"}"#,
        r#"{"auth":"httpauth"}"#,
    ] {
        assert_eq!(by_shape(harmless), None, "{harmless}");
    }
}

#[test]
fn urls_are_judged_by_their_password() {
    let random = body(ALNUM, 20);
    for (user, kind) in [
        (format!("user:{random}1"), Some(Kind::Url)),
        (format!(":{random}1"), Some(Kind::Url)),
        (format!("{random}1:x-oauth-basic"), Some(Kind::Url)),
        ("postgres:postgres".to_owned(), Some(Kind::UrlWord)),
        ("user:".to_owned(), None),
        ("user".to_owned(), None),
        ("oauth2:$(GIT_TOKEN)".to_owned(), None),
        ("oauth2:${GIT_TOKEN}".to_owned(), None),
        ("oauth2:$GIT_TOKEN".to_owned(), None),
        ("user:<password>".to_owned(), None),
        ("user:{{ password }}".to_owned(), None),
        ("user:****".to_owned(), None),
        ("user:xxxx".to_owned(), None),
        ("user:REDACTED".to_owned(), None),
        ("user:%s".to_owned(), None),
        ("USER:PASSWORD".to_owned(), None),
        ("${USER}:${PASSWORD:-x}".to_owned(), None),
    ] {
        let url = format!("https://{user}@git.corp/a.git");
        assert_eq!(by_shape(&url), kind, "{url}");
        assert_eq!(by_shape(&format!("git clone '{url}' /src")), kind, "{url} in a command");
    }
    for harmless in [
        "https://git.corp:8443/a@b",
        "https://git.corp/?email=user:x@corp",
        "http://localhost:5000/<%= @variable %>",
        "\"https://url:8000\";@something else",
        "https://url:8000 @something else",
        "ssh://git@git.corp:22/a.git",
        "git@git.corp:a.git",
        "docker://reg.corp:5000/a@sha256:0123456789abcdef",
    ] {
        assert_eq!(by_shape(harmless), None, "{harmless}");
    }
}

#[test]
fn common_values_are_silent() {
    for text in [
        "/busybox/cat",
        "--destination=reg.corp:5000/team/app:1.2.3",
        "--context=git://github.com/team/app.git#refs/heads/main",
        "harbor.corp.example/ci/tools@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "9a038989604e8da62ecddbe2094b16ce1b778be1",
        "550e8400-e29b-41d4-a716-446655440000",
        "TODAYINASIAASACKOFRICEFELLOVER",
        concat!("glp", "at-your-token-here-xxxxxxx"),
        "npm_config_registry=https://registry.npmjs.org/",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "eyes.wide.open and everything else in this text",
        "api-server",
        "pul-request",
        "pat.terns",
        "example.hf_hub",
        "https://proxy.golang.org,direct",
        "ghp_",
        "ghp_short",
        "--opt=build-arg:http_proxy=http://proxy.corp:3128",
        "ünïcödé :// ä:ö@",
        "-----BEGIN",
        "://",
        "\"auth",
        "\"auths\":",
        "~Q~",
        ".atlasv1.",
        "+ACR",
    ] {
        assert_eq!(by_shape(text), None, "{text}");
    }
}

#[test]
fn a_hostile_text_costs_linear_time() {
    let unit = [
        "dckr_pat_-",
        "eyJ.",
        "eyJ-",
        "\"auths\":",
        "\"auth\":\"",
        "://",
        "A=",
        "-----BEGIN ",
        "fm2_/",
        "\\nfm2_",
        "{\"password\":",
        "aQ~",
        "ghs_.",
        "x://a:b",
        "\\",
        "$",
    ];
    for unit in unit {
        let time = |length: usize| {
            let text = unit.repeat(length / unit.len());
            let start = std::time::Instant::now();
            let _ = (classify("X_PASSWORD", &text), assignment(&text));
            start.elapsed()
        };
        let small = (0..3).map(|_| time(50_000)).min().unwrap();
        let large = (0..3).map(|_| time(400_000)).min().unwrap();
        // Eight times the text; quadratic work would be sixty-four times.
        assert!(large < small * 24 + std::time::Duration::from_millis(5), "`{unit}`: {small:?} and {large:?}");
    }
}

#[test]
fn no_text_is_too_strange() {
    let parts = [
        "eyJ",
        "gh",
        "p_",
        "ey",
        ".",
        "\"auths\"",
        ":",
        "{",
        "\"auth\":\"",
        "://",
        "u:p@",
        "PASSWORD",
        "=",
        "-----B",
        "EGIN ",
        "PRIVATE KEY",
        "-----",
        "é",
        "\u{1f511}",
        "\\",
        "\\n",
        "+ACR",
        "8Q~",
        ".atlasv1.",
        "$(",
        "\"",
        "'",
        " ",
        "0",
        "LS0tLS1CRUdJTi",
        "A",
        "a1B2c3",
        "\u{0}",
        "%",
        "<",
        ">",
        "_",
        "[",
        "}",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(parts[(state >> 33) as usize % parts.len()]);
        }
        let _ = (classify(&text, &text), classify("TOKEN", &text), assignment(&text), is_placeholder(&text));
    }
}
