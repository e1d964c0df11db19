//! `regwarden explain-credentials` for people: each image and each destination with a table of what could open it.

use std::io::{self, Write};

use anstyle::Style;
use regwarden_policy::resolve::{Candidate, Resolution, State, Verdict};
use unicode_width::UnicodeWidthStr;

use super::{Described, words};
use crate::report::Unreadable;
use crate::report::style::{BAD, FAINT, GOOD, STRONG, UNSURE};
use crate::report::text::{clean, file, paragraph, shorten};

/// Before each line of a table.
const INDENT: &str = "      ";
/// Blanks between columns.
const GAP: usize = 2;

/// Prints objects as they come, in lines up to `width` columns.
pub struct Table<W: Write> {
    out: W,
    width: usize,
    first: bool,
}

/// One line of a table: cells and the style of the first.
struct Row {
    style: Style,
    cells: [String; 4],
    more: Option<String>,
}

impl<W: Write> Table<W> {
    /// A printer.
    pub fn new(out: W, width: usize) -> Self {
        Self { out, width, first: true }
    }

    /// One object with all of its Pods.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn object(&mut self, object: &Described) -> io::Result<()> {
        self.gap()?;
        writeln!(
            self.out,
            "{FAINT}{}:{}{FAINT:#}  {STRONG}{}{STRONG:#}",
            file(&object.source.file),
            object.source.line,
            clean(&object.title())
        )?;
        for pod in &object.pods {
            self.pod(pod)?;
        }
        self.out.flush()
    }

    /// One file or document that could not be read.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn unreadable(&mut self, unreadable: &Unreadable) -> io::Result<()> {
        self.gap()?;
        let line = unreadable.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(self.out, "{FAINT}{}{line}{FAINT:#}  {BAD}✘ unreadable{BAD:#}", file(&unreadable.file))?;
        self.out.write_all(paragraph(&unreadable.error, "    ", "    ", self.width).as_bytes())?;
        self.out.flush()
    }

    fn gap(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.first) { Ok(()) } else { writeln!(self.out) }
    }

    fn pod(&mut self, pod: &Resolution) -> io::Result<()> {
        let at = if pod.pointer.is_empty() { String::new() } else { format!("  at {}", clean(&pod.pointer)) };
        writeln!(
            self.out,
            "  {FAINT}namespace{FAINT:#} {}  {FAINT}ServiceAccount{FAINT:#} {}{FAINT}{at}{FAINT:#}",
            or_none(&clean(&pod.namespace)),
            or_none(&clean(&pod.service_account))
        )?;
        // One set of widths, so that the columns of a Pod stand in line.
        let pulls: Vec<Vec<Row>> = pod.pulls.iter().map(|pull| rows(&pull.candidates, "kubelet")).collect();
        let pushes: Vec<Vec<Row>> = pod.pushes.iter().map(|push| rows(&push.candidates, &push.tool)).collect();
        let widths = widths(pulls.iter().chain(&pushes).flatten(), self.width);
        for (pull, rows) in pod.pulls.iter().zip(&pulls) {
            let what = format!("{} pulls {}", pull.container, words::without_user(&pull.image));
            self.heading(&what, &pull.registry, &[], pull.verdict)?;
            self.rows(rows, &widths)?;
        }
        for (push, rows) in pod.pushes.iter().zip(&pushes) {
            let what =
                format!("{} pushes with {} to {}", push.container, push.tool, words::without_user(&push.destination));
            self.heading(&what, &push.registry, &push.files, push.verdict)?;
            self.rows(rows, &widths)?;
        }
        if pod.pulls.is_empty() && pod.pushes.is_empty() {
            writeln!(self.out, "    no image that can be read, and nothing is pushed")?;
        }
        Ok(())
    }

    fn heading(&mut self, what: &str, registry: &str, files: &[String], verdict: Verdict) -> io::Result<()> {
        let style = of_verdict(verdict);
        writeln!(self.out, "  {STRONG}{}{STRONG:#}", clean(what))?;
        writeln!(
            self.out,
            "    {} {FAINT}→{FAINT:#} {style}{} {}{style:#}",
            or_none(&clean(registry)),
            words::sign(verdict),
            words::long_verdict(verdict)
        )?;
        if !files.is_empty() {
            let text = format!("reads {}", files.join(", "));
            self.out.write_all(paragraph(&text, "    ", "      ", self.width).as_bytes())?;
        }
        Ok(())
    }

    fn rows(&mut self, rows: &[Row], widths: &[usize; 4]) -> io::Result<()> {
        for row in rows {
            let mut line = String::new();
            let mut style = row.style;
            for (cell, width) in row.cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
                let cell = shorten(cell, *width);
                let blank = width.saturating_sub(cell.width()) + GAP;
                line.push_str(&format!("{style}{cell}{style:#}{}", " ".repeat(blank)));
                style = Style::new();
            }
            writeln!(self.out, "{INDENT}{}", line.trim_end())?;
            if let Some(more) = &row.more {
                self.out.write_all(paragraph(more, "      → ", "        ", self.width).as_bytes())?;
            }
        }
        Ok(())
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

fn rows(candidates: &[Candidate], reader: &str) -> Vec<Row> {
    let row = |candidate: &Candidate| {
        let giver = if candidate.file.is_empty() {
            words::giver(candidate.provider).to_owned()
        } else {
            format!("{} {}", words::giver(candidate.provider), clean(&candidate.file))
        };
        let key = words::without_user(&candidate.key);
        let cells = [
            words::short_state(&candidate.state).to_owned(),
            clean(&words::thing(candidate)).into_owned(),
            giver,
            clean(&key).into_owned(),
        ];
        Row { style: of_state(&candidate.state), cells, more: words::long_state(&candidate.state, reader) }
    };
    candidates.iter().map(row).collect()
}

/// What each column needs. Where that is more than the line has, the narrow ones keep theirs and the wide ones share.
fn widths<'r>(rows: impl Iterator<Item = &'r Row>, width: usize) -> [usize; 4] {
    let mut widths = [0usize; 4];
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(&row.cells) {
            *widest = (*widest).max(cell.width());
        }
    }
    let mut room = width.saturating_sub(INDENT.len() + 3 * GAP);
    let mut order: Vec<&mut usize> = widths.iter_mut().collect();
    order.sort();
    let mut columns = order.len();
    for widest in order {
        *widest = (*widest).min(room / columns.max(1));
        room -= *widest;
        columns = columns.saturating_sub(1);
    }
    widths
}

fn of_verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Credential | Verdict::NotNeeded => GOOD,
        Verdict::Refused => BAD,
        Verdict::Anonymous | Verdict::Unknown => UNSURE,
    }
}

fn of_state(state: &State) -> Style {
    match state {
        State::Used => GOOD,
        State::Shadowed | State::NoEntry | State::Unknown => FAINT,
        State::KeyNotUnderstood(_)
        | State::Empty
        | State::Absent
        | State::WrongType(_)
        | State::NoKey(_)
        | State::Malformed(_) => BAD,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn shown(object: &Described, width: usize) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        Table::new(&mut out, width).object(object).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn columns_stand_in_line_and_no_password_is_shown() {
        assert_eq!(
            shown(&samples::small(), 100),
            "agent.yaml:1  Pod ci/agent\n\
             \x20 namespace ci  ServiceAccount default\n\
             \x20 build pulls ghcr.io/acme/build:1\n\
             \x20   ghcr.io → ✔ a credential is shown\n\
             \x20     used          Secret regcred  Pod                                 ghcr.io\n\
             \x20     not first     Secret old      ServiceAccount                      https://•••@ghcr.io/acme\n\
             \x20 build pushes with kaniko to registry.example.com/acme/app:1\n\
             \x20   registry.example.com → ○ nothing is shown: an anonymous request\n\
             \x20   reads /kaniko/.docker/config.json\n\
             \x20     key not read  Secret push     volume /kaniko/.docker/config.json  *.example.com\n\
             \x20     → kaniko does not take this key for this registry; write the key `registry.example.com`\n"
        );
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for width in [60, 80, 100, 120] {
            for line in shown(&samples::large(), width).lines().filter(|line| line.starts_with("     ")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
