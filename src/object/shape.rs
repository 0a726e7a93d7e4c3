//! Shapes (hidden classes): which attribute names an instance has, and in which slots. Each
//! class has a tree of its own, so that a shape also tells the class.

use super::value::Value;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;

/// Identifies a shape; never reused. 0 is no shape: an instance whose attributes are in a dict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShapeId(pub u32);

impl ShapeId {
    pub const NONE: ShapeId = ShapeId(0);
}

struct Shape {
    /// Interned names, slot by slot.
    names: Vec<Value>,
    /// Address of a name to its slot; built when there are many.
    index: HashMap<usize, u32, FxBuildHasher>,
    /// Address of a name to the shape with that name added.
    next: Vec<(usize, ShapeId)>,
}

thread_local! {
    static SHAPES: RefCell<Vec<Option<Box<Shape>>>> = const { RefCell::new(Vec::new()) };
}

fn new_shape(names: Vec<Value>) -> ShapeId {
    SHAPES.with_borrow_mut(|shapes| {
        if shapes.is_empty() {
            shapes.push(None);
        }
        let index = if names.len() > 8 {
            names.iter().enumerate().map(|(slot, name)| (name.address(), slot as u32)).collect()
        } else {
            HashMap::default()
        };
        shapes.push(Some(Box::new(Shape { names, index, next: Vec::new() })));
        ShapeId(shapes.len() as u32 - 1)
    })
}

impl ShapeId {
    /// A new tree's root: no attributes.
    pub fn new_root() -> ShapeId {
        new_shape(Vec::new())
    }

    /// The slot of an interned name.
    pub fn slot(self, name: &Value) -> Option<usize> {
        SHAPES.with_borrow(|shapes| {
            let shape = shapes.get(self.0 as usize)?.as_ref()?;
            if shape.index.is_empty() {
                shape.names.iter().position(|other| other.is(name))
            } else {
                shape.index.get(&name.address()).map(|&slot| slot as usize)
            }
        })
    }

    /// The shape with the interned `name` added in the next slot.
    pub fn with(self, name: &Value) -> ShapeId {
        let (known, names) = SHAPES.with_borrow(|shapes| {
            let shape = shapes[self.0 as usize].as_ref().expect("the shape of a live class");
            let known = shape.next.iter().find(|(address, _)| *address == name.address());
            (known.map(|&(_, id)| id), shape.names.clone())
        });
        if let Some(id) = known {
            return id;
        }
        let mut names = names;
        names.push(name.clone());
        let id = new_shape(names);
        SHAPES.with_borrow_mut(|shapes| {
            let shape = shapes[self.0 as usize].as_mut().expect("the shape of a live class");
            shape.next.push((name.address(), id));
        });
        id
    }

    /// The names, slot by slot.
    pub fn names(self) -> Vec<Value> {
        SHAPES.with_borrow(|shapes| {
            let shape = shapes.get(self.0 as usize).and_then(Option::as_ref);
            shape.map_or_else(Vec::new, |shape| shape.names.clone())
        })
    }

    /// Number of slots.
    pub fn len(self) -> usize {
        SHAPES.with_borrow(|shapes| {
            shapes.get(self.0 as usize).and_then(Option::as_ref).map_or(0, |shape| shape.names.len())
        })
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Forget the tree below this root: its class is gone, and with it all instances.
    pub fn forget_tree(self) {
        let mut pending = vec![self];
        while let Some(id) = pending.pop() {
            let shape = SHAPES.with_borrow_mut(|shapes| shapes.get_mut(id.0 as usize).and_then(Option::take));
            if let Some(shape) = shape {
                pending.extend(shape.next.iter().map(|&(_, id)| id));
            }
        }
    }
}
