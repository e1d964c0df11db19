//! The picture as a reader of XML sees it: valid, nothing overlaps, nothing of the input is markup.

use roxmltree::{Document, Node};
use unicode_width::UnicodeWidthStr;

use super::super::samples;
use super::*;

/// Left, top, right, bottom.
type Frame = (f64, f64, f64, f64);

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn own_text(node: Node<'_, '_>) -> String {
    node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect()
}

fn texts(document: &Document<'_>) -> Vec<(String, Frame)> {
    let frame = |node: Node<'_, '_>| {
        let size = if node.attribute("class") == Some("t") { 16.0 } else { 13.0 };
        let (x, y, text) = (number(node, "x"), number(node, "y"), own_text(node));
        // A font of 0.602 em, the widest of those that the style names.
        let width = text.width() as f64 * size * 0.602;
        (text, (x, y - size * 0.8, x + width, y + size * 0.25))
    };
    document.descendants().filter(|node| local(*node) == "text").map(frame).collect()
}

fn local<'n>(node: Node<'_, 'n>) -> &'n str {
    node.tag_name().name()
}

fn nodes(document: &Document<'_>) -> Vec<Frame> {
    let rects = document.descendants().filter(|node| local(*node) == "rect" && node.attribute("class") == Some("n"));
    rects
        .map(|node| {
            let (x, y) = (number(node, "x"), number(node, "y"));
            (x, y, x + number(node, "width"), y + number(node, "height"))
        })
        .collect()
}

fn overlap(a: Frame, b: Frame) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

fn inside(inner: Frame, outer: Frame) -> bool {
    inner.0 >= outer.0 && inner.1 >= outer.1 && inner.2 <= outer.2 && inner.3 <= outer.3
}

fn check(picture: &str) {
    let document = Document::parse(picture).unwrap();
    let root = document.root_element();
    let whole = (0.0, 0.0, number(root, "width"), number(root, "height"));
    let (texts, nodes) = (texts(&document), nodes(&document));
    for (i, (text, frame)) in texts.iter().enumerate() {
        assert!(inside(*frame, whole), "`{text}` leaves the picture");
        for (other, other_frame) in texts.iter().skip(i + 1) {
            assert!(!overlap(*frame, *other_frame), "`{text}` and `{other}` overlap");
        }
        for node in nodes.iter().filter(|node| overlap(*frame, **node)) {
            assert!(inside(*frame, *node), "`{text}` leaves its box");
        }
    }
    for (i, node) in nodes.iter().enumerate() {
        assert!(inside(*node, whole));
        assert!(nodes.iter().skip(i + 1).all(|other| !overlap(*node, *other)), "boxes overlap: {node:?}");
    }
    for node in document.descendants().filter(|node| node.is_element()) {
        let known = ["svg", "title", "style", "rect", "path", "text"];
        assert!(known.contains(&local(node)), "{}", local(node));
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && !attribute.name().ends_with("href"), "{attribute:?}");
        }
    }
}

#[test]
fn ten_images_and_ten_secrets_are_legible() {
    let picture = write(&[samples::large(), samples::small()]);
    check(&picture);
    for text in ["Deployment ci/agent at /spec/template", "Secret pull-secret-number-9-of-the-team", "✘ refused"] {
        assert!(picture.contains(text), "{text}");
    }
    assert!(picture.contains("prefers-color-scheme:dark"));
}

#[test]
fn nothing_to_show_is_a_picture_too() {
    check(&write(&[]));
}

#[test]
fn what_is_cut_can_be_read_by_pointing_at_it() {
    let picture = write(&[samples::large()]);
    let document = Document::parse(&picture).unwrap();
    let long = "a-registry-with-a-very-long-name.in-some-department.corp.example.com:8443";
    let cut = document.descendants().any(|node| local(node) == "title" && node.text() == Some(long));
    assert!(cut, "the whole name is a title");
}

#[test]
fn equal_input_gives_equal_bytes() {
    assert_eq!(write(&[samples::large()]), write(&[samples::large()]));
}

#[test]
fn names_are_text_whatever_they_hold() {
    let mut object = samples::small();
    object.name = Some("a\u{0}\u{1b}\u{ffff}]]><script>alert(1)</script>".into());
    object.pods[0].service_account = "日本語".repeat(80);
    let picture = write(&[object]);
    check(&picture);
    assert!(!picture.contains("<script"));
}
