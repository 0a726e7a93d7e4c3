//! What depends on the machine or on the moment is taken out of the output before it is compared.

use regex_lite::Regex;
use std::borrow::Cow;
use std::path::Path;

/// Ports from here on are given out by the system.
const FIRST_EPHEMERAL_PORT: u32 = 32768;

/// A rule of the user: `# normalize: PATTERN => TEXT`.
#[derive(Debug, Clone)]
pub struct Rule {
    pattern: Regex,
    replacement: String,
}

impl Rule {
    /// The rule that a directive's value spells.
    pub fn parse(value: &str) -> Result<Rule, String> {
        let Some((pattern, replacement)) = value.split_once("=>") else {
            return Err("expected PATTERN => TEXT".to_owned());
        };
        match Regex::new(pattern.trim()) {
            Ok(pattern) => Ok(Rule { pattern, replacement: replacement.trim().to_owned() }),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What is known about the place in which a test ran.
pub struct Place<'a> {
    /// The folder of the script.
    pub folder: &'a Path,
    /// The test's own folder for temporary files.
    pub scratch: Option<&'a Path>,
}

/// `text` without the folder's path, addresses, temporary paths and ports; then the user's rules.
pub fn normalize(text: &str, place: &Place<'_>, rules: &[Rule]) -> String {
    let mut text = Cow::Borrowed(text);
    if let Some(scratch) = place.scratch {
        replace_all(&mut text, &scratch.display().to_string(), "[TEMP]");
        without_temporary_names(&mut text);
    }
    let folder = place.folder.display().to_string();
    replace_all(&mut text, &format!("{folder}/"), "");
    replace_all(&mut text, &folder, "[FOLDER]");
    without_addresses(&mut text);
    without_ports(&mut text);
    for rule in rules {
        if rule.pattern.is_match(&text) {
            text = Cow::Owned(rule.pattern.replace_all(&text, rule.replacement.as_str()).into_owned());
        }
    }
    text.into_owned()
}

fn replace_all(text: &mut Cow<'_, str>, from: &str, to: &str) {
    if from.len() > 1 && text.contains(from) {
        *text = Cow::Owned(text.replace(from, to));
    }
}

/// ` at 0x7f..` becomes ` at 0x...`.
fn without_addresses(text: &mut Cow<'_, str>) {
    rewrite(text, " at 0x", |rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        (digits > 0).then(|| (digits, "...".to_owned()))
    });
}

/// What `tempfile` makes up: eight characters after a prefix.
fn without_temporary_names(text: &mut Cow<'_, str>) {
    rewrite(text, "[TEMP]/tmp", |rest| {
        let length =
            rest.bytes().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_').count();
        (length == 8).then(|| (8, "[..]".to_owned()))
    });
}

/// Ports that the system chose, behind the address of this machine.
fn without_ports(text: &mut Cow<'_, str>) {
    for host in ["127.0.0.1:", "127.0.0.1', ", "localhost:", "[::1]:", "::1', "] {
        rewrite(text, host, |rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let port: u32 = rest[..digits].parse().ok()?;
            (FIRST_EPHEMERAL_PORT..=65535).contains(&port).then(|| (digits, "[PORT]".to_owned()))
        });
    }
}

/// After each `marker`, let `rule` replace so many bytes.
fn rewrite(text: &mut Cow<'_, str>, marker: &str, rule: impl Fn(&str) -> Option<(usize, String)>) {
    if !text.contains(marker) {
        return;
    }
    let mut pieces = text.split(marker);
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        result.push_str(marker);
        match rule(piece) {
            Some((length, replacement)) => {
                result.push_str(&replacement);
                result.push_str(&piece[length..]);
            }
            None => result.push_str(piece),
        }
    }
    *text = Cow::Owned(result);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_the_machine() {
        let place = Place { folder: Path::new("/home/me/tests"), scratch: Some(Path::new("/tmp/apy-1/7")) };
        let rules = [Rule::parse(r"took [0-9]+ ms => took N ms").unwrap()];
        let check = |text: &str, want: &str| assert_eq!(normalize(text, &place, &rules), want);
        check("File \"/home/me/tests/a.apy\", line 1", "File \"a.apy\", line 1");
        check("in /home/me/tests", "in [FOLDER]");
        check("<object object at 0x7f00aa>", "<object object at 0x...>");
        check("/tmp/apy-1/7/tmpab_12cd3/x", "[TEMP]/tmp[..]/x");
        check("on 127.0.0.1:45678 and ('127.0.0.1', 40000)", "on 127.0.0.1:[PORT] and ('127.0.0.1', [PORT])");
        check("on 127.0.0.1:8080", "on 127.0.0.1:8080");
        check("took 12 ms", "took N ms");
    }
}
