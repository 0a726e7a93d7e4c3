//! C3: in which order a class and its bases are searched.

use super::value::Value;

/// Why bases cannot be linearised.
#[derive(Debug)]
pub enum MroError {
    /// The same base stands twice in the list.
    Duplicate(Value),
    /// The orders of the bases contradict each other; the classes that could not be placed.
    Inconsistent(Vec<Value>),
}

impl MroError {
    /// CPython's text.
    pub fn message(&self) -> String {
        let name = |class: &Value| class.as_type().map_or_else(String::new, |class| class.name_text());
        match self {
            MroError::Duplicate(class) => format!("duplicate base class {}", name(class)),
            MroError::Inconsistent(classes) => {
                let names: Vec<String> = classes.iter().map(name).collect();
                let names = names.join(", ");
                format!("Cannot create a consistent method resolution order (MRO) for bases {names}")
            }
        }
    }
}

/// The linearisation of `class`, whose bases are `bases`: itself, then what C3 makes of the
/// linearisations of the bases. All bases are classes.
pub fn linearise(class: &Value, bases: &[Value]) -> Result<Vec<Value>, MroError> {
    for (index, base) in bases.iter().enumerate() {
        if bases[..index].iter().any(|other| other.is(base)) {
            return Err(MroError::Duplicate(base.clone()));
        }
    }
    let mut result = vec![class.clone()];
    if let [base] = bases {
        result.extend(order_of(base));
        return Ok(result);
    }
    // Sequences to merge, and how much of each has been consumed.
    let mut pending: Vec<(Vec<Value>, usize)> = bases.iter().map(|base| (order_of(base), 0)).collect();
    pending.push((bases.to_vec(), 0));
    loop {
        pending.retain(|(order, taken)| *taken < order.len());
        if pending.is_empty() {
            return Ok(result);
        }
        let in_a_tail = |candidate: &Value| {
            pending.iter().any(|(order, taken)| order[taken + 1..].iter().any(|other| other.is(candidate)))
        };
        let heads = pending.iter().map(|(order, taken)| &order[*taken]);
        let Some(next) = heads.clone().find(|head| !in_a_tail(head)).cloned() else {
            let mut blamed: Vec<Value> = Vec::new();
            for head in heads {
                if !blamed.iter().any(|other| other.is(head)) {
                    blamed.push(head.clone());
                }
            }
            return Err(MroError::Inconsistent(blamed));
        };
        for (order, taken) in &mut pending {
            if order[*taken].is(&next) {
                *taken += 1;
            }
        }
        result.push(next);
    }
}

fn order_of(class: &Value) -> Vec<Value> {
    class.as_type().map_or_else(Vec::new, |class| class.mro.borrow().clone())
}

#[cfg(test)]
mod tests {
    use super::super::class::NewType;
    use super::super::dict::DictObject;
    use super::*;

    fn class(name: &str, bases: &[&Value]) -> Result<Value, MroError> {
        let bases: Vec<Value> = bases.iter().map(|&base| base.clone()).collect();
        let class = Value::new_type(NewType {
            name: Value::str(name),
            qualname: Value::str(name),
            metaclass: Value::NONE,
            bases: bases.clone(),
            dict: DictObject::new(),
            spec: None,
            core: None,
            native_base: None,
            is_heap: true,
        });
        let order = linearise(&class, &bases)?;
        *class.as_type().expect("a class").mro.borrow_mut() = order;
        Ok(class)
    }

    fn names(class: &Value) -> String {
        let mro = class.as_type().expect("a class").mro.borrow();
        mro.iter().map(|class| class.as_type().expect("a class").name_text()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn diamond_and_the_example_of_the_paper() {
        let o = class("O", &[]).expect("fine");
        let [a, b, c, d, e] = ["A", "B", "C", "D", "E"].map(|name| class(name, &[&o]).expect("fine"));
        let k1 = class("K1", &[&a, &b, &c]).expect("fine");
        let k2 = class("K2", &[&d, &b, &e]).expect("fine");
        let k3 = class("K3", &[&d, &a]).expect("fine");
        let z = class("Z", &[&k1, &k2, &k3]).expect("fine");
        assert_eq!(names(&z), "Z K1 K2 K3 D A B C E O");
    }

    #[test]
    fn contradictions_are_refused() {
        let o = class("O", &[]).expect("fine");
        let [a, b] = ["A", "B"].map(|name| class(name, &[&o]).expect("fine"));
        let x = class("X", &[&a, &b]).expect("fine");
        let y = class("Y", &[&b, &a]).expect("fine");
        let message = class("Z", &[&x, &y]).expect_err("contradiction").message();
        assert_eq!(message, "Cannot create a consistent method resolution order (MRO) for bases A, B");
        let message = class("Z", &[&a, &a]).expect_err("twice").message();
        assert_eq!(message, "duplicate base class A");
    }
}
