//! Tests of `build-arg-credential`, through the whole policy.

use crate::knowledge::testing::judge;

fn judged(rule: &str, fields: &str) -> Vec<String> {
    judge(rule, "{}", &format!(r#"{{"containers":[{{"name":"c","image":"a.example/b:1",{fields}}}]}}"#)).findings
}

fn found(fields: &str) -> Vec<String> {
    judged("build-arg-credential", fields)
}

const FROM_SECRET: &str = r#""env":[{"name":"NPM_TOKEN","valueFrom":{"secretKeyRef":{"name":"npm","key":"t"}}}]"#;

#[test]
fn literals_in_every_spelling() {
    for (fields, place) in [
        (r#""args":["--build-arg","REGISTRY_PASSWORD=hunter2-hunter2"]"#, "args/1"),
        (r#""args":["--build-arg=REGISTRY_PASSWORD=hunter2-hunter2"]"#, "args/0"),
        (r#""command":["buildctl","build","--opt","build-arg:REGISTRY_PASSWORD=hunter2-hunter2"]"#, "command/3"),
        (r#""command":["sh","-c","docker build --build-arg REGISTRY_PASSWORD='hunter2-hunter2' ."]"#, "command/2"),
        (r#""env":[{"name":"PLUGIN_BUILD_ARGS","value":"A=1,REGISTRY_PASSWORD=hunter2-hunter2"}]"#, "env/0/value"),
        (
            r#""env":[{"name":"PLUGIN_EXTRA_OPTS","value":"--build-arg=REGISTRY_PASSWORD=hunter2-hunter2"}]"#,
            "env/0/value",
        ),
    ] {
        assert_eq!(found(fields), [format!("enforce /spec/containers/0/{place}")], "{fields}");
        for other in ["plaintext-credential", "credential-in-argument"] {
            assert!(judged(other, fields).is_empty(), "{other} {fields}");
        }
    }
    assert_eq!(found(r#""args":["--build-arg=DB_PASSWORD=postgres"]"#), ["warn /spec/containers/0/args/0"]);
}

#[test]
fn values_from_a_secret() {
    for (args, place) in [
        (r#"["--build-arg","NPM_TOKEN=$(NPM_TOKEN)"]"#, "args/1"),
        (r#"["--build-arg","NPM_TOKEN"]"#, "args/1"),
        (r#"["--build-arg=AUTH_TOKEN=$(NPM_TOKEN)"]"#, "args/0"),
        (
            r#"["sh","-c","docker build --build-arg NPM_TOKEN=\"${NPM_TOKEN}\" --build-arg NPM_TOKEN=$NPM_TOKEN ."]"#,
            "args/2",
        ),
    ] {
        let fields = format!(r#""args":{args},{FROM_SECRET}"#);
        assert_eq!(found(&fields), [format!("enforce /spec/containers/0/{place}")], "{args}");
    }
    let plugin = r#""env":[{"name":"PLUGIN_BUILD_ARGS_FROM_ENV","value":"VERSION,NPM_TOKEN"},{"name":"NPM_TOKEN","valueFrom":{"secretKeyRef":{"name":"npm","key":"t"}}}]"#;
    assert_eq!(found(plugin), ["enforce /spec/containers/0/env/0/value"]);
    let vague = format!(r#""args":["--build-arg=DEPLOY_AUTH=$(NPM_TOKEN)"],{FROM_SECRET}"#);
    assert_eq!(found(&vague), ["warn /spec/containers/0/args/0"]);
    let whole =
        r#""args":["--build-arg=NPM_TOKEN"],"envFrom":[{"configMapRef":{"name":"c"}},{"secretRef":{"name":"npm"}}]"#;
    assert_eq!(found(whole), ["warn /spec/containers/0/args/0"]);
}

#[test]
fn near_misses() {
    for fields in [
        &format!(r#""args":["--build-arg=VERSION=$(NPM_TOKEN)"],{FROM_SECRET}"#),
        &format!(
            r#""args":["--build-arg=NPM_TOKEN_FILE=/secrets/npm","--build-arg=NPM_TOKEN=$(OTHER)"],{FROM_SECRET}"#
        ),
        r#""args":["--build-arg","NPM_TOKEN=<token>","--build-arg","NPM_TOKEN=$NPM_TOKEN","--build-arg","NPM_TOKEN="]"#,
        r#""args":["--build-arg=NPM_TOKEN"],"env":[{"name":"NPM_TOKEN","valueFrom":{"configMapKeyRef":{"name":"c","key":"k"}}}]"#,
        r#""args":["--build-arg=TOKEN_TTL=24h","--build-arg"]"#,
        r#""args":["--opt","filename=Dockerfile","--opt=build-arg:VERSION=1"]"#,
        r#""env":[{"name":"PLUGIN_BUILD_ARGS","value":"VERSION=1.2.3,GOFLAGS=-mod=vendor"}]"#,
        r#""env":[{"name":"BUILD_ARGS","value":"REGISTRY_PASSWORD=postgres"}]"#,
    ] {
        assert!(found(fields).is_empty(), "{fields}");
    }
}

#[test]
fn many_of_them_cost_no_more_than_their_number() {
    let args: Vec<String> = (0..20_000).map(|i| format!(r#""--build-arg=A{i}_PASSWORD=hunter2-hunter{i}""#)).collect();
    let fields = format!(r#""args":[{}]"#, args.join(","));
    assert_eq!(found(&fields).len(), 64);
}
