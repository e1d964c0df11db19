//! The settings that every policy has: a level for each rule, by profile and by override.

use crate::decode::{self, Decode, Field, Key, Mistakes, Path, Shape};
use crate::json::Node;
use crate::rule::meta::RuleMeta;

pub use crate::rule::meta::{Level, Profile};

/// Settings of one rule.
#[derive(Debug, Default)]
pub struct Configured<O> {
    /// In place of the profile's level.
    pub level: Option<Level>,
    /// `false`: report, never mend.
    pub mend: Option<bool>,
    /// The rule's own.
    pub options: O,
}

impl<O> Configured<O> {
    /// The level that counts.
    pub fn level(&self, meta: &RuleMeta, profile: Profile) -> Level {
        meta.level(profile, self.level)
    }
}

impl<O: Decode + Default> Decode for Configured<O> {
    const SHAPE: Shape = Shape::Record(&[
        Field {
            name: "level",
            doc: "In place of the profile's level.",
            shape: Level::SHAPE,
            default: Some("the profile's"),
        },
        Field { name: "mend", doc: "`false`: report, never mend.", shape: Shape::Bool, default: Some("true") },
        Field { name: "options", doc: "The rule's own settings.", shape: O::SHAPE, default: Some("{}") },
    ]);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        const KEYS: &[Key] = &[
            Key { name: "level", required: false },
            Key { name: "mend", required: false },
            Key { name: "options", required: false },
        ];
        if !decode::record(node, KEYS, path, mistakes) {
            return None;
        }
        let mut out = Self::default();
        // A wrong value is a mistake of its own and leaves the others as they are.
        decode::members(node, KEYS, path, mistakes, &mut [&mut out.level, &mut out.mend, &mut out.options]);
        Some(out)
    }
}

/// Declares the options of a rule: a [`config!`](crate::config!) in which every key has a default.
#[macro_export]
macro_rules! options {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $field_vis:vis $field:ident $key:literal : $type:ty = $default:expr ),+ $(,)?
        }
    ) => {
        $crate::config! {
            $(#[doc = $doc])*
            #[derive(Debug)]
            $vis struct $name { $( $(#[doc = $field_doc])+ $field_vis $field $key : $type = $default ),+ }
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $( $field: $default, )+ }
            }
        }
    };
}
