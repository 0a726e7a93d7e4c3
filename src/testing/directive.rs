//! The comments by which a script says how it is to be run and what it must print.
//!
//! The opening comment holds directives, `# name: value`. Expectations stand anywhere, as comments
//! (the tokenizer finds them, so that text in a string is none).

use super::normalize::Rule;
use super::pattern::{Expected, Slot};
use apy_grammar::SourceFile;
use std::time::Duration;

/// A directive of the opening comment.
struct Directive {
    name: &'static str,
    /// What it takes and does, for `--directives`.
    help: &'static str,
    read: fn(&mut Header, &str) -> Result<(), String>,
}

/// All directives of the opening comment, in the order of the guide.
static DIRECTIVES: &[Directive] = &[
    Directive { name: "args", help: "WORDS: arguments of the script", read: |h, v| words(&mut h.args, v) },
    Directive { name: "flags", help: "WORDS: options for apy", read: |h, v| words(&mut h.flags, v) },
    Directive { name: "env", help: "NAME=VALUE: an environment variable; may be repeated", read: env },
    Directive { name: "stdin", help: "FILE: standard input, a file beside the script", read: stdin },
    Directive { name: "exit", help: "N: the exit code", read: |h, v| number(&mut h.exit, v) },
    Directive { name: "stderr-has", help: "TEXT: must occur in standard error", read: stderr_has },
    Directive { name: "stderr", help: "any: standard error is not compared", read: stderr },
    Directive { name: "aside", help: "TEXT: occurs in the notes and help around the error", read: aside },
    Directive { name: "skip", help: "WHY: do not run it", read: |h, v| text(&mut h.skip, v) },
    Directive { name: "xfail", help: "WHY: it must fail", read: |h, v| text(&mut h.xfail, v) },
    Directive { name: "requires", help: "WHAT: network, unix, linux, macos or windows", read: requires },
    Directive { name: "clock", help: "real or virtual (the default)", read: clock },
    Directive { name: "seed", help: "N: the seed of what is random", read: |h, v| number(&mut h.seed, v) },
    Directive { name: "timeout", help: "SECONDS of real time", read: timeout },
    Directive {
        name: "memory",
        help: "MIB: the most memory it may use",
        read: |h, v| number(&mut h.memory, v),
    },
    Directive { name: "normalize", help: "REGEX => TEXT: replace before comparing", read: normalize },
    Directive { name: "elide", help: "off: [..] and ... are text", read: elide },
    Directive { name: "leaks", help: "ignore, or kinds that are allowed", read: leaks },
    Directive { name: "tags", help: "WORDS: names for --filter", read: |h, v| words(&mut h.tags, v) },
    Directive {
        name: "not-yet",
        help: "WHAT: apy must refuse it by this name",
        read: |h, v| text(&mut h.not_yet, v),
    },
    Directive {
        name: "skip-cpython",
        help: "WHY: CPython has no counterpart",
        read: |h, v| text(&mut h.skip_cpython, v),
    },
];

/// What `# leaks:` may allow.
pub const LEAK_KINDS: &[&str] = &["tasks", "coroutines", "exceptions", "files", "transports", "loops"];

/// What the opening comment says.
#[derive(Debug, Clone, Default)]
pub struct Header {
    pub args: Vec<String>,
    pub flags: Vec<String>,
    pub env: Vec<(String, String)>,
    pub stdin: Option<String>,
    pub exit: Option<i32>,
    pub stderr_has: Vec<String>,
    pub stderr_any: bool,
    /// If there is any, notes and help after an error are not compared with `.err`.
    pub aside: Vec<String>,
    pub skip: Option<String>,
    pub xfail: Option<String>,
    pub requires: Vec<String>,
    pub real_clock: Option<bool>,
    pub seed: Option<u64>,
    pub timeout: Option<Duration>,
    /// In MiB.
    pub memory: Option<u64>,
    pub rules: Vec<Rule>,
    pub elide_off: bool,
    pub leaks_allowed: Vec<String>,
    pub tags: Vec<String>,
    pub not_yet: Option<String>,
    pub skip_cpython: Option<String>,
    /// Directives that cannot be understood: line and message.
    pub faults: Vec<(u32, String)>,
}

fn words(into: &mut Vec<String>, value: &str) -> Result<(), String> {
    *into = split_words(value)?;
    Ok(())
}

/// Words between spaces; quotes keep spaces, a backslash keeps the next character.
fn split_words(value: &str) -> Result<Vec<String>, String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => found.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    found.extend(word);
    Ok(found)
}

fn number<T: std::str::FromStr>(into: &mut Option<T>, value: &str) -> Result<(), String> {
    match value.parse() {
        Ok(number) => *into = Some(number),
        Err(_) => return Err(format!("expected a number, found {value:?}")),
    }
    Ok(())
}

fn text(into: &mut Option<String>, value: &str) -> Result<(), String> {
    *into = Some(value.to_owned());
    Ok(())
}

fn env(header: &mut Header, value: &str) -> Result<(), String> {
    let Some((name, value)) = value.split_once('=') else {
        return Err(format!("expected NAME=VALUE, found {value:?}"));
    };
    header.env.push((name.trim().to_owned(), value.to_owned()));
    Ok(())
}

fn stdin(header: &mut Header, value: &str) -> Result<(), String> {
    text(&mut header.stdin, value)
}

fn stderr_has(header: &mut Header, value: &str) -> Result<(), String> {
    header.stderr_has.push(value.to_owned());
    Ok(())
}

fn aside(header: &mut Header, value: &str) -> Result<(), String> {
    header.aside.push(value.to_owned());
    Ok(())
}

fn stderr(header: &mut Header, value: &str) -> Result<(), String> {
    if value != "any" {
        return Err(format!("expected any, found {value:?}"));
    }
    header.stderr_any = true;
    Ok(())
}

fn requires(header: &mut Header, value: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &["network", "unix", "linux", "macos", "windows"];
    for word in split_words(value)? {
        if !KNOWN.contains(&word.as_str()) {
            return Err(format!("expected {}, found {word:?}", KNOWN.join(", ")));
        }
        header.requires.push(word);
    }
    Ok(())
}

fn clock(header: &mut Header, value: &str) -> Result<(), String> {
    header.real_clock = match value {
        "real" => Some(true),
        "virtual" => Some(false),
        _ => return Err(format!("expected real or virtual, found {value:?}")),
    };
    Ok(())
}

fn timeout(header: &mut Header, value: &str) -> Result<(), String> {
    let seconds: f64 = value
        .trim_end_matches(['s', ' '])
        .parse()
        .map_err(|_| format!("expected seconds, found {value:?}"))?;
    header.timeout = match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Some(limit),
        _ => return Err(format!("expected seconds, found {value:?}")),
    };
    Ok(())
}

fn normalize(header: &mut Header, value: &str) -> Result<(), String> {
    header.rules.push(Rule::parse(value)?);
    Ok(())
}

fn elide(header: &mut Header, value: &str) -> Result<(), String> {
    header.elide_off = match value {
        "off" => true,
        "on" => false,
        _ => return Err(format!("expected on or off, found {value:?}")),
    };
    Ok(())
}

fn leaks(header: &mut Header, value: &str) -> Result<(), String> {
    header.leaks_allowed.clear();
    for word in split_words(&value.replace(',', " "))? {
        match word.as_str() {
            "check" => header.leaks_allowed.clear(),
            "ignore" => header.leaks_allowed.extend(LEAK_KINDS.iter().map(|kind| (*kind).to_owned())),
            kind if LEAK_KINDS.contains(&kind) => header.leaks_allowed.push(word),
            _ => return Err(format!("expected ignore, check, {}, found {word:?}", LEAK_KINDS.join(", "))),
        }
    }
    Ok(())
}

impl Header {
    /// Read the opening comment of `text`; what it says goes over what `self` says already.
    pub fn read(&mut self, text: &str) {
        for (number, line) in (1..).zip(text.lines()) {
            let Some(comment) = line.strip_prefix('#') else { break };
            let comment = comment.trim_start();
            let Some((name, value)) = comment.split_once(':') else { continue };
            if !value.is_empty() && !value.starts_with(' ') {
                continue;
            }
            match DIRECTIVES.iter().find(|directive| directive.name == name) {
                Some(directive) => {
                    if let Err(message) = (directive.read)(self, value.trim()) {
                        self.faults.push((number, format!("# {name}: {message}")));
                    }
                }
                None => {
                    if let Some(meant) = misspelt(name) {
                        self.faults.push((number, format!("# {name}: did you mean '{meant}'?")));
                    }
                }
            }
        }
    }
}

/// The directive that `name` differs from by one letter. Short words may well be prose.
fn misspelt(name: &str) -> Option<&'static str> {
    let close = |known: &str| {
        let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), known.chars().collect());
        let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        let tail = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
        a.len() - start - tail <= 1 && b.len() - start - tail <= 1
    };
    if name.len() < 5 {
        return None;
    }
    DIRECTIVES.iter().map(|directive| directive.name).find(|known| known.len() >= 5 && close(known))
}

/// The table of directives as text.
pub fn help() -> String {
    let mut text = "In the opening comment of a script, as `# name: value`:\n\n".to_owned();
    for directive in DIRECTIVES {
        text.push_str(&format!("  {:<14}{}\n", directive.name, directive.help));
    }
    text.push_str("\nAnywhere in a script:\n\n");
    for (name, help) in EXPECTATIONS {
        text.push_str(&format!("  {:<22}{}\n", format!("# {name}"), help));
    }
    text
}

const EXPECTATIONS: &[(&str, &str)] = &[
    ("expect: LINE", "on the line that prints; [..] stands for any text"),
    ("expect-error: TEXT", "on the line whose exception ends the script"),
    ("expect-not: TEXT", "no printed line may contain it"),
    ("exit: N", "the exit code, as in the opening comment"),
    ("expect-any-order:", "the lines expected until `# end` may come in any order"),
    ("output:", "the lines of this comment, to the end of the file, are the whole output"),
];

/// A comment with an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// From 1.
    pub line: u32,
    /// Where the `#` stands, in bytes.
    pub start: usize,
    /// Where the comment ends.
    pub end: usize,
    pub text: String,
    region: Option<u32>,
}

/// The expectations in the comments of a script.
#[derive(Debug, Clone, Default)]
pub struct Inline {
    /// `# expect:`, in the order of the source; or the lines of the block.
    pub lines: Vec<Site>,
    /// The line `# output:`.
    pub block: Option<Site>,
    pub error: Option<Site>,
    /// `# exit: N` on a line of its own, outside of the opening comment.
    pub exit: Option<(Site, i32)>,
    pub never: Vec<Site>,
    /// What cannot be understood: line and message.
    pub faults: Vec<(u32, String)>,
}

impl Inline {
    /// Find the expectations in `text`.
    pub fn read(text: &str) -> Inline {
        let mut inline = Inline::default();
        // Most scripts have none: spare them the tokenizer.
        if !["expect", "output:", "exit:"].iter().any(|word| text.contains(word)) {
            return inline;
        }
        let source = SourceFile::new("", text);
        let comments = apy_grammar::tokenize(&source).comments;
        let mut region = None;
        let mut regions = 0;
        for (at, span) in comments.iter().enumerate() {
            let body = source.slice(*span).trim_start_matches('#').trim();
            let site = |text: &str| Site {
                line: source.line(span.start),
                start: span.start as usize,
                end: span.end as usize,
                text: text.to_owned(),
                region,
            };
            let value = |name: &str| {
                let rest = body.strip_prefix(name)?.strip_prefix(':')?;
                (rest.is_empty() || rest.starts_with(' ')).then(|| rest.strip_prefix(' ').unwrap_or(rest))
            };
            if let Some(text) = value("expect") {
                inline.lines.push(site(text));
            } else if let Some(text) = value("expect-error") {
                if inline.error.is_some() {
                    let message = "only one exception can end a script".to_owned();
                    inline.faults.push((source.line(span.start), message));
                }
                inline.error = Some(site(text));
            } else if let Some(code) = value("exit").and_then(|code| code.parse().ok())
                && stands_alone(text, span.start as usize)
                && !is_opening(text, span.start as usize)
            {
                inline.exit = Some((site(""), code));
            } else if let Some(text) = value("expect-not") {
                inline.never.push(site(text));
            } else if value("expect-any-order").is_some() {
                regions += 1;
                region = Some(regions);
            } else if body == "end" && region.is_some() {
                region = None;
            } else if value("output") == Some("") && stands_alone(text, span.start as usize) {
                if !inline.lines.is_empty() {
                    let message = "`# output:` and `# expect:` in one script".to_owned();
                    inline.faults.push((source.line(span.start), message));
                }
                inline.block = Some(site(""));
                inline.read_block(&source, &comments[at + 1..]);
                return inline;
            }
        }
        if region.is_some() {
            inline.faults.push((source.line_count(), "`# expect-any-order:` without `# end`".to_owned()));
        }
        inline
    }

    /// The comments after `# output:`, each a line of the output.
    fn read_block(&mut self, source: &SourceFile, comments: &[apy_grammar::Span]) {
        let (mut region, mut regions) = (None, 0);
        for span in comments {
            let body = source.slice(*span).trim_start_matches('#');
            match body.trim() {
                "expect-any-order:" => {
                    regions += 1;
                    region = Some(regions);
                    continue;
                }
                "end" if region.is_some() => {
                    region = None;
                    continue;
                }
                _ => {}
            }
            let comment = source.slice(*span);
            let body = comment.strip_prefix("# ").or(comment.strip_prefix('#')).unwrap_or_default();
            self.lines.push(Site {
                line: source.line(span.start),
                start: span.start as usize,
                end: span.end as usize,
                text: body.to_owned(),
                region,
            });
        }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        !self.says_output() && self.error.is_none() && self.never.is_empty()
    }

    /// Whether they say what is printed.
    pub fn says_output(&self) -> bool {
        !self.lines.is_empty() || self.block.is_some()
    }

    /// What must be printed.
    pub fn expected(&self, elides: bool) -> Expected {
        let slot = |site: &Site| -> Slot { Expected::slot(&site.text, site.region) };
        Expected { slots: self.lines.iter().map(slot).collect(), elides, ends_line: None }
    }
}

/// Whether nothing but white space stands before the comment on its line.
pub fn stands_alone(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..at].trim().is_empty()
}

/// Whether only comments stand before it.
fn is_opening(text: &str, at: usize) -> bool {
    text[..at].lines().all(|line| line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        let mut header = Header::default();
        header.read(text);
        header
    }

    #[test]
    fn directives_of_the_opening_comment() {
        let header = header(
            "#!/usr/bin/env apy\n# About: prose\n# args: one 'two three'\n# env: A=b c\n# exit: 3\n\
             # timeout: 0.5\n# leaks: tasks files\n\n# exit: 4\n",
        );
        assert_eq!(header.args, ["one", "two three"]);
        assert_eq!(header.env, [("A".to_owned(), "b c".to_owned())]);
        assert_eq!(header.exit, Some(3));
        assert_eq!(header.timeout, Some(Duration::from_millis(500)));
        assert_eq!(header.leaks_allowed, ["tasks", "files"]);
        assert!(header.faults.is_empty());
    }

    #[test]
    fn wrong_directives_are_named() {
        let header = header("# exit: three\n# timeuot: 3\n# timeot: 3\n# clock: slow\n# flag: x\n");
        let faults: Vec<&str> = header.faults.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            faults,
            [
                "# exit: expected a number, found \"three\"",
                "# timeot: did you mean 'timeout'?",
                "# clock: expected real or virtual, found \"slow\"",
            ]
        );
    }

    #[test]
    fn comments_with_expectations() {
        let inline = Inline::read(
            "print(1)  # expect: 1\ntext = '# expect: no'\n# expect-any-order:\nprint(2)  # expect: 2\n# end\n\
             raise E  # expect-error: E\n# expect-not: bad\n",
        );
        let lines: Vec<(u32, &str)> = inline.lines.iter().map(|s| (s.line, s.text.as_str())).collect();
        assert_eq!(lines, [(1, "1"), (4, "2")]);
        assert_eq!(inline.lines[1].region, Some(1));
        assert_eq!(inline.error.map(|site| site.line), Some(6));
        assert_eq!(inline.never.len(), 1);
    }

    #[test]
    fn a_block_holds_the_whole_output() {
        let inline = Inline::read("print()\n# output:\n# a\n#\n#  b\n# expect-any-order:\n# c\n# end\n");
        let lines: Vec<&str> = inline.lines.iter().map(|site| site.text.as_str()).collect();
        assert_eq!(lines, ["a", "", " b", "c"]);
        assert!(inline.block.is_some());
    }
}
