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
        Verdict {
            accepted: true,
            ..Verdict::default()
        }
    }

    /// Rejected for a reason that is no finding.
    pub fn reject(message: String) -> Self {
        Verdict {
            message: Some(message),
            ..Verdict::default()
        }
    }

    /// What the findings amount to.
    pub fn of(findings: &[Finding], mutated: Option<String>) -> Self {
        let standing = |level| {
            findings
                .iter()
                .filter(move |f| !f.mended && f.level == level)
        };
        let mut verdict = Verdict {
            mutated,
            ..Verdict::default()
        };
        let enforced = standing(Level::Enforce).count();
        verdict.accepted = enforced == 0;
        if enforced > 0 {
            let mut message = String::new();
            for finding in standing(Level::Enforce).take(LINES) {
                if !message.is_empty() {
                    message.push('\n');
                }
                push_line(&mut message, finding);
            }
            push_more(&mut message, enforced, LINES);
            verdict.message = Some(message);
        }
        for finding in standing(Level::Warn).take(WARNINGS) {
            verdict.warnings.push(warning(finding));
        }
        let warned = standing(Level::Warn).count();
        if warned > WARNINGS {
            let mut more = String::new();
            push_more(&mut more, warned, WARNINGS);
            verdict.warnings.push(more.trim_start().to_owned());
        }
        for finding in findings
            .iter()
            .filter(|f| f.mended || f.level == Level::Audit)
        {
            verdict.annotate(finding);
        }
        verdict
    }

    fn annotate(&mut self, finding: &Finding) {
        let mut line = String::new();
        if finding.mended {
            line.push_str("mended ");
        }
        line.push_str(&finding.pointer);
        line.push_str(": ");
        line.push_str(&finding.message);
        match self
            .annotations
            .iter_mut()
            .find(|(rule, _)| *rule == finding.rule)
        {
            Some((_, text)) => {
                text.push_str("; ");
                text.push_str(&line);
            }
            None => self.annotations.push((finding.rule, line)),
        }
    }

    /// Kubewarden's ValidationResponse as JSON.
    pub fn to_json(&self) -> String {
        let mut out = write::Object::new(String::with_capacity(
            64 + self.mutated.as_ref().map_or(0, String::len),
        ));
        out.bool("accepted", self.accepted);
        if let Some(message) = &self.message {
            out.string("message", message);
        }
        if let Some(mutated) = &self.mutated {
            out.raw("mutated_object", mutated);
        }
        if !self.warnings.is_empty() {
            out.raw(
                "warnings",
                &write::array(self.warnings.iter().map(|warning| write::string(warning))),
            );
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
fn push_line(out: &mut String, finding: &Finding) {
    out.push_str(finding.rule);
    out.push_str(" at ");
    out.push_str(if finding.pointer.is_empty() {
        "/"
    } else {
        &finding.pointer
    });
    if let Some(container) = &finding.container {
        out.push_str(" (container ");
        out.push_str(container);
        out.push(')');
    }
    out.push_str(": ");
    out.push_str(&finding.message);
    out.push_str("; ");
    out.push_str(&finding.remedy);
}

fn push_more(out: &mut String, count: usize, listed: usize) {
    if count > listed {
        let mut digits = String::new();
        crate::pointer::push_index(&mut digits, count - listed);
        out.push_str("\nand ");
        out.push_str(digits.get(1..).unwrap_or_default());
        out.push_str(" more");
    }
}

/// `rule: container name: what is wrong`, cut to what Kubernetes shows.
fn warning(finding: &Finding) -> String {
    let mut line = String::from(finding.rule);
    line.push_str(": ");
    if let Some(container) = &finding.container {
        line.push_str(&text::shorten(container, 30));
        line.push_str(": ");
    }
    line.push_str(&finding.message);
    text::shorten_line(&line, WARNING)
}
