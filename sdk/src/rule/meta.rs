//! What is known about a rule besides its docs, and the levels that it may have.

use crate::object::kind::ObjectKind;

crate::choice! {
    /// What a finding does.
    pub enum Level {
        /// The rule does not run.
        Off = "off",
        /// An audit annotation.
        Audit = "audit",
        /// A warning for the one who sends the object.
        Warn = "warn",
        /// The object is rejected.
        Enforce = "enforce",
    }
}

crate::choice! {
    /// A level for every rule at once.
    pub enum Profile {
        /// Only what is certainly broken or leaking, and that as a warning where a cluster could depend on it.
        Minimal = "minimal",
        /// What is certainly broken or leaking is rejected, the rest warns.
        Recommended = "recommended",
        /// Everything that the rules know, for teams that start clean.
        Strict = "strict",
    }
}

/// Whether a rule can mend what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mends {
    /// Every finding is for a person.
    Never,
    /// Where it is safe.
    Sometimes,
    /// Every finding carries its edits.
    Always,
}

impl Mends {
    /// The word in the catalogue.
    pub fn word(self) -> &'static str {
        match self {
            Mends::Never => "never",
            Mends::Sometimes => "sometimes",
            Mends::Always => "always",
        }
    }
}

/// Everything that is known about a rule besides its docs, which are kept apart so that a guest that never prints them
/// need not carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleMeta {
    /// Kebab-case, names the problem, equals the file name.
    pub id: &'static str,
    /// One line, lower-case, no full stop.
    pub title: &'static str,
    /// The release that brought it.
    pub since: &'static str,
    /// What it promises to mend.
    pub mends: Mends,
    /// Kinds of objects that it asks the cluster for, beyond the one that it judges.
    pub asks: &'static [ObjectKind],
    /// Levels in the profiles minimal, recommended, strict.
    pub levels: [Level; 3],
}

impl RuleMeta {
    /// The level that counts: the user's own, else the profile's.
    #[inline(never)]
    pub fn level(&self, profile: Profile, own: Option<Level>) -> Level {
        let [minimal, recommended, strict] = self.levels;
        own.unwrap_or(match profile {
            Profile::Minimal => minimal,
            Profile::Recommended => recommended,
            Profile::Strict => strict,
        })
    }
}

/// What the SDK itself says about an object of a known kind that cannot be read; always enforced, in no list of rules.
pub static UNREADABLE: RuleMeta = RuleMeta {
    id: "unreadable",
    title: "an object of a known kind cannot be read",
    since: "0.1.0",
    mends: Mends::Never,
    asks: &[],
    levels: [Level::Enforce; 3],
};

/// What the SDK says when two mends disagree, or one has no place to go; warns, the findings themselves stay.
pub static MEND_CONFLICT: RuleMeta = RuleMeta {
    id: "mend-conflict",
    title: "two mends of one place disagree",
    since: "0.1.0",
    mends: Mends::Never,
    asks: &[],
    levels: [Level::Warn; 3],
};
