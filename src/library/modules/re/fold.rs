//! Which characters are the same when case is ignored.

use super::tree::flag;

/// Lower-case letters that are the same though their simple mappings do not say so, in classes.
const EXTRA: &[&[u32]] = &[
    &[0x69, 0x131],
    &[0x73, 0x17f],
    &[0xb5, 0x3bc],
    &[0x345, 0x3b9, 0x1fbe],
    &[0x390, 0x1fd3],
    &[0x3b0, 0x1fe3],
    &[0x3b2, 0x3d0],
    &[0x3b5, 0x3f5],
    &[0x3b8, 0x3d1],
    &[0x3ba, 0x3f0],
    &[0x3c0, 0x3d6],
    &[0x3c1, 0x3f1],
    &[0x3c2, 0x3c3],
    &[0x3c6, 0x3d5],
    &[0x432, 0x1c80],
    &[0x434, 0x1c81],
    &[0x43e, 0x1c82],
    &[0x441, 0x1c83],
    &[0x442, 0x1c84, 0x1c85],
    &[0x44a, 0x1c86],
    &[0x463, 0x1c87],
    &[0x1c88, 0xa64b],
    &[0x1e61, 0x1e9b],
    &[0xfb05, 0xfb06],
];

/// The lower case of a character, one character.
pub fn lower(code: u32, flags: u32) -> u32 {
    if code < 128 {
        return u32::from((code as u8).to_ascii_lowercase());
    }
    if flags & flag::UNICODE == 0 {
        return code;
    }
    // The only letter whose lower case is two characters.
    if code == 0x130 {
        return 0x69;
    }
    char::from_u32(code).and_then(|c| c.to_lowercase().next()).map_or(code, u32::from)
}

/// All characters that are the same as this one, itself included.
pub fn same(code: u32, flags: u32) -> Vec<u32> {
    let low = lower(code, flags);
    if flags & flag::UNICODE == 0 {
        let upper = if low < 128 { u32::from((low as u8).to_ascii_uppercase()) } else { low };
        return if upper == low { vec![low] } else { vec![low, upper] };
    }
    let mut lows = vec![low];
    if let Some(class) = EXTRA.iter().find(|class| class.contains(&low)) {
        lows.extend(class.iter().filter(|other| **other != low));
    }
    let mut all = lows.clone();
    for low in lows {
        let Some(character) = char::from_u32(low) else { continue };
        let mut upper = character.to_uppercase();
        // Letters with titles (Dž) have a third form.
        let forms = [upper.next().filter(|_| upper.next().is_none()), title(character)];
        for form in forms.into_iter().flatten() {
            let form = u32::from(form);
            if lower(form, flags) == low && !all.contains(&form) {
                all.push(form);
            }
        }
    }
    if low == 0x69 {
        all.push(0x130);
    }
    for other in [code, 0x1e9e].into_iter().filter(|other| lower(*other, flags) == low) {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    // Letters that only map down: the signs of Kelvin and Angstrom, capital theta and omega.
    for other in [0x212a, 0x212b, 0x2126, 0x3f4] {
        if all.contains(&lower(other, flags)) && !all.contains(&other) {
            all.push(other);
        }
    }
    all
}

fn title(character: char) -> Option<char> {
    char::from_u32(match u32::from(character) {
        0x1c6 => 0x1c5,
        0x1c9 => 0x1c8,
        0x1cc => 0x1cb,
        0x1f3 => 0x1f2,
        low @ (0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7) => low + 8,
        low @ (0x1fb3 | 0x1fc3 | 0x1ff3) => low + 9,
        _ => return None,
    })
}
