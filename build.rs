//! Compiles the library's scripts, and says how the command is linked.

// What apy itself is compiled of, as far as it takes to compile scripts; not all of it is used here.
#[path = "src/bytecode/mod.rs"]
#[allow(dead_code, unused_imports)]
mod bytecode;
#[path = "src/compile/mod.rs"]
#[allow(dead_code, unused_imports)]
mod compile;
#[path = "src/resolve/mod.rs"]
#[allow(dead_code, unused_imports)]
mod resolve;

use apy_grammar::{Diagnostic, SourceFile};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{env, fs};

fn main() {
    for read in ["build.rs", SCRIPTS, "src/bytecode", "src/compile", "src/resolve"] {
        println!("cargo:rerun-if-changed={read}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo tells")).join("scripts");
    compile_scripts(Path::new(SCRIPTS), &out);
    choose_address();
}

/// Where the library's scripts are.
const SCRIPTS: &str = "src/library/scripts";

/// Make of each script in `folder` an archive in `out`.
fn compile_scripts(folder: &Path, out: &Path) {
    let made = fs::create_dir_all(out);
    made.unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("entries have names").to_str().expect("names are text");
        if path.is_dir() {
            compile_scripts(&path, &out.join(name));
        } else if name.ends_with(".apy") {
            let archive = compile_script(&path);
            let file = out.join(format!("{name}.code"));
            fs::write(&file, archive).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}

fn compile_script(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Errors name the file; the prefix tells that no script of the user looks at its variables.
    let source = Rc::new(SourceFile::new(format!("<frozen {}>", path.display()), text));
    let refuse = |diagnostics: Vec<Diagnostic>| -> ! {
        let shown = |found: &Diagnostic| {
            format!("{}:{}: {}", path.display(), source.line(found.span.start), found.message)
        };
        panic!("{}", diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n"))
    };
    let parsed = apy_grammar::parse(&source, apy_grammar::Mode::Module);
    if parsed.diagnostics.iter().any(|diagnostic| diagnostic.kind.is_error()) {
        refuse(parsed.diagnostics);
    }
    let code = compile::compile(&parsed.module, &source, compile::Mode::Module);
    match bytecode::verify(code.unwrap_or_else(|diagnostics| refuse(diagnostics))) {
        Ok(code) => bytecode::archive::write(&code),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn choose_address() {
    // At a fixed address, on Linux with GNU's C library: the tables of the library then need no
    // relocation when the command starts (measured: 1.4 MB less memory, a tenth of the start-up).
    // Memory checkers get the usual layout.
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let is_checked = env::var_os("CARGO_FEATURE_MEMCHECK").is_some();
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_checked {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
