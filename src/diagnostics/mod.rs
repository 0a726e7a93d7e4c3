//! Drawing what was said about a text. The data types are in `grammar/`.

mod render;

pub use render::{render_all, use_colour};
