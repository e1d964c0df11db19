//! `regwarden check` for people: one block per object, one line per fact.

use std::collections::BTreeSet;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::mask::{mask, points_at_credential};
use super::style::{BAD, FAINT, GOOD, MENDED, STRONG, level};
use super::text::{clean, file, paragraph, shorten};
use super::{Finding, Mend, Object, Report, Summary, Unreadable, diff};

/// Source lines longer than this are JSON on one line or something as useless to show; the pointer is shown instead.
const LONGEST_LINE: usize = 240;

/// Prints results as they come.
pub struct Human<W: Write> {
    out: W,
    width: usize,
    quiet: bool,
    unreadable: usize,
    faults: usize,
    first: bool,
}

impl<W: Write> Human<W> {
    /// A printer of lines up to `width` columns; `quiet` leaves out objects without a finding, and the summary.
    pub fn new(out: W, width: usize, quiet: bool) -> Self {
        Self { out, width, quiet, unreadable: 0, faults: 0, first: true }
    }

    fn gap(&mut self) -> io::Result<()> {
        if self.first {
            self.first = false;
            return Ok(());
        }
        writeln!(self.out)
    }

    /// `secret_lines`: those on which any finding of the object points at a credential.
    fn finding(
        &mut self,
        object: &Object,
        finding: &Finding,
        secret_lines: &BTreeSet<usize>,
        text: &str,
    ) -> io::Result<()> {
        let style = level(finding.level);
        let place = format!("{}:{}:{}", file(&object.source.file), finding.line, finding.column);
        write!(
            self.out,
            "  {style}{:<7}{style:#} {STRONG}{}{STRONG:#}  {place}",
            finding.level.as_str(),
            clean(&finding.rule)
        )?;
        if let Some(container) = &finding.container {
            write!(self.out, "  {FAINT}container{FAINT:#} {}", clean(container))?;
        }
        if finding.mended {
            write!(self.out, "  {MENDED}✎ mended{MENDED:#}")?;
        }
        if let Some(reason) = &finding.exempt {
            write!(self.out, "  {FAINT}exempt:{FAINT:#} {}", clean(reason))?;
        }
        writeln!(self.out)?;
        self.snippet(finding, text, object.kind == "Secret" || secret_lines.contains(&finding.line))?;
        self.out.write_all(paragraph(&finding.message, "    ", "    ", self.width).as_bytes())?;
        if !finding.remedy.is_empty() {
            self.out.write_all(paragraph(&finding.remedy, "    → ", "      ", self.width).as_bytes())?;
        }
        Ok(())
    }

    /// The source line of the place with what the pointer names underlined.
    fn snippet(&mut self, finding: &Finding, text: &str, credential: bool) -> io::Result<()> {
        let mut lines = text.lines().skip(finding.line.saturating_sub(2));
        let before = if finding.line > 1 { lines.next().unwrap_or_default() } else { "" };
        let line = lines.next().unwrap_or_default();
        if line.trim().is_empty() || line.chars().nth(LONGEST_LINE).is_some() {
            return writeln!(self.out, "    {FAINT}at{FAINT:#} {}", clean(&finding.pointer));
        }
        let shown = mask(line, before, credential);
        // Characters that are shown as escapes or masked move what follows them: measure what is printed before them.
        let start = finding.column.saturating_sub(1);
        let head: String = shown.chars().take(start).collect();
        let tail: String = shown.chars().skip(start).collect();
        let tail = tail.trim_end();
        let (head, tail) = (clean(&head), clean(tail));
        let number = finding.line.to_string();
        let blank = " ".repeat(number.len());
        let room = self.width.saturating_sub(number.len() + 7);
        let whole = format!("{head}{tail}");
        writeln!(self.out, "    {FAINT}{number} |{FAINT:#} {}", shorten(&whole, room))?;
        let offset = head.width();
        if offset < room {
            let length = without_comment(&tail).width().clamp(1, room - offset);
            let style = level(finding.level);
            writeln!(
                self.out,
                "    {FAINT}{blank} |{FAINT:#} {}{style}{}{style:#}",
                " ".repeat(offset),
                "^".repeat(length)
            )?;
        }
        Ok(())
    }

    /// Whether the object has nothing to say in quiet mode.
    fn is_dull(object: &Object) -> bool {
        object.allowed && !object.mutated && object.findings.is_empty() && object.warnings.is_empty()
    }
}

impl<W: Write> Report for Human<W> {
    fn object(&mut self, object: &Object, text: &str) -> io::Result<()> {
        self.faults += usize::from(object.fault);
        if self.quiet && Self::is_dull(object) {
            return Ok(());
        }
        self.gap()?;
        let name = match (&object.namespace, &object.name) {
            (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
            (None, Some(name)) => name.clone(),
            (Some(namespace), None) => format!("{namespace}/(unnamed)"),
            (None, None) => "(unnamed)".to_owned(),
        };
        let (style, verdict) = match (object.fault, object.allowed, object.mutated) {
            (true, _, _) => (BAD, "✘ the policy failed"),
            (false, false, _) => (BAD, "✘ denied"),
            (false, true, true) => (MENDED, "✎ allowed as mended"),
            (false, true, false) => (GOOD, "✔ allowed"),
        };
        writeln!(
            self.out,
            "{FAINT}{}:{}{FAINT:#}  {STRONG}{} {}{STRONG:#}  {style}{verdict}{style:#}",
            file(&object.source.file),
            object.source.line,
            clean(&object.kind),
            clean(&name),
        )?;
        let pointing = object.findings.iter().filter(|finding| points_at_credential(&finding.rule));
        let secret_lines = pointing.map(|finding| finding.line).collect();
        for finding in &object.findings {
            self.finding(object, finding, &secret_lines, text)?;
        }
        // With findings the message and the warnings of the response repeat them.
        if object.findings.is_empty() {
            if let Some(message) = &object.message {
                self.out.write_all(paragraph(message, "    ", "    ", self.width).as_bytes())?;
            }
            for warning in &object.warnings {
                self.out.write_all(paragraph(warning, "    warning: ", "             ", self.width).as_bytes())?;
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, unreadable: &Unreadable) -> io::Result<()> {
        self.unreadable += 1;
        self.gap()?;
        let line = unreadable.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(self.out, "{FAINT}{}{line}{FAINT:#}  {BAD}✘ unreadable{BAD:#}", file(&unreadable.file))?;
        self.out.write_all(paragraph(&unreadable.error, "    ", "    ", self.width).as_bytes())
    }

    fn mend(&mut self, mend: &Mend<'_>, masked: &[usize]) -> io::Result<()> {
        if mend.show {
            self.gap()?;
            diff::write(&mut self.out, mend, masked)?;
        }
        if mend.written && !self.quiet {
            self.gap()?;
            writeln!(self.out, "{}  {MENDED}✎ written{MENDED:#}", file(mend.file))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        if !self.quiet {
            self.gap()?;
            write!(self.out, "{}: ", count(summary.objects, "object"))?;
            write!(self.out, "{GOOD}{} allowed{GOOD:#}, ", summary.allowed)?;
            let bad = if summary.denied == 0 { anstyle::Style::new() } else { BAD };
            write!(self.out, "{bad}{} denied{bad:#}, {} mended", summary.denied, summary.mended)?;
            let findings = summary.enforce + summary.warn + summary.audit;
            write!(self.out, "; {}", count(findings, "finding"))?;
            if findings > 0 {
                write!(self.out, ": {} enforce, {} warn, {} audit", summary.enforce, summary.warn, summary.audit)?;
            }
            if self.faults > 0 {
                write!(self.out, "; {BAD}the policy failed on {}{BAD:#}", self.faults)?;
            }
            if self.unreadable > 0 {
                write!(self.out, "; {BAD}{} unreadable{BAD:#}", self.unreadable)?;
            }
            writeln!(self.out)?;
        }
        self.out.flush()
    }
}

/// A value without the comment behind it; what begins with a quote is taken whole.
fn without_comment(tail: &str) -> &str {
    if tail.starts_with(['"', '\'']) {
        return tail;
    }
    tail.split_once(" #").map_or(tail, |(value, _)| value.trim_end())
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::super::{Level, Source};
    use super::*;

    const TEXT: &str = "kind: Pod\nspec:\n  containers:\n  - name: kaniko\n    image: \u{1b}[36mx\n    env:\n    - name: TOKEN\n      value: hunter2\n";

    fn finding(rule: &str, line: usize, column: usize) -> Finding {
        Finding {
            rule: rule.into(),
            level: Level::Enforce,
            pointer: "/spec/x".into(),
            container: Some("kaniko".into()),
            message: "the value is wrong".into(),
            remedy: "make it right".into(),
            mended: false,
            exempt: None,
            line,
            column,
        }
    }

    fn object(findings: Vec<Finding>) -> Object {
        Object {
            source: Source { file: "ci/agent.yaml".into(), document: 0, line: 1 },
            api_version: "v1".into(),
            kind: "Pod".into(),
            namespace: Some("ci".into()),
            name: Some("agent\u{1b}]0;x".into()),
            allowed: findings.is_empty(),
            mutated: false,
            message: None,
            findings,
            patch: vec![],
            warnings: vec![],
            fault: false,
        }
    }

    fn print(quiet: bool, run: impl FnOnce(&mut Human<&mut anstream::StripStream<Vec<u8>>>)) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        run(&mut Human::new(&mut out, 80, quiet));
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_finding_shows_its_line_underlined_and_nothing_steers_the_terminal() {
        let shown = print(false, |report| {
            report.object(&object(vec![finding("some-rule", 4, 5)]), TEXT).unwrap();
        });
        assert_eq!(
            shown,
            "ci/agent.yaml:1  Pod ci/agent\\u{1b}]0;x  ✘ denied\n\
             \x20 enforce some-rule  ci/agent.yaml:4:5  container kaniko\n\
             \x20   4 |   - name: kaniko\n\
             \x20     |     ^^^^^^^^^^^^\n\
             \x20   the value is wrong\n\
             \x20   → make it right\n"
        );
        let mut raw = Vec::new();
        Human::new(&mut raw, 80, false).snippet(&finding("some-rule", 5, 5), TEXT, false).unwrap();
        assert!(!String::from_utf8(raw).unwrap().contains("\u{1b}[36m"));
    }

    #[test]
    fn a_credential_is_never_shown() {
        for rule in ["plaintext-credential", "some-rule"] {
            let shown = print(false, |report| {
                report.object(&object(vec![finding(rule, 8, 14)]), TEXT).unwrap();
            });
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("value: •••"), "{shown}");
        }
    }

    #[test]
    fn a_credential_is_not_shown_by_the_finding_beside_it() {
        let text = "kind: Pod\nargs: [sh, -c, 'tool opensesame; docker push x']\n";
        let both = vec![finding("some-rule", 2, 1), finding("credential-in-argument", 2, 7)];
        let shown = print(false, |report| report.object(&object(both), text).unwrap());
        assert!(!shown.contains("opensesame"), "{shown}");
        let secret = Object { kind: "Secret".into(), ..object(vec![finding("some-rule", 2, 1)]) };
        let shown = print(false, |report| report.object(&secret, "data:\n  config: b3BlbnNlc2FtZQ==\n").unwrap());
        assert!(!shown.contains("b3Blb"), "{shown}");
    }

    #[test]
    fn a_long_line_shows_the_pointer() {
        let text = format!("{{\"password\":\"hunter2\",\"x\":\"{}\"}}", "x".repeat(300));
        let shown = print(false, |report| {
            report.object(&object(vec![finding("some-rule", 1, 2)]), &text).unwrap();
        });
        assert!(shown.contains("    at /spec/x\n"), "{shown}");
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn the_summary_counts() {
        let shown = print(false, |report| {
            report.unreadable(&Unreadable { file: "b.yaml".into(), line: Some(3), error: "not YAML".into() }).unwrap();
            report.finish(&Summary { objects: 1, denied: 1, enforce: 2, ..Summary::default() }).unwrap();
        });
        assert_eq!(
            shown,
            "b.yaml:3  ✘ unreadable\n    not YAML\n\n1 object: 0 allowed, 1 denied, 0 mended; 2 findings: 2 enforce, 0 warn, 0 audit; 1 unreadable\n"
        );
    }

    #[test]
    fn quiet_leaves_out_what_is_fine() {
        let shown = print(true, |report| {
            report.object(&object(vec![]), TEXT).unwrap();
            report.finish(&Summary::default()).unwrap();
        });
        assert_eq!(shown, "");
    }
}
