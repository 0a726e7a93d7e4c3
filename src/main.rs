//! The command `apy`.

#[cfg(not(feature = "memcheck"))]
#[global_allocator]
static ALLOCATOR: apy::allocator::Allocator = apy::allocator::Allocator;

fn main() {
    std::process::exit(apy::cli::main());
}
