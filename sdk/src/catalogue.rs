//! The catalogue of rules as JSON: what `describe` answers and generators read.

use crate::decode::{Field, Shape};
use crate::json::write;
use crate::policy::Policy;
use crate::settings::Profile;

/// The catalogue of a policy.
pub fn describe<P: Policy>() -> String {
    let rules = P::catalogue().iter().map(|entry| {
        let meta = entry.meta;
        let mut levels = write::Object::new(String::new());
        for (profile, level) in Profile::ALL.iter().zip(meta.levels) {
            levels.string(profile.word(), level.word());
        }
        let options = if let Shape::Record(fields) = entry.options {
            fields
        } else {
            &[]
        };
        let mut out = write::Object::new(String::new());
        out.string("id", meta.id)
            .string("title", meta.title)
            .string("since", meta.since)
            .string("mends", meta.mends.word());
        out.raw("levels", &levels.end())
            .string("docs", &plain(entry.docs))
            .raw("options", &write::array(options.iter().map(option)));
        out.end()
    });
    let rules = write::array(rules);
    write::object(&[
        ("name", &write::string(P::NAME)),
        ("version", &write::string(P::VERSION)),
        ("rules", &rules),
    ])
}

/// Without the space that a doc comment has before each line.
fn plain(docs: &str) -> String {
    let mut out = String::with_capacity(docs.len());
    for line in docs.lines() {
        out.push_str(line.strip_prefix(' ').unwrap_or(line));
        out.push('\n');
    }
    out
}

fn option(field: &Field) -> String {
    let mut out = write::Object::new(String::new());
    out.string("name", field.name)
        .string("type", &field.shape.name());
    out.string("default", field.default.unwrap_or("required"))
        .string("doc", field.doc.trim());
    out.end()
}
