//! What a pickler has written: bytes in frames.

use super::op;

/// A frame of fewer bytes is not worth its head.
const SMALLEST_FRAME: usize = 4;
/// A frame is closed once it is as long as this.
pub const FRAME_TARGET: usize = 64 * 1024;
/// Bytes of the head of a frame.
const FRAME_HEAD: usize = 9;

/// The bytes that have not gone to the file yet.
#[derive(Default)]
pub struct Output {
    pub data: Vec<u8>,
    /// Whether what is written belongs into frames.
    pub has_frames: bool,
    /// Where the head of the open frame stands.
    frame: Option<usize>,
}

impl Output {
    /// Write a few bytes.
    #[inline]
    pub fn write(&mut self, data: &[u8]) {
        if self.has_frames && self.frame.is_none() {
            self.frame = Some(self.data.len());
            self.data.extend_from_slice(&[0; FRAME_HEAD]);
        }
        self.data.extend_from_slice(data);
    }

    /// Write one instruction.
    #[inline]
    pub fn op(&mut self, op: u8) {
        self.write(&[op]);
    }

    /// Whether the open frame is long enough, to be asked between instructions.
    #[inline]
    pub fn is_frame_full(&self) -> bool {
        self.frame.is_some_and(|start| self.data.len() - start - FRAME_HEAD >= FRAME_TARGET)
    }

    /// Close the frame, if one is open.
    pub fn end_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let content = start + FRAME_HEAD;
        let length = self.data.len() - content;
        if length >= SMALLEST_FRAME {
            self.data[start] = op::FRAME;
            self.data[start + 1..content].copy_from_slice(&(length as u64).to_le_bytes());
        } else {
            drop(self.data.drain(start..content));
        }
    }
}
