//! `regwarden check --output json`: the schema `regwarden/check/v1`, which other tools build on.
//!
//! One JSON document on standard output, keys in this order:
//!
//! | key | value |
//! |---|---|
//! | `schema` | `regwarden/check/v1`; names and meanings below do not change within v1, new keys may be added |
//! | `policy` | [`Policy`]: `name`, `version`, `digest` |
//! | `objects` | one [`Object`] each in the order of the input: `source` {`file`, `document`, `line`}, `apiVersion`, `kind`, `namespace`, `name`, `allowed`, `mutated`, `message`, `findings`, `patch` |
//! | `objects[].findings` | one [`Finding`](super::Finding) each: `rule`, `level`, `pointer`, `container`, `message`, `remedy`, `mended`, `line`, `column`, and `exempt` with the reason of an exception that accepts it |
//! | `unreadable` | one [`Unreadable`] each: `file`, `line`, `error` |
//! | `summary` | [`Summary`]: `objects`, `allowed`, `denied`, `mended`, `enforce`, `warn`, `audit` |
//!
//! Every key is always there; what is not known is null. `patch` applies to the object as read, a pointer of a finding
//! is relative to the object. Each object stands on a line of its own, so that a log of a scan can be read as it grows.

use std::io::{self, Write};

use serde::Serialize;

use super::{Mend, Object, Policy, Report, Summary, Unreadable};

/// The name of the schema.
pub const SCHEMA: &str = "regwarden/check/v1";

/// Writes the document piece by piece.
pub struct Json<W: Write> {
    out: W,
    objects: usize,
    unreadable: Vec<Unreadable>,
}

impl<W: Write> Json<W> {
    /// Starts the document.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn new(mut out: W, policy: &Policy) -> io::Result<Self> {
        write!(out, "{{\"schema\":{},\n\"policy\":{},\n\"objects\":[", json(&SCHEMA)?, json(policy)?)?;
        Ok(Self { out, objects: 0, unreadable: Vec::new() })
    }
}

impl<W: Write> Report for Json<W> {
    fn object(&mut self, object: &Object, _text: &str) -> io::Result<()> {
        let separator = if self.objects == 0 { "\n" } else { ",\n" };
        self.objects += 1;
        write!(self.out, "{separator}{}", json(object)?)
    }

    fn unreadable(&mut self, unreadable: &Unreadable) -> io::Result<()> {
        self.unreadable.push(unreadable.clone());
        Ok(())
    }

    fn mend(&mut self, _mend: &Mend<'_>, _masked: &[usize]) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let end = if self.objects == 0 { "]" } else { "\n]" };
        let unreadable = json(&self.unreadable)?;
        writeln!(self.out, "{end},\n\"unreadable\":{unreadable},\n\"summary\":{}}}", json(summary)?)?;
        self.out.flush()
    }
}

fn json(value: &impl Serialize) -> io::Result<String> {
    serde_json::to_string(value).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::super::{Finding, Level, Source};
    use super::*;

    fn policy() -> Policy {
        Policy { name: "regwarden".into(), version: "0.1.0".into(), digest: "sha256:00".into() }
    }

    fn object() -> Object {
        Object {
            source: Source { file: "ci/agent.yaml".into(), document: 0, line: 1 },
            api_version: "v1".into(),
            kind: "Pod".into(),
            namespace: Some("ci".into()),
            name: Some("agent".into()),
            allowed: false,
            mutated: true,
            message: None,
            findings: vec![Finding {
                rule: "builder-config-path".into(),
                level: Level::Enforce,
                pointer: "/spec/containers/0/volumeMounts/1".into(),
                container: None,
                message: "m".into(),
                remedy: "r".into(),
                mended: true,
                exempt: None,
                line: 41,
                column: 9,
            }],
            patch: vec![RawValue::from_string(r#"{"op":"add","path":"/x","value":1.50}"#.into()).unwrap()],
            warnings: vec!["not printed".into()],
            fault: false,
        }
    }

    #[test]
    fn names_and_order_are_those_of_the_schema() {
        let mut out = Vec::new();
        let mut report = Json::new(&mut out, &policy()).unwrap();
        let mut summary = Summary::default();
        for object in [object(), object()] {
            summary.add(&object);
            report.object(&object, "").unwrap();
        }
        report.unreadable(&Unreadable { file: "b.yaml".into(), line: Some(3), error: "e".into() }).unwrap();
        report.finish(&summary).unwrap();
        let one = concat!(
            r#"{"source":{"file":"ci/agent.yaml","document":0,"line":1},"apiVersion":"v1","kind":"Pod","namespace":"ci","#,
            r#""name":"agent","allowed":false,"mutated":true,"message":null,"findings":[{"rule":"builder-config-path","#,
            r#""level":"enforce","pointer":"/spec/containers/0/volumeMounts/1","container":null,"message":"m","#,
            r#""remedy":"r","mended":true,"line":41,"column":9}],"patch":[{"op":"add","path":"/x","value":1.50}]}"#,
        );
        let expected = format!(
            "{{\"schema\":\"regwarden/check/v1\",\n\"policy\":{{\"name\":\"regwarden\",\"version\":\"0.1.0\",\"digest\":\"sha256:00\"}},\n\
             \"objects\":[\n{one},\n{one}\n],\n\"unreadable\":[{{\"file\":\"b.yaml\",\"line\":3,\"error\":\"e\"}}],\n\
             \"summary\":{{\"objects\":2,\"allowed\":0,\"denied\":2,\"mended\":2,\"enforce\":2,\"warn\":0,\"audit\":0}}}}\n"
        );
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, expected);
        serde_json::from_str::<serde_json::Value>(&out).unwrap();
    }

    #[test]
    fn nothing_judged_is_a_document_too() {
        let mut out = Vec::new();
        Json::new(&mut out, &policy()).unwrap().finish(&Summary::default()).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["objects"], serde_json::json!([]));
        assert_eq!(value["unreadable"], serde_json::json!([]));
    }
}
