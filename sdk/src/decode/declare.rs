//! The macros that declare types of settings: their fields or words, and from these their shape and how they are read.

/// Declares a struct of settings: doc comments become the documentation of the keys, `= value` is the default and a key
/// without one is required.
///
/// ```
/// regwarden_sdk::config! {
///     /// One registry.
///     #[derive(Debug, Clone, PartialEq, Eq)]
///     pub struct Registry {
///         /// `host[:port][/path]`
///         pub registry "registry": String,
///         /// Plain http is fine.
///         pub plain_http "plainHttp": bool = false,
///     }
/// }
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[doc = $doc:literal])*
        $(#[derive($($derive:ident),+ $(,)?)])?
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $field_vis:vis $field:ident $key:literal : $type:ty $(= $default:expr)? ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        $(#[derive($($derive),+)])?
        $vis struct $name { $( $(#[doc = $field_doc])+ $field_vis $field: $type, )+ }

        impl $crate::decode::Decode for $name {
            const SHAPE: $crate::decode::Shape = $crate::decode::Shape::Record(&[
                $( $crate::decode::Field {
                    name: $key,
                    doc: concat!($($field_doc, "\n"),+),
                    shape: <$type as $crate::decode::Decode>::SHAPE,
                    default: $crate::config!(@default $($default)?),
                }, )+
            ]);

            fn decode(
                node: $crate::json::Node<'_>,
                path: &$crate::decode::Path<'_>,
                mistakes: &mut $crate::decode::Mistakes,
            ) -> Option<Self> {
                const KEYS: &[$crate::decode::Key] = &[
                    $( $crate::decode::Key { name: $key, required: $crate::config!(@required $($default)?) }, )+
                ];
                if !$crate::decode::record(node, KEYS, path, mistakes) {
                    return None;
                }
                $( let mut $field: $crate::config!(@slot $type, $($default)?) = $crate::config!(@start $($default)?); )+
                if !$crate::decode::members(node, KEYS, path, mistakes, &mut [ $( &mut $field ),+ ]) {
                    return None;
                }
                Some($name { $( $field: $crate::config!(@value $field, $($default)?), )+ })
            }
        }
    };
    (@default) => { None };
    (@default $default:expr) => { Some(stringify!($default)) };
    (@required) => { true };
    (@required $default:expr) => { false };
    (@slot $type:ty,) => { Option<$type> };
    (@slot $type:ty, $default:expr) => { $type };
    (@start) => { None };
    (@start $default:expr) => { $default };
    (@value $field:ident,) => { $field? };
    (@value $field:ident, $default:expr) => { $field };
}

/// Declares an enum whose values are words in settings.
///
/// ```
/// regwarden_sdk::choice! {
///     /// How loud.
///     pub enum Volume { Quiet = "quiet", Loud = "loud" }
/// }
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident { $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal ),+ $(,)? }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name { $( #[doc = concat!("`", $word, "`")] $(#[doc = $variant_doc])* $variant, )+ }

        impl $name {
            /// Every value, in order.
            $vis const ALL: &'static [$name] = &[$( $name::$variant, )+];
            const WORDS: &'static [&'static str] = &[$( $word, )+];

            /// The word in settings and answers.
            $vis fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )+ }
            }
        }

        impl $crate::decode::Decode for $name {
            const SHAPE: $crate::decode::Shape = $crate::decode::Shape::Choice($name::WORDS);

            fn decode(
                node: $crate::json::Node<'_>,
                path: &$crate::decode::Path<'_>,
                mistakes: &mut $crate::decode::Mistakes,
            ) -> Option<Self> {
                let found = $crate::decode::choice(node, $name::WORDS, path, mistakes)?;
                $name::ALL.get(found).copied()
            }
        }
    };
}
