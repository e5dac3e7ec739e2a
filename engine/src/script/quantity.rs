//! What scripts hold in their hands.

use std::fmt;

use rhai::{Dynamic, FnPtr, Position};
use rust_decimal::Decimal;

use crate::expr::NodeId;

/// A value of a script that is a node of the graph.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// The node.
    pub node: NodeId,
    /// The named thing the value is, when it is one and nothing was computed from it: a cell of a
    /// scenario, for words that need to know which.
    pub name: Option<u32>,
}

impl From<NodeId> for Quantity {
    fn from(node: NodeId) -> Self {
        Self { node, name: None }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.node.index())
    }
}

/// A closure kept for later, with what it captured frozen as it was when it was declared.
///
/// Rhai shares captured variables between a closure and its surroundings; left alone, a closure in
/// a loop would see the loop variable's last value.
#[derive(Debug, Clone)]
pub struct Closure {
    pub(super) function: FnPtr,
    /// Where the closure starts.
    pub position: Position,
}

impl Closure {
    /// Keeps `function`, which stands at `position`.
    #[must_use]
    pub fn freeze(mut function: FnPtr, position: Position) -> Self {
        for captured in function.iter_curry_mut() {
            *captured = captured.flatten_clone();
        }
        Self { function, position }
    }

    /// A copy whose captured variables are new shared cells, so that a write can be seen after.
    pub(super) fn fresh(&self) -> FnPtr {
        let mut function = self.function.clone();
        for captured in function.iter_curry_mut() {
            *captured = captured.flatten_clone().into_shared();
        }
        function
    }

    /// Whether a run of `used` changed anything that was captured.
    pub(super) fn changed(&self, used: &FnPtr) -> bool {
        let before = self.function.iter_curry();
        before.zip(used.iter_curry()).any(|(before, after)| !same(before, &after.flatten_clone()))
    }
}

/// Whether two plain values are the same. Values without an inside to change always are.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if a.type_id() != b.type_id() {
        return false;
    }
    if let (Some(a), Some(b)) = (a.read_lock::<rhai::Array>(), b.read_lock::<rhai::Array>()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<rhai::Map>(), b.read_lock::<rhai::Map>()) {
        return a.len() == b.len()
            && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && same(a, b));
    }
    if let (Some(a), Some(b)) = (a.clone().try_cast::<Quantity>(), b.clone().try_cast::<Quantity>())
    {
        return a == b;
    }
    if let (Some(a), Some(b)) = (number_of(a), number_of(b)) {
        return a == b;
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return a == b;
    }
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return *a == *b;
    }
    true
}

/// The exact number a plain script value is.
pub(super) fn number_of(value: &Dynamic) -> Option<Decimal> {
    value.as_int().map(Decimal::from).or_else(|_| value.as_decimal()).ok()
}
