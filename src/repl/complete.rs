//! What could follow at a place of what is typed.

use super::commands;
use crate::session::prompt::Prompt;
use apy_grammar::token::KEYWORDS;

/// Where the word begins that is to be completed, and what it could be.
pub type Candidates = (usize, Vec<String>);

/// The candidates at a place of an input.
pub fn candidates(prompt: &mut Prompt, text: &str, place: usize) -> Candidates {
    let before = &text[..place];
    let line = before.rsplit('\n').next().unwrap_or_default();
    if let Some(command) = before.strip_prefix(':') {
        return command_candidates(prompt, command, before);
    }
    let word = last_word(line);
    let start = place - word.len();
    if let Some(path) = line[..line.len() - word.len()].strip_suffix('.') {
        let path = dotted_name(path);
        if path.is_empty() {
            return (place, Vec::new());
        }
        return (start, fitting(prompt.attributes(path), word));
    }
    if let Some((dict, key)) = open_key(line) {
        return (place - key.len(), fitting(prompt.keys(dict), key));
    }
    if let Some(path) = open_string(line) {
        return paths(path, place);
    }
    let statement = line.trim_start();
    if statement.starts_with("import ") || (statement.starts_with("from ") && !statement.contains(" import"))
    {
        return (start, fitting(Prompt::modules(), word));
    }
    let mut names = prompt.names();
    if let Some(parameters) = open_call(&line[..line.len() - word.len()]).and_then(|f| prompt.parameters(f)) {
        let plain = parameters.iter().filter(|name| !name.starts_with('*'));
        names.extend(plain.map(|name| format!("{}=", name.split('=').next().unwrap_or_default())));
    }
    names.extend(KEYWORDS.iter().map(|(keyword, _)| (*keyword).to_owned()));
    (start, fitting(names, word))
}

fn command_candidates(prompt: &mut Prompt, command: &str, before: &str) -> Candidates {
    let Some((name, rest)) = command.split_once(' ') else {
        let names = commands::names().map(str::to_owned).collect();
        return (before.len() - command.len(), fitting(names, command));
    };
    let names = match name {
        "cancel" => prompt.tasks().into_iter().map(|(name, _)| name).collect(),
        "clock" => vec!["real".to_owned(), "virtual".to_owned()],
        "load" | "save" => return paths(rest, before.len()),
        _ => prompt.names(),
    };
    (before.len() - rest.len(), fitting(names, rest))
}

/// The files and folders that a path, which ends at `place`, could go on with.
fn paths(path: &str, place: usize) -> Candidates {
    let (folder, name) = path.rsplit_once('/').map_or((".", path), |(folder, name)| (folder, name));
    let folder = match folder {
        "" => "/".to_owned(),
        "~" => std::env::var("HOME").unwrap_or_default(),
        folder => match (folder.strip_prefix("~/"), std::env::var("HOME")) {
            (Some(rest), Ok(home)) => format!("{home}/{rest}"),
            _ => folder.to_owned(),
        },
    };
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let is_folder = entry.path().is_dir();
            let own = entry.file_name().into_string().ok()?;
            let is_wanted = own.starts_with(name) && (name.starts_with('.') || !own.starts_with('.'));
            is_wanted.then(|| if is_folder { own + "/" } else { own })
        })
        .collect();
    found.sort();
    (place - name.len(), found)
}

/// What stands in a string that is not closed; `None` outside of strings.
fn open_string(line: &str) -> Option<&str> {
    let mut open: Option<(char, usize)> = None;
    let mut characters = line.char_indices();
    while let Some((at, c)) = characters.next() {
        match (open, c) {
            (Some(_), '\\') => _ = characters.next(),
            (Some((quote, _)), c) if c == quote => open = None,
            (None, '"' | '\'') => open = Some((c, at + 1)),
            (None, '#') => return None,
            _ => {}
        }
    }
    open.map(|(_, start)| &line[start..])
}

/// Those that begin like `word`, sorted; private names only if asked for.
fn fitting(mut names: Vec<String>, word: &str) -> Vec<String> {
    names.retain(|name| name.starts_with(word) && (word.starts_with('_') || !name.starts_with('_')));
    names.sort();
    names.dedup();
    names
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn last_word(line: &str) -> &str {
    &line[line.trim_end_matches(is_part_of_name).len()..]
}

/// The dotted name at the end of `text`; empty if what stands there is more than names.
fn dotted_name(text: &str) -> &str {
    let name = &text[text.trim_end_matches(|c| is_part_of_name(c) || c == '.').len()..];
    let before = &text[..text.len() - name.len()];
    let is_whole = !before.ends_with([')', ']', '}', '"', '\'']);
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !name.contains("..");
    if is_whole && is_name { name } else { "" }
}

/// In `d["na`: the name of the dict, and the key as far as it is written.
fn open_key(line: &str) -> Option<(&str, &str)> {
    let at = line.rfind('[')?;
    let (name, key) = (dotted_name(&line[..at]), &line[at + 1..]);
    let is_key = key.starts_with(['"', '\'']) || key.chars().all(|c| c.is_ascii_digit());
    (!name.is_empty() && is_key && !key.contains(']')).then_some((name, key))
}

/// The name of the function whose arguments are being written; `None` outside of brackets.
pub fn open_call(line: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in line.char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '[' | '{' if depth == 0 => return None,
            '(' if depth == 0 => return Some(dotted_name(&line[..at])).filter(|name| !name.is_empty()),
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What the function that is being called takes, for a call that was just opened.
pub fn signature(prompt: &mut Prompt, text: &str) -> Option<String> {
    let line = text.rsplit('\n').next()?;
    let parameters = prompt.parameters(open_call(line).filter(|_| line.ends_with('('))?)?;
    Some(format!("{})", parameters.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_understood() {
        assert_eq!(last_word("x = asyn"), "asyn");
        assert_eq!(dotted_name("x = a.b"), "a.b");
        assert_eq!(dotted_name("f().b"), "");
        assert_eq!(open_key("print(d['na"), Some(("d", "'na")));
        assert_eq!(open_key("d['na']"), None);
        assert_eq!(open_call("x = a.f(1, g(2), "), Some("a.f"));
        assert_eq!(open_call("f([1, "), None);
        assert_eq!(open_call("f(1)"), None);
        assert_eq!(open_string("open('a/b"), Some("a/b"));
        assert_eq!(open_string("f('a', \"it's"), Some("it's"));
        assert_eq!(open_string("f('a\\'b', x"), None);
        assert_eq!(open_string("f(1)  # don't"), None);
        assert_eq!(fitting(vec!["_a".into(), "ab".into(), "aa".into(), "ab".into()], "a"), ["aa", "ab"]);
    }
}
