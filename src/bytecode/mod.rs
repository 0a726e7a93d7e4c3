//! Instructions and code objects as data. Knows neither the tree nor values.

pub mod code;
pub mod op;

pub use code::{Child, Code, CodeKind, Const, ConstIndex, ExceptionEntry, Flavor, ParameterSpec};
pub use op::{Extra, Op, Operand, Word};
