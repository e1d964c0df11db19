//! Documentation as a guest carries it: frequent phrases are one byte each. Packed by the compiler, unpacked on request.
//!
//! Documentation is a tenth of a policy and read by nobody during an admission; this halves it without a dependency. The
//! phrases are those that save most in the documentation of regwarden's rules; any text can be packed with them.

/// Phrases by the byte that stands for them, from 128 on; longer ones first, so that the first that fits is the best.
const PHRASES: &[&str] = &[
    "\napiVersion: v1\nkind: Pod\nmetadata: {nam",
    "registries: [{registry: harbor.corp.exam",
    "}\nspec:\n  containers",
    "\n```\n\n## Good\n```yam",
    "## What it catches\nA",
    "\n```\n\n## Fix safety\n",
    ".\n\n## Bad\n```yam",
    "harbor.corp.exam",
    "localhost:5000",
    "text=dir:///",
    "`PLUGIN_",
    "PASSWORD",
    "setting",
    "registr",
    "viceAcc",
    "tools:1",
    "name: ",
    " volum",
    "/app:1",
    "KeyRef",
    " the ",
    "ecret",
    "image",
    "build",
    "aniko",
    "which",
    "PullS",
    "\n```\n",
    "passw",
    "pipel",
    "\napiV",
    "    ",
    "ount",
    "dock",
    "push",
    "pull",
    "l\n# ",
    ".io/",
    "hold",
    "plug",
    "mirr",
    "Name",
    "such",
    "iabl",
    "}\nsp",
    "nam",
    "fig",
    "}]}",
    "so ",
    ".\n\n",
    "kub",
    "job",
    "rgs",
    "s ",
    " a",
    "er",
    ": ",
    "th",
    "e ",
    "in",
    "on",
    ", ",
    "t ",
    "or",
    "en",
    "d ",
    "y ",
    "es",
    "no",
    "it",
    "ar",
    "an",
    "re",
    "of",
    ":\n",
    "le",
    "at",
    ". ",
    "  ",
    "- ",
    "ta",
    "ac",
    "al",
    "to",
    "wh",
    "om",
    "se",
    "` ",
    " c",
    "ru",
    "li",
    "Po",
    "n ",
    "wi",
    "ec",
    "nd",
    "st",
    "de",
    "ke",
    "--",
    "ma",
    " `",
    "he",
    "ou",
    " i",
    "em",
    "ow",
    "ev",
    "(`",
    "`)",
    "{s",
    "ti",
    "ne",
    "ol",
    " s",
    "g ",
    "ge",
    "pl",
    "s\n",
    "ad",
    "Th",
];

/// The phrases as a guest carries them: a list of texts would be twice as long.
static JOINED: [u8; joined_len()] = joined();
/// How long each of them is.
static LENGTHS: [u8; PHRASES.len()] = lengths();

#[expect(clippy::indexing_slicing, reason = "see `walk`")]
const fn joined_len() -> usize {
    let (mut length, mut phrase) = (0, 0);
    while phrase < PHRASES.len() {
        length += PHRASES[phrase].len();
        phrase += 1;
    }
    length
}

#[expect(clippy::indexing_slicing, reason = "see `walk`")]
const fn joined() -> [u8; joined_len()] {
    let mut out = [0; joined_len()];
    let (mut length, mut phrase) = (0, 0);
    while phrase < PHRASES.len() {
        let bytes = PHRASES[phrase].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            out[length] = bytes[at];
            length += 1;
            at += 1;
        }
        phrase += 1;
    }
    out
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "see `walk`; phrases are short")]
const fn lengths() -> [u8; PHRASES.len()] {
    let mut out = [0; PHRASES.len()];
    let mut phrase = 0;
    while phrase < PHRASES.len() {
        out[phrase] = PHRASES[phrase].len() as u8;
        phrase += 1;
    }
    out
}

/// The first byte that stands for a phrase.
const FIRST: u8 = 128;
/// Stands before a byte that means itself although it is none of ASCII.
const ESCAPE: u8 = 1;

/// A packed text.
#[derive(Debug, Clone, Copy)]
pub struct Packed(pub &'static [u8]);

impl Packed {
    /// The text.
    pub fn unpack(self) -> String {
        let mut starts = Vec::with_capacity(PHRASES.len());
        let mut start = 0;
        for length in &LENGTHS {
            starts.push(start);
            start += usize::from(*length);
        }
        let mut out = Vec::with_capacity(self.0.len() * 2);
        let mut bytes = self.0.iter();
        while let Some(byte) = bytes.next() {
            if let Some(at) = byte.checked_sub(FIRST).map(usize::from) {
                let (start, length) = (starts.get(at), LENGTHS.get(at));
                let phrase =
                    start.zip(length).and_then(|(start, length)| JOINED.get(*start..*start + usize::from(*length)));
                out.extend_from_slice(phrase.unwrap_or_default());
            } else if *byte == ESCAPE {
                out.extend_from_slice(bytes.next().map_or(&[], std::slice::from_ref));
            } else {
                out.extend_from_slice(&[*byte]);
            }
        }
        String::from_utf8(out).unwrap_or_default()
    }
}

/// The length of a text when it is packed.
pub const fn packed_len(text: &str) -> usize {
    walk::<0>(text).1
}

/// Packs a text; `N` is its [`packed_len`].
pub const fn pack<const N: usize>(text: &str) -> [u8; N] {
    walk::<N>(text).0
}

#[expect(clippy::indexing_slicing, reason = "a mistake here is one of the compiler's run, not of the guest's")]
const fn walk<const N: usize>(text: &str) -> ([u8; N], usize) {
    let text = text.as_bytes();
    let mut out = [0; N];
    let (mut at, mut length) = (0, 0);
    while at < text.len() {
        let found = phrase_at(text, at);
        let (first, second, used) = match found {
            Some((phrase, used)) => (FIRST + phrase, None, used),
            None if text[at] < FIRST && text[at] != ESCAPE => (text[at], None, 1),
            None => (ESCAPE, Some(text[at]), 1),
        };
        if length < N {
            out[length] = first;
        }
        length += 1;
        if let Some(second) = second {
            if length < N {
                out[length] = second;
            }
            length += 1;
        }
        at += used;
    }
    (out, length)
}

#[expect(clippy::indexing_slicing, reason = "see `walk`")]
const fn phrase_at(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut phrase = 0;
    while phrase < PHRASES.len() {
        let candidate = PHRASES[phrase].as_bytes();
        if candidate[0] == text[at] && at + candidate.len() <= text.len() {
            let mut same = 1;
            while same < candidate.len() && candidate[same] == text[at + same] {
                same += 1;
            }
            if same == candidate.len() {
                #[expect(clippy::cast_possible_truncation, reason = "there are at most 128 phrases")]
                return Some((phrase as u8, same));
            }
        }
        phrase += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_have_a_byte_each_and_the_longest_comes_first() {
        assert!(PHRASES.len() <= 128);
        assert!(PHRASES.iter().all(|phrase| phrase.len() > 1 && phrase.is_ascii()));
        assert!(PHRASES.is_sorted_by_key(|phrase| std::cmp::Reverse(phrase.len())));
    }

    #[test]
    fn any_text_comes_back() {
        const TEXT: &str =
            "## What it catches\nA container's image … \u{1} \u{7f}\u{80} ü the registry `settings`\n```yaml\n";
        static PACKED: &[u8] = &pack::<{ packed_len(TEXT) }>(TEXT);
        assert_eq!(Packed(PACKED).unpack(), TEXT);
        assert!(PACKED.len() < TEXT.len(), "{} {}", PACKED.len(), TEXT.len());
        for text in ["", "a", "\u{1}\u{1}", "…"] {
            let length = packed_len(text);
            let packed = pack::<64>(text);
            let leaked: &'static [u8] = packed[..length].to_vec().leak();
            assert_eq!(Packed(leaked).unpack(), text);
        }
    }
}
