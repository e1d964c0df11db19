//! The catalogue of rules as JSON: what `describe` answers and generators read.

use crate::decode::{Field, Shape};
use crate::json::write;
use crate::policy::Policy;
use crate::settings::Profile;
use crate::text;

/// The catalogue of a policy.
pub fn describe<P: Policy>() -> String {
    let mut rules = write::Array::new();
    for entry in P::catalogue() {
        let meta = entry.meta;
        let mut levels = write::Object::new(String::new());
        for (profile, level) in Profile::ALL.iter().zip(meta.levels) {
            levels.string(profile.word(), level.word());
        }
        let options = if let Shape::Record(fields) = entry.options { fields } else { &[] };
        let mut described = write::Array::new();
        for field in options {
            described.raw(&option(field));
        }
        let mut out = write::Object::new(String::new());
        out.string("id", meta.id)
            .string("title", meta.title)
            .string("since", meta.since)
            .string("mends", meta.mends.word());
        let mut asks = write::Array::new();
        for kind in meta.asks {
            asks.raw(&write::string(kind.word()));
        }
        out.raw("asks", &asks.end());
        out.raw("levels", &levels.end()).string("docs", &plain(&entry.docs.unpack())).raw("options", &described.end());
        rules.raw(&out.end());
    }
    write::object(&[
        ("name", &write::string(P::NAME)),
        ("version", &write::string(P::VERSION)),
        ("rules", &rules.end()),
    ])
}

/// Without the space that a doc comment has before each line.
fn plain(docs: &str) -> String {
    let mut out = String::with_capacity(docs.len());
    let mut rest = docs;
    while let Some((line, after)) = text::cut(rest, b'\n') {
        text::append(&mut out, &[line.strip_prefix(' ').unwrap_or(line), "\n"]);
        rest = after;
    }
    text::append(&mut out, &[rest.strip_prefix(' ').unwrap_or(rest)]);
    out
}

fn option(field: &Field) -> String {
    let mut out = write::Object::new(String::new());
    out.string("name", field.name).string("type", &field.shape.name());
    out.string("default", field.default.unwrap_or("required")).string("doc", field.doc.trim_ascii());
    out.end()
}
