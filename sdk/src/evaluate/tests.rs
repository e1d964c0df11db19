//! Tests of one evaluation, on a policy that is small enough to see through.

use super::*;
use crate::cluster::NoCluster;
use crate::decode::Mistakes;
use crate::exception;
use crate::finding::Findings;
use crate::object::Object;
use crate::rule::Entry;
use crate::settings::Profile;
use crate::view::PodView;

#[expect(
    unused,
    unreachable_pub,
    path_statements,
    reason = "each demo rule uses another part of what the macro gives it"
)]
mod demo_rules {
    //! Each label of the Pod makes one rule speak.
    use crate::edit::Edit;
    use crate::finding::Findings;
    use crate::view::PodView;

    pub(super) struct Context<'d>(pub(super) PodView<'d>);

    /// Declares a rule that speaks when the Pod has the label of its name.
    macro_rules! speaking {
        ($module:ident, $name:ident, $id:literal, $level:ident, |$pod:ident, $out:ident, $pointer:ident, $draft:ident| $complete:expr) => {
            mod $module {
                use super::*;
                crate::rule! {
                    /// ## Bad
                    /// ## Good
                    pub(crate) $name { id: $id, title: "demo", since: "0.1.0", mends: Sometimes, levels: [Off, $level, Enforce], options: () }
                }
                pub(crate) fn check<'d>(context: &Context<'d>, (): &(), $out: &mut Findings<'d>) {
                    let $pod = context.0;
                    if $pod.label($id).is_some() {
                        let labels = $pod.holder().at("/metadata/labels").unwrap();
                        let $pointer = $out.pointer((labels, $id));
                        let $draft = $out.report((labels, $id), concat!("the label ", $id, " is there"), "take it away");
                        $complete;
                    }
                }
            }
        };
    }

    speaking!(mendable, Mendable, "mendable", Enforce, |pod, out, pointer, draft| draft.mend(Edit::remove(pointer)));
    speaking!(useless, Useless, "useless", Warn, |pod, out, pointer, draft| draft.mend(Edit::set(pointer, "\"x\"")));
    speaking!(left, Left, "left", Warn, |pod, out, pointer, draft| draft.mend(Edit::set("/spec/x", "1")));
    speaking!(right, Right, "right", Warn, |pod, out, pointer, draft| draft.mend(Edit::set("/spec/x", "2")));
    speaking!(plain, Plain, "plain", Enforce, |pod, out, pointer, draft| draft.container(Some("c")));
    speaking!(doubtful, Doubtful, "doubtful", Enforce, |pod, out, pointer, draft| draft.unsure());
    speaking!(quiet, Quiet, "quiet", Audit, |pod, out, pointer, draft| draft);

    pub(super) struct Objects<'d>(pub(super) crate::object::Object<'d>);

    mod untyped {
        use super::*;
        crate::rule! {
            /// ## Bad
            /// ## Good
            pub(crate) Untyped { id: "untyped", title: "demo", since: "0.1.0", mends: Sometimes, levels: [Off, Enforce, Enforce], options: () }
        }
        pub(crate) fn check<'d>(context: &Objects<'d>, (): &(), out: &mut Findings<'d>) {
            let object = context.0.node();
            if object.str("type").is_none() {
                out.report((object, "type"), "there is no type", "write one").mend(Edit::set("/type", "\"Opaque\""));
            }
        }
    }

    crate::rules! {
        check_all(Context) {
            mendable::Mendable, useless::Useless, left::Left, right::Right, plain::Plain, doubtful::Doubtful, quiet::Quiet,
        }
        check_objects(Objects) { untyped::Untyped }
    }
}

crate::config! {
    /// Settings of the demo.
    #[derive(Debug)]
    struct Settings {
        /// Profile.
        profile "profile": Profile = Profile::Recommended,
        /// Mend?
        mutate "mutate": bool = true,
        /// Exceptions.
        exceptions "exceptions": Vec<exception::Exception> = Vec::new(),
        /// Rules.
        rules "rules": demo_rules::RuleSettings = demo_rules::RuleSettings::default(),
    }
}

struct Demo;

impl Policy for Demo {
    const NAME: &'static str = "demo";
    const VERSION: &'static str = "1";
    type Settings = Settings;
    fn catalogue() -> &'static [Entry] {
        demo_rules::CATALOGUE
    }
    fn mutates(settings: &Settings) -> bool {
        settings.mutate
    }
    fn review_settings(_: &Settings, _: &mut Mistakes) {}
    fn concerns(_: &Settings, request: Request<'_>, _: PodView<'_>) -> bool {
        request.namespace() != "elsewhere"
    }
    fn judge<'d>(settings: &'d Settings, _: Request<'d>, pod: PodView<'d>, _: &'d dyn Cluster, out: &mut Findings<'d>) {
        demo_rules::check_all(&settings.rules, settings.profile, &demo_rules::Context(pod), out);
    }
    fn concerns_object(_: &Settings, request: Request<'_>, _: Object<'_>) -> bool {
        request.namespace() != "elsewhere"
    }
    fn judge_object<'d>(
        settings: &'d Settings,
        _: Request<'d>,
        object: Object<'d>,
        _: &'d dyn Cluster,
        out: &mut Findings<'d>,
    ) {
        demo_rules::check_objects(&settings.rules, settings.profile, &demo_rules::Objects(object), out);
    }
    fn exceptions(settings: &Settings) -> &[exception::Exception] {
        &settings.exceptions
    }
}

fn run(payload: &str) -> Evaluation {
    evaluate::<Demo>(payload.as_bytes(), &NoCluster)
}

fn pod(labels: &[&str]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("\"{label}\":\"y\"")).collect();
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"labels":{{{}}}}},"spec":{{"containers":[],"big":1.0}}}}"#,
        labels.join(",")
    )
}

fn create(labels: &[&str], settings: &str) -> Evaluation {
    run(&format!(r#"{{"request":{{"operation":"CREATE","object":{}}},"settings":{settings}}}"#, pod(labels)))
}

fn told(evaluation: &Evaluation) -> Vec<(&str, &str, bool)> {
    evaluation.findings.iter().map(|f| (f.rule, f.level.word(), f.mended)).collect()
}

#[test]
fn nothing_to_say_accepts() {
    let evaluation = create(&[], "{}");
    assert!(evaluation.findings.is_empty() && evaluation.patch.is_empty());
    assert_eq!(evaluation.verdict.to_json(), r#"{"accepted":true}"#);
}

#[test]
fn levels_decide_what_a_finding_does() {
    let evaluation = create(&["plain", "doubtful", "quiet"], "{}");
    assert_eq!(
        told(&evaluation),
        [("plain", "enforce", false), ("doubtful", "warn", false), ("quiet", "audit", false)]
    );
    assert_eq!(
        evaluation.verdict.to_json(),
        concat!(
            r#"{"accepted":false,"message":"plain at /metadata/labels/plain (container c): the label plain is there; take it away","#,
            r#""warnings":["doubtful: the label doubtful is there"],"#,
            r#""audit_annotations":{"quiet":"/metadata/labels/quiet: the label quiet is there"}}"#
        )
    );
    assert!(create(&["plain", "quiet"], r#"{"profile":"minimal"}"#).findings.is_empty());
    assert!(create(&["plain"], r#"{"rules":{"plain":{"level":"audit"}}}"#).verdict.accepted);
}

#[test]
fn a_mend_comes_before_the_verdict() {
    let evaluation = create(&["mendable"], "{}");
    assert_eq!(told(&evaluation), [("mendable", "enforce", true)]);
    assert!(evaluation.verdict.accepted);
    assert_eq!(evaluation.verdict.mutated.as_deref(), Some(pod(&[]).as_str()));
    assert_eq!(evaluation.patch.len(), 1);
    assert_eq!(
        evaluation.verdict.annotations,
        [("mendable", "mended /metadata/labels/mendable: the label mendable is there".to_owned())]
    );
}

#[test]
fn a_rejected_object_keeps_its_mends() {
    let evaluation = create(&["mendable", "plain"], "{}");
    assert!(!evaluation.verdict.accepted && evaluation.verdict.mutated.is_some());
    assert_eq!(told(&evaluation), [("mendable", "enforce", true), ("plain", "enforce", false)]);
}

#[test]
fn without_mutation_nothing_is_changed() {
    for settings in [r#"{"mutate":false}"#, r#"{"rules":{"mendable":{"mend":false}}}"#] {
        let evaluation = create(&["mendable"], settings);
        assert_eq!(told(&evaluation), [("mendable", "enforce", false)]);
        assert!(!evaluation.verdict.accepted && evaluation.verdict.mutated.is_none(), "{settings}");
    }
}

#[test]
fn a_finding_that_survives_its_own_mend_rejects() {
    let evaluation = create(&["useless"], "{}");
    assert_eq!(told(&evaluation), [("useless", "enforce", false)]);
    assert!(evaluation.verdict.message.unwrap().contains("did not help"));
}

#[test]
fn mends_that_disagree_are_reported_and_not_made() {
    let evaluation = create(&["left", "right", "mendable"], "{}");
    assert_eq!(
        told(&evaluation),
        [
            ("mendable", "enforce", true),
            ("left", "warn", false),
            ("right", "warn", false),
            ("mend-conflict", "warn", false)
        ]
    );
    assert!(
        evaluation.findings[3].message.contains("left and right")
            || evaluation.findings[3].message.contains("right and left")
    );
    assert!(!evaluation.verdict.mutated.unwrap().contains("\"x\""));
}

#[test]
fn what_cannot_be_read_is_rejected() {
    for (payload, says) in [
        ("", "cannot be read"),
        ("[]", "no request"),
        ("{}", "no request"),
        (r#"{"request":{}}"#, "of which kind"),
        (r#"{"request":{"kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE"}}"#, "no object"),
        (r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1"}}}"#, "this is missing"),
        (r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","spec":{"containers":3}}}}"#, "must be a list"),
        (r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","spec":{},"spec":{}}}}"#, "twice"),
        (
            r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","spec":{}}},"settings":{"mutat":true}}"#,
            "did you mean `mutate`",
        ),
        (r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","spec":{}}},"settings":[]}"#, "must be a map"),
    ] {
        let evaluation = run(payload);
        assert!(!evaluation.verdict.accepted, "{payload}");
        let message = evaluation.verdict.message.unwrap();
        assert!(message.contains(says), "{payload}: {message}");
    }
}

#[test]
fn a_wrong_type_does_not_hide_the_other_findings() {
    let evaluation = run(
        r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","metadata":{"labels":{"plain":"y","mendable":"y"}},"spec":{"containers":3}}}}"#,
    );
    assert_eq!(
        told(&evaluation),
        [("unreadable", "enforce", false), ("mendable", "enforce", false), ("plain", "enforce", false)]
    );
    assert!(evaluation.verdict.mutated.is_none());
}

#[test]
fn what_is_not_for_the_policy_is_accepted() {
    let object = pod(&["plain"]);
    for request in [
        format!(r#"{{"operation":"DELETE","object":null,"oldObject":{object}}}"#),
        r#"{"operation":"CONNECT","subResource":"exec","object":{"kind":"PodExecOptions"}}"#.to_owned(),
        format!(r#"{{"operation":"UPDATE","subResource":"status","object":{object},"oldObject":{object}}}"#),
        format!(r#"{{"operation":"CREATE","namespace":"elsewhere","object":{object}}}"#),
        format!(r#"{{"operation":"CREATE","kind":{{"group":"","version":"v1","kind":"ConfigMap"}},"object":{object}}}"#),
        r#"{"operation":"CREATE","object":{"kind":"Pod","apiVersion":"v1","metadata":{"annotations":{"kubernetes.io/config.mirror":"x"},"labels":{"plain":"y"}},"spec":{}}}"#.to_owned(),
    ] {
        let evaluation = run(&format!(r#"{{"request":{request},"settings":{{}}}}"#));
        assert!(evaluation.verdict.accepted && evaluation.findings.is_empty(), "{request}");
    }
}

#[test]
fn an_update_of_a_pod_is_judged_by_what_it_changes_and_never_mended() {
    let update = |old: &[&str], new: &[&str]| {
        run(&format!(
            r#"{{"request":{{"operation":"UPDATE","object":{},"oldObject":{}}},"settings":{{}}}}"#,
            pod(new),
            pod(old)
        ))
    };
    assert!(update(&["plain"], &["plain"]).findings.is_empty());
    let evaluation = update(&["plain"], &["plain", "mendable"]);
    assert_eq!(told(&evaluation), [("mendable", "enforce", false)]);
    assert!(evaluation.verdict.mutated.is_none());
}

/// A Deployment whose Pod has these labels.
fn deployment(labels: &[&str], meta: &str) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{{meta}}},"spec":{{"replicas":1,"template":{}}}}}"#,
        pod(labels)
    )
}

#[test]
fn an_update_that_leaves_the_template_alone_brings_nothing_and_is_not_mended() {
    let update = |old: &str, new: &str| {
        run(&format!(r#"{{"request":{{"operation":"UPDATE","object":{new},"oldObject":{old}}},"settings":{{}}}}"#,))
    };
    let old = deployment(&["plain", "mendable"], "");
    let scaled = update(&old, &deployment(&["plain", "mendable"], r#""annotations":{"a":"b"}"#));
    assert!(scaled.verdict.accepted && scaled.findings.is_empty() && scaled.verdict.mutated.is_none());
    let changed = update(&old, &deployment(&["plain", "mendable", "quiet"], ""));
    assert_eq!(
        told(&changed),
        [("mendable", "enforce", true), ("plain", "enforce", false), ("quiet", "audit", false)],
        "a new template is judged whole"
    );
    let going = update(&old, &deployment(&["plain", "quiet"], r#""deletionTimestamp":"2026-11-21T00:00:00Z""#));
    assert!(going.verdict.accepted && going.findings.is_empty(), "finalizers must come off");
}

#[test]
fn objects_without_a_pod_have_rules_of_their_own() {
    let judge = |request: &str| run(&format!(r#"{{"request":{request},"settings":{{}}}}"#));
    let bad = r#"{"kind":"Secret","apiVersion":"v1","data":{"a":"eA=="}}"#;
    let evaluation = judge(&format!(r#"{{"object":{bad}}}"#));
    assert_eq!(told(&evaluation), [("untyped", "enforce", true)]);
    assert_eq!(
        evaluation.verdict.mutated.as_deref(),
        Some(r#"{"kind":"Secret","apiVersion":"v1","data":{"a":"eA=="},"type":"Opaque"}"#)
    );
    assert!(judge(&format!(r#"{{"namespace":"elsewhere","object":{bad}}}"#)).findings.is_empty());
    assert!(judge(r#"{"object":{"kind":"Secret","apiVersion":"example.org/v1"}}"#).findings.is_empty());
    let annotated = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"a":"b"}},"data":{"a":"eA=="}}"#;
    let update = format!(r#"{{"operation":"UPDATE","object":{annotated},"oldObject":{bad}}}"#);
    assert!(judge(&update).findings.is_empty(), "what rules read did not change");
    for (unreadable, place) in [
        (r#"{"kind":"Secret","apiVersion":"v1","type":"Opaque","data":["eA=="]}"#, "/data"),
        (r#"{"kind":"Secret","apiVersion":"v1","type":7}"#, "/type"),
        (r#"{"kind":"ServiceAccount","apiVersion":"v1","type":"x","imagePullSecrets":["a"]}"#, "/imagePullSecrets/0"),
    ] {
        let evaluation = judge(&format!(r#"{{"object":{unreadable}}}"#));
        assert!(!evaluation.verdict.accepted);
        assert!(evaluation.findings.iter().any(|f| f.rule == "unreadable" && f.pointer == place), "{unreadable}");
    }
}

#[test]
fn an_exception_leaves_a_note_with_its_reason() {
    let settings = |matching: &str| {
        format!(r#"{{"exceptions":[{{"rules":["plain","mendable"],"match":{matching},"reason":"agreed until May"}}]}}"#)
    };
    let all = r#"{"labels":{"plain":"y"}}"#;
    let evaluation = create(&["plain", "mendable", "doubtful"], &settings(all));
    assert_eq!(
        told(&evaluation),
        [("mendable", "audit", false), ("plain", "audit", false), ("doubtful", "warn", false)]
    );
    assert!(evaluation.verdict.accepted && evaluation.verdict.mutated.is_none(), "accepted means left alone");
    assert_eq!(
        evaluation.verdict.annotations.iter().find(|(rule, _)| *rule == "plain").map(|(_, text)| text.as_str()),
        Some("exempt (agreed until May) /metadata/labels/plain: the label plain is there")
    );
    assert!(evaluation.findings[0].to_json().contains(r#""exempt":"agreed until May""#));
    for other in [
        r#"{"labels":{"plain":"n"}}"#,
        r#"{"namespaces":["x*"]}"#,
        r#"{"names":["x"]}"#,
        r#"{"users":["bob"]}"#,
        r#"{"images":["nginx"]}"#,
    ] {
        assert!(!create(&["plain"], &settings(other)).verdict.accepted, "{other}");
    }
    let unreadable = run(r#"{"request":{"object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":7}},
            "settings":{"exceptions":[{"rules":["*"],"match":{"names":["a"]},"reason":"r"}]}}"#);
    assert!(!unreadable.verdict.accepted, "what cannot be read cannot be accepted");
}

#[test]
fn ephemeral_containers_are_judged() {
    let object = pod(&["plain"]);
    let evaluation = run(&format!(
        r#"{{"request":{{"operation":"UPDATE","subResource":"ephemeralcontainers","object":{object},"oldObject":{}}}}}"#,
        pod(&[])
    ));
    assert!(!evaluation.verdict.accepted);
}

#[test]
fn operations_answer_by_name() {
    use crate::ops::{Operation, call};
    for (name, expected) in [
        ("validate-settings", Some(Operation::ValidateSettings)),
        ("validate_settings", Some(Operation::ValidateSettings)),
        ("Validate", None),
        ("", None),
    ] {
        assert_eq!(Operation::by_name(name), expected);
    }
    let ask =
        |operation, payload: &str| String::from_utf8(call::<Demo>(operation, payload.as_bytes(), &NoCluster)).unwrap();
    assert_eq!(ask(Operation::ProtocolVersion, ""), "\"v1\"");
    assert_eq!(ask(Operation::ValidateSettings, "{}"), r#"{"valid":true}"#);
    let wrong = ask(Operation::ValidateSettings, r#"{"profile":"loud","rules":{"plane":{}},"mutate":1}"#);
    let wrong: serde_json::Value = serde_json::from_str(&wrong).unwrap();
    assert_eq!(
        wrong["message"],
        "profile: must be one of minimal, recommended, strict\nmutate: must be true or false, not a number\nrules.plane: unknown key; did you mean `plain`"
    );
    let catalogue: serde_json::Value = serde_json::from_str(&ask(Operation::Describe, "")).unwrap();
    assert_eq!(catalogue["rules"][0]["id"], "mendable");
    assert_eq!(catalogue["rules"][0]["docs"], "## Bad\n## Good\n");
    assert_eq!(
        catalogue["rules"][0]["levels"],
        serde_json::json!({"minimal": "off", "recommended": "enforce", "strict": "enforce"})
    );
    let evaluation: serde_json::Value = serde_json::from_str(&ask(
        Operation::Evaluate,
        &format!(r#"{{"request":{{"object":{}}}}}"#, pod(&["mendable"])),
    ))
    .unwrap();
    assert_eq!(evaluation["edits"], serde_json::json!([{"op": "remove", "path": "/metadata/labels/mendable"}]));
    assert_eq!(evaluation["findings"][0]["mended"], true);
}

#[test]
fn pointers_behind_a_removed_element_are_those_of_the_object_that_came() {
    let document = Document::parse(br#"{"l":["a","b","c","d","e"],"m":{"0":1},"n":{"l":[]}}"#).unwrap();
    let remove = |path: &str| Operation { op: "remove", path: path.to_owned(), value: None };
    let patch = [
        Operation { op: "add", path: "/l/-".to_owned(), value: Some("1".to_owned()) },
        remove("/m/0"),
        remove("/l/3"),
        remove("/l/0"),
    ];
    for (after, before) in [
        ("/l/0", "/l/1"),
        ("/l/1/x/0", "/l/2/x/0"),
        ("/l/2", "/l/4"),
        ("/l/3", "/l/5"),
        ("/l", "/l"),
        ("/m/1", "/m/1"),
        ("/n/l/0", "/n/l/0"),
        ("/ll/0", "/ll/0"),
        ("", ""),
    ] {
        let mut findings = Evaluation::unreadable(String::new(), "").findings;
        findings[0].pointer = after.to_owned();
        place_back(document.root(), &patch, &mut findings);
        assert_eq!(findings[0].pointer, before, "{after}");
    }
}
