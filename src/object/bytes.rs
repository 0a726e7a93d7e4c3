//! Bytes: immutable. (bytearray is a native object.)

use super::heap;
use super::value::Value;

/// A bytes object.
pub struct BytesObject {
    pub data: Box<[u8]>,
}

impl Value {
    /// A bytes object of the given data.
    pub fn bytes(data: impl Into<Box<[u8]>>) -> Value {
        heap::new_boxed(BytesObject { data: data.into() }, false)
    }

    /// The data of an exact `bytes`.
    #[inline]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.get::<BytesObject>().map(|bytes| &*bytes.data)
    }

    /// The data of a `bytes` or of an instance of a subclass.
    pub fn bytes_like(&self) -> Option<&[u8]> {
        match self.as_bytes() {
            Some(data) => Some(data),
            None => self.as_instance()?.payload_ref()?.as_bytes(),
        }
    }
}
