//! Complex numbers.

use super::heap;
use super::value::Value;

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComplexObject {
    pub real: f64,
    pub imag: f64,
}

impl Value {
    /// A complex number.
    pub fn complex(real: f64, imag: f64) -> Value {
        heap::new_boxed(ComplexObject { real, imag }, false)
    }

    /// A `complex` or an instance of a subclass.
    pub fn complex_like(&self) -> Option<ComplexObject> {
        match self.get::<ComplexObject>() {
            Some(complex) => Some(*complex),
            None => self.as_instance()?.payload_ref()?.complex_like(),
        }
    }
}
