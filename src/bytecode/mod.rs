//! Instructions and code objects as data. Knows neither the tree nor values.

pub mod archive;
pub mod code;
pub mod disasm;
pub mod op;
pub mod verify;

pub use code::{
    Child, Code, CodeKind, Const, ConstIndex, ExceptionEntry, Flavor, InlinedName, LazyCode, ParameterSpec,
    VariableSlot,
};
pub use disasm::disassemble;
pub use op::{Extra, Op, Operand, Word};
pub use verify::{Verified, VerifyError, verify};
