//! What rules say: findings with their place, their remedy and the edits that mend them.

use std::cell::Cell;

use crate::edit::Edit;
use crate::json::{Node, Pointers, write};
use crate::pointer;
use crate::rule::meta::{Level, Profile, RuleMeta, UNREADABLE};

/// What one rule says about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How loud it is; never `off`.
    pub level: Level,
    /// JSON pointer in the object; may name a field that is missing.
    pub pointer: String,
    /// Name of the container that it is about.
    pub container: Option<String>,
    /// What is wrong: lower-case start, no full stop, one line.
    pub message: String,
    /// What to do about it, in the same form.
    pub remedy: String,
    /// The edits of [`Finding::edits`] were applied and the rule is silent about it now.
    pub mended: bool,
    /// An exception of the settings accepts it, for this reason.
    pub exempt: Option<String>,
    /// What would mend it; empty when a person has to.
    pub edits: Vec<Edit>,
    /// No change of the object makes it void, so it is not mended when a rule has nothing to say after the mends of others.
    pub lasting: bool,
}

impl Finding {
    /// Two findings that say the same about the same place, in whichever document.
    pub fn same(&self, other: &Finding) -> bool {
        self.rule == other.rule && self.pointer == other.pointer && self.message == other.message
    }

    /// The finding as JSON, as `evaluate` answers it.
    pub fn to_json(&self) -> String {
        let mut out = write::Object::new(String::new());
        out.string("rule", self.rule).string("level", self.level.word()).string("pointer", &self.pointer);
        if let Some(container) = &self.container {
            out.string("container", container);
        }
        out.string("message", &self.message).string("remedy", &self.remedy).bool("mended", self.mended);
        if let Some(reason) = &self.exempt {
            out.string("exempt", reason);
        }
        out.end()
    }
}

/// A place in the object: a value, or a member that a map lacks.
#[derive(Debug, Clone, Copy)]
pub struct Place<'d> {
    node: Node<'d>,
    missing: Option<&'d str>,
}

impl<'d> From<Node<'d>> for Place<'d> {
    fn from(node: Node<'d>) -> Self {
        Place { node, missing: None }
    }
}

impl<'d> From<(Node<'d>, &'d str)> for Place<'d> {
    /// The member of a map, whether it is there or not.
    fn from((node, key): (Node<'d>, &'d str)) -> Self {
        match node.member(key) {
            Some(member) => Place { node: member, missing: None },
            None => Place { node, missing: Some(key) },
        }
    }
}

/// Collects the findings of one evaluation of one object.
#[derive(Debug)]
pub struct Findings<'d> {
    pointers: Cell<Pointers<'d>>,
    meta: &'static RuleMeta,
    level: Level,
    mend: bool,
    list: Vec<Finding>,
}

impl<'d> Findings<'d> {
    /// For the object at `base`; pointers are relative to it.
    pub fn new(base: Node<'d>) -> Self {
        let pointers = Cell::new(Pointers::new(base));
        Findings { pointers, meta: &UNREADABLE, level: Level::Enforce, mend: false, list: Vec::new() }
    }

    /// From now on it is this rule that speaks, as the settings have it; `false`: it is off.
    #[inline(never)]
    pub fn enter(
        &mut self,
        meta: &'static RuleMeta,
        profile: Profile,
        level: Option<Level>,
        mend: Option<bool>,
    ) -> bool {
        self.meta = meta;
        self.level = meta.level(profile, level);
        self.mend = mend.unwrap_or(true);
        self.level != Level::Off
    }

    /// The JSON pointer of a place, for edits.
    pub fn pointer(&self, place: impl Into<Place<'d>>) -> String {
        self.pointer_of(place.into())
    }

    #[inline(never)]
    fn pointer_of(&self, place: Place<'d>) -> String {
        let mut pointers = self.pointers.get();
        let at = pointers.to(place.node);
        self.pointers.set(pointers);
        match place.missing {
            Some(key) => pointer::child(&at, key),
            None => at,
        }
    }

    /// Reports at a place; the answer completes the finding. A rule that is sure leaves the level as configured.
    pub fn report(
        &mut self,
        place: impl Into<Place<'d>>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Draft<'_> {
        self.push(place.into(), message.into(), remedy.into())
    }

    /// Apart from its generic shell, so that it is compiled once.
    #[inline(never)]
    fn push(&mut self, place: Place<'d>, message: String, remedy: String) -> Draft<'_> {
        let pointer = self.pointer_of(place);
        self.list.push(Finding {
            rule: self.meta.id,
            level: self.level,
            pointer,
            container: None,
            message,
            remedy,
            mended: false,
            exempt: None,
            edits: Vec::new(),
            lasting: false,
        });
        let mend = self.mend;
        Draft { finding: self.list.last_mut(), mend }
    }

    /// All findings, in the order in which they were reported.
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

/// A finding that has just been reported, to be completed.
#[derive(Debug)]
pub struct Draft<'f> {
    finding: Option<&'f mut Finding>,
    mend: bool,
}

impl Draft<'_> {
    /// The container that it is about.
    #[inline(never)]
    pub fn container(mut self, name: Option<&str>) -> Self {
        if let Some(finding) = self.finding.as_deref_mut() {
            finding.container = name.map(|name| crate::text::shorten(name, 253));
        }
        self
    }

    /// The rule is not sure: the finding warns at most, and is not mended.
    #[inline(never)]
    pub fn unsure(mut self) {
        if let Some(finding) = self.finding.as_deref_mut() {
            finding.level = finding.level.min(Level::Warn);
            finding.edits.clear();
        }
    }

    /// It is as loud as this, whatever the level of its rule.
    #[inline(never)]
    pub fn level(mut self, level: Level) -> Self {
        if let Some(finding) = self.finding.as_deref_mut() {
            finding.level = level;
        }
        self
    }

    /// It stays true whatever is mended in the object.
    #[inline(never)]
    pub fn lasting(mut self) -> Self {
        if let Some(finding) = self.finding.as_deref_mut() {
            finding.lasting = true;
        }
        self
    }

    /// An edit that mends it, alone or together with others; all are applied or none.
    #[inline(never)]
    pub fn mend(mut self, edit: Edit) -> Self {
        if let Some(finding) = self.finding.as_deref_mut().filter(|_| self.mend) {
            finding.edits.push(edit);
        }
        self
    }
}
