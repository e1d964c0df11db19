//! Tests of `credential-in-argument`, through the whole policy; what looks like a real credential is put together at run
//! time.

use regwarden_sdk::json::write;

use crate::knowledge::testing::{Judged, judge};

mod reference;

const RULE: &str = "credential-in-argument";

fn list(words: &[&str]) -> String {
    write::array(words.iter().map(|word| write::string(word)))
}

fn judged(rule: &str, fields: &str) -> Judged {
    judge(rule, "{}", &format!(r#"{{"containers":[{{"name":"c",{fields}}}]}}"#))
}

/// Findings for a command line.
fn found(words: &[&str]) -> Vec<String> {
    judged(RULE, &format!(r#""image":"a.example/b:1","command":{}"#, list(words))).findings
}

/// Findings for a shell string.
fn script(script: &str) -> Vec<String> {
    found(&["sh", "-ec", script])
}

fn at(index: usize) -> String {
    format!("enforce /spec/containers/0/command/{index}")
}

fn warned(index: usize) -> String {
    format!("warn /spec/containers/0/command/{index}")
}

const CORE: &str = "q7Zr2Kx9Wm4B";

fn token() -> String {
    ["gh", "p_", CORE, "h3Jt6Lp8Nc5Vd1Fy0GsEaUiO"].concat()
}

#[test]
fn logins_of_every_client() {
    for words in [
        &["docker", "login", "-u", "ci", "-p", "hunter2-hunter2", "a.example"][..],
        &["docker", "login", "--username=ci", "--x", "--password", "hunter2-hunter2"],
        &["/usr/bin/podman", "login", "-u", "ci", "x", "-p=hunter2-hunter2"],
        &["crane", "auth", "login", "a.example", "-u", "-phunter2-hunter2"],
        &["helm", "registry", "login", "-u", "x", "--password=hunter2-hunter2"],
        &["sudo", "-E", "buildah", "login", "-p", "hunter2-hunter2"],
    ] {
        let place = words.iter().position(|word| word.contains("hunter2")).unwrap();
        assert_eq!(found(words), [at(place)], "{words:?}");
    }
    for text in [
        "set -e\nnerdctl login -u ci -p hunter2-hunter2 a.example && make",
        "oras login -u ci --password 'hunter2-hunter2' a.example",
        "if ! skopeo login -p \"hunter2-hunter2\" x; then exit 1; fi",
        "bash -c 'docker login -p \"hunter2-hunter2\" x'",
        "echo hunter2-hunter2 | docker login -u ci --password-stdin a.example",
        "printf '%s' 'hunter2-hunter2' |\n  docker login --password-stdin",
    ] {
        assert_eq!(script(text), [at(2)], "{text}");
    }
    // The program is in the image.
    let args = judged(RULE, r#""image":"docker:27-cli","args":["login","-u","ci","-p","hunter2-hunter2"]"#);
    assert_eq!(args.findings, ["enforce /spec/containers/0/args/4"]);
}

#[test]
fn pairs_flags_and_headers() {
    let key = format!("{CORE}h3Jt6Lp8Nc5V");
    for words in [
        vec!["skopeo", "copy", "--src-creds", "ci:hunter2-hunter2", "docker://a/b", "docker://c/d"],
        vec!["buildah", "push", "--creds=ci:hunter2-hunter2", "x"],
        vec!["flux", "bootstrap", "git", "--registry-creds=ci:hunter2-hunter2"],
        vec!["curl", "-fsSu", "ci:hunter2-hunter2", "https://a.example"],
        vec!["curl", "-uci:hunter2-hunter2", "https://a.example"],
        vec!["curl", "--user", ":hunter2-hunter2", "https://a.example"],
        vec!["deploy", "--docker-password=hunter2-hunter2"],
        vec!["wget", "--http-password=hunter2-hunter2", "https://a.example"],
        vec!["mvn", "-Djib.to.auth.password=hunter2-hunter2"],
        vec!["mysql", "--password=hunter2-hunter2", "db"],
        vec!["kubectl", "create", "secret", "generic", "x", "--from-literal=password=hunter2-hunter2"],
        vec!["sshpass", "-phunter2-hunter2", "ssh", "x"],
        vec!["redis-cli", "-a", "hunter2-hunter2", "ping"],
        vec!["redis-server", "--requirepass", "hunter2-hunter2"],
        vec!["htpasswd", "-Bbn", "ci", "hunter2-hunter2"],
        vec!["migrate", "root:hunter2-hunter2@tcp(db:3306)/app"],
    ] {
        let place = words.iter().position(|word| word.contains("hunter2")).unwrap();
        assert_eq!(found(&words), [at(place)], "{words:?}");
    }
    for text in [
        format!("curl -H 'Authorization: Bearer {key}' https://a.example"),
        format!("curl --header \"PRIVATE-TOKEN: {key}\" https://a.example"),
        format!("git -c http.https://a.example/.extraHeader='Authorization: Basic {key}' fetch"),
        format!("deploy --api-token {key}"),
        format!("curl -u '{key}:' https://a.example"),
    ] {
        assert_eq!(script(&text), [at(2)], "{text}");
    }
}

#[test]
fn urls_with_credentials() {
    let token = token();
    let random = format!("{CORE}h3Jt6Lp8Nc5V");
    for word in [
        "https://ci:hunter2-hunter2@git.corp.example/a.git".to_owned(),
        format!("--context=git://{random}@github.com/team/app.git#refs/heads/main"),
        format!("https://{token}:x-oauth-basic@github.com/a/b"),
        format!("git clone https://oauth2:{token}@git.corp.example/a.git"),
    ] {
        let words = [word.as_str()];
        assert_eq!(found(&words), [at(0)]);
        assert!(judged("plaintext-credential", &format!(r#""command":{}"#, list(&words))).findings.is_empty());
    }
    assert_eq!(script("psql postgres://postgres:postgres@db/app"), [warned(2)]);
}

#[test]
fn everyday_words_only_warn() {
    assert_eq!(found(&["docker", "login", "-u", "admin", "-p", "changeme"]), [warned(5)]);
    assert_eq!(script("curl -u admin:admin https://a.example"), [warned(2)]);
}

#[test]
fn near_misses() {
    for text in [
        "docker login -u ci -p \"$PASSWORD\" a.example",
        "docker login -u ci -p ${PASSWORD}",
        "docker login -u ci -p '<token>' a.example",
        "docker login -u ci -p your-password",
        "docker login -u ci --password-stdin registry-9f8a7b6c.corp.example < /run/secrets/password",
        "docker login --username robot-7f3a9c2e a.example",
        "helm upgrade app x --set auth.existingSecret=app-secret-7f3a9c2e,image.tag=1.2.3",
        "htpasswd -B /auth/htpasswd user7x9k2m4",
        "htpasswd -Bbn ci \"$PASSWORD\"",
        "git -c http.extraHeader=\"Authorization: Basic $AUTH\" fetch",
        "docker run -p 8080:80 registry7x9k2m4:1",
        "echo \"$TOKEN\" | docker login --password-stdin",
        "echo logging-in-to-registry-7f3a; docker login --password-stdin < /run/secrets/x",
        "echo 'docker login failed 9f8e7d6c'",
        "curl -u \"ci:$TOKEN\" https://a.example",
        "curl -u 9f8d7c6b5a4e3f2a:${TOKEN} https://a.example",
        "curl -u user:password https://a.example",
        "curl -u ci https://a.example",
        "curl -H 'Authorization: Bearer $TOKEN' -H 'Content-Type: application/json' https://a.example",
        "docker build --secret id=npm7x,src=/run/secrets/npm7x .",
        "psql --password mydatabase1",
        "createdb --no-password mydatabase1",
        "deploy --token-ttl 3600s9 --password-file /run/secrets/p1 --client-secret my-app-secret-2",
        "git clone https://oauth2:$GIT_TOKEN@git.corp.example/a.git",
        "git clone git@github.com:team/app.git",
        "crane copy a.example/b:1.2@sha256:9a038989604e8da62ecddbe2094b16ce1b778be1 c",
        "npm i alias:react18x9k@18.2.0",
        "sentry --dsn https://9a038989604e8da62ecddbe2094b16ce@o1.ingest.sentry.io/1",
        "# docker login -p hunter2-hunter2",
    ] {
        assert!(script(text).is_empty(), "{text}: {:?}", script(text));
    }
    for words in [
        &["login", "-p", "hunter2-hunter2"][..],
        &["ssh", "-p", "hunter2-hunter2", "login"],
        &["kaniko", "--context=git://$(GIT_TOKEN)@github.com/a/b.git"],
        &["alias:react18x9k@18.2.0"],
    ] {
        assert!(found(words).is_empty(), "{words:?}");
    }
}

#[test]
fn one_rule_speaks_about_one_argument() {
    let token = token();
    let both = |fields: &str| {
        [RULE, "plaintext-credential", "build-arg-credential"].map(|rule| judged(rule, fields).findings.len())
    };
    for (text, expected) in [
        (format!("docker login -p {token}"), [1, 0, 0]),
        (format!("do-it {token}"), [0, 1, 0]),
        (format!("TOKEN={token} do-it"), [0, 1, 0]),
        (format!("do-it https://a:b@c {token}"), [0, 1, 0]),
        ("A_PASSWORD=hunter2-hunter2 do-it https://a:b@c".to_owned(), [0, 1, 0]),
        (format!("kaniko --build-arg NPM_TOKEN={token}"), [0, 0, 1]),
        (format!("kaniko --build-arg X={token}"), [0, 1, 0]),
    ] {
        assert_eq!(
            both(&format!(r#""image":"a.example/b:1","command":["sh","-c",{}]"#, write::string(&text))),
            expected,
            "{}",
            text.replace(&token, "…")
        );
    }
    let words = judged(RULE, &format!(r#""image":"a.example/b:1","command":["docker","login","-p","{token}"]"#)).words;
    assert!(!words.contains(CORE), "the credential is repeated");
}

#[test]
fn a_flood_is_cut() {
    let many: Vec<String> = (0..500).map(|i| format!("--password=hunter2-hunter{i}")).collect();
    let words: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(found(&words).len(), 64);
}
