//! How wrong calls of methods are worded: CPython's parser has no names of functions here.

use crate::object::convention::Convention;

/// What is wrong with a call of a function with these parameters, if something is.
fn complaint(parameters: &[&str], required: usize, count: usize, names: &[&str]) -> Option<String> {
    let most = parameters.len();
    let given = count + names.len();
    if given > most {
        let how = if required == most { "exactly" } else { "at most" };
        let plural = if most == 1 { "" } else { "s" };
        return Some(format!("function takes {how} {most} argument{plural} ({given} given)"));
    }
    let missing = (count..required).find(|index| !names.contains(&parameters[*index]));
    if let Some(index) = missing {
        return Some(format!(
            "function missing required argument '{}' (pos {})",
            parameters[index],
            index + 1
        ));
    }
    let unknown = names.iter().find(|name| !parameters.contains(name))?;
    Some(format!("this function got an unexpected keyword argument '{unknown}'"))
}

/// As [`complaint`], for functions without keywords.
fn counted(wanted: usize, count: usize) -> Option<String> {
    let plural = if wanted == 1 { "" } else { "s" };
    (count != wanted).then(|| format!("function takes exactly {wanted} argument{plural} ({count} given)"))
}

const FIELDS: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

pub const NEW: Convention = Convention::Own(|count, names| complaint(&["value", "context"], 0, count, names));
pub const CONTEXT: Convention = Convention::Own(|count, names| complaint(&["context"], 0, count, names));
pub const OTHER: Convention =
    Convention::Own(|count, names| complaint(&["other", "context"], 1, count, names));
pub const FMA: Convention =
    Convention::Own(|count, names| complaint(&["other", "third", "context"], 2, count, names));
pub const QUANTIZE: Convention =
    Convention::Own(|count, names| complaint(&["exp", "rounding", "context"], 1, count, names));
pub const ROUNDING: Convention =
    Convention::Own(|count, names| complaint(&["rounding", "context"], 0, count, names));
pub const POWER: Convention =
    Convention::Own(|count, names| complaint(&["a", "b", "modulo"], 2, count, names));
pub const TWO: Convention = Convention::Own(|count, _| counted(2, count));
pub const THREE: Convention = Convention::Own(|count, _| counted(3, count));
pub const NEW_CONTEXT: Convention = Convention::Own(|count, names| complaint(&FIELDS, 0, count, names));
pub const LOCAL: Convention = Convention::Own(|count, names| {
    let all = ["ctx", "prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];
    complaint(&all, 0, count, names)
});
