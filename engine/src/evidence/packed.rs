//! A column of exact values in little room.

use rust_decimal::Decimal;

use crate::expr::Exact;

/// The values of a column by record, blanks among them, in blocks of the same length.
#[derive(Debug, Default)]
pub(super) struct Packed {
    length: usize,
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    /// Whole numbers of one scale; `BLANK` where there is none.
    Narrow { scale: u32, mantissas: Vec<i64> },
    /// Values with more digits than that.
    Wide(Vec<Option<Decimal>>),
}

const BLANK: i64 = i64::MIN;

impl Packed {
    /// Packs blocks of values; all but the last have the same length.
    pub(super) fn new(blocks: Vec<PackedBlock>) -> Packed {
        let length = blocks.first().map_or(1, |block| block.0.len()).max(1);
        Packed { length, blocks: blocks.into_iter().map(|block| block.0).collect() }
    }

    /// The value of a record.
    pub(super) fn value(&self, record: usize) -> Option<Exact> {
        match self.blocks.get(record / self.length)? {
            Block::Narrow { scale, mantissas } => {
                let mantissa = *mantissas.get(record % self.length)?;
                (mantissa != BLANK).then(|| Exact::from_parts(mantissa, *scale))
            }
            Block::Wide(values) => values.get(record % self.length)?.map(Exact::from),
        }
    }
}

/// One packed block.
#[derive(Debug)]
pub(super) struct PackedBlock(Block);

impl PackedBlock {
    /// Packs some values.
    pub(super) fn new(values: Vec<Option<Decimal>>) -> PackedBlock {
        let scale = values.iter().flatten().map(Decimal::scale).max().unwrap_or_default();
        let narrow = |value: &Option<Decimal>| match value {
            None => Some(BLANK),
            Some(value) => {
                let factor = 10_i64.checked_pow(scale - value.scale())?;
                let mantissa = i64::try_from(value.mantissa()).ok()?.checked_mul(factor)?;
                (mantissa != BLANK).then_some(mantissa)
            }
        };
        let mantissas: Option<Vec<i64>> = values.iter().map(narrow).collect();
        PackedBlock(match mantissas {
            Some(mantissas) => Block::Narrow { scale, mantissas },
            None => Block::Wide(values),
        })
    }
}

impl Block {
    fn len(&self) -> usize {
        match self {
            Block::Narrow { mantissas, .. } => mantissas.len(),
            Block::Wide(values) => values.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            values in prop::collection::vec(
                prop::option::of((any::<i64>(), 0_u32..20, 0_i64..3)), 0..40),
            length in 1_usize..9,
        ) {
            let values: Vec<Option<Decimal>> = values
                .into_iter()
                .map(|value| value.map(|(mantissa, scale, more)| {
                    Decimal::new(mantissa, scale) * Decimal::new(10_i64.pow(more as u32 * 3), 0)
                }))
                .collect();
            let blocks = values.chunks(length).map(|block| PackedBlock::new(block.to_vec()));
            let packed = Packed::new(blocks.collect());
            for (record, value) in values.iter().enumerate() {
                prop_assert_eq!(packed.value(record), value.map(Exact::from));
            }
            prop_assert_eq!(packed.value(values.len()), None);
        }
    }
}
