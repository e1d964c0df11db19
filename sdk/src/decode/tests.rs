//! Tests of strict reading: every mistake at once, each with its path.

use super::*;
use crate::json::Document;

crate::config! {
    /// A thing.
    #[derive(Debug, PartialEq)]
    struct Thing {
        /// Its name.
        name "name": String,
        /// Is it there?
        present "isPresent": bool = true,
        /// How loud.
        volume "volume": Volume = Volume::Quiet,
        /// More of them.
        inner "inner": Vec<Part> = Vec::new(),
    }
}

crate::config! {
    /// A part of it.
    #[derive(Debug, PartialEq)]
    struct Part {
        /// Its name.
        name "name": String,
        /// How loud.
        volume "volume": Volume = Volume::Quiet,
        /// Counted.
        count "count": Option<u64> = None,
    }
}

crate::choice! {
    /// Loudness.
    enum Volume { Quiet = "quiet", Loud = "loud" }
}

fn read(text: &str) -> (Option<Thing>, Vec<String>) {
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut mistakes = Mistakes::default();
    let thing = Thing::decode(document.root(), &Path::ROOT, &mut mistakes);
    (thing, mistakes.lines().to_vec())
}

#[test]
fn defaults_fill_what_is_absent_or_null() {
    assert_eq!(Volume::ALL.iter().map(|volume| volume.word()).collect::<Vec<_>>(), ["quiet", "loud"]);
    let (thing, mistakes) = read(r#"{"name":"a","isPresent":null,"inner":[{"name":"b","volume":"loud","count":3}]}"#);
    assert_eq!(mistakes, [""; 0]);
    let inner = Part { name: "b".into(), volume: Volume::Loud, count: Some(3) };
    assert_eq!(thing, Some(Thing { name: "a".into(), present: true, volume: Volume::Quiet, inner: vec![inner] }));
}

#[test]
fn every_mistake_is_reported_with_its_path() {
    let (thing, mistakes) =
        read(r#"{"isPresnt":true,"volume":"laud","inner":[{"name":1},[],{"name":"x","count":-1}],"zzzzzz":0}"#);
    assert_eq!(thing, None);
    assert_eq!(
        mistakes,
        [
            "isPresnt: unknown key; did you mean `isPresent`",
            "zzzzzz: unknown key; known are name, isPresent, volume, inner",
            "name: is required",
            "volume: must be one of quiet, loud; did you mean `loud`",
            "inner[0].name: must be a text, not a number",
            "inner[1]: must be a map, not a list",
            "inner[2].count: must be a whole number, not a number",
        ]
    );
}

#[test]
fn the_shape_describes_the_type() {
    let Shape::Record(fields) = Thing::SHAPE else { panic!("a record") };
    let names: Vec<_> = fields.iter().map(|f| (f.name, f.default)).collect();
    assert_eq!(names[0], ("name", None));
    assert_eq!(names[1], ("isPresent", Some("true")));
    assert_eq!(fields[0].doc.trim(), "Its name.");
}

#[test]
fn off_without_quotes_is_off() {
    use crate::settings::Level;
    for (text, level) in [("false", Some(Level::Off)), ("\"off\"", Some(Level::Off)), ("true", None), ("\"of\"", None)]
    {
        let document = Document::parse(text.as_bytes()).unwrap();
        let mut mistakes = Mistakes::default();
        assert_eq!(Level::decode(document.root(), &Path::ROOT, &mut mistakes), level, "{text}");
        assert_eq!(mistakes.is_empty(), level.is_some());
    }
}
