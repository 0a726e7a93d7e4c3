//! A decimal number, the settings it is rounded by, and the conditions that operations report:
//! what the General Decimal Arithmetic specification calls number, context and conditions.

use super::coefficient::{Coefficient, NoMemory, Tail};

/// The largest precision, exponent and so on, as in CPython on machines of 64 bits.
pub const MAX_PREC: i64 = 999_999_999_999_999_999;
pub const MAX_EMAX: i64 = 999_999_999_999_999_999;
pub const MIN_EMIN: i64 = -999_999_999_999_999_999;
pub const MIN_ETINY: i64 = MIN_EMIN - (MAX_PREC - 1);

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Finite,
    Infinity,
    QuietNan,
    SignalingNan,
}

/// A number: `(-1) ** negative * coefficient * 10 ** exponent`. The coefficient of a NaN is its
/// payload; the exponent of what is not finite is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Dec {
    pub coefficient: Coefficient,
    pub exponent: i64,
    pub negative: bool,
    pub kind: Kind,
}

/// How the last digit is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    ZeroFiveUp,
}

/// In the order of CPython's numbers for them.
pub static ROUNDINGS: [(Rounding, &str); 8] = [
    (Rounding::Up, "ROUND_UP"),
    (Rounding::Down, "ROUND_DOWN"),
    (Rounding::Ceiling, "ROUND_CEILING"),
    (Rounding::Floor, "ROUND_FLOOR"),
    (Rounding::HalfUp, "ROUND_HALF_UP"),
    (Rounding::HalfDown, "ROUND_HALF_DOWN"),
    (Rounding::HalfEven, "ROUND_HALF_EVEN"),
    (Rounding::ZeroFiveUp, "ROUND_05UP"),
];

impl Rounding {
    pub fn name(self) -> &'static str {
        ROUNDINGS.iter().find(|(rounding, _)| *rounding == self).map_or("", |(_, name)| name)
    }

    pub fn of_name(name: &str) -> Option<Rounding> {
        ROUNDINGS.iter().find(|(_, known)| *known == name).map(|(rounding, _)| *rounding)
    }

    /// Whether a coefficient of which `tail` was cut off is incremented.
    #[inline]
    pub fn increments(self, negative: bool, coefficient: &Coefficient, tail: Tail) -> bool {
        match self {
            _ if tail == Tail::Exact => false,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => tail >= Tail::Half,
            Rounding::HalfDown => tail == Tail::Above,
            Rounding::HalfEven => tail == Tail::Above || tail == Tail::Half && coefficient.is_odd(),
            Rounding::ZeroFiveUp => coefficient.last_digit().is_multiple_of(5),
        }
    }
}

/// Conditions, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status(pub u32);

impl Status {
    pub const CLAMPED: u32 = 1;
    pub const CONVERSION_SYNTAX: u32 = 1 << 1;
    pub const DIVISION_BY_ZERO: u32 = 1 << 2;
    pub const DIVISION_IMPOSSIBLE: u32 = 1 << 3;
    pub const DIVISION_UNDEFINED: u32 = 1 << 4;
    pub const INEXACT: u32 = 1 << 6;
    pub const INVALID_CONTEXT: u32 = 1 << 7;
    pub const INVALID_OPERATION: u32 = 1 << 8;
    pub const ROUNDED: u32 = 1 << 12;
    pub const OVERFLOW: u32 = 1 << 11;
    pub const SUBNORMAL: u32 = 1 << 13;
    pub const UNDERFLOW: u32 = 1 << 14;
    pub const FLOAT_OPERATION: u32 = 1 << 10;

    /// All that the signal InvalidOperation stands for.
    pub const INVALID: u32 = Status::CONVERSION_SYNTAX
        | Status::DIVISION_IMPOSSIBLE
        | Status::DIVISION_UNDEFINED
        | Status::INVALID_CONTEXT
        | Status::INVALID_OPERATION;

    #[inline]
    pub fn add(&mut self, conditions: u32) {
        self.0 |= conditions;
    }

    #[inline]
    pub fn has(self, conditions: u32) -> bool {
        self.0 & conditions != 0
    }

    /// Report a condition whose result is NaN.
    #[cold]
    pub fn invalid(&mut self, condition: u32) -> Dec {
        self.0 |= condition;
        Dec::NAN
    }
}

/// What results are rounded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub prec: i64,
    pub emin: i64,
    pub emax: i64,
    pub rounding: Rounding,
    pub clamp: bool,
}

impl Settings {
    /// Room for whatever there can be.
    pub const MAX: Settings = Settings {
        prec: MAX_PREC,
        emin: MIN_EMIN,
        emax: MAX_EMAX,
        rounding: Rounding::HalfEven,
        clamp: false,
    };

    /// The least exponent.
    #[inline]
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }

    /// The largest exponent of a number with all digits.
    #[inline]
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }

    /// The same with another way to round.
    pub fn with_rounding(mut self, rounding: Rounding) -> Settings {
        self.rounding = rounding;
        self
    }
}

impl Dec {
    pub const NAN: Dec =
        Dec { coefficient: Coefficient::ZERO, exponent: 0, negative: false, kind: Kind::QuietNan };
    pub const ONE: Dec =
        Dec { coefficient: Coefficient::ONE, exponent: 0, negative: false, kind: Kind::Finite };

    #[inline]
    pub fn finite(negative: bool, coefficient: Coefficient, exponent: i64) -> Dec {
        Dec { coefficient, exponent, negative, kind: Kind::Finite }
    }

    pub fn zero(negative: bool, exponent: i64) -> Dec {
        Dec::finite(negative, Coefficient::ZERO, exponent)
    }

    pub fn infinity(negative: bool) -> Dec {
        Dec { coefficient: Coefficient::ZERO, exponent: 0, negative, kind: Kind::Infinity }
    }

    pub fn integer(value: i64) -> Dec {
        Dec::finite(value < 0, Coefficient::from(value.unsigned_abs()), 0)
    }

    #[inline]
    pub fn is_finite(&self) -> bool {
        self.kind == Kind::Finite
    }

    pub fn is_infinite(&self) -> bool {
        self.kind == Kind::Infinity
    }

    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::QuietNan | Kind::SignalingNan)
    }

    pub fn is_signaling(&self) -> bool {
        self.kind == Kind::SignalingNan
    }

    #[inline]
    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coefficient.is_zero()
    }

    #[inline]
    pub fn digits(&self) -> i64 {
        self.coefficient.digits() as i64
    }

    /// The exponent of the first digit.
    #[inline]
    pub fn adjusted(&self) -> i64 {
        self.exponent + self.digits() - 1
    }

    /// 1, or -1 for what has a minus sign.
    pub fn sign(&self) -> i64 {
        if self.negative { -1 } else { 1 }
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        if !self.is_finite() {
            return false;
        }
        self.exponent >= 0
            || self.is_zero()
            || (self.exponent > -self.digits() && self.coefficient.trailing_zeros() as i64 >= -self.exponent)
    }

    /// Whether a whole number is odd.
    pub fn is_odd_integer(&self) -> bool {
        match self.exponent {
            0 => self.coefficient.is_odd(),
            1.. => false,
            exponent => self.coefficient.shifted_right(exponent.unsigned_abs()).0.is_odd(),
        }
    }

    /// The same with a sign.
    pub fn with_sign(mut self, negative: bool) -> Dec {
        self.negative = negative;
        self
    }

    /// Finish an operation: round to precision and range.
    #[inline]
    pub fn finalize(mut self, to: &Settings, status: &mut Status) -> Result<Dec, NoMemory> {
        if self.kind != Kind::Finite {
            if self.is_nan() {
                self.cut_payload(to);
            }
            return Ok(self);
        }
        let digits = self.digits();
        let adjusted = self.exponent + digits - 1;
        // What needs nothing done to it.
        if digits <= to.prec
            && adjusted <= to.emax
            && adjusted >= to.emin
            && !(to.clamp && self.exponent > to.etop())
        {
            return Ok(self);
        }
        self.check_exponent(to, status)?;
        self.check_digits(to, status)?;
        Ok(self)
    }

    fn check_exponent(&mut self, to: &Settings, status: &mut Status) -> Result<(), NoMemory> {
        let adjusted = self.adjusted();
        if adjusted > to.emax {
            if self.coefficient.is_zero() {
                self.exponent = if to.clamp { to.etop() } else { to.emax };
                status.add(Status::CLAMPED);
                return Ok(());
            }
            let is_infinite = match to.rounding {
                Rounding::Down | Rounding::ZeroFiveUp => false,
                Rounding::Ceiling => !self.negative,
                Rounding::Floor => self.negative,
                _ => true,
            };
            *self = if is_infinite {
                Dec::infinity(self.negative)
            } else {
                Dec::finite(self.negative, Coefficient::nines(to.prec as u64)?, to.etop())
            };
            status.add(Status::OVERFLOW | Status::INEXACT | Status::ROUNDED);
        } else if to.clamp && self.exponent > to.etop() {
            let shift = self.exponent - to.etop();
            self.coefficient = self.coefficient.shifted_left(shift as u64)?;
            self.exponent -= shift;
            status.add(Status::CLAMPED);
            if !self.coefficient.is_zero() && adjusted < to.emin {
                status.add(Status::SUBNORMAL);
            }
        } else if adjusted < to.emin {
            let etiny = to.etiny();
            if self.coefficient.is_zero() {
                if self.exponent < etiny {
                    self.exponent = etiny;
                    status.add(Status::CLAMPED);
                }
                return Ok(());
            }
            status.add(Status::SUBNORMAL);
            if self.exponent < etiny {
                let (coefficient, tail) = self.coefficient.shifted_right((etiny - self.exponent) as u64);
                self.exponent = etiny;
                self.coefficient = self.incremented(coefficient, tail, to.rounding);
                status.add(Status::ROUNDED);
                if tail != Tail::Exact {
                    status.add(Status::INEXACT | Status::UNDERFLOW);
                    if self.coefficient.is_zero() {
                        status.add(Status::CLAMPED);
                    }
                }
            }
        }
        Ok(())
    }

    fn check_digits(&mut self, to: &Settings, status: &mut Status) -> Result<(), NoMemory> {
        let digits = self.digits();
        if self.kind != Kind::Finite || digits <= to.prec {
            return Ok(());
        }
        let shift = digits - to.prec;
        let (coefficient, tail) = self.coefficient.shifted_right(shift as u64);
        self.exponent += shift;
        self.coefficient = self.incremented(coefficient, tail, to.rounding);
        status.add(Status::ROUNDED);
        if tail != Tail::Exact {
            status.add(Status::INEXACT);
        }
        if self.digits() > to.prec {
            // All nines have become a power of ten.
            self.coefficient = self.coefficient.shifted_right(1).0;
            self.exponent += 1;
            return self.check_exponent(to, status);
        }
        Ok(())
    }

    /// `coefficient`, rounded.
    #[inline]
    pub fn incremented(&self, coefficient: Coefficient, tail: Tail, rounding: Rounding) -> Coefficient {
        if rounding.increments(self.negative, &coefficient, tail) {
            return coefficient.add(&Coefficient::ONE);
        }
        coefficient
    }

    /// The payload of a NaN has at most as many digits as there is room for.
    pub fn cut_payload(&mut self, to: &Settings) {
        let room = to.prec - i64::from(to.clamp);
        if self.digits() > room {
            self.coefficient = self.coefficient.low_digits(room as u64);
        }
    }

    /// Shift the exponent to `exponent`, rounding; for finite numbers.
    pub fn rescaled(&self, exponent: i64, rounding: Rounding) -> Result<(Dec, Tail), NoMemory> {
        if self.coefficient.is_zero() {
            return Ok((Dec::zero(self.negative, exponent), Tail::Exact));
        }
        let (coefficient, tail) = if exponent <= self.exponent {
            (self.coefficient.shifted_left((self.exponent - exponent) as u64)?, Tail::Exact)
        } else {
            let (coefficient, tail) = self.coefficient.shifted_right((exponent - self.exponent) as u64);
            (self.incremented(coefficient, tail, rounding), tail)
        };
        Ok((Dec::finite(self.negative, coefficient, exponent), tail))
    }
}
