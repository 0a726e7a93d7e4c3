//! The coefficients of decimal numbers: integers without sign, counted and shifted by decimal
//! digits. Up to 38 digits they are machine integers, which is all that money needs.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};
use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

/// An integer without sign. `Big` holds only what does not fit `Small`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coefficient {
    Small(Word),
    Big(BigUint),
}

/// A `u128` that needs no more alignment than objects on the heap have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    low: u64,
    high: u64,
}

impl Word {
    const fn new(value: u128) -> Word {
        Word { low: value as u64, high: (value >> 64) as u64 }
    }

    #[inline(always)]
    pub const fn get(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }
}

/// The result would not fit into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

/// What was cut off on the right, against half of the last digit that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tail {
    /// Only zeros.
    Exact,
    Below,
    Half,
    Above,
}

/// Powers of ten that fit.
static POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// As many digits fit a machine integer whatever they are.
const SMALL_DIGITS: u64 = 38;

/// More digits than this are refused: the memory would not suffice.
const MOST_DIGITS: u64 = 4_000_000_000;

/// From here on memory is asked for first, since a failing allocation cannot be caught.
const PROBED_DIGITS: u64 = 50_000_000;

thread_local! {
    /// Powers of ten used lately.
    static LATELY: RefCell<Vec<(u64, Rc<BigUint>)>> = const { RefCell::new(Vec::new()) };
}

/// The number of powers kept, and the most digits of one that is.
const KEPT: usize = 12;
const KEPT_DIGITS: u64 = 1_000_000;

/// Refuses numbers with absurdly many digits.
pub fn check_digits(digits: u64) -> Result<(), NoMemory> {
    if digits < PROBED_DIGITS {
        return Ok(());
    }
    let is_possible =
        digits <= MOST_DIGITS && Vec::<u8>::new().try_reserve_exact(digits as usize * 2).is_ok();
    if is_possible { Ok(()) } else { Err(NoMemory) }
}

/// `10 ** exponent`. Callers check the size.
pub fn power_of_ten(exponent: u64) -> Rc<BigUint> {
    let known = LATELY.with_borrow(|lately| {
        lately.iter().find(|(known, _)| *known == exponent).map(|(_, power)| power.clone())
    });
    if let Some(power) = known {
        return power;
    }
    let power = match POWERS.get(exponent as usize) {
        Some(&small) => BigUint::from(small),
        None => BigUint::from(5_u32).pow(exponent as u32) << exponent,
    };
    let power = Rc::new(power);
    if exponent <= KEPT_DIGITS {
        LATELY.with_borrow_mut(|lately| {
            if lately.len() >= KEPT {
                lately.remove(0);
            }
            lately.push((exponent, power.clone()));
        });
    }
    power
}

#[inline]
fn small_digits(value: u128) -> u64 {
    let bits = 128 - value.leading_zeros();
    // 1233 / 4096 is just above the decimal logarithm of 2.
    let least = (bits * 1233) >> 12;
    let digits = least + u32::from(value >= POWERS[least as usize]);
    u64::from(digits.max(1))
}

fn big_digits(value: &BigUint) -> u64 {
    /// The decimal logarithm of 2, in 64 bits behind the point, rounded down.
    const LOG: u128 = 5_553_023_288_523_357_132;
    let bits = u128::from(value.bits());
    let least = (((bits - 1) * LOG) >> 64) as u64 + 1;
    let most = ((bits * (LOG + 1)) >> 64) as u64 + 1;
    if least == most || *value < *power_of_ten(least) { least } else { least + 1 }
}

#[inline(always)]
const fn small(value: u128) -> Coefficient {
    Coefficient::Small(Word::new(value))
}

impl From<u64> for Coefficient {
    fn from(value: u64) -> Coefficient {
        small(value.into())
    }
}

impl From<BigUint> for Coefficient {
    fn from(value: BigUint) -> Coefficient {
        match value.to_u128() {
            Some(value) => small(value),
            None => Coefficient::Big(value),
        }
    }
}

impl Coefficient {
    pub const ZERO: Coefficient = small(0);
    pub const ONE: Coefficient = small(1);

    #[inline]
    pub fn is_zero(&self) -> bool {
        matches!(self, Coefficient::Small(Word { low: 0, high: 0 }))
    }

    /// As a big integer.
    pub fn to_big(&self) -> Cow<'_, BigUint> {
        match self {
            Coefficient::Small(value) => Cow::Owned(BigUint::from(value.get())),
            Coefficient::Big(value) => Cow::Borrowed(value),
        }
    }

    /// If it fits.
    pub fn to_u64(&self) -> Option<u64> {
        match self {
            Coefficient::Small(value) => u64::try_from(value.get()).ok(),
            Coefficient::Big(_) => None,
        }
    }

    /// The number of decimal digits, 1 for 0.
    #[inline]
    pub fn digits(&self) -> u64 {
        match self {
            Coefficient::Small(value) => small_digits(value.get()),
            Coefficient::Big(value) => big_digits(value),
        }
    }

    /// `count` nines.
    pub fn nines(count: u64) -> Result<Coefficient, NoMemory> {
        if count <= SMALL_DIGITS {
            return Ok(small(POWERS[count as usize] - 1));
        }
        check_digits(count)?;
        Ok(Coefficient::from(&*power_of_ten(count) - 1_u32))
    }

    /// The last digit.
    pub fn last_digit(&self) -> u32 {
        match self {
            Coefficient::Small(value) => (value.get() % 10) as u32,
            Coefficient::Big(value) => (value % 10_u32).to_u32().unwrap_or(0),
        }
    }

    #[inline]
    pub fn is_odd(&self) -> bool {
        match self {
            Coefficient::Small(value) => value.low & 1 == 1,
            Coefficient::Big(value) => value.is_odd(),
        }
    }

    /// `self * 10 ** count`.
    #[inline]
    pub fn shifted_left(&self, count: u64) -> Result<Coefficient, NoMemory> {
        if let Coefficient::Small(value) = self {
            let value = value.get();
            if value == 0 || count == 0 {
                return Ok(small(value));
            }
            if count <= SMALL_DIGITS
                && let Some(shifted) = value.checked_mul(POWERS[count as usize])
            {
                return Ok(small(shifted));
            }
        }
        if count > MOST_DIGITS {
            return Err(NoMemory);
        }
        check_digits(self.digits() + count)?;
        Ok(Coefficient::from(&*self.to_big() * &*power_of_ten(count)))
    }

    /// `self // 10 ** count`, and what was cut off.
    pub fn shifted_right(&self, count: u64) -> (Coefficient, Tail) {
        match self {
            Coefficient::Small(value) => {
                let (shifted, tail) = small_shifted_right(value.get(), count);
                (small(shifted), tail)
            }
            Coefficient::Big(value) => {
                let digits = big_digits(value);
                if count > digits {
                    return (Coefficient::ZERO, Tail::Below);
                }
                let power = power_of_ten(count);
                let (quotient, remainder) = value.div_rem(&power);
                let tail = if remainder.is_zero() {
                    Tail::Exact
                } else {
                    match (remainder << 1_u32).cmp(&power) {
                        Ordering::Less => Tail::Below,
                        Ordering::Equal => Tail::Half,
                        Ordering::Greater => Tail::Above,
                    }
                };
                (Coefficient::from(quotient), tail)
            }
        }
    }

    /// The lowest `count` digits.
    pub fn low_digits(&self, count: u64) -> Coefficient {
        if self.digits() <= count {
            return self.clone();
        }
        match self {
            Coefficient::Small(value) => small(value.get() % POWERS[count as usize]),
            Coefficient::Big(value) => Coefficient::from(value % &*power_of_ten(count)),
        }
    }

    /// The number of zeros at the end; 0 for 0.
    pub fn trailing_zeros(&self) -> u64 {
        if self.is_zero() {
            return 0;
        }
        match self {
            Coefficient::Small(value) => {
                let (mut value, mut count) = (value.get(), 0);
                for step in [16, 8, 4, 2, 1] {
                    while value % POWERS[step] == 0 {
                        value /= POWERS[step];
                        count += step as u64;
                    }
                }
                count
            }
            Coefficient::Big(value) => {
                // No more zeros than factors of two; powers of ten are tried from large to small.
                let most = value.trailing_zeros().unwrap_or(0).min(big_digits(value));
                let mut step = 1_u64;
                while step * 2 <= most {
                    step *= 2;
                }
                let (mut value, mut count) = (value.clone(), 0);
                while step > 0 && most > 0 {
                    let (quotient, remainder) = value.div_rem(&power_of_ten(step));
                    if remainder.is_zero() {
                        value = quotient;
                        count += step;
                    } else {
                        step /= 2;
                    }
                }
                count
            }
        }
    }

    #[inline]
    pub fn add(&self, other: &Coefficient) -> Coefficient {
        if let (Coefficient::Small(a), Coefficient::Small(b)) = (self, other)
            && let Some(sum) = a.get().checked_add(b.get())
        {
            return small(sum);
        }
        Coefficient::from(&*self.to_big() + &*other.to_big())
    }

    /// `self - other`, which is not negative.
    #[inline]
    pub fn subtract(&self, other: &Coefficient) -> Coefficient {
        match (self, other) {
            (Coefficient::Small(a), Coefficient::Small(b)) => small(a.get() - b.get()),
            _ => Coefficient::from(&*self.to_big() - &*other.to_big()),
        }
    }

    #[inline]
    pub fn multiply(&self, other: &Coefficient) -> Result<Coefficient, NoMemory> {
        if let (Coefficient::Small(a), Coefficient::Small(b)) = (self, other)
            && let Some(product) = a.get().checked_mul(b.get())
        {
            return Ok(small(product));
        }
        check_digits(self.digits() + other.digits())?;
        Ok(Coefficient::from(&*self.to_big() * &*other.to_big()))
    }

    /// Quotient and remainder; `other` is not 0.
    pub fn divide(&self, other: &Coefficient) -> (Coefficient, Coefficient) {
        match (self, other) {
            (Coefficient::Small(a), Coefficient::Small(b)) => {
                if a.high == 0 && b.high == 0 {
                    return (Coefficient::from(a.low / b.low), Coefficient::from(a.low % b.low));
                }
                let (a, b) = (a.get(), b.get());
                (small(a / b), small(a % b))
            }
            (Coefficient::Small(_), Coefficient::Big(_)) => (Coefficient::ZERO, self.clone()),
            (Coefficient::Big(a), Coefficient::Small(b)) if b.high == 0 => {
                let divisor = b.low;
                let quotient = a / divisor;
                let remainder = a - &quotient * divisor;
                (Coefficient::from(quotient), Coefficient::from(remainder))
            }
            _ => {
                let (quotient, remainder) = self.to_big().div_rem(&other.to_big());
                (Coefficient::from(quotient), Coefficient::from(remainder))
            }
        }
    }

    /// The decimal digits as text.
    pub fn to_text(&self) -> String {
        match self {
            Coefficient::Small(value) => match u64::try_from(value.get()) {
                Ok(value) => value.to_string(),
                Err(_) => value.get().to_string(),
            },
            Coefficient::Big(value) => value.to_string(),
        }
    }

    /// The number that ASCII digits spell; 0 for none.
    pub fn from_digits(digits: &[u8]) -> Coefficient {
        if digits.len() as u64 <= SMALL_DIGITS {
            if digits.len() <= 19 {
                let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
                return Coefficient::from(value);
            }
            let value = digits.iter().fold(0_u128, |value, digit| value * 10 + u128::from(digit - b'0'));
            return small(value);
        }
        Coefficient::from(parse_big(digits))
    }
}

/// `value // 10 ** count`, and what was cut off.
#[inline]
fn small_shifted_right(value: u128, count: u64) -> (u128, Tail) {
    if count == 0 {
        return (value, Tail::Exact);
    }
    if count > SMALL_DIGITS {
        return (0, if value == 0 { Tail::Exact } else { Tail::Below });
    }
    let power = POWERS[count as usize];
    let (quotient, remainder) = match (u64::try_from(value), u64::try_from(power)) {
        (Ok(value), Ok(power)) => (u128::from(value / power), u128::from(value % power)),
        _ => (value / power, value % power),
    };
    let tail = if remainder == 0 {
        Tail::Exact
    } else {
        match remainder.cmp(&(power / 2)) {
            Ordering::Less => Tail::Below,
            Ordering::Equal => Tail::Half,
            Ordering::Greater => Tail::Above,
        }
    };
    (quotient, tail)
}

/// Halves are parsed apart, since the direct way takes quadratic time.
fn parse_big(digits: &[u8]) -> BigUint {
    const DIRECT: usize = 1000;
    if digits.len() <= DIRECT {
        return BigUint::parse_bytes(digits, 10).unwrap_or_default();
    }
    let mut low = DIRECT;
    while low * 2 < digits.len() {
        low *= 2;
    }
    let (upper, lower) = digits.split_at(digits.len() - low);
    parse_big(upper) * &*power_of_ten(low as u64) + parse_big(lower)
}

impl Ord for Coefficient {
    #[inline]
    fn cmp(&self, other: &Coefficient) -> Ordering {
        match (self, other) {
            (Coefficient::Small(a), Coefficient::Small(b)) => a.get().cmp(&b.get()),
            (Coefficient::Small(_), Coefficient::Big(_)) => Ordering::Less,
            (Coefficient::Big(_), Coefficient::Small(_)) => Ordering::Greater,
            (Coefficient::Big(a), Coefficient::Big(b)) => a.cmp(b),
        }
    }
}

impl PartialOrd for Coefficient {
    fn partial_cmp(&self, other: &Coefficient) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
