//! One text of a loop, compiled for several sets of vector instructions.

use std::sync::LazyLock;

/// Loops to be run by [`widest`].
///
/// Only what is inlined into `call` is compiled for every set of instructions: it and all the
/// functions in its hot loops must be `#[inline(always)]`.
pub(crate) use pulp::NullaryFnOnce as Loops;

/// Runs loops with the widest vector instructions of this processor.
///
/// The compiler spreads a plain loop over the lanes of a vector only where every lane gives the
/// bits that the loop alone would give, and it never fuses a product and a sum. The results are
/// therefore the same for all sets of instructions.
#[inline]
pub(crate) fn widest<L: Loops>(loops: L) -> L::Output {
    #[cfg(test)]
    if let Some(set) = tests::CHOSEN.get() {
        return set.dispatch(loops);
    }
    static WIDEST: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);
    WIDEST.dispatch(loops)
}

#[cfg(test)]
pub(crate) mod tests {
    use pulp::Arch;
    use std::cell::Cell;

    thread_local! {
        pub(super) static CHOSEN: Cell<Option<Arch>> = const { Cell::new(None) };
    }

    /// The results of `work`, with each set of instructions that this processor has.
    pub(crate) fn with_every_set<R>(work: impl Fn() -> R) -> Vec<R> {
        let mut sets = vec![Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
        sets.push(Arch::new());
        let results = sets.into_iter().map(|set| {
            CHOSEN.set(Some(set));
            work()
        });
        let results = results.collect();
        CHOSEN.set(None);
        results
    }

    #[test]
    fn loops_give_the_same_bits_with_every_set_of_instructions() {
        use super::super::elementary::{exp, ln_of_any};
        struct Curve<'a>(&'a mut [f64]);
        impl super::Loops for Curve<'_> {
            type Output = ();

            #[inline(always)]
            fn call(self) {
                for value in self.0 {
                    // A fused product and sum would show here.
                    *value = (exp(*value) * *value + ln_of_any(*value).sqrt()).round() / 3.0
                        + *value * 0.1
                        - 0.7;
                }
            }
        }
        let results = with_every_set(|| {
            let mut column: Vec<f64> = (-50..3000).map(|step| f64::from(step) * 0.0137).collect();
            super::widest(Curve(&mut column));
            column.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        });
        assert!(results.len() >= 2 && results.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
