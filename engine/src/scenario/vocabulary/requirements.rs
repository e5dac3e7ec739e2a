//! What the parameters of the words must be, in the language of the reader.

use crate::problem::{Text, say};

/// What parameters must be, as the distributions say it, and in Japanese.
const JAPANESE: [(&str, &str); 17] = [
    ("a finite number", "有限の数"),
    ("a number", "数"),
    ("a whole number from 0 to 2^53", "0 から 2^53 までの整数"),
    ("above 0", "0 より大きい数"),
    ("above 0 and at most 1", "0 より大きく 1 以下の数"),
    ("above 0 and below 1", "0 より大きく 1 より小さい数"),
    (
        "above 0 and below the root of mean × (1 − mean)",
        "0 より大きく √(mean × (1 − mean)) より小さい数",
    ),
    ("above p1 and below 1", "p1 より大きく 1 より小さい数"),
    ("above the root of the mean", "√mean より大きい数"),
    ("above x1", "x1 より大きい数"),
    ("above x1 and below 1", "x1 より大きく 1 より小さい数"),
    ("at least 0", "0 以上"),
    ("at least low", "low 以上"),
    ("at least mode", "mode 以上"),
    ("at least 0, and not every weight 0", "0 以上（すべての重みが 0 ではないこと）"),
    ("between 0 and 1", "0 から 1 までの数"),
    ("between 0 and 1, all together 1", "0 から 1 までの数（合計は 1）"),
];

/// What the parameter called `name` must be.
pub(crate) fn requirement(name: &str, stated: &str) -> Text {
    let known = JAPANESE.iter().find(|(en, _)| *en == stated);
    let ja = known.map_or(stated, |(_, ja)| *ja);
    say!("{name}: {stated}", "{name}: {ja}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Family, Law};

    #[test]
    fn every_requirement_of_a_distribution_is_said_in_japanese() {
        let families = Family::ALL.iter().flat_map(|family| family.parameters());
        let mut stated: Vec<String> =
            families.map(|parameter| parameter.requirement.to_owned()).collect();
        for law in [Law::Choice, Law::Multinomial, Law::Dirichlet] {
            stated.extend([0, 1].map(|at| law.parameter(at).1.to_owned()));
        }
        stated.extend(super::super::stated::requirements().into_iter().map(str::to_owned));
        for stated in stated {
            assert!(JAPANESE.iter().any(|(en, _)| *en == stated), "{stated}");
        }
    }
}
