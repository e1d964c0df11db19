//! The way back from a sketch to the object that it was made from.

use std::cmp::Ordering;

use crate::edit::{Change, Edit};
use crate::finding::Finding;
use crate::json::{Kind, Node, Places};
use crate::order::order;
use crate::pointer;
use crate::text;

use super::table::{Beside, RESOURCES};

/// One place of the sketch.
#[derive(Debug)]
struct Entry {
    sketch: String,
    object: String,
    below: Below,
}

/// What lies below a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    /// The same as in the object.
    Same,
    /// Nothing: all of it is this one place of the object.
    Text,
    /// Nothing that is known.
    Unknown,
    /// What is told elsewhere; the place is none of the object.
    Elsewhere,
}

/// Which place of the object each place of a sketch was taken from. Both are JSON pointers; what lies below one lies
/// below the other by the same path.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    entries: Vec<Entry>,
    sorted: Vec<usize>,
    /// Words of rules, and what is said instead.
    pub words: &'static [(&'static str, &'static str)],
    /// What lies beside the description.
    beside: Option<&'static Beside>,
}

impl Origins {
    /// None yet.
    pub(crate) fn new(beside: &'static Beside) -> Self {
        Origins { beside: Some(beside), ..Origins::default() }
    }

    /// What a rule advises, in the words of the kind.
    #[inline(never)]
    fn in_its_words(&self, remedy: &mut String) {
        let Some(beside) = self.beside else { return };
        if !beside.pulls_elsewhere.is_empty() && text::contains(remedy, "imagePullSecrets") {
            text::append(remedy, &["; ", beside.pulls_elsewhere]);
        }
        if let Some(key) = beside.account.last().filter(|key| !text::same(key, "serviceAccountName")) {
            *remedy = replaced(remedy, "`serviceAccountName", &text::concat(&["`", key]));
        }
        if matches!(beside.resources, "" | RESOURCES) {
            return;
        }
        *remedy = replaced(remedy, "`resources.", &text::concat(&["`", beside.resources, "."]));
    }

    /// A place of the sketch and where it came from.
    #[inline(never)]
    pub(crate) fn add(&mut self, sketch: String, object: String) {
        self.entries.push(Entry { sketch, object, below: Below::Same });
    }

    /// A place of the sketch that was read out of one text of the object.
    #[inline(never)]
    pub(crate) fn text(&mut self, sketch: String, object: String) {
        self.entries.push(Entry { sketch, object, below: Below::Text });
    }

    /// A place of the sketch, but none below it.
    #[inline(never)]
    pub(crate) fn alone(&mut self, sketch: String, object: String) {
        self.entries.push(Entry { sketch, object, below: Below::Unknown });
    }

    /// A place of the sketch about which everything is told elsewhere.
    #[inline(never)]
    pub(crate) fn elsewhere(&mut self, sketch: String) {
        self.entries.push(Entry { sketch, object: String::new(), below: Below::Elsewhere });
    }

    fn entry(&self, sorted: usize) -> Option<&Entry> {
        self.sorted.get(sorted).and_then(|at| self.entries.get(*at))
    }

    /// To be called before the first look-up.
    #[inline(never)]
    pub(crate) fn ready(&mut self) {
        let key = |at: usize| self.entries.get(at).map_or("", |entry| entry.sketch.as_str());
        // Of two for one place the later one is the more exact.
        self.sorted = order(self.entries.len(), &|a, b| key(a).cmp(key(b)).then(b.cmp(&a)));
    }

    fn exactly(&self, pointer: &str) -> Option<&Entry> {
        let (mut from, mut to) = (0, self.sorted.len());
        while from < to {
            let middle = from + (to - from) / 2;
            match self.entry(middle).map_or(Ordering::Greater, |entry| entry.sketch.as_str().cmp(pointer)) {
                Ordering::Less => from = middle + 1,
                _ => to = middle,
            }
        }
        self.entry(from).filter(|entry| entry.sketch == pointer)
    }

    /// The pointer in the object; `None` for what the sketch made up.
    #[inline(never)]
    pub(crate) fn of(&self, place: &str) -> Option<String> {
        let mut above = place;
        loop {
            if let Some(entry) = self.exactly(above) {
                let below = match entry.below {
                    Below::Same => place.get(above.len()..).unwrap_or_default(),
                    Below::Text => "",
                    Below::Unknown if place.len() == above.len() => "",
                    Below::Unknown | Below::Elsewhere => return None,
                };
                return Some(text::concat(&[&entry.object, below]));
            }
            above = pointer::split(above)?.0;
        }
    }
}

/// The text with a part of it replaced wherever it stands.
#[inline(never)]
fn replaced(text: &str, part: &str, by: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = text::find(rest, part).and_then(|at| rest.split_at_checked(at)) {
        text::append(&mut out, &[before, by]);
        rest = after.get(part.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Turns findings about a sketch into findings about the object. What is about something that only the sketch has is
/// nobody's finding; a mend that cannot be made in the object is left to the person.
pub(crate) fn carry_back(
    findings: Vec<Finding>,
    origins: &Origins,
    sketch: Node<'_>,
    object: Node<'_>,
) -> Vec<Finding> {
    let mut out = Vec::with_capacity(findings.len());
    let (mut sketch, mut object) = (Places::new(sketch), Places::new(object));
    for mut finding in findings {
        let Some(origin) = origins.of(&finding.pointer) else { continue };
        finding.pointer = origin;
        let mut edits = Vec::with_capacity(finding.edits.len());
        for edit in &finding.edits {
            edits.extend(carried(edit, origins, &mut sketch, &mut object));
        }
        if edits.len() < finding.edits.len() {
            edits.clear();
        }
        origins.in_its_words(&mut finding.remedy);
        for (word, by) in origins.words {
            finding.message = replaced(&finding.message, word, by);
            finding.remedy = replaced(&finding.remedy, word, by);
        }
        finding.edits = edits;
        out.push(finding);
    }
    out
}

/// The same edit in the object; `None` when it would write what only the sketch knows.
#[inline(never)]
fn carried(edit: &Edit, origins: &Origins, sketch: &mut Places<'_>, object: &mut Places<'_>) -> Option<Edit> {
    let at = origins.of(&edit.pointer)?;
    let there = object.at(&at);
    let fits = match &edit.change {
        // Filled-in parameters and merged templates are not what the person wrote.
        Change::Set(_) | Change::Remove => there.map(Node::raw) == sketch.at(&edit.pointer).map(Node::raw),
        Change::Add(_) => true,
        // Arguments may have been a script.
        Change::Append(_) => there.is_none_or(|there| there.kind() == Kind::Array),
    };
    fits.then(|| Edit { pointer: at, change: edit.change.clone() })
}
