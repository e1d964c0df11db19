//! Generated files equal what is committed; `BLESS=1` writes them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regwarden_policy::settings::Settings;
use regwarden_sdk::settings::{Level, Profile};
use serde_json::Value;

use crate::subject::every_face;

mod hub;
mod metadata;
mod questions;
pub(crate) mod sbom;
mod yaml;
mod yaml_tests;

/// Holds generated text against the committed file in `artifacts/`.
fn generated(name: &str, text: &str) {
    generated_at(&format!("artifacts/{name}"), text);
}

/// Holds generated text against a committed file.
fn generated_at(path: &str, text: &str) {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, text).expect("the artifact is written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is out of date; write it anew with: BLESS=1 cargo test -p conformance artifacts"
    );
}

fn pretty(json: &str) -> String {
    let value: Value = serde_json::from_str(json).expect("JSON");
    serde_json::to_string_pretty(&value).expect("JSON") + "\n"
}

#[test]
fn settings_schema() {
    generated(
        "settings.schema.json",
        &pretty(&regwarden_sdk::schema::schema::<Settings>("Settings of the regwarden policy")),
    );
}

#[test]
fn catalogue() {
    let described = every_face("describe", b"");
    generated("catalogue.json", &pretty(&String::from_utf8(described).expect("UTF-8")));
}

/// What the table of levels cannot say.
const PROFILES: &str = "
## Profiles

Every profile is safe to switch on: what a rule is not sure of never rejects, whatever its level.

- `minimal` rejects nothing by itself: what is certainly broken or leaking warns. For the first day in a cluster.
- `recommended` rejects what is certainly broken or leaking, and mends what is safe to mend. The default.
- `strict` also rejects what is bad practice. For teams that start clean.

`rules.ID.level` overrides the profile for one rule; `exceptions` accepts findings of some rules about some objects, and
leaves a note for the audit that carries the reason.
";

/// A profile that rejects more than it promises breaks clusters.
#[test]
fn profiles_keep_their_promise() {
    for entry in regwarden_policy::rules::CATALOGUE {
        let [minimal, recommended, strict] = entry.meta.levels;
        assert!(minimal <= Level::Warn, "{}: minimal rejects nothing", entry.meta.id);
        assert!(minimal <= recommended && recommended <= strict, "{}: stricter is never quieter", entry.meta.id);
        // Who enforces says so where a first reader looks.
        assert!(
            recommended != Level::Enforce || minimal == Level::Warn,
            "{}: what is certain warns at least",
            entry.meta.id
        );
    }
}

#[test]
fn rules_page() {
    let mut page = String::from(
        "# The rules of regwarden\n\nGenerated from the rules themselves.\n\n| rule | minimal | recommended | strict | mends |\n|---|---|---|---|---|\n",
    );
    for entry in regwarden_policy::rules::CATALOGUE {
        let [minimal, recommended, strict] = entry.meta.levels.map(|level| level.word());
        let id = entry.meta.id;
        writeln!(
            page,
            "| [`{id}`](#{id}): {} | {minimal} | {recommended} | {strict} | {} |",
            entry.meta.title,
            entry.meta.mends.word()
        )
        .expect("text");
    }
    page.push_str(PROFILES);
    page.push_str("\n| profile | rejects | warns | notes for the audit | off |\n|---|---|---|---|---|\n");
    for (at, profile) in Profile::ALL.iter().enumerate() {
        let count = |level: Level| {
            regwarden_policy::rules::CATALOGUE.iter().filter(|entry| entry.meta.levels[at] == level).count()
        };
        let [enforce, warn, audit, off] = [Level::Enforce, Level::Warn, Level::Audit, Level::Off].map(count);
        writeln!(page, "| `{}` | {enforce} | {warn} | {audit} | {off} |", profile.word()).expect("text");
    }
    for entry in regwarden_policy::rules::CATALOGUE {
        writeln!(page, "\n## {}\n\n{}; since {}.\n", entry.meta.id, entry.meta.title, entry.meta.since).expect("text");
        for line in entry.docs.unpack().lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            // The headings of a rule lie below its own.
            let line = if line.starts_with("## ") { format!("#{line}") } else { line.to_owned() };
            writeln!(page, "{}", line.trim_end()).expect("text");
        }
    }
    generated("rules.md", &page);
}

#[test]
fn the_schema_knows_every_rule() {
    let schema: Value = serde_json::from_str(&regwarden_sdk::schema::schema::<Settings>("x")).expect("JSON");
    for entry in regwarden_policy::rules::CATALOGUE {
        let rule = &schema["properties"]["rules"]["properties"][entry.meta.id];
        assert_eq!(
            rule["properties"]["level"]["enum"],
            serde_json::json!(["off", "audit", "warn", "enforce"]),
            "{}",
            entry.meta.id
        );
    }
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["registries"]["items"]["required"], serde_json::json!(["registry"]));
}
