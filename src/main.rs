//! The command `apy`.

#[cfg(not(feature = "system-allocator"))]
#[global_allocator]
static ALLOCATOR: apy::allocator::Allocator = apy::allocator::Allocator;

fn main() {
    std::process::exit(apy::cli::main());
}
