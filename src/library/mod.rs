//! The library: methods of types, builtin functions, modules. Reaches the machine through the
//! [`Interpreter`](crate::object::Interpreter) trait only.

/// The [`Script`](crate::object::spec::Script) in a file of `src/library/scripts`, with what the
/// build made of it.
macro_rules! script {
    ($file:literal) => {
        $crate::object::spec::Script {
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/library/scripts/", $file)),
            code: include_bytes!(concat!(env!("OUT_DIR"), "/scripts/", $file, ".code")),
        }
    };
}

pub mod builtins;
pub mod io;
pub mod modules;
pub mod types;

use crate::event_loop::schedule::{self, Schedule};
use crate::object::spec::Catalog;

/// All of the library.
pub static CATALOG: Catalog = Catalog {
    types: types::TYPES,
    builtins: builtins::FUNCTIONS,
    modules: &[modules::MODULES, modules::scripted::SCRIPTED, modules::asyncio::SUBMODULES],
};

/// Write out what scripts have printed.
pub fn flush() -> std::io::Result<()> {
    io::standard::flush_standard_streams().map_err(std::io::Error::from)
}

/// All clocks stand still but for sleeps.
pub fn use_virtual_time() {
    crate::event_loop::clock::set_virtual();
}

/// In which order the event loops made from now on run what is ready.
pub fn use_schedule(schedule: &Schedule) {
    schedule::install(schedule);
}

/// Start the random generators that get no seed of their own from `seed`.
pub fn use_seed(seed: u64) {
    modules::random::set_process_seed(seed);
}

/// Collections that a prompt shows are wrapped to this width; `None` for one line each.
pub fn wrap_values(width: Option<usize>) {
    modules::sys::wrap_values(width);
}

/// What scripts of this thread print goes to `sink`; `None` for the process's streams.
pub fn set_sink(sink: Option<io::standard::Sink>) {
    io::standard::set_sink(sink);
}

/// The names of the modules that are built in.
pub fn module_names() -> impl Iterator<Item = &'static str> {
    modules::MODULES.iter().chain(modules::scripted::SCRIPTED).map(|module| module.name)
}

/// Cancel what is left in the loop of a prompt, and close it.
pub fn close_prompt_loop(
    interp: &mut dyn crate::object::Interpreter,
    loop_: &crate::object::Value,
) -> Result<(), crate::object::Raised> {
    modules::asyncio::runner::close_prompt_loop(interp, loop_)
}

/// `sys.argv`.
pub fn set_arguments(arguments: Vec<String>) {
    modules::sys::set_arguments(arguments);
}
