//! Tests of the effective registry table.

use regwarden_sdk::decode::{Decode, Mistakes, Path};
use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::Reference;
use regwarden_sdk::json::Document;
use regwarden_sdk::view::PodView;

use super::*;

const SETTINGS: &str = r#"{
  "registries": [
    {"registry": "harbor.example", "pull": {"secret": "general"}, "push": {"secret": "push"}, "plainHttp": true},
    {"registry": "harbor.example/team", "pull": {"secret": "team"}},
    {"registry": "*.mirror.example:5000", "pull": {"node": true}},
    {"registry": "docker.io", "pull": {"secret": "hub"}}],
  "pipelines": [
    {"name": "one", "selector": {"namespaces": ["ci-*"], "labels": {"team": "one"}},
     "registries": [{"registry": "https://harbor.example/", "push": {"secret": "push-one"}}, {"registry": "extra.example", "plainHttp": false}]},
    {"name": "two", "selector": {"namespaces": ["ci-*"]}, "registries": [{"registry": "harbor.example", "plainHttp": false}]}]}"#;

/// Resolves the settings for a Pod with a label `team` and hands the table to `look`.
fn with(namespace: &str, team: &str, look: impl FnOnce(&Facts<'_>)) {
    let document = Document::parse(SETTINGS.as_bytes()).unwrap();
    let settings = Settings::decode(document.root(), &Path::ROOT, &mut Mistakes::default()).unwrap();
    let pod = format!(r#"{{"metadata":{{"labels":{{"team":"{team}"}}}},"spec":{{}}}}"#);
    let pod = Document::parse(pod.as_bytes()).unwrap();
    let mut out = Findings::new(pod.root());
    let pod = PodView::read(pod.root(), &[], &mut out).unwrap();
    look(&Facts::resolve(&settings, namespace, pod));
}

fn pull<'s>(facts: &Facts<'s>, image: &str) -> Option<&'s str> {
    facts.registry(&Reference::parse(image).unwrap())?.pull?.secret.as_deref()
}

#[test]
fn global_entries_hold_where_no_pipeline_selects() {
    with("default", "one", |facts| {
        assert_eq!(pull(facts, "harbor.example/a/b"), Some("general"));
        assert_eq!(pull(facts, "harbor.example/team/b"), Some("team"));
        assert_eq!(pull(facts, "nginx"), Some("hub"));
        assert_eq!(pull(facts, "a.mirror.example:5000/x"), None);
        assert!(facts.registry(&Reference::parse("a.mirror.example:5000/x").unwrap()).is_some());
        assert!(facts.registry(&Reference::parse("a.mirror.example/x").unwrap()).is_none());
        assert!(facts.plain_http(&Reference::parse("harbor.example/a/b").unwrap()));
        assert!(
            facts.is_registry_secret("push")
                && facts.is_registry_secret("team")
                && !facts.is_registry_secret("push-one")
        );
    });
}

#[test]
fn a_pipeline_overrides_field_by_field_and_the_first_one_wins() {
    with("ci-x", "one", |facts| {
        let entry = facts.registry(&Reference::parse("harbor.example/a").unwrap()).unwrap();
        assert_eq!((entry.push_secret, entry.plain_http), (Some("push-one"), true));
        assert_eq!(pull(facts, "harbor.example/a"), Some("general"));
        assert!(!facts.is_registry_secret("push"));
        assert_eq!(facts.entries.len(), 5);
    });
    with("ci-x", "other", |facts| assert!(!facts.plain_http(&Reference::parse("harbor.example/a").unwrap())));
}

#[test]
fn the_widest_entry_speaks_for_a_host() {
    with("default", "", |facts| {
        assert!(facts.plain_http_host("harbor.example"));
        assert!(!facts.plain_http_host("harbor.example:443") && !facts.plain_http_host("unknown.example"));
    });
}
