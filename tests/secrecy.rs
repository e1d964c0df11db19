//! What is asked of the cluster, and that no value of a Secret leaves the guest: not in an answer, not in a log, not by way of
//! a host that answers what it should not.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use regwarden_host::engine::{HostCall, HostCalls};
use regwarden_policy::Regwarden;
use regwarden_policy::rules::CATALOGUE;
use regwarden_sdk::cluster::{Answer, Cluster, Listed, Question};
use regwarden_sdk::json::Document;
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::ops::{Operation, call};
use serde_json::{Value, json};

use crate::case;
use crate::cluster::Objects;
use crate::differential::strategies::base64;
use crate::subject::{every_face, hosted, printed};

/// Stands in every value that nobody may see.
const VALUE: &str = "MARKER7value";
/// Stands in what messages may name: a type, a registry, a user.
const NAME: &str = "marker7name";

/// Docker configs with the marker wherever somebody could put a secret.
fn documents() -> Vec<String> {
    let auth = |text: &str| base64(text.as_bytes());
    let entry = |body: Value| json!({"auths": {format!("{NAME}.corp.example"): body}}).to_string();
    vec![
        entry(json!({"username": NAME, "password": VALUE})),
        entry(json!({"auth": auth(&format!("{NAME}:{VALUE}")), "email": VALUE})),
        entry(json!({"auth": auth(VALUE)})),
        entry(json!({"auth": format!("{VALUE}!")})),
        entry(json!({"auth": auth(&format!("{VALUE}:{VALUE}")).get(1..)})),
        entry(json!({"username": NAME, "password": format!("<{VALUE}>")})),
        entry(json!({"username": "admin", "password": VALUE})),
        entry(json!({"username": NAME, "password": [VALUE]})),
        entry(json!({"identitytoken": VALUE, "registrytoken": VALUE})),
        entry(json!({"username": "AWS", "password": jwt()})),
        entry(json!({"username": VALUE})),
        entry(json!(VALUE)),
        json!({"auths": {format!("https://{NAME}:{VALUE}@harbor.corp.example"): {"auth": "x"}}}).to_string(),
        json!({"auths": {format!("{VALUE} {VALUE}"): {"auth": "x"}}}).to_string(),
        json!({"auths": {}, "HttpHeaders": {"Authorization": [VALUE]}}).to_string(),
        json!({"auths": {}, "HttpHeaders": {"Authorization": VALUE}, "credsStore": VALUE}).to_string(),
        json!({"auths": [VALUE]}).to_string(),
        json!({format!("{NAME}.corp.example"): {"username": NAME, "password": VALUE}}).to_string(),
        json!([VALUE]).to_string(),
        format!("{{\"auths\": {{\"{VALUE}"),
        VALUE.to_owned(),
        format!("\u{0}{VALUE}\u{1f511}"),
    ]
}

/// A token that says when it ends, with the marker in each part.
fn jwt() -> String {
    let part = |value: Value| base64(value.to_string().as_bytes()).trim_end_matches('=').to_owned();
    let claims = json!({"exp": 1, "iat": 0, "sub": VALUE, "aud": VALUE});
    format!("{}.{}.{VALUE}", part(json!({"alg": "none", "kid": VALUE})), part(claims))
}

/// Secrets named `s0`, `s1` … with every document, under both types and under a wrong one, as base64 and not.
fn secrets() -> Vec<Value> {
    let mut secrets = Vec::new();
    for document in documents() {
        for (kind, key) in [
            ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
            ("kubernetes.io/dockercfg", ".dockercfg"),
            (NAME, "config.json"),
        ] {
            for data in [base64(document.as_bytes()), document.clone()] {
                secrets.push(json!({
                    "apiVersion": "v1", "kind": "Secret", "type": kind,
                    "metadata": {"name": format!("s{}", secrets.len()), "labels": {VALUE: VALUE}, "annotations": {VALUE: VALUE},
                                 "creationTimestamp": "2020-01-01T00:00:00Z", "managedFields": [{"manager": VALUE}]},
                    "data": {key: data, VALUE: base64(VALUE.as_bytes())},
                }));
            }
        }
    }
    secrets
}

/// A Pod that pulls and builds with some of them.
fn pod(secrets: &[&str]) -> Value {
    let pulls: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    let volume = |at: usize, name: &str| {
        json!({"name": format!("v{at}"), "secret": {"secretName": name, "items": [
        {"key": ".dockerconfigjson", "path": "config.json"}]}})
    };
    let volumes: Vec<Value> = secrets.iter().enumerate().map(|(at, name)| volume(at, name)).collect();
    let builder = |at: usize| {
        json!({"name": format!("build{at}"), "image": "gcr.io/kaniko-project/executor:v1.23.2",
               "args": [format!("--destination={NAME}.corp.example/a/b:1")], "envFrom": [{"secretRef": {"name": secrets[at]}}],
               "volumeMounts": [{"name": format!("v{at}"), "mountPath": "/kaniko/.docker"}]})
    };
    let mut containers: Vec<Value> = (0..secrets.len()).map(builder).collect();
    containers.push(json!({"name": "main", "image": format!("{NAME}.corp.example/tools:1")}));
    containers.push(json!({"name": "hub", "image": "corp/private:1"}));
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
           "spec": {"imagePullSecrets": pulls, "volumes": volumes, "containers": containers}})
}

fn settings(read: &str) -> Value {
    json!({"profile": "strict", "cluster": read, "registries": [
        {"registry": format!("{NAME}.corp.example"), "pull": {"secret": "s0"}, "push": {"secret": "s1"}}]})
}

/// No trace of a value: neither plain nor, in any of its three alignments, as base64.
fn assert_clean(what: &str, output: &[u8]) {
    let text = String::from_utf8_lossy(output);
    let mut traces = vec![VALUE.to_owned()];
    for shift in 0..3 {
        let encoded = base64(format!("{}{VALUE}", " ".repeat(shift)).as_bytes());
        traces.push(encoded.get(4..encoded.len() - 4).expect("base64 is ASCII").to_owned());
    }
    for trace in traces {
        assert!(!text.contains(&trace), "{what} shows {trace}: {text}");
    }
}

#[test]
fn no_value_of_a_secret_leaves_the_guest() {
    let secrets = secrets();
    let mut said = String::new();
    for read in ["names", "contents"] {
        for (at, secret) in secrets.iter().enumerate() {
            let name = secret["metadata"]["name"].as_str().expect("a name");
            let request = case::request(&pod(&[name]), None);
            let mut payload = json!({"request": request, "settings": settings(read), "cluster": [secret]});
            payload["now"] = json!("2026-11-21T00:00:00Z");
            let payload = serde_json::to_vec(&payload).expect("JSON");
            for operation in ["evaluate", "validate"] {
                let answer = every_face(operation, &payload);
                assert_clean(&format!("{operation} with {read} of Secret {at}"), &answer);
                said.push_str(&String::from_utf8_lossy(&answer));
            }
            assert_clean("a log", &printed("evaluate", &payload));
        }
    }
    // The Secrets were read: what messages may name is there.
    assert!(said.contains(NAME) && said.contains("kubelet pulls no image of the Pod"), "{said}");
    for chunk in secrets.chunks(20) {
        let names: Vec<&str> = chunk.iter().filter_map(|secret| secret["metadata"]["name"].as_str()).collect();
        let request = case::request(&pod(&names), None);
        let payload = case::payload_with(&request, &settings("contents"), &json!(chunk));
        assert_clean("a Pod with many", &every_face("evaluate", &payload));
    }
}

/// Answers every question in one wrong way.
struct Hostile(Result<Vec<u8>, String>);

impl HostCalls for Hostile {
    fn call(&self, _: &HostCall<'_>) -> Result<Vec<u8>, String> {
        self.0.clone()
    }
}

#[test]
fn a_hostile_host_is_no_answer() {
    let secret = |data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s0"}, "type": "kubernetes.io/dockerconfigjson", "data": data});
    let huge = secret(json!({"x": VALUE.repeat(200_000)})).to_string();
    assert!(huge.len() > 1 << 20);
    let answers: Vec<Result<Vec<u8>, String>> = vec![
        Ok(Vec::new()),
        Ok(VALUE.into()),
        Ok(vec![0xff, 0xfe, b'{', b'}']),
        Ok(format!("\"{VALUE}\"").into()),
        Ok(format!("[\"{VALUE}\"]").into()),
        Ok(format!("{{\"metadata\": \"{VALUE}\"}}").into()),
        Ok(format!("{{\"metadata\": {{}}, \"type\": \"{VALUE}").into()),
        Ok("[".repeat(100_000).into()),
        Ok(huge.into()),
        Ok(secret(json!([VALUE])).to_string().into()),
        Ok(secret(json!({"k": {"k": VALUE}})).to_string().into()),
        Err(String::new()),
        Err(VALUE.to_owned()),
        Err(format!("Callback evaluation failure: secrets \"{VALUE}\" is forbidden: User \"{VALUE}\" cannot get it")),
        Err(format!("Callback evaluation failure: ServiceError: {VALUE}: Connection refused")),
        Err(VALUE.repeat(100_000)),
    ];
    let payload = case::payload(&case::request(&pod(&["s0"]), None), &settings("contents"));
    for (at, answer) in answers.into_iter().enumerate() {
        let told = hosted("evaluate", &payload, Arc::new(Hostile(answer)));
        assert_clean(&format!("answer {at}"), &told);
        let told: Value = serde_json::from_slice(&told).expect("JSON");
        let findings = told["findings"].as_array().expect("findings");
        assert!(findings.iter().any(|finding| finding["rule"] == "cluster-unavailable"), "{at}: {told}");
        assert!(!findings.iter().any(|finding| finding["rule"] == "pull-secret-unusable"), "{at}: {told}");
    }
}

#[test]
fn the_payload_answers_for_nobody_who_has_a_host() {
    let request = case::request(&pod(&["s0"]), None);
    let payload = case::payload_with(&request, &settings("names"), &json!([]));
    let refused = Hostile(Err("Policy has not been granted access to Kubernetes v1/Secret resources.".to_owned()));
    let told = String::from_utf8(hosted("evaluate", &payload, Arc::new(refused))).expect("UTF-8");
    assert!(told.contains("the policy may not read Secret `s0`"), "{told}");
    assert!(!told.contains("does not exist"), "{told}");
}

#[test]
fn each_object_is_asked_for_once_and_none_without_leave() {
    let mut asking = 0;
    for case in case::all() {
        let payload = case.payload();
        let host = Arc::new(Objects::of(&payload));
        hosted("evaluate", &payload, host.clone());
        let asked = host.asked();
        let read = &case.settings["cluster"];
        let read = read.get("read").unwrap_or(read).as_str().unwrap_or("off");
        if read == "off" {
            assert_eq!(asked, [], "{}", case.name());
            continue;
        }
        asking += usize::from(!asked.is_empty());
        let mut seen = BTreeSet::new();
        for question in &asked {
            assert!(seen.insert((&question.kind, &question.name)), "{}: {question:?} twice", case.name());
            assert_eq!(question.namespace, case.request["namespace"].as_str().unwrap_or_default(), "{}", case.name());
            let masks: &[&str] = match (question.kind.as_str(), read) {
                ("Secret", "names") => &["type"],
                ("Secret", _) => &["type", "data"],
                _ => &["imagePullSecrets", "secrets"],
            };
            assert_eq!(question.masks, masks, "{}", case.name());
        }
        let accounts = asked.iter().filter(|question| question.kind == "ServiceAccount").count();
        // A description of several Pods may name several accounts.
        assert!(accounts <= 1 || case.request["object"]["kind"] != "Pod", "{}: {asked:?}", case.name());
    }
    assert!(asking >= 20, "only {asking} cases ask for anything");
}

/// Notes the kinds that are asked for.
struct Noted<'d>(Option<Listed<'d>>, RefCell<Vec<ObjectKind>>);

impl Cluster for Noted<'_> {
    fn get(&self, question: &Question<'_>) -> Answer {
        self.1.borrow_mut().push(question.kind);
        self.0.map_or(Answer::Unavailable, |listed| listed.get(question))
    }
}

/// What a rule declares to ask for is what it asks for: metadata grants the policy that and nothing else.
#[test]
fn rules_ask_for_what_they_declare() {
    let cases: Vec<_> = case::all().into_iter().filter(|case| !case.settings["cluster"].is_null()).collect();
    let mut wrong = Vec::new();
    for entry in CATALOGUE {
        let mut asked = Vec::new();
        for case in &cases {
            let mut settings = case.settings.clone();
            for other in CATALOGUE {
                if other.meta.id == entry.meta.id {
                    settings["rules"][other.meta.id]["level"] = json!("warn");
                } else {
                    settings["rules"][other.meta.id] = json!({"level": "off"});
                }
            }
            let payload = case::payload(&case.request, &settings);
            let objects = serde_json::to_vec(&case.cluster).expect("JSON");
            let document = Document::parse(&objects).expect("JSON");
            let cluster = Noted((!case.cluster.is_null()).then(|| Listed(document.root())), RefCell::default());
            call::<Regwarden>(Operation::Evaluate, &payload, &cluster);
            asked.extend(cluster.1.into_inner());
        }
        for kind in [ObjectKind::Secret, ObjectKind::ServiceAccount] {
            let (declared, does) = (entry.meta.asks.contains(&kind), asked.contains(&kind));
            if declared != does {
                let (id, kind) = (entry.meta.id, kind.word());
                wrong.push(format!("{id}: declares to ask for a {kind}: {declared}; a case asks for one: {does}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
