//! Names of credentials, and how their values look.

use super::super::value::{self, Look};
use super::super::{Found, Hint, Kind, assignment, classify, is_placeholder, name_suggests};
use super::{ALNUM, body};

#[test]
fn names_are_read_as_words() {
    use Hint::*;
    for (name, hint) in [
        ("PASSWORD", Some(Password)),
        ("REGISTRY_PASSWORD", Some(Password)),
        ("PLUGIN_PASSWORD", Some(Password)),
        ("pgpassword", Some(Password)),
        ("dbPassword", Some(Password)),
        ("MYSQL_PWD", Some(Password)),
        ("DB_PASS", Some(Password)),
        ("PASSWORD_PROD", Some(Password)),
        ("GIT_PASSWD_2", Some(Password)),
        ("SSH_KEY_PASSPHRASE", Some(Password)),
        ("NPM_TOKEN", Some(Token)),
        ("npmAuthToken", Some(Token)),
        ("ACCESSTOKEN", Some(Token)),
        ("ACCESS_KEY", Some(Token)),
        ("AWS_SECRET_ACCESS_KEY", Some(Token)),
        ("SONAR_API_KEY", Some(Token)),
        ("APIKEY", Some(Token)),
        ("SSH_PRIVATE_KEY", Some(Token)),
        ("PLUGIN_JSON_KEY", Some(Vague)),
        ("CLIENT_SECRET", Some(Secret)),
        ("TOKEN_FILE_PASSWORD", Some(Password)),
        ("DEPLOY_AUTH", Some(Vague)),
        ("GH_PAT", Some(Vague)),
        ("SECRETS", Some(Vague)),
        ("SHUFFLE_REGISTRY_SECRET", Some(Vague)),
        ("IMAGE_PULL_SECRETS", Some(Vague)),
        ("TOKEN_COLOUR", Some(Vague)),
        ("TOKEN_TTL", None),
        ("PASSWORD_FILE", None),
        ("POSTGRES_PASSWORD_FILE", None),
        ("IMAGE_PULL_SECRET_NAME", None),
        ("AWS_ACCESS_KEY_ID", None),
        ("SECRET_KEY_REF", None),
        ("TOKEN_URL", None),
        ("PASSWORD_MIN_LENGTH", None),
        ("PASSWORD_HASH", None),
        ("REGISTRY_HTTP_SECRET", None),
        ("REGISTRY_HTTP_TLS_KEY", None),
        ("CONCOURSE_TSA_PUBLIC_KEY", None),
        ("CACHE_KEY", None),
        ("KEY", None),
        ("AUTH", None),
        ("PWD", None),
        ("OLDPWD", None),
        ("BYPASS", None),
        ("COMPASS_URL", None),
        ("PATH", None),
        ("KEYBOARD", None),
        ("TOKENIZER", None),
        ("USERNAME", None),
        ("SECRETARY", None),
        ("", None),
        ("____", None),
        ("Schlüssel", None),
    ] {
        assert_eq!(name_suggests(name), hint, "{name}");
        if !name.bytes().any(|b| b.is_ascii_lowercase()) {
            assert_eq!(name_suggests(&name.to_ascii_lowercase()), hint, "{name} in lower case");
        }
    }
}

#[test]
fn placeholders_are_no_values() {
    for text in [
        "",
        " ",
        "$(X)",
        "${X}",
        "${X:-y}",
        "$X",
        "{{ .Values.x }}",
        "{{x}}",
        "{x}",
        "<token>",
        "<your token>",
        "<%= x %>",
        "%s",
        "%TOKEN%",
        "@TOKEN@",
        "[token]",
        "__TOKEN__",
        "NOT_SET",
        "not-set",
        "Unset",
        "none",
        "NULL",
        "n/a",
        "REDACTED",
        "[REDACTED]",
        "***REDACTED***",
        "***",
        "xxx",
        "xxxx-xxxx",
        "...",
        "-",
        "--------",
        "true",
        "False",
        "YES",
        "off",
        "default",
        "Todo",
        "replace-me",
        "REPLACE_ME",
        "your-token",
        "YOUR_TOKEN_HERE",
        "your_password",
        "ACCESS_TOKEN",
        "MY_SECRET",
        "PASSWORD",
        "abc...",
        "prefix-$(X)",
        "prefix-${X}",
        "`cat /x`",
        "insert-token-here",
    ] {
        assert!(is_placeholder(text), "{text}");
    }
    for text in [
        "changeme",
        "password",
        "admin",
        "tekton",
        "hunter2",
        "a",
        "12345678",
        "p$ssw0rd",
        "100%sure",
        "your1token2is3here",
        "x1",
        "falsehood",
        "nonexistent",
    ] {
        assert!(!is_placeholder(text), "{text}");
    }
}

#[test]
fn looks() {
    for (text, look) in [
        ("8312341g-5678-abcd-4a2b2c", Look::Random),
        ("Zf3D0LXCM3EI", Look::Random),
        ("correct!horse7", Look::Random),
        ("hunter2-hunter2", Look::Mixed),
        ("oauth2-proxy-v2", Look::Mixed),
        ("admin1234", Look::Mixed),
        ("changeme", Look::Word),
        ("my-little-secret", Look::Word),
        ("pass1", Look::Word),
        ("12345678", Look::Number),
        ("3600", Look::Number),
        ("0", Look::Setting),
        ("100", Look::Setting),
        ("1.5", Look::Setting),
        ("24h", Look::Setting),
        ("1h30m", Look::Setting),
        ("512Mi", Look::Setting),
        ("ab", Look::Setting),
        ("four words of text", Look::Text),
    ] {
        assert_eq!(value::look(text), look, "{text}");
    }
}

#[test]
fn name_and_value_count_together() {
    let random = body(ALNUM, 24) + "7";
    let found = |kind, sure| Some(Found { kind, sure });
    for (name, value, expected) in [
        ("REGISTRY_PASSWORD", random.as_str(), found(Kind::Password, true)),
        ("REGISTRY_PASSWORD", "hunter2-hunter2", found(Kind::Password, true)),
        ("REGISTRY_PASSWORD", "changeme", found(Kind::Password, false)),
        ("POSTGRES_PASSWORD", "password", found(Kind::Password, false)),
        ("POSTGRES_PASSWORD", "12345678", found(Kind::Password, false)),
        ("NPM_TOKEN", &random, found(Kind::NamedToken, true)),
        ("NPM_TOKEN", "tekton", found(Kind::NamedToken, false)),
        ("AUTHORIZATION", &format!("Bearer {random}"), found(Kind::Secret, false)),
        ("CLIENT_SECRET", &random, found(Kind::Secret, true)),
        ("CLIENT_SECRET", "tekton", found(Kind::Secret, false)),
        ("REGISTRY_SECRET", &random, found(Kind::Secret, false)),
        ("DEPLOY_AUTH", &random, found(Kind::Secret, false)),
        (
            "PLUGIN_LOGINS",
            &format!(r#"[{{"registry":"r","username":"u","password":"{random}"}}]"#),
            found(Kind::Password, true),
        ),
        ("PLUGIN_LOGINS", r#"[{"registry":"r","username":"u","password":"changeme"}]"#, found(Kind::Password, false)),
        // Near-misses.
        ("PLUGIN_LOGINS", r#"[{"registry":"r","username":"u","password":"$(PASSWORD)"}]"#, None),
        (
            "PLUGIN_LOGINS",
            r#"{"tokenTTL":"24h","passwordFile":"/x","token":"","note":"password","secretName":"a1b2c3d4e5"}"#,
            None,
        ),
        ("PLUGIN_LOGINS", "[{\"password", None),
        ("APP_CREDENTIALS", r#"{"helper":"ecr-login2","user":"robot1x2y"}"#, None),
        ("STORAGE_KEY", "uploads", None),
        ("PLUGIN_REGISTRY", &random, None),
        ("CI_COMMIT_SHA", "9a038989604e8da62ecddbe2094b16ce1b778be1", None),
        ("REGISTRY_HTTP_SECRET", "tekton", None),
        ("REGISTRY_HTTP_SECRET", &random, None),
        ("SHUFFLE_REGISTRY_SECRET", "shuffle-registry-creds", None),
        ("IMAGE_PULL_SECRETS", "regcred,harbor-pull", None),
        ("CLIENT_SECRET", "oauth2-proxy-client", None),
        ("APP_SECRET", "app-secret-7f3a9c2e", None),
        ("GITHUB_TOKEN", "github-token", None),
        ("ACCESSTOKEN", "ACCESS_TOKEN", None),
        ("PASSWORD_FILE", "/run/secrets/password", None),
        ("PASSWORD", "/run/secrets/password", None),
        ("PASSWORD", "./password.txt", None),
        ("TSA_WORKER_PRIVATE_KEY", "/concourse-keys/worker_key", None),
        ("TOKEN", "https://auth.corp/token", None),
        ("TOKEN", "vault:secret/data/ci#token", None),
        ("TOKEN", "op://ci/registry/token1", None),
        ("TOKEN_TTL", "86400", None),
        ("MAX_TOKENS", "4096", None),
        ("TOKEN", "3600", None),
        ("ALLOW_EMPTY_PASSWORD", "yes", None),
        ("USE_TOKEN", "true", None),
        ("PASSWORD", "", None),
        ("PASSWORD", "NOT_SET", None),
        ("PASSWORD", "$(OTHER)", None),
        ("SSH_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", None),
        ("ADMIN_PASSWORD", "$2y$10$abcdefghijklmnopqrstuv", None),
    ] {
        assert_eq!(classify(name, value), expected, "{name}={}", if expected.is_some() { "…" } else { value });
    }
}

#[test]
fn assignments_are_found_in_command_lines() {
    let random = body(ALNUM, 24) + "7";
    for (text, name) in [
        (format!("NPM_TOKEN={random}"), Some("NPM_TOKEN")),
        (format!("set -e; export NPM_TOKEN=\"{random}\"\nnpm publish"), Some("NPM_TOKEN")),
        (format!("A=1 B_PASSWORD='{random}' run"), Some("B_PASSWORD")),
        ("DB_PASSWORD=hunter2-hunter2 run".to_owned(), Some("DB_PASSWORD")),
        (format!("X_TOKEN=$A Y_TOKEN={random}"), Some("Y_TOKEN")),
        ("NPM_TOKEN=$(cat /token) npm publish".to_owned(), None),
        ("NPM_TOKEN=\"$1\" npm publish".to_owned(), None),
        ("NPM_TOKEN=`cat /token` npm publish".to_owned(), None),
        ("NPM_TOKEN= npm publish".to_owned(), None),
        (format!("--password={random}"), None),
        (format!("--build-arg NPM_TOKEN={random}"), None),
        (format!("call(password={random})"), None),
        (format!("$TOKEN={random}"), None),
        ("if [ \"$TOKEN\" = \"\" ]; then exit 1; fi".to_owned(), None),
        ("PASS=passed; FAIL=failed".to_owned(), None),
        ("====".to_owned(), None),
        (String::new(), None),
    ] {
        assert_eq!(assignment(&text).map(|(name, _)| name), name, "{text}");
    }
}
