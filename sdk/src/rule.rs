//! What a rule is, and the macros by which one declaration gives settings, dispatch, catalogue and tests.

use crate::decode::{Decode, Shape};
use crate::packed::Packed;

pub mod meta;

pub use meta::{MEND_CONFLICT, Mends, RuleMeta, UNREADABLE};

/// The declaration of one rule; implemented by [`rule!`](crate::rule!).
pub trait Rule {
    /// Its own settings; `()` for none.
    type Options: Decode + Default;
    /// The declaration.
    const META: RuleMeta;
    /// The doc comment of the declaration, Markdown.
    const DOCS: &'static str;
}

/// One rule as the catalogue knows it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The declaration.
    pub meta: &'static RuleMeta,
    /// Its documentation, Markdown.
    pub docs: Packed,
    /// The shape of its options.
    pub options: Shape,
}

/// Declares one rule. The doc comment is its documentation (`explain`, the rules page) and must hold `## Bad` and
/// `## Good` examples, which are tested. `asks`, which may be left out, names the kinds of objects that the rule looks up
/// in the cluster. The module must have a function
/// `check(&Context<'d>, &Options, &mut Findings<'d>)` beside it.
#[macro_export]
macro_rules! rule {
    (
        $(#[doc = $doc:literal])+
        $vis:vis $name:ident {
            id: $id:literal,
            title: $title:literal,
            since: $since:literal,
            mends: $mends:ident,
            $(asks: [$($asks:ident),+ $(,)?],)?
            levels: [$minimal:ident, $recommended:ident, $strict:ident],
            options: $options:ty $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug)]
        $vis struct $name;

        impl $crate::rule::Rule for $name {
            type Options = $options;
            const META: $crate::rule::RuleMeta = $crate::rule::RuleMeta {
                id: $id,
                title: $title,
                since: $since,
                mends: $crate::rule::Mends::$mends,
                asks: &[$($($crate::object::ObjectKind::$asks),+)?],
                levels: [
                    $crate::settings::Level::$minimal,
                    $crate::settings::Level::$recommended,
                    $crate::settings::Level::$strict,
                ],
            };
            const DOCS: &'static str = concat!($($doc, "\n"),+);
        }
    };
}

/// The one list of rules: for each kind of thing that is judged the name of the function that runs its rules, what they
/// may look at, and the rules: `check_all(Context) { module::Rule, … }`. Settings, dispatch and catalogue derive from it.
#[macro_export]
macro_rules! rules {
    ($( $check:ident($context:ident) { $($module:ident::$rule:ident),* $(,)? } )+) => {
        /// Settings of every rule, by its id.
        #[derive(Debug, Default)]
        pub struct RuleSettings { $($(
            /// See the rule of the same name.
            pub $module: $crate::settings::Configured<<$module::$rule as $crate::rule::Rule>::Options>,
        )*)+ }

        impl $crate::decode::Decode for RuleSettings {
            const SHAPE: $crate::decode::Shape = $crate::decode::Shape::Record(&[ $($(
                $crate::decode::Field {
                    name: <$module::$rule as $crate::rule::Rule>::META.id,
                    doc: <$module::$rule as $crate::rule::Rule>::META.title,
                    shape: <$crate::settings::Configured<<$module::$rule as $crate::rule::Rule>::Options> as $crate::decode::Decode>::SHAPE,
                    default: Some("{}"),
                },
            )*)+ ]);

            fn decode(
                node: $crate::json::Node<'_>,
                path: &$crate::decode::Path<'_>,
                mistakes: &mut $crate::decode::Mistakes,
            ) -> Option<Self> {
                const KEYS: &[$crate::decode::Key] = &[ $($(
                    $crate::decode::Key { name: <$module::$rule as $crate::rule::Rule>::META.id, required: false },
                )*)+ ];
                if !$crate::decode::record(node, KEYS, path, mistakes) {
                    return None;
                }
                let mut out = RuleSettings::default();
                // A rule whose settings are wrong is a mistake of its own and leaves the others as they are.
                $crate::decode::members(node, KEYS, path, mistakes, &mut [ $($( &mut out.$module, )*)+ ]);
                Some(out)
            }
        }

        /// Every rule, in the order in which they speak.
        pub static CATALOGUE: &[$crate::rule::Entry] = &[$($(
            $crate::rule::Entry {
                meta: &<$module::$rule as $crate::rule::Rule>::META,
                docs: $crate::packed::Packed(
                    &const {
                        const TEXT: &str = <$module::$rule as $crate::rule::Rule>::DOCS;
                        $crate::packed::pack::<{ $crate::packed::packed_len(TEXT) }>(TEXT)
                    },
                ),
                options: <<$module::$rule as $crate::rule::Rule>::Options as $crate::decode::Decode>::SHAPE,
            },
        )*)+];

        $(
        /// Runs every rule of its kind that is not off.
        pub fn $check<'d>(
            settings: &RuleSettings,
            profile: $crate::settings::Profile,
            context: &$context<'d>,
            out: &mut $crate::finding::Findings<'d>,
        ) {
            let _ = (settings, profile, context, &out);
            $(
            let own = &settings.$module;
            if out.enter(&<$module::$rule as $crate::rule::Rule>::META, profile, own.level, own.mend) {
                $module::check(context, &own.options, out);
            }
            )*
        }
        )+
    };
}
