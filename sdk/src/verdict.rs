//! The only place that turns findings into allow, allow with a mended object, or deny.

use crate::finding::Finding;
use crate::json::write;
use crate::settings::Level;
use crate::text;

#[cfg(test)]
mod tests;

/// Kubernetes shows a warning whole up to this many characters
/// (`k8s.io/api/admission/v1/types.go`, `AdmissionResponse.warnings`).
const WARNING: usize = 120;
/// More warnings than this tell a person nothing; the API server cuts all of them together at 4,096 characters.
const WARNINGS: usize = 30;
/// More lines than this in a rejection are counted, not listed.
const LINES: usize = 100;

/// An audit annotation that is longer takes no further finding.
const ANNOTATION: usize = 8 << 10;
/// The reason of an exception is cut to this many characters in each note.
const REASON: usize = 300;
/// How such an annotation ends.
const MORE: &str = "; and more";

/// The answer to one request.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The object may come in.
    pub accepted: bool,
    /// Why not: a line for each enforced finding.
    pub message: Option<String>,
    /// The object after its mends, as JSON text; `None` when nothing was mended.
    pub mutated: Option<String>,
    /// For the one who sends the object.
    pub warnings: Vec<String>,
    /// Key (rule id) and text.
    pub annotations: Vec<(&'static str, String)>,
}

impl Verdict {
    /// Nothing to say.
    pub fn accept() -> Self {
        Verdict { accepted: true, ..Verdict::default() }
    }

    /// Rejected for a reason that is no finding.
    pub fn reject(message: String) -> Self {
        Verdict { message: Some(message), ..Verdict::default() }
    }

    /// What the findings amount to.
    pub fn of(findings: &[Finding], mutated: Option<String>) -> Self {
        let mut verdict = Verdict { mutated, ..Verdict::default() };
        let (mut enforced, mut warned) = (0, 0);
        let mut message = String::new();
        for finding in findings {
            if finding.mended || finding.level == Level::Audit {
                verdict.annotate(finding);
            } else if finding.level == Level::Enforce {
                enforced += 1;
                if enforced > 1 && enforced <= LINES {
                    message.push('\n');
                }
                if enforced <= LINES {
                    push_line(&mut message, finding);
                }
            } else if finding.level == Level::Warn {
                warned += 1;
                if warned <= WARNINGS {
                    verdict.warnings.push(warning(finding));
                }
            }
        }
        verdict.accepted = enforced == 0;
        if enforced > 0 {
            push_more(&mut message, enforced, LINES);
            verdict.message = Some(message);
        }
        if warned > WARNINGS {
            let mut more = String::new();
            push_more(&mut more, warned, WARNINGS);
            verdict.warnings.push(more.get(1..).unwrap_or_default().to_owned());
        }
        verdict
    }

    #[inline(never)]
    fn annotate(&mut self, finding: &Finding) {
        let known = self.annotations.iter_mut().find(|(rule, _)| *rule == finding.rule).map(|(_, known)| known);
        // Every annotation of every request goes into the audit log whole.
        if known.as_ref().is_some_and(|known| known.len() > ANNOTATION) {
            if let Some(known) = known.filter(|known| !known.ends_with(MORE)) {
                known.push_str(MORE);
            }
            return;
        }
        let mut line = String::new();
        match &finding.exempt {
            Some(reason) => text::append(&mut line, &["exempt (", &text::shorten_line(reason, REASON), ") "]),
            None if finding.mended => line.push_str("mended "),
            None => {}
        }
        text::append(&mut line, &[&finding.pointer, ": ", &finding.message]);
        match known {
            Some(known) => text::append(known, &["; ", &line]),
            None => self.annotations.push((finding.rule, line)),
        }
    }

    /// Kubewarden's ValidationResponse as JSON.
    pub fn to_json(&self) -> String {
        let mut out = write::Object::new(String::with_capacity(64 + self.mutated.as_ref().map_or(0, String::len)));
        out.bool("accepted", self.accepted);
        if let Some(message) = &self.message {
            out.string("message", message);
        }
        if let Some(mutated) = &self.mutated {
            out.raw("mutated_object", mutated);
        }
        if !self.warnings.is_empty() {
            let mut warnings = write::Array::new();
            for warning in &self.warnings {
                warnings.raw(&write::string(warning));
            }
            out.raw("warnings", &warnings.end());
        }
        if !self.annotations.is_empty() {
            let mut annotations = write::Object::new(String::new());
            for (rule, text) in &self.annotations {
                annotations.string(rule, text);
            }
            out.raw("audit_annotations", &annotations.end());
        }
        out.end()
    }
}

/// `rule at pointer (container name): what is wrong; what to do`
#[inline(never)]
fn push_line(out: &mut String, finding: &Finding) {
    let pointer = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
    text::append(out, &[finding.rule, " at ", pointer]);
    if let Some(container) = &finding.container {
        text::append(out, &[" (container ", container, ")"]);
    }
    text::append(out, &[": ", &finding.message, "; ", &finding.remedy]);
}

#[inline(never)]
fn push_more(out: &mut String, count: usize, listed: usize) {
    if count > listed {
        text::append(out, &["\nand ", &text::number(count - listed), " more"]);
    }
}

/// `rule: container name: what is wrong`, cut to what Kubernetes shows.
#[inline(never)]
fn warning(finding: &Finding) -> String {
    let mut line = text::concat(&[finding.rule, ": "]);
    if let Some(container) = &finding.container {
        text::append(&mut line, &[&text::shorten(container, 30), ": "]);
    }
    text::append(&mut line, &[&finding.message]);
    text::shorten_line(&line, WARNING)
}
