//! Lines from a pipe or a terminal that cannot do more: no editing, no escapes.

use super::editor::{News, Request};
use super::{Reader, Waker};
use std::io::{BufRead, Write};
use std::sync::mpsc::channel;

/// Start the thread that reads lines. On a terminal the prompt is shown.
pub fn start(waker: Waker, shows_prompt: bool) -> Result<Reader, String> {
    let (requests, wanted) = channel::<Request>();
    let (sender, news) = channel();
    let thread = move || {
        while let Ok(Request::Read(prompt)) = wanted.recv() {
            if shows_prompt {
                // A terminal that is gone shows itself when reading.
                let _ = write!(std::io::stdout(), "{prompt}");
                let _ = std::io::stdout().flush();
            }
            let mut line = Vec::new();
            let found = match std::io::stdin().lock().read_until(b'\n', &mut line) {
                Ok(0) => News::End,
                Ok(_) => match String::from_utf8(line) {
                    Ok(line) => News::Line(line.trim_end_matches(['\n', '\r']).to_owned()),
                    Err(error) => {
                        let at = error.utf8_error().valid_up_to();
                        let byte = error.as_bytes()[at];
                        News::Bad(format!(
                            "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}"
                        ))
                    }
                },
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => News::Interrupt,
                Err(_) => News::End,
            };
            if sender.send(found).is_err() {
                return;
            }
            waker();
        }
    };
    std::thread::Builder::new().name("lines".into()).spawn(thread).map_err(|error| error.to_string())?;
    Ok(Reader { requests, news, print: Box::new(|text| print!("{text}")) })
}
