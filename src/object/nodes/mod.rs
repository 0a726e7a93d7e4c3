//! The classes of syntax trees (`ast.AST` and its subclasses), as `nodes.asdl` defines them. The classes
//! themselves are made by the script of `_ast`; trees of texts by `crate::tree`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How often a field holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    One,
    /// May be None.
    Optional,
    /// A list.
    Many,
}

/// A field or attribute of a node.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// The name of a type of the definition, or `identifier`, `string`, `int`, `constant`.
    pub kind: &'static str,
    pub count: Count,
}

/// A class of nodes.
#[derive(Debug)]
pub struct Constructor {
    pub name: &'static str,
    /// Index of its type in [`Definition::types`].
    pub of: usize,
    pub fields: Vec<Field>,
}

/// A sum of constructors, or a product: a type with one constructor of its own name.
#[derive(Debug)]
pub struct NodeType {
    pub name: &'static str,
    pub is_product: bool,
    pub attributes: Vec<Field>,
}

/// All classes.
#[derive(Debug, Default)]
pub struct Definition {
    pub types: Vec<NodeType>,
    pub constructors: Vec<Constructor>,
    by_name: HashMap<&'static str, usize>,
}

impl Definition {
    /// The index of the constructor `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The type `name`.
    pub fn type_named(&self, name: &str) -> Option<usize> {
        self.types.iter().position(|known| known.name == name)
    }
}

/// The definition, read when first asked for.
pub fn definition() -> &'static Definition {
    static DEFINITION: LazyLock<Definition> = LazyLock::new(|| read(include_str!("nodes.asdl")));
    &DEFINITION
}

/// Read a definition: words and signs, comments left out.
fn read(text: &'static str) -> Definition {
    let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let mut words: Vec<&'static str> = Vec::new();
    for line in lines {
        for word in line.split_whitespace() {
            split_signs(word, &mut words);
        }
    }
    let mut found = Definition::default();
    let mut at = 0;
    while at + 1 < words.len() {
        let name = words[at];
        at += 2;
        let of = found.types.len();
        let is_product = words.get(at) == Some(&"(");
        let mut add = |name, fields| {
            found.by_name.insert(name, found.constructors.len());
            found.constructors.push(Constructor { name, of, fields });
        };
        if is_product {
            add(name, fields(&words, &mut at));
        } else {
            loop {
                let name = words[at];
                at += 1;
                add(name, fields(&words, &mut at));
                if words.get(at) != Some(&"|") {
                    break;
                }
                at += 1;
            }
        }
        let mut attributes = Vec::new();
        if words.get(at) == Some(&"attributes") {
            at += 1;
            attributes = fields(&words, &mut at);
        }
        found.types.push(NodeType { name, is_product, attributes });
    }
    found
}

fn split_signs(mut word: &'static str, words: &mut Vec<&'static str>) {
    while let Some(at) = word.find(['(', ')', ',', '?', '*', '|', '=']) {
        if at > 0 {
            words.push(&word[..at]);
        }
        words.push(&word[at..=at]);
        word = &word[at + 1..];
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// `( kind name, ... )`, or nothing.
fn fields(words: &[&'static str], at: &mut usize) -> Vec<Field> {
    let mut fields = Vec::new();
    if words.get(*at) != Some(&"(") {
        return fields;
    }
    while words[*at] != ")" {
        let kind = words[*at + 1];
        let (count, width) = match words[*at + 2] {
            "?" => (Count::Optional, 4),
            "*" => (Count::Many, 4),
            _ => (Count::One, 3),
        };
        *at += width;
        fields.push(Field { name: words[*at - 1], kind, count });
    }
    *at += 1;
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_read() {
        let all = definition();
        let binary = &all.constructors[all.find("BinOp").expect("it is there")];
        let fields: Vec<_> =
            binary.fields.iter().map(|field| (field.kind, field.name, field.count)).collect();
        assert_eq!(
            fields,
            [("expr", "left", Count::One), ("operator", "op", Count::One), ("expr", "right", Count::One)]
        );
        assert_eq!(all.types[binary.of].name, "expr");
        assert_eq!(all.types[binary.of].attributes.len(), 4);
        assert!(all.types[all.type_named("arguments").expect("it is there")].is_product);
        assert_eq!((all.types.len(), all.constructors.len()), (19, 111));
    }
}
