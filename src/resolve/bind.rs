//! What each name of each scope is: looked up outwards, as the language does it.

use super::scope::{Facts, ScopeId, ScopeKind, Scopes};
use super::{CLASS_DICT, scope_error};
use apy_grammar::{Diagnostic, Span};
use std::rc::Rc;

/// Where an outward search ended.
enum Found {
    /// In this function, or in this class, which provides `__class__`.
    In(ScopeId),
    Global,
}

/// Decide all names. Captured variables and the way to them are marked in the scopes.
pub(super) fn bind(scopes: &mut Scopes, diagnostics: &mut Vec<Diagnostic>) {
    for id in scopes.ids() {
        // Names that arrive during the pass are on their way to nested code and decided already.
        for at in 0..scopes.get(id).symbols.len() {
            let symbol = &scopes.get(id).symbols[at];
            let (name, facts) = (Rc::clone(&symbol.name), symbol.facts);
            let declared = symbol.declared.unwrap_or_default();
            decide(scopes, id, &name, facts, declared, diagnostics);
        }
    }
}

fn decide(
    scopes: &mut Scopes,
    id: ScopeId,
    name: &Rc<str>,
    facts: Facts,
    declared: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let nonlocal = facts.any(Facts::NONLOCAL);
    if facts.any(Facts::GLOBAL) {
        if nonlocal {
            diagnostics.push(scope_error(format!("name '{name}' is nonlocal and global"), declared));
        }
        return;
    }
    if nonlocal && id == ScopeId::MODULE {
        diagnostics.push(scope_error("nonlocal declaration not allowed at module level", declared));
        return;
    }
    if scopes.get(id).binds(facts) || id == ScopeId::MODULE {
        return;
    }
    if let Some(class) = scopes.get(id).sees_class {
        // Names of the class around are read from its namespace, as in its body.
        let class = scopes.get(class);
        let facts = class.facts(name);
        if facts.any(Facts::GLOBAL) {
            scopes.get_mut(id).symbol_mut(name).facts.add(Facts::GLOBAL);
            return;
        }
        if class.binds(facts) {
            return;
        }
    }
    match search(scopes, id, name) {
        Found::In(owner) if nonlocal && scopes.get(owner).facts(name).any(Facts::TYPE_PARAMETER) => {
            let text = format!("nonlocal binding not allowed for type parameter '{name}'");
            diagnostics.push(scope_error(text, declared));
        }
        Found::In(owner) => mark(scopes, id, owner, name),
        Found::Global if nonlocal => {
            diagnostics.push(scope_error(format!("no binding for nonlocal '{name}' found"), declared));
        }
        Found::Global => {}
    }
}

/// Look for the function around `id` that binds `name`.
fn search(scopes: &Scopes, id: ScopeId, name: &str) -> Found {
    let mut at = scopes.get(id).parent;
    // A comprehension that is part of a class's body does not see the class's cell.
    let mut is_body = scopes.get(id).is_inlined();
    while let Some(parent) = at {
        let scope = scopes.get(parent);
        match scope.kind {
            ScopeKind::Module => return Found::Global,
            ScopeKind::Class => {
                if name == "__class__" && is_body {
                    return Found::Global;
                }
                if name == "__class__" || name == CLASS_DICT {
                    return Found::In(parent);
                }
            }
            _ => {
                let facts = scope.facts(name);
                if facts.any(Facts::GLOBAL) {
                    return Found::Global;
                }
                if scope.binds(facts) {
                    return Found::In(parent);
                }
            }
        }
        is_body &= scope.is_inlined();
        at = scope.parent;
    }
    Found::Global
}

/// `name`, used in `id`, is a variable of `owner`: note it on the way, and whether it needs a
/// cell, which it does when the way leaves the owner's code.
fn mark(scopes: &mut Scopes, id: ScopeId, owner: ScopeId, name: &Rc<str>) {
    let mut at = id;
    let mut leaves = false;
    while at != owner {
        let scope = scopes.get_mut(at);
        scope.symbol_mut(name).facts.add(Facts::FREE);
        if !scope.is_inlined() {
            scope.free.insert(Rc::clone(name));
            leaves = true;
        }
        let Some(parent) = scope.parent else { return };
        at = parent;
    }
    let scope = scopes.get_mut(owner);
    if scope.kind == ScopeKind::Class {
        match &**name {
            CLASS_DICT => scope.needs_class_dict = true,
            _ => scope.needs_class_cell = true,
        }
    } else if leaves {
        scope.symbol_mut(name).facts.add(Facts::CAPTURED);
    }
}
