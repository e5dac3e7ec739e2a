//! The columns of a regression on several quantities.

use super::Quantity;
use super::curve::Curve;

/// The pieces of a curve of what is to be known.
const KNOTS: usize = 6;
/// The pieces of a curve of what is only taken out of the noise.
const KNOTS_APART: usize = 2;
/// Up to so many columns to be known, products of two have powers, and three are multiplied.
pub(super) const CLOSE_MOST: usize = 6;
/// Up to so many, two are multiplied; beyond, curves are added.
const PAIRED_MOST: usize = 16;
/// The powers of products of two columns.
const POWERS: [[u8; 2]; 6] = [[1, 1], [2, 1], [1, 2], [2, 2], [3, 1], [1, 3]];

/// One column of a quantity.
struct Axis<'q> {
    /// The quantity, as a position among those to be known or among those apart.
    owner: usize,
    column: &'q [f64],
    curve: Curve,
    /// The first column of the regression that is its curve's.
    start: usize,
}

impl Axis<'_> {
    fn columns(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.curve.width()
    }
}

/// A product of powers of scores: `[(axis, power)]`.
struct Product(Vec<(usize, u8)>);

/// Everything a regression may use: column 0 is 1, then the curves of what is to be known and of what
/// is taken out of the noise, then products of what is to be known, then what is regressed.
pub(super) struct Regression<'q> {
    known: Vec<Axis<'q>>,
    apart: Vec<Axis<'q>>,
    products: Vec<Product>,
    first_product: usize,
    gains: &'q [Vec<f64>],
}

impl<'q> Regression<'q> {
    /// A regression of `gains` on some quantities, with the curves of others.
    pub(super) fn new(
        known: &[&'q Quantity],
        apart: &[&'q Quantity],
        gains: &'q [Vec<f64>],
    ) -> Regression<'q> {
        let mut start = 1;
        let mut axes = |quantities: &[&'q Quantity], knots: usize| -> Vec<Axis<'q>> {
            let mut axes = Vec::new();
            for (owner, quantity) in quantities.iter().enumerate() {
                for column in &quantity.columns {
                    let axis = Axis { owner, column, curve: Curve::of(column, knots), start };
                    start += axis.curve.width();
                    axes.push(axis);
                }
            }
            axes
        };
        let (known, apart) = (axes(known, KNOTS), axes(apart, KNOTS_APART));
        let products = products(known.len());
        Regression { known, apart, products, first_product: start, gains }
    }

    pub(super) fn width(&self) -> usize {
        self.first_product + self.products.len()
    }

    /// Where what is regressed stands in a row.
    pub(super) fn regressed(&self) -> std::ops::Range<usize> {
        self.width()..self.width() + self.gains.len()
    }

    /// The columns by which the option is chosen where these quantities are known.
    pub(super) fn known(&self, owners: &[usize]) -> Vec<usize> {
        let mut columns = vec![0];
        columns.extend(curves(&self.known, owners));
        let within = |(axis, _): &(usize, u8)| owners.contains(&self.known[*axis].owner);
        let products = (self.first_product..).zip(&self.products);
        let own = products.filter(|(_, product)| product.0.iter().all(within));
        columns.extend(own.map(|(at, _)| at));
        columns
    }

    /// The columns of what is taken out of the noise.
    pub(super) fn apart(&self, owners: &[usize]) -> Vec<usize> {
        curves(&self.apart, owners).collect()
    }

    /// Writes a path's row.
    pub(super) fn row(&self, path: usize, scores: &mut Vec<f64>, row: &mut [f64]) {
        row[0] = 1.0;
        for axis in &self.apart {
            axis.curve.fill(axis.column[path], &mut row[axis.columns()]);
        }
        scores.clear();
        for axis in &self.known {
            let value = axis.column[path];
            axis.curve.fill(value, &mut row[axis.columns()]);
            scores.push(axis.curve.score(value));
        }
        for (out, product) in row[self.first_product..].iter_mut().zip(&self.products) {
            *out = product.0.iter().fold(1.0, |all, (axis, power)| {
                (0..*power).fold(all, |all, _| all * scores[*axis])
            });
        }
        for (at, gain) in self.regressed().zip(self.gains) {
            row[at] = gain[path];
        }
    }
}

fn curves<'a>(axes: &'a [Axis<'_>], owners: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
    let own = axes.iter().filter(|axis| owners.contains(&axis.owner));
    own.flat_map(Axis::columns)
}

/// The products of so many columns.
fn products(axes: usize) -> Vec<Product> {
    let mut products = Vec::new();
    if axes > PAIRED_MOST {
        return products;
    }
    let close = axes <= CLOSE_MOST;
    let powers = if close { &POWERS[..] } else { &POWERS[..1] };
    for a in 0..axes {
        for b in a + 1..axes {
            products.extend(powers.iter().map(|[p, q]| Product(vec![(a, *p), (b, *q)])));
            let three = (b + 1..axes).filter(|_| close);
            products.extend(three.map(|c| Product(vec![(a, 1), (b, 1), (c, 1)])));
        }
    }
    products
}
