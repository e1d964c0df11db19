//! Kinds that say in fields of their own what a container says in arguments and variables.

use crate::finding::Findings;
use crate::json::{Kind, Node, write};
use crate::pointer;
use crate::shape;
use crate::text;

use super::sketch::Sketch;
use super::table::{Field, Holds};

/// Words of rules that the kind does not know, and what it says instead.
const WORDS: &[(&str, &str)] = &[
    ("kaniko pushes ", "the build pushes "),
    ("buildah pushes ", "the build pushes "),
    ("lets kaniko talk", "lets the build talk"),
    ("kaniko speaks ", "the build speaks "),
    ("`--insecure`", "`insecure: true`"),
    ("variable `REGISTRY_PASSWORD`", "`password`"),
    (", name it in `valueFrom.secretKeyRef`,", ""),
];
/// How many of them stand for any such kind; the others are about a field that holds a password.
const COMMON: usize = 5;

/// Reports what stands where the kind has another type.
#[inline(never)]
pub(crate) fn check<'d>(node: Node<'d>, fields: &'static [Field], out: &mut Findings<'d>) {
    if node.kind() != Kind::Object {
        return;
    }
    let mut told: Vec<Node<'d>> = Vec::new();
    for field in fields {
        let (mut at, mut keys) = (Some(node), field.at.iter());
        let is = loop {
            if at.is_none_or(|at| at.kind() != Kind::Object) {
                break shape::ANY_MAP;
            }
            let Some(key) = keys.next() else { break shape::ANY_MAP };
            at = at.and_then(|at| at.get(key));
            if keys.len() == 0 {
                break match field.holds {
                    Holds::Insecure => shape::Is::Flag,
                    Holds::Variables => shape::Is::List(&shape::ANY_MAP),
                    _ => shape::Is::Text,
                };
            }
        };
        if let Some(at) = at.filter(|at| !told.contains(at)) {
            shape::check(at, &is, out);
            told.push(at);
        }
    }
}

/// Sketches one container that does what the fields say.
#[inline(never)]
pub(crate) fn fields<'d>(sketch: &mut Sketch<'d>, node: Node<'d>, fields: &'static [Field]) {
    for field in fields {
        let account = sketch.beside.account;
        if let Holds::Unknown(member, text) = field.holds
            && (account.is_empty() || sketch.object.get_path(account).is_none())
        {
            sketch.patched.push((member, text.to_owned(), None));
        }
    }
    sketch.beside(None, &[]);
    sketch.origins.words = WORDS.get(..COMMON).unwrap_or_default();
    let place = sketch.next_place(false);
    let mut args = Listed::new(pointer::child(&place, "args"));
    let mut env = Listed::new(pointer::child(&place, "env"));
    let mut pulls = Listed::new("/template/spec/imagePullSecrets".to_owned());
    let (mut pushes, mut program) = (false, "/kaniko/executor");
    let mut images: Vec<(&str, Node<'d>, Option<Node<'d>>)> = Vec::new();
    for field in fields {
        let Some(value) = node.get_path(field.at) else { continue };
        let text = value.as_str().unwrap_or_default();
        let above = field.at.split_last().and_then(|(_, above)| node.get_path(above));
        match field.holds {
            // OpenShift's own names of images say nothing about a registry.
            Holds::Destination | Holds::Pushed
                if above.and_then(|above| above.str("kind")).is_some_and(|kind| kind != "DockerImage") => {}
            Holds::Destination if !text.is_empty() => {
                args.push(sketch, &write::string(&text::concat(&["--destination=", text])), value);
            }
            Holds::Pushed if !text.is_empty() => {
                program = "buildah";
                args.push(sketch, "\"push\"", value);
                args.push(sketch, &write::string(&text::concat(&["docker://", text])), value);
            }
            Holds::Built if !text.is_empty() => {
                // The tag that is written moves with each build, which is how the kind is meant.
                let name = text::cut_last(text, b':').filter(|(_, tag)| !text::contains(tag, "/"));
                let image = text::concat(&["--destination=", name.map_or(text, |(name, _)| name), ":{{build}}"]);
                args.push(sketch, &write::string(&image), value);
                // The ServiceAccount has the credentials.
                pushes = true;
            }
            Holds::Image(name, tag) => images.push((name, value, above.and_then(|above| above.get(tag)))),
            Holds::ImageIf(name, tag, (key, word)) if node.str(key) == Some(word) => {
                images.push((name, value, above.and_then(|above| above.get(tag))));
            }
            Holds::Tag(names) if !text.is_empty() => {
                let mut image = String::from("--destination=");
                for name in names {
                    image.push_str(node.str(name).unwrap_or_default());
                }
                text::append(&mut image, &[":", text]);
                args.push(sketch, &write::string(&image), value);
            }
            Holds::Insecure if value.as_bool() == Some(true) => args.push(sketch, "\"--insecure\"", value),
            Holds::PushSecret => pushes = true,
            Holds::Pull => pulls.push(sketch, &write::object(&[("name", value.raw())]), value),
            Holds::Variable(name) => {
                sketch.origins.words = WORDS;
                let variable = write::object(&[("name", &write::string(name)), ("value", value.raw())]);
                let mut at = env.place.clone();
                pointer::push_index(&mut at, env.count);
                env.push(sketch, &variable, value);
                let from = sketch.pointer(value);
                sketch.origins.add(pointer::child(&at, "value"), from);
            }
            Holds::Variables => {
                for variable in value.elements() {
                    env.push(sketch, variable.raw(), variable);
                }
            }
            _ => {}
        }
    }
    let command = write::single(&write::string(program));
    let mut container = write::Object::new(String::new());
    container.string("name", "build").raw("args", &args.list.end()).raw("env", &env.list.end());
    if args.count > 0 {
        container.raw("command", &command);
    }
    if pushes {
        container.raw("envFrom", r#"[{"secretRef":{"name":"push"}}]"#);
    }
    sketch.push(&container.end(), false);
    if pulls.count > 0 {
        sketch.member("imagePullSecrets", &pulls.list.end());
    }
    for (name, repository, tag) in images {
        let mut image = repository.as_str().unwrap_or_default().to_owned();
        if let Some(tag) = tag {
            text::append(&mut image, &[":", tag.as_str().unwrap_or(tag.raw())]);
        }
        let place = sketch.next_place(false);
        let from = sketch.pointer(tag.unwrap_or(repository));
        sketch.origins.add(pointer::child(&place, "image"), from);
        sketch.push(&write::object(&[("name", &write::string(name)), ("image", &write::string(&image))]), false);
    }
}

/// A list in the making, each element with the place that it came from.
struct Listed {
    place: String,
    list: write::Array,
    count: usize,
}

impl Listed {
    fn new(place: String) -> Self {
        Listed { place, list: write::Array::new(), count: 0 }
    }

    #[inline(never)]
    fn push<'d>(&mut self, sketch: &mut Sketch<'d>, text: &str, origin: Node<'d>) {
        self.list.raw(text);
        let mut at = self.place.clone();
        pointer::push_index(&mut at, self.count);
        self.count += 1;
        let from = sketch.pointer(origin);
        sketch.origins.add(at, from);
    }
}
