//! What a document says of what a figure depends on.

use super::*;
use crate::analyse::Measure;
use crate::analyse::sensitivity::{
    AxisAsked, Figure as Asked, GridAsked, Question, sensitivity as computed,
};
use crate::report::chart::Cell;
use crate::report::document::Row;
use crate::report::example::{is_whole, number, scenario, settings, table};
use crate::simulate::Unwatched;

#[test]
fn a_tornado_is_drawn_of_cells_and_of_parameters() {
    let scenario = scenario();
    let measure = Measure::named(&scenario, "payment").unwrap();
    let side = |name: &str| AxisAsked { name: name.to_owned(), steps: None };
    let question = Question {
        figure: Asked { measure, limit: None },
        sobol: true,
        grids: vec![GridAsked([side("works"), side("full")])],
    };
    let answer = computed(&scenario, &question, &settings(), &Unwatched).unwrap();
    let document = |language| sensitivity(&scenario, &answer, language);
    is_whole(document, &["tornado-cells", "tornado-parameters"]);
    let document = document(Language::En);
    let ends = answer.parameters[0].ends.as_ref().unwrap();
    let bar = table(&document, "Parameter");
    assert_eq!(number(bar, 0, 1), ends.difference.mean);
    // The bar of the chart reaches as far as the parameter moves the figure from what was drawn.
    let chart = document.charts().nth(1).unwrap();
    let high = answer.mean.mean + ends.changes[1].mean;
    assert_eq!(chart.table.rows[0][2], Cell::Number(high));
    // Sobol' indices keep their intervals.
    let factors = table(&document, "Factor");
    let (_, indices) = &answer.sobol.as_ref().unwrap().factors[0];
    let Row::Cells(cells) = &factors.rows[0] else { panic!("{factors:?}") };
    assert_eq!(cells[2].interval, Some([indices.total.low, indices.total.high]));
    let grid = table(&document, "works");
    assert_eq!(number(grid, 0, 1), answer.grids[0].means[0][0].as_ref().unwrap().mean);
}
