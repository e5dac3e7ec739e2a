//! Charts as PNG, with the font that travels with the program: the same on every machine.

use std::sync::{Arc, LazyLock};

use engine::report::font::WHOLE;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

use crate::failure::Failure;

/// How many pixels of a picture are one of the chart: sharp on paper too.
const SCALE: f32 = 3.0;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(WHOLE)));
    Arc::new(fonts)
});

/// An SVG picture as PNG.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, Failure> {
    let family = FONTS.faces().next().and_then(|face| face.families.first());
    let family = family.map(|(name, _)| name.clone()).unwrap_or_default();
    // The picture names the fonts of reader's machines; here there is one.
    let options =
        Options { font_family: family.clone(), fontdb: FONTS.clone(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(Failure::internal)?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let size = size.ok_or_else(|| Failure::internal("a picture of no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| Failure::internal("a picture of no size"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::problem::{Language, Text};
    use engine::report::chart::{Axis, Chart, Mark, Measure, Paint, Table};

    fn picture(title: &str) -> Vec<u8> {
        let axis = || Axis::new(Text::default(), Measure::Number(Text::default()));
        let mut chart = Chart::new("c", Text::from(title), axis(), axis(), Table::default());
        let points = vec![(0.0, 0.0), (1.0, 1.0)];
        chart.marks.push(Mark::Line { name: Text::default(), paint: Paint::First, points });
        png(&chart.svg(Language::Ja)).unwrap()
    }

    #[test]
    fn japanese_is_drawn_without_any_font_of_the_machine() {
        let none = picture("");
        let word = picture("支払額");
        let other = picture("節約");
        assert!(none.starts_with(b"\x89PNG"));
        // Letters that a font lacks look alike; these differ.
        assert!(none != word && word != other);
    }
}
