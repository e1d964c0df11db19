//! Tests of the verdict: lengths and counts that no ordinary object reaches.

use super::*;

fn finding(level: Level, message: &str) -> Finding {
    Finding {
        rule: "some-rule",
        level,
        pointer: String::new(),
        container: Some("c".repeat(253)),
        message: message.to_owned(),
        remedy: "mend it".to_owned(),
        mended: false,
        exempt: None,
        edits: Vec::new(),
        lasting: false,
    }
}

#[test]
fn a_warning_is_no_longer_than_kubernetes_shows() {
    for message in ["short", &"ü".repeat(500)] {
        let verdict = Verdict::of(&[finding(Level::Warn, message)], None);
        let [warning] = verdict.warnings.as_slice() else { panic!("one warning") };
        assert!(warning.chars().count() <= 120 && warning.starts_with("some-rule: "), "{warning}");
    }
}

#[test]
fn what_is_not_listed_is_counted() {
    let many: Vec<Finding> = (0..250).flat_map(|_| [finding(Level::Warn, "w"), finding(Level::Enforce, "e")]).collect();
    let verdict = Verdict::of(&many, None);
    assert_eq!(verdict.warnings.last().map(String::as_str), Some("and 220 more"));
    assert!(
        verdict
            .message
            .as_deref()
            .is_some_and(|message| message.lines().count() == 101 && message.ends_with("\nand 150 more"))
    );
}

#[test]
fn an_annotation_ends_somewhere_and_says_so() {
    let many: Vec<Finding> = (0..2_000).map(|_| finding(Level::Audit, "said again")).collect();
    let verdict = Verdict::of(&many, None);
    let [(rule, text)] = verdict.annotations.as_slice() else { panic!("one annotation") };
    assert!(*rule == "some-rule" && text.len() < 9_000 && text.ends_with("; and more"), "{}", text.len());
}

#[test]
fn the_answer_is_what_kubewarden_reads() {
    let verdict = Verdict {
        accepted: true,
        message: Some("a \"b\"\n".to_owned()),
        mutated: Some(r#"{"big":123456789012345678901234567890}"#.to_owned()),
        warnings: vec!["w".to_owned()],
        annotations: vec![("rule", "text".to_owned())],
    };
    let json = verdict.to_json();
    assert!(json.contains("123456789012345678901234567890"));
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["message"], "a \"b\"\n");
    assert_eq!(read["audit_annotations"]["rule"], "text");
}
