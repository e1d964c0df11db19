//! The JSON Schema (2020-12) of settings, from the types that read them. Pure text; a guest that does not call it does
//! not carry it.

use crate::decode::{Decode, Field, Shape};
use crate::json::write;

/// The schema of a settings type, compact.
pub fn schema<S: Decode>(title: &str) -> String {
    let mut out = write::Object::new(String::new());
    out.string("$schema", "https://json-schema.org/draft/2020-12/schema").string("title", title);
    describe(&mut out, &S::SHAPE);
    out.end()
}

fn describe(out: &mut write::Object, shape: &Shape) {
    match shape {
        Shape::Bool => {
            out.string("type", "boolean");
        }
        Shape::Integer => {
            out.string("type", "integer").raw("minimum", "0");
        }
        Shape::Text => {
            out.string("type", "string");
        }
        Shape::Choice(words) => {
            out.raw("enum", &write::array(words.iter().map(|word| write::string(word))));
        }
        Shape::List(element) => {
            out.string("type", "array").raw("items", &nested(element, None));
        }
        Shape::Map(value) => {
            out.string("type", "object").raw("additionalProperties", &nested(value, None));
        }
        Shape::Record(fields) => record(out, fields),
        Shape::Empty => record(out, &[]),
        Shape::Either(one, other) => {
            out.raw("anyOf", &write::array([nested(one, None), nested(other, None)]));
        }
    }
}

fn nested(shape: &Shape, field: Option<&Field>) -> String {
    let mut out = write::Object::new(String::new());
    if let Some(field) = field {
        out.string("description", field.doc.trim());
    }
    describe(&mut out, shape);
    out.end()
}

fn record(out: &mut write::Object, fields: &[Field]) {
    let mut properties = write::Object::new(String::new());
    for field in fields {
        properties.raw(field.name, &nested(&field.shape, Some(field)));
    }
    out.string("type", "object").bool("additionalProperties", false).raw("properties", &properties.end());
    let required: Vec<String> =
        fields.iter().filter(|field| field.default.is_none()).map(|field| write::string(field.name)).collect();
    if !required.is_empty() {
        out.raw("required", &write::array(required));
    }
}
