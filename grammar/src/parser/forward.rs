//! Productions that are used before they are defined.

use super::{Extra, Rule, Tokens};
use chumsky::prelude::*;
use chumsky::recursive::{Direct, Indirect, Recursive};
use std::rc::Rc;

/// A production that is used before it is defined. Does not own it: see [`declare`].
pub(crate) type Forward<'t, O> = Recursive<Direct<'t, 't, Tokens<'t>, O, Extra>>;
/// Declare a production: how others name it, and the place of its definition. The rules that are
/// made of it, its own among them, only name it; were they to own it, as `Recursive::declare` has
/// it, the cycle would stay in memory for good, once per parsed text.
pub(crate) fn declare<'t, O: 't>() -> (Forward<'t, O>, Definition<'t, O>) {
    let rule = Recursive::declare();
    let mut forward = None;
    let owner = recursive(|named| {
        forward = Some(named);
        rule.clone()
    });
    (forward.expect("the closure has been called"), Definition { rule, owner })
}

/// The place of a production's definition, and its owner.
pub(crate) struct Definition<'t, O> {
    rule: Recursive<Indirect<'t, 't, Tokens<'t>, O, Extra>>,
    owner: Forward<'t, O>,
}

impl<'t, O: 't> Definition<'t, O> {
    /// Define the production; who is returned keeps it alive.
    pub(crate) fn define(mut self, rule: impl Parser<'t, Tokens<'t>, O, Extra> + Clone + 't) -> Owner<'t> {
        self.rule.define(rule);
        Rc::new(self.owner)
    }
}

/// Keeps productions alive.
pub(crate) type Owner<'t> = Rc<dyn Owns + 't>;

/// Anything at all.
pub(crate) trait Owns {}
impl<T> Owns for T {}

/// The rule, which keeps the productions that it names alive.
pub(crate) fn owning<'t, O: 't>(
    rule: impl Parser<'t, Tokens<'t>, O, Extra> + Clone + 't,
    owners: Vec<Owner<'t>>,
) -> Rule<'t, O> {
    let owners: Rc<[Owner<'t>]> = owners.into();
    rule.map(move |output| {
        let _ = &owners;
        output
    })
    .boxed()
}
