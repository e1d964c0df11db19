//! Tests of the port: what manifests answer, what is asked how often, what refusals mean.

use std::cell::Cell;

use super::*;

const SECRET: &str = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"ci"},"type":"Opaque","data":{"k":"bWFya2Vy"}}"#;
const ACCOUNT: &str =
    r#"{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder"},"imagePullSecrets":[{"name":"s"}]}"#;

fn question<'q>(kind: ObjectKind, namespace: &'q str, name: &'q str) -> Question<'q> {
    Question { kind, namespace, name, depth: Depth::Contents }
}

#[test]
fn manifests_answer_by_kind_namespace_and_name() {
    let cluster = InMemory::of(&[SECRET, ACCOUNT]).unwrap();
    let list = format!("[{SECRET},7,{{}},{ACCOUNT}]");
    let document = crate::json::Document::parse(list.as_bytes()).unwrap();
    for cluster in [&cluster as &dyn Cluster, &Listed(document.root())] {
        let found = |kind, namespace, name| match cluster.get(&question(kind, namespace, name)) {
            Answer::Found(held) => Some(held.text().to_owned()),
            Answer::Absent => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found(ObjectKind::Secret, "ci", "s").as_deref(), Some(SECRET));
        assert_eq!(found(ObjectKind::ServiceAccount, "default", "builder").as_deref(), Some(ACCOUNT));
        assert_eq!(found(ObjectKind::Secret, "default", "s"), None);
        assert_eq!(found(ObjectKind::ServiceAccount, "ci", "s"), None);
    }
    let no_list = crate::json::Document::parse(SECRET.as_bytes()).unwrap();
    let asked = question(ObjectKind::Secret, "ci", "s");
    assert!(matches!(Listed(no_list.root()).get(&asked), Answer::Unavailable));
    assert!(matches!(NoCluster.get(&asked), Answer::Unavailable));
    assert_eq!(InMemory::default().put(r#"{"kind":"Pod","metadata":{"name":"p"}}"#), Err(ManifestError::NotKnown));
    assert!(matches!(InMemory::default().put("x"), Err(ManifestError::NotJson(_))));
}

/// Counts what it is asked, and answers with texts of one size.
struct Counted {
    asked: Cell<usize>,
    size: usize,
}

impl Cluster for Counted {
    fn get(&self, _: &Question<'_>) -> Answer {
        self.asked.set(self.asked.get() + 1);
        Answer::Found(Held::new(" ".repeat(self.size)))
    }
}

#[test]
fn a_question_is_asked_once_and_only_so_many_are() {
    let cluster = Counted { asked: Cell::new(0), size: 1 };
    let memo = Memo::new(&cluster);
    for _ in 0..3 {
        for number in 0..QUESTIONS + 7 {
            let name = number.to_string();
            let answer = memo.get(&question(ObjectKind::Secret, "ci", &name));
            assert_eq!(matches!(answer, Answer::Found(_)), number < QUESTIONS, "{number}");
        }
    }
    assert_eq!(cluster.asked.get(), QUESTIONS);
}

#[test]
fn an_answer_beyond_all_bounds_is_none() {
    for (size, found) in [(ANSWER, true), (ANSWER + 1, false)] {
        let cluster = Counted { asked: Cell::new(0), size };
        let memo = Memo::new(&cluster);
        for _ in 0..2 {
            let answer = memo.get(&question(ObjectKind::Secret, "ci", "s"));
            assert_eq!(matches!(answer, Answer::Found(_)), found, "{size}");
        }
        assert_eq!(cluster.asked.get(), 1);
    }
}

#[test]
fn what_is_made_of_an_object_is_made_once() {
    let held = Held::new("abc".to_owned());
    let made = Cell::new(0);
    let length = |text: &str| {
        made.set(made.get() + 1);
        text.len()
    };
    assert_eq!((*held.made(&length), *held.clone().made(&length), made.get()), (3, 3, 1));
    assert_eq!(*held.made(&|text: &str| text.to_owned()), "abc");
    assert_eq!(format!("{held:?} {:?}", Answer::Found(held.clone())), "Held Found(Held)");
}

/// Texts as Kubewarden's host and the `kube` crate write them.
#[test]
fn a_refusal_says_what_it_means() {
    let status = |reason: &str, code: u16, message: &str| {
        let debug = format!(
            "Status {{ status: Some(Failure), code: {code}, message: {message:?}, metadata: None, reason: {reason:?}, details: None }}"
        );
        format!("Host error: Callback evaluation failure: ApiError: {message}: {reason} ({debug})")
    };
    let nested =
        |cause: &str| format!("Host error: Callback evaluation failure: cannot get it\n\nCaused by:\n    {cause}");
    for absent in [
        "Host error: Callback evaluation failure: Cannot find v1/Secret named 'harbor' inside of namespace 'Some(\"ci\")'".to_owned(),
        "Callback evaluation failure: Cannot find v1/ServiceAccount named 'forbidden' inside of namespace 'Some(\"ci\")'".to_owned(),
        status("NotFound", 404, "secrets \"harbor\" not found"),
    ] {
        assert!(matches!(refusal(&absent), Answer::Absent), "{absent}");
    }
    let forbidden = status(
        "Forbidden",
        403,
        "secrets \"harbor\" is forbidden: User \"system:serviceaccount:kubewarden:policy-server\" cannot get resource \"secrets\" in API group \"\" in the namespace \"ci\"",
    );
    for refused in [
        "Host error: Policy has not been granted access to the 'kubernetes/get_resource' host capability. The violation has been reported.".to_owned(),
        "Policy has not been granted access to Kubernetes v1/Secret resources. The violation has been reported.".to_owned(),
        nested(&forbidden),
        forbidden,
        status("Forbidden", 403, ""),
    ] {
        assert!(matches!(refusal(&refused), Answer::NotAllowed), "{refused}");
    }
    for failed in [
        "",
        "Host error: Callback evaluation failure: kube::Client was not initialized properly",
        "Callback evaluation failure: Cannot find resource v1/Secret",
        "Cannot process Wasm guest request: callback channel not provided",
        "Error obtaining response over callback channel",
        &nested("ServiceError: client error (Connect): tcp connect error: Connection refused (os error 111)"),
        &status("", 401, "Unauthorized"),
        &status("", 404, "404 page not found"),
        &status("TooManyRequests", 429, "too many requests"),
        &status("InternalError", 500, "etcdserver: request timed out"),
        "Host error: host capability `kubernetes/get_resource` is not available",
        "unknown namespace: kubernetes",
    ] {
        assert!(matches!(refusal(failed), Answer::Unavailable), "{failed}");
    }
}

#[test]
fn one_look_goes_through_so_much_and_no_more() {
    let cluster = Counted { asked: Cell::new(0), size: ANSWER };
    let memo = Memo::new(&cluster);
    let found = || matches!(memo.get(&question(ObjectKind::Secret, "ci", "s")), Answer::Found(_));
    for _ in 0..2 {
        for _ in 0..LOOK / ANSWER {
            assert!(found());
        }
        assert!(!found());
        memo.again();
    }
    assert_eq!(cluster.asked.get(), 1);
}
