//! The resolution as a picture: three columns, from images and destinations by registries to credentials.
//!
//! The layout is made by hand, so that equal input gives equal bytes: each registry spans the rows of its images, a line
//! runs from the row to the key that opens it. Colours follow the reader's light or dark scheme; nothing is loaded and
//! nothing runs.

mod layout;
pub(crate) mod model;
mod svg;

use super::Described;
use layout::Section;
use model::Model;
use svg::Svg;

/// The picture of all Pods, one below the other.
#[must_use]
pub fn write(objects: &[Described]) -> String {
    let mut svg = Svg::default();
    let mut y = layout::MARGIN;
    for object in objects {
        for pod in &object.pods {
            let model = Model::new(pod);
            let section = Section { object, pod, model: &model };
            y = section.draw(y, &mut svg);
        }
    }
    if svg.is_empty() {
        svg.text(layout::MARGIN, y + 16.0, layout::WIDTH - 2.0 * layout::MARGIN, "t", "no Pod is described here");
        y += 32.0;
    }
    let height = layout::legend(y, &mut svg);
    svg.finish(layout::WIDTH, height)
}

#[cfg(test)]
mod tests;
