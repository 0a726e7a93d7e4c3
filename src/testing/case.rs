//! A test: a script, what its comments say, and the files beside it.

use super::directive::{Header, Inline};
use super::pattern::Expected;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Its opening comment holds directives for all tests of the folder and of those below.
pub const DEFAULTS: &str = "_defaults.apy";

/// The extensions of files that hold expectations.
pub const SIDE_FILES: [&str; 3] = ["out", "err", "diag"];

/// A test.
#[derive(Debug, Clone)]
pub struct Case {
    /// Absolute.
    pub path: PathBuf,
    /// How it is called in reports: the path from where the tests are run.
    pub name: String,
    pub text: String,
    /// Whether the script is UTF-8: what is not cannot be rewritten.
    pub is_text: bool,
    pub header: Header,
    pub inline: Inline,
    /// `.out`.
    pub out: Option<String>,
    /// `.err`.
    pub err: Option<String>,
    /// `.diag`: what the report of a refused text must say.
    pub diag: Option<String>,
}

impl Case {
    /// Read a script and what lies beside it. `defaults` is what its folders say.
    pub fn read(path: &Path, name: String, defaults: &Header) -> std::io::Result<Case> {
        let data = fs::read(path)?;
        let is_text = std::str::from_utf8(&data).is_ok();
        let text = String::from_utf8_lossy(&data).into_owned();
        let side = |extension: &str| -> std::io::Result<Option<String>> {
            match fs::read(path.with_extension(extension)) {
                Ok(data) => Ok(Some(String::from_utf8_lossy(&data).into_owned())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        };
        let mut header = defaults.clone();
        header.read(&text);
        let inline = Inline::read(&text);
        let [out, err, diag] = SIDE_FILES.map(side);
        Ok(Case {
            path: path.to_owned(),
            name,
            text,
            is_text,
            header,
            inline,
            out: out?,
            err: err?,
            diag: diag?,
        })
    }

    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub fn side_file(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    /// The file that is standard input, if there is one.
    pub fn stdin(&self) -> Option<PathBuf> {
        match &self.header.stdin {
            Some(name) => Some(self.folder().join(name)),
            None => Some(self.side_file("in")).filter(|path| path.is_file()),
        }
    }

    /// Whether anything says what it must do.
    pub fn has_expectations(&self) -> bool {
        let sides = [&self.out, &self.err, &self.diag];
        let header = &self.header;
        sides.iter().any(|side| side.is_some())
            || !self.inline.is_empty()
            || header.exit.is_some()
            || self.inline.exit.is_some()
            || header.not_yet.is_some()
            || !header.stderr_has.is_empty()
    }

    /// Whether its expectations stand in the script itself.
    pub fn is_inline(&self) -> bool {
        self.out.is_none() && !self.inline.is_empty()
    }

    /// What it must print; `None` if only some lines are forbidden.
    pub fn expected_out(&self) -> Option<Expected> {
        let elides = !self.header.elide_off;
        if self.inline.says_output() {
            return Some(self.inline.expected(elides));
        }
        if self.out.is_none() && self.inline.error.is_none() && !self.inline.never.is_empty() {
            return None;
        }
        Some(Expected::of_text(self.out.as_deref().unwrap_or_default(), elides))
    }

    /// What standard error must be; `None` if it is not compared as a whole.
    pub fn expected_err(&self) -> Option<Expected> {
        match &self.err {
            Some(text) => Some(Expected::of_text(text, !self.header.elide_off)),
            None if self.has_own_stderr() || self.inline.error.is_some() => None,
            None => Some(Expected::default()),
        }
    }

    /// Whether `.err`, if there is one, is apy's own wording rather than CPython's.
    pub fn has_own_stderr(&self) -> bool {
        self.header.stderr_any || !self.header.stderr_has.is_empty() || self.diag.is_some()
    }

    /// The exit code it must end with.
    pub fn expected_exit(&self) -> i32 {
        let fails = self.diag.is_some() || self.inline.error.is_some();
        let inline = self.inline.exit.as_ref().map(|(_, code)| *code);
        inline.or(self.header.exit).unwrap_or(i32::from(fails))
    }

    /// Whether sleeps are not slept.
    pub fn is_virtual(&self, by_default: bool) -> bool {
        self.has_flag("--virtual-time") || !self.header.real_clock.unwrap_or(!by_default)
    }

    /// Whether the directive `# flags:` holds an option.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.header.flags.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")))
    }

    /// Why it is not run here, if it is not. `allowed` are the needs that the user says are met.
    pub fn skip_reason(&self, allowed: &[String]) -> Option<String> {
        if let Some(why) = &self.header.skip {
            return Some(if why.is_empty() { "skip".to_owned() } else { why.clone() });
        }
        let is_met = |need: &str| match need {
            "unix" => cfg!(unix),
            "linux" => cfg!(target_os = "linux"),
            "macos" => cfg!(target_os = "macos"),
            "windows" => cfg!(windows),
            other => allowed.iter().any(|allowed| allowed == other),
        };
        let missing = self.header.requires.iter().find(|need| !is_met(need))?;
        Some(match missing.as_str() {
            "network" => "requires network: run with --with network".to_owned(),
            other => format!("requires {other}"),
        })
    }
}

/// Reads the `_defaults.apy` of folders, each once.
#[derive(Default)]
pub struct Defaults {
    known: HashMap<PathBuf, Header>,
}

impl Defaults {
    /// What the folders around say, the outermost first. A folder with `.git` is the outermost.
    pub fn of(&mut self, folder: &Path) -> Header {
        if let Some(header) = self.known.get(folder) {
            return header.clone();
        }
        let mut header = match folder.parent() {
            Some(parent) if !folder.join(".git").exists() => self.of(parent),
            _ => Header::default(),
        };
        if let Ok(text) = fs::read_to_string(folder.join(DEFAULTS)) {
            header.read(&text);
        }
        self.known.insert(folder.to_owned(), header.clone());
        header
    }
}
