//! The form that Rancher shows for the settings, from their shape.
//!
//! What a question may look like: rancher/kubewarden-ui `pkg/kubewarden/components/Questions`, read 2026-11. An entry of a
//! list is a form of its own; a map or list within it is shown as YAML there.

use regwarden_policy::rules::CATALOGUE;
use regwarden_policy::settings::Settings;
use regwarden_sdk::decode::{Decode, Field, Shape};
use serde_json::Value;

use super::generated;
use super::yaml::Yaml;

/// Everything that the form asks.
pub(crate) fn questions() -> Yaml {
    let Shape::Record(fields) = Settings::SHAPE else { panic!("settings are a map") };
    let mut out = Vec::new();
    for field in fields {
        match field.shape {
            // Of each rule the level; its options are for the YAML editor.
            Shape::Record(_) if field.name == "rules" => out.extend(CATALOGUE.iter().map(|rule| {
                question(&format!("rules.{}.level", rule.meta.id), rule.meta.id, rule.meta.title, "Rules", &LEVEL)
            })),
            Shape::Record(inner) => {
                out.extend(inner.iter().map(|inner| of(inner, &format!("{}.{}", field.name, inner.name), "Settings")));
            }
            _ => out.push(of(field, field.name, "Settings")),
        }
    }
    Yaml::from([("questions", Yaml::List(out))])
}

const LEVEL: Shape = <regwarden_sdk::settings::Level as Decode>::SHAPE;

fn of(field: &Field, variable: &str, group: &str) -> Yaml {
    let mut out = question(variable, &label(field.name), field.doc, group, &field.shape);
    let Yaml::Map(members) = &mut out else { panic!("a question is a map") };
    // A default that says what the policy does anyway would be written into every manifest; but a switch shows one.
    match (field.shape, field.default) {
        (Shape::Bool, Some(word)) => members.push(("default".to_owned(), Yaml::Bool(word == "true"))),
        (Shape::Choice(words), Some(value)) => {
            let word = value.rsplit("::").next().unwrap_or_default().to_lowercase();
            if words.contains(&word.as_str()) {
                members.push(("default".to_owned(), word.into()));
            }
        }
        (Shape::List(Shape::Record(_)), _) => members.push(("default".to_owned(), Yaml::List(vec![]))),
        (_, None) => members.push(("required".to_owned(), true.into())),
        _ => {}
    }
    out
}

fn question(variable: &str, label: &str, doc: &str, group: &str, shape: &Shape) -> Yaml {
    let mut out = vec![
        ("variable".to_owned(), Yaml::from(variable)),
        ("label".to_owned(), label.into()),
        ("description".to_owned(), doc.split_whitespace().collect::<Vec<_>>().join(" ").into()),
        ("group".to_owned(), group.into()),
        ("type".to_owned(), kind(shape).into()),
    ];
    let nested = |fields: &[Field], prefix: &str| {
        Yaml::List(fields.iter().map(|field| of(field, &format!("{prefix}{}", field.name), group)).collect())
    };
    match shape {
        Shape::Choice(words) => out.push(("options".to_owned(), Yaml::from(words.to_vec()))),
        Shape::List(Shape::Record(fields)) => {
            out.push(("hide_input".to_owned(), true.into()));
            // Names in an entry are those of the entry.
            out.push(("sequence_questions".to_owned(), nested(fields, "")));
        }
        Shape::Record(fields) => {
            out.push(("hide_input".to_owned(), true.into()));
            out.push(("subquestions".to_owned(), nested(fields, &format!("{variable}."))));
        }
        Shape::Either(Shape::Record(fields), _) | Shape::Either(_, Shape::Record(fields)) => {
            out.push(("subquestions".to_owned(), nested(fields, &format!("{variable}."))));
        }
        _ => {}
    }
    Yaml::Map(out)
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool => "boolean",
        Shape::Integer => "int",
        Shape::Text => "string",
        Shape::Choice(_) => "enum",
        Shape::List(Shape::Record(_)) => "sequence[",
        Shape::List(_) => "array[",
        Shape::Map(_) | Shape::Record(_) | Shape::Empty | Shape::Either(..) => "map[",
    }
}

/// `allowOnlyListed` as `Allow only listed`.
fn label(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        match letter {
            _ if at == 0 => out.extend(letter.to_uppercase()),
            'A'..='Z' => out.extend([' ', letter.to_ascii_lowercase()]),
            _ => out.push(letter),
        }
    }
    out
}

pub(crate) fn text() -> String {
    format!("# Rancher's form for the settings; generated from their types.\n{}", questions().document())
}

#[test]
fn questions_file() {
    generated("questions-ui.yml", &text());
}

/// What a form full of its defaults sends, the policy takes.
#[test]
fn the_defaults_of_the_form_are_valid_settings() {
    let form: Value = serde_json::from_str(&questions().json()).expect("JSON");
    let mut settings = serde_json::json!({});
    let mut seen = 0;
    for question in form["questions"].as_array().expect("questions") {
        seen += 1;
        if question.get("default").is_none() {
            continue;
        }
        let mut at = &mut settings;
        for part in question["variable"].as_str().expect("a variable").split('.') {
            at = &mut at[part];
        }
        *at = question["default"].clone();
    }
    assert!(seen > 30 && settings.get("profile").is_some(), "{seen} questions");
    // And one entry of each list, as `Add` makes it: a required text is what the user types.
    settings["registries"] = serde_json::json!([{"registry": "harbor.corp.example", "plainHttp": false}]);
    let answer = crate::subject::every_face("validate_settings", settings.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["valid"], true, "{answer}");
}
