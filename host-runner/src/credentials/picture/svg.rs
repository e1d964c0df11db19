//! SVG as text: escaped, measured, and nothing in it that runs or loads.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::text::clean;

/// Size of all text but titles, in pixels, and the width of one column of a monospaced font of that size: a little more
/// than any common font has (0.6 em), so that text stays in its box.
const SIZE: f64 = 13.0;
const TITLE: f64 = 16.0;
const COLUMN: f64 = 0.62;

/// Classes are short because each element names one: t title, h heading, b bold, k plain, f faint, g good, y unsure,
/// x bad; n node; l* lines.
const STYLE: &str = "\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328}\
.t{font-size:16px;font-weight:600}.b{font-weight:600}.h,.f{fill:#59636e}.g{fill:#1a7f37}.y{fill:#9a6700}.x{fill:#cf222e}\
.p{fill:#fff}.n{fill:#f6f8fa;stroke:#d1d9e0}\
path{fill:none;stroke-width:1.5}.ln{stroke:#818b98}.lu{stroke:#1a7f37;stroke-width:2.5}\
.ls{stroke:#0969da;stroke-dasharray:7 4}.lb{stroke:#cf222e;stroke-dasharray:2 4}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.h,.f{fill:#9198a1}.g{fill:#3fb950}.y{fill:#d29922}.x{fill:#f85149}\
.p{fill:#0d1117}.n{fill:#151b23;stroke:#3d444d}.ln{stroke:#656c76}.lu{stroke:#3fb950}.ls{stroke:#4493f8}.lb{stroke:#f85149}}";

/// A picture in the making. Lines lie below boxes, boxes below text.
#[derive(Debug, Default)]
pub(super) struct Svg {
    lines: String,
    nodes: String,
    texts: String,
}

impl Svg {
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// A box.
    pub(super) fn node(&mut self, x: f64, y: f64, width: f64, height: f64) {
        // Writing into a String cannot fail, here and below.
        let _ = writeln!(
            self.nodes,
            r#"<rect class="n" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="6"/>"#
        );
    }

    /// A line from left to right, level at both ends.
    pub(super) fn curve(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let half = (x2 - x1) / 2.0;
        let (a, b) = (x1 + half, x2 - half);
        let _ = writeln!(
            self.lines,
            r#"<path class="{class}" d="M{x1:.1} {y1:.1}C{a:.1} {y1:.1} {b:.1} {y2:.1} {x2:.1} {y2:.1}"/>"#
        );
    }

    /// A line of text with its left end on the base line `y`, cut in the middle to `room`; what was cut is shown to
    /// whoever points at it. The width that it takes.
    pub(super) fn text(&mut self, x: f64, y: f64, room: f64, class: &str, text: &str) -> f64 {
        let size = if class == "t" { TITLE } else { SIZE };
        let column = size * COLUMN;
        let text = printable(text);
        let shown = cut(&text, columns(room / column));
        let _ = write!(self.texts, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{}"#, escaped(&shown));
        if shown != text {
            let _ = write!(self.texts, "<title>{}</title>", escaped(&text));
        }
        self.texts.push_str("</text>\n");
        column * f64::from(u32::try_from(shown.width()).unwrap_or(u32::MAX))
    }

    /// The document.
    pub(super) fn finish(self, width: f64, height: f64) -> String {
        let Self { lines, nodes, texts } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\">\n<title>What opens each image and each push</title>\n\
             <style>{STYLE}</style>\n<rect class=\"p\" width=\"100%\" height=\"100%\"/>\n{lines}{nodes}{texts}</svg>\n"
        )
    }
}

/// Whole columns in a room; a room is no wider than a picture.
fn columns(room: f64) -> usize {
    let mut columns = 0u32;
    while f64::from(columns + 1) <= room {
        columns += 1;
    }
    usize::try_from(columns).unwrap_or(usize::MAX)
}

/// What XML may hold and no terminal or browser obeys.
fn printable(text: &str) -> String {
    clean(text).chars().map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c }).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// At most so many columns: of a long name people need the beginning (the registry) and the end (the tag).
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut left = room;
        let mut taken = Vec::new();
        for c in chars {
            let width = c.width().unwrap_or(0);
            if width > left {
                break;
            }
            left -= width;
            taken.push(c);
        }
        taken
    };
    let head = take(&mut text.chars(), room.div_ceil(2));
    let tail = take(&mut text.chars().rev(), room / 2);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("registry/team/app:tag", 11), "regis…p:tag");
        assert!(cut("日本日本日本日本", 7).width() <= 7);
        assert_eq!(cut("abc", 0), "…");
    }
}
