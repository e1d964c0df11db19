//! Tests of the effective registry table.

use regwarden_sdk::decode::{Decode, Mistakes, Path};
use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::Reference;
use regwarden_sdk::json::Document;
use regwarden_sdk::view::PodView;

use super::*;
use crate::settings::Settings;

const SETTINGS: &str = r#"{
  "registries": [
    {"registry": "harbor.example", "pull": {"secret": "general"}, "push": {"secret": "push"}, "plainHttp": true},
    {"registry": "harbor.example/team", "pull": {"secret": "team"}},
    {"registry": "*.mirror.example:5000", "pull": {"node": true}},
    {"registry": "docker.io", "pull": {"secret": "hub"}, "mirror": "harbor.example/hub", "cache": {"repository": "harbor.example/cache", "ttl": "24h"}}],
  "serviceAccount": "ci", "allowOnlyListed": true,
  "pipelines": [
    {"name": "one", "selector": {"namespaces": ["ci-*"], "labels": {"team": "one"}},
     "serviceAccount": "one",
     "registries": [{"registry": "https://harbor.example/", "push": {"secret": "push-one"}}, {"registry": "extra.example", "plainHttp": false, "mirror": "harbor.example/extra"}]},
    {"name": "two", "selector": {"namespaces": ["ci-*"]}, "registries": [
       {"registry": "harbor.example", "plainHttp": false, "push": {"secret": "push-two"}},
       {"registry": "docker.io", "mirror": "harbor.example/two", "pull": {"secret": "general"}},
       {"registry": "extra.example", "push": {"secret": "push-two"}, "pull": {"secret": "push-one"}}]}]}"#;

/// Resolves settings for a Pod with a label `team` and hands the table to `look`.
fn with_settings(settings: &str, namespace: &str, team: &str, look: impl FnOnce(&Facts<'_>)) {
    let document = Document::parse(settings.as_bytes()).unwrap();
    let mut mistakes = Mistakes::default();
    let settings = Settings::decode(document.root(), &Path::ROOT, &mut mistakes).unwrap();
    settings.review(&mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let pod = format!(r#"{{"metadata":{{"labels":{{"team":"{team}"}}}},"spec":{{}}}}"#);
    let pod = Document::parse(pod.as_bytes()).unwrap();
    let mut out = Findings::new(pod.root());
    let pod = PodView::read(pod.root(), &[], &mut out).unwrap();
    look(&Facts::resolve(settings.site(), namespace, pod));
}

fn with(namespace: &str, team: &str, look: impl FnOnce(&Facts<'_>)) {
    with_settings(SETTINGS, namespace, team, look);
}

fn pull<'s>(facts: &Facts<'s>, image: &str) -> Option<&'s str> {
    facts.registry(&Reference::parse(image).unwrap())?.pull_secret()
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

#[test]
fn what_is_not_about_registries_is_overridden_too() {
    with("default", "one", |facts| {
        assert_eq!((facts.service_account, facts.allow_only_listed), (Some("ci"), true));
        assert!(facts.pipeline.is_none());
    });
    with("ci-x", "one", |facts| {
        assert_eq!(facts.service_account, Some("one"));
        assert_eq!(facts.pipeline.map(|pipeline| pipeline.name.as_str()), Some("one"));
    });
    with("ci-x", "other", |facts| assert_eq!(facts.service_account, Some("ci")));
}

#[test]
fn mirrors_and_caches_are_laid_over_like_the_rest() {
    let of =
        |facts: &Facts<'_>, image| facts.registry(&Reference::parse(image).unwrap()).unwrap().mirror.map(str::to_owned);
    with("default", "", |facts| {
        assert_eq!(of(facts, "nginx").as_deref(), Some("harbor.example/hub"));
        let cache = facts.registry(&Reference::parse("nginx").unwrap()).unwrap().cache.unwrap();
        assert_eq!((cache.repository.as_str(), cache.ttl.as_deref()), ("harbor.example/cache", Some("24h")));
    });
    with("ci-x", "other", |facts| {
        assert_eq!(of(facts, "index.docker.io/nginx").as_deref(), Some("harbor.example/two"));
        assert!(facts.registry(&Reference::parse("nginx").unwrap()).unwrap().cache.is_some());
    });
    with("ci-x", "one", |facts| {
        assert_eq!(of(facts, "extra.example/a").as_deref(), Some("harbor.example/extra"));
        let mirrors = Mirrors::of(facts.site());
        for (name, mirror) in [
            ("harbor.example/hub/library/nginx", Some("harbor.example/hub")),
            ("harbor.example/two/x", Some("harbor.example/two")),
            ("harbor.example/hub", Some("harbor.example/hub")),
            ("harbor.example/hubs/x", None),
            ("harbor.example", None),
            ("", None),
        ] {
            assert_eq!(mirrors.over(name), mirror, "{name}");
        }
    });
    with_settings("{}", "ci", "", |facts| assert_eq!(Mirrors::of(facts.site()).over("a/b"), None));
}

#[test]
fn a_secret_belongs_to_whom_the_settings_give_it() {
    let foreign = |namespace: &str, team: &str, secret: &str| {
        let mut owner = None;
        with(namespace, team, |facts| {
            let pipeline = Secrets::of(facts.site()).foreign(secret, facts.pipeline);
            owner = pipeline.map(|pipeline| pipeline.name.clone());
        });
        owner
    };
    // (namespace, team, secret, owner)
    for (namespace, team, secret, owner) in [
        ("ci-x", "one", "push-two", Some("two")),
        ("ci-x", "other", "push-two", None),
        ("default", "", "push-two", Some("two")),
        // Both have it.
        ("ci-x", "one", "push-one", None),
        ("ci-x", "other", "push-one", None),
        ("default", "", "push-one", Some("one")),
        // Everybody has it, though a pipeline names it again or lays another one over it.
        ("ci-x", "one", "general", None),
        ("ci-x", "one", "push", None),
        ("default", "", "general", None),
        ("ci-x", "one", "unknown", None),
        ("ci-x", "one", "", None),
    ] {
        assert_eq!(foreign(namespace, team, secret).as_deref(), owner, "{namespace} {team} {secret}");
    }
}

#[test]
fn the_table_answers_as_kubelet_looks_up() {
    use regwarden_sdk::registry::lookup;

    let keys = [
        "a.example",
        "a.example/team",
        "a.example/team/x",
        "a.example:5000",
        "*.example",
        "*.example/team",
        "b.example:",
        "[::1]:5000",
        "index.docker.io",
        "docker.io/bitnami",
        "[ab].example/tea",
        "localhost",
        "a.example/te",
        "my_host.example/app",
    ];
    let images = [
        "a.example/x",
        "a.example/team/x",
        "a.example/teams/y",
        "a.example:5000/x",
        "b.example/team/x",
        "b.example/y",
        "c.example/x",
        "[::1]:5000/x",
        "nginx",
        "bitnami/redis",
        "localhost/x",
        "d.example/x",
        "index.docker.io/library/nginx",
        "my_host.example/app",
        "a.b.example/x",
        "c.example:5000/x",
    ];
    for start in 0..keys.len() {
        let some: Vec<&str> = keys.iter().cycle().skip(start).take(start % 11 + 3).copied().collect();
        let entries: Vec<String> = some.iter().map(|key| format!(r#"{{"registry":"{key}"}}"#)).collect();
        with_settings(&format!(r#"{{"registries":[{}]}}"#, entries.join(",")), "ci", "", |facts| {
            let parsed: Vec<RegistryKey<'_>> = some.iter().map(|key| RegistryKey::parse(key).unwrap()).collect();
            for image in images {
                let reference = Reference::parse(image).unwrap();
                let expected = lookup(parsed.iter().copied(), &reference).map(|at| parsed[at]);
                assert_eq!(facts.registry(&reference).map(|entry| entry.key), expected, "{image} in {some:?}");
            }
        });
    }
}
