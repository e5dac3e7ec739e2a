//! What measuring means for what is paid.

use engine::simulate::Probability;

use super::Layout;
use crate::money::{decimals_for, figure, percent};
use crate::table::{Side, Table};

/// What measuring means for the payments that depend on outcomes.
pub(super) fn measurement(layout: &Layout<'_>) -> String {
    let language = layout.language;
    let measurement = &layout.projection.measurement;
    let mut table = Table::new([
        (pick!(language, "Outcome payment", "成果連動の支払"), Side::Left),
        (pick!(language, "Pays without effect", "効果がなくても支払あり"), Side::Right),
        (pick!(language, "Pays nothing with it", "効果があっても支払なし"), Side::Right),
        (pick!(language, "Luck (variance)", "測定の偶然（分散）"), Side::Right),
    ]);
    let unknown = || "-".to_owned();
    let known = |of: Option<Probability>| of.map_or_else(unknown, |of| layout.likelihood(of));
    let luck = |of: Option<Probability>| match of {
        Some(Probability { value, se }) if se > 0.0 => {
            let decimals = decimals_for(se * 100.0, 1);
            format!("{}% ± {}%", figure(value * 100.0, decimals), figure(se * 100.0, decimals))
        }
        Some(Probability { value, .. }) if value > 0.0 => percent(value),
        Some(_) => pick!(language, "none modelled", "想定なし"),
        None => unknown(),
    };
    for line in &measurement.lines {
        table.row([
            line.title.within(language).to_owned(),
            known(line.paid_without_effect),
            known(Some(line.unpaid_with_effect)),
            luck(line.luck),
        ]);
    }
    if table.is_empty() {
        return String::new();
    }
    // Where nothing is measured with error there is nothing to say.
    let share = measurement.payment.filter(|share| share.value > 0.0);
    let whole = share.map(|share| luck(Some(share)));
    let whole = whole.map_or_else(String::new, |whole| {
        pick!(
            language,
            "Of the spread of the whole payment, {whole} is luck of measurement: the same truth,\n\
             measured again, would be paid differently.\n",
            "支払全体のばらつき（分散）のうち {whole} は測定の偶然によるものです。\n同じ実態でも、測り直すと支払が変わります。\n"
        )
    });
    format!("{}{whole}", table.text())
}
