//! What measuring means for what is paid.

use crate::contract::wording::phrase;
use crate::simulate::Probability;

use super::Layout;
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_for, figure, percent};

/// What measuring means for the payments that depend on outcomes.
pub(super) fn measurement(layout: &Layout<'_>, document: &mut Document) {
    let language = layout.language;
    let measurement = &layout.projection.measurement;
    let mut table = Table::new([
        (phrase!(language, "Outcome payment", "成果連動の支払"), Side::Left),
        (phrase!(language, "Pays without effect", "効果がなくても支払あり"), Side::Right),
        (phrase!(language, "Pays nothing with it", "効果があっても支払なし"), Side::Right),
        (phrase!(language, "Luck (variance)", "測定の偶然（分散）"), Side::Right),
    ]);
    let unknown = || Figure::from("-");
    let known = |of: Option<Probability>| of.map_or_else(unknown, |of| layout.likelihood(of));
    let luck = |of: Option<Probability>| match of {
        Some(Probability { value, se }) if se > 0.0 => {
            let decimals = decimals_for(se * 100.0, 1);
            let shown = |part: f64| figure(part * 100.0, decimals);
            Figure::estimated(value, se, format!("{}% ± {}%", shown(value), shown(se)))
        }
        Some(Probability { value, .. }) if value > 0.0 => Figure::number(value, percent(value)),
        Some(_) => phrase!(language, "none modelled", "想定なし").into(),
        None => unknown(),
    };
    for line in &measurement.lines {
        table.row([
            line.title.within(language).into(),
            known(line.paid_without_effect),
            known(Some(line.unpaid_with_effect)),
            luck(line.luck),
        ]);
    }
    if table.is_empty() {
        return;
    }
    document.heading(phrase!(language, "Luck of measurement", "測定の偶然"));
    document.table(table);
    // Where nothing is measured with error there is nothing to say.
    if let Some(share) = measurement.payment.filter(|share| share.value > 0.0) {
        let whole = luck(Some(share)).text;
        document.paragraph(phrase!(
            language,
            "Of the spread of the whole payment, {whole} is luck of measurement: the same truth,\n\
             measured again, would be paid differently.\n",
            "支払全体のばらつき（分散）のうち {whole} は測定の偶然によるものです。\n同じ実態でも、測り直すと支払が変わります。\n"
        ));
    }
}
