//! The class `Decimal`: its table and what is not arithmetic.

use super::calls as call;
use super::coefficient::Coefficient;
use super::compare::{
    Choice, choose, compare_numbers, compare_signal, compare_total, compare_total_magnitude,
};
use super::convert::{
    DecimalObject, compared, exactly, from_float, from_integer, from_parts, from_text_exactly, hash,
    no_conversion, number_of, object, ratio, sequence, to_float, to_integer,
};
use super::format::Spec;
use super::number::{Dec, Kind, Rounding, Status};
use super::operators as op;
use super::state::{State, context_argument, current, known, state_of};
use super::{arithmetic, compare, digits, functions, text};
use crate::library::types::object::identity_hash;
use crate::library::types::receiver::wrong_receiver;
use crate::object::interpreter::Comparison;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, TypeSpec, Value};

pub static DECIMAL: TypeSpec = TypeSpec {
    name: "Decimal",
    module: "decimal",
    doc: "Construct a new Decimal object. 'value' can be an integer, string, tuple,\nor another Decimal object. If no value is given, return Decimal('0'). The\ncontext does not affect the conversion and is only passed to determine if\nthe InvalidOperation trap is active.\n",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static GETTERS: &[GetterRow] = &[
    getter("real", |_, this| Ok(this.clone()), ""),
    getter("imag", |_, _| Ok(object(Dec::zero(false, 0))), ""),
];

static METHODS: &[NativeRow] = &[
    native("__new__", "value=?, context=None", new, "Create and return a new object.  See help(type) for accurate signature.").as_new().bound_by(call::NEW),
    native("__abs__", "", |i, a| op::prefix(i, a, "__abs__", arithmetic::absolute), "abs(self)"),
    native("__add__", "value, /", |i, a| op::infix(i, a, false, arithmetic::add), "Return self+value."),
    native("__bool__", "", |i, a| Ok(Value::bool(!this(i, a, "__bool__")?.is_zero())), "True if self else False"),
    native("__ceil__", "", |i, a| rounded(i, a, "__ceil__", Rounding::Ceiling), ""),
    native("__complex__", "", complex, ""),
    native("__copy__", "", |_, a| Ok(a[0].clone()), ""),
    native("__deepcopy__", "memo, /", |_, a| Ok(a[0].clone()), ""),
    native("__divmod__", "value, /", |i, a| op::div_mod(i, a, false), "Return divmod(self, value)."),
    native("__eq__", "value, /", |i, a| rich_compare(i, a, Comparison::Eq), "Return self==value."),
    native("__float__", "", float, "float(self)"),
    native("__floor__", "", |i, a| rounded(i, a, "__floor__", Rounding::Floor), ""),
    native("__floordiv__", "value, /", |i, a| op::infix(i, a, false, arithmetic::divide_integer), "Return self//value."),
    native("__format__", "spec, override=?, /", format, ""),
    native("__ge__", "value, /", |i, a| rich_compare(i, a, Comparison::Ge), "Return self>=value."),
    native("__gt__", "value, /", |i, a| rich_compare(i, a, Comparison::Gt), "Return self>value."),
    native("__hash__", "", hash_row, "Return hash(self)."),
    native("__int__", "", |i, a| rounded(i, a, "__int__", Rounding::Down), "int(self)"),
    native("__le__", "value, /", |i, a| rich_compare(i, a, Comparison::Le), "Return self<=value."),
    native("__lt__", "value, /", |i, a| rich_compare(i, a, Comparison::Lt), "Return self<value."),
    native("__mod__", "value, /", |i, a| op::infix(i, a, false, arithmetic::remainder), "Return self%value."),
    native("__mul__", "value, /", |i, a| op::infix(i, a, false, arithmetic::multiply), "Return self*value."),
    native("__ne__", "value, /", |i, a| rich_compare(i, a, Comparison::Ne), "Return self!=value."),
    native("__neg__", "", |i, a| op::prefix(i, a, "__neg__", arithmetic::minus), "-self"),
    native("__pos__", "", |i, a| op::prefix(i, a, "__pos__", arithmetic::plus), "+self"),
    native("__pow__", "value, mod=None, /", |i, a| op::power(i, a, false), "Return pow(self, value, mod)."),
    native("__radd__", "value, /", |i, a| op::infix(i, a, true, arithmetic::add), "Return value+self."),
    native("__rdivmod__", "value, /", |i, a| op::div_mod(i, a, true), "Return divmod(value, self)."),
    native("__reduce__", "", reduce, ""),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__rfloordiv__", "value, /", |i, a| op::infix(i, a, true, arithmetic::divide_integer), "Return value//self."),
    native("__rmod__", "value, /", |i, a| op::infix(i, a, true, arithmetic::remainder), "Return value%self."),
    native("__rmul__", "value, /", |i, a| op::infix(i, a, true, arithmetic::multiply), "Return value*self."),
    native("__round__", "ndigits=?, /", round, ""),
    native("__rpow__", "value, mod=None, /", |i, a| op::power(i, a, true), "Return pow(value, self, mod)."),
    native("__rsub__", "value, /", |i, a| op::infix(i, a, true, arithmetic::subtract), "Return value-self."),
    native("__rtruediv__", "value, /", |i, a| op::infix(i, a, true, arithmetic::divide), "Return value/self."),
    native("__sizeof__", "", |i, a| Ok(Value::int(72 + 8 * ((this(i, a, "__sizeof__")?.digits() + 18) / 19).max(4))), ""),
    native("__str__", "", str, "Return str(self)."),
    native("__sub__", "value, /", |i, a| op::infix(i, a, false, arithmetic::subtract), "Return self-value."),
    native("__truediv__", "value, /", |i, a| op::infix(i, a, false, arithmetic::divide), "Return self/value."),
    native("__trunc__", "", |i, a| rounded(i, a, "__trunc__", Rounding::Down), ""),
    native("adjusted", "", adjusted, "Return the adjusted exponent of the number.  Defined as exp + digits - 1.\n\n"),
    native("as_integer_ratio", "", as_integer_ratio, "Decimal.as_integer_ratio() -> (int, int)\n\nReturn a pair of integers, whose ratio is exactly equal to the original\nDecimal and with a positive denominator. The ratio is in lowest terms.\nRaise OverflowError on infinities and a ValueError on NaNs.\n\n"),
    native("as_tuple", "", as_tuple, "Return a tuple representation of the number.\n\n"),
    native("canonical", "", |i, a| this(i, a, "canonical").map(|_| a[0].clone()), "Return the canonical encoding of the argument.  Currently, the encoding\nof a Decimal instance is always canonical, so this operation returns its\nargument unchanged.\n\n"),
    native("compare", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| Ok(compare_numbers(a, b, to, status))), "Compare self to other.  Return a decimal value:\n\n    a or b is a NaN ==> Decimal('NaN')\n    a < b           ==> Decimal('-1')\n    a == b          ==> Decimal('0')\n    a > b           ==> Decimal('1')\n\n").bound_by(call::OTHER),
    native("compare_signal", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| Ok(compare_signal(a, b, to, status))), "Identical to compare, except that all NaNs signal.\n\n").bound_by(call::OTHER),
    native("compare_total", "other, context=None", |i, a| op::two(i, a, |a, b, _, _| Ok(compare_total(a, b))), "Compare two operands using their abstract representation rather than\ntheir numerical value.  Similar to the compare() method, but the result\ngives a total ordering on Decimal instances.  Two Decimal instances with\nthe same numeric value but different representations compare unequal\nin this ordering:\n\n    >>> Decimal('12.0').compare_total(Decimal('12'))\n    Decimal('-1')\n\nQuiet and signaling NaNs are also included in the total ordering. The result\nof this function is Decimal('0') if both operands have the same representation,\nDecimal('-1') if the first operand is lower in the total order than the second,\nand Decimal('1') if the first operand is higher in the total order than the\nsecond operand. See the specification for details of the total order.\n\nThis operation is unaffected by context and is quiet: no flags are changed\nand no rounding is performed. As an exception, the C version may raise\nInvalidOperation if the second operand cannot be converted exactly.\n\n").bound_by(call::OTHER),
    native("compare_total_mag", "other, context=None", |i, a| op::two(i, a, |a, b, _, _| Ok(compare_total_magnitude(a, b))), "Compare two operands using their abstract representation rather than their\nvalue as in compare_total(), but ignoring the sign of each operand.\n\nx.compare_total_mag(y) is equivalent to x.copy_abs().compare_total(y.copy_abs()).\n\nThis operation is unaffected by context and is quiet: no flags are changed\nand no rounding is performed. As an exception, the C version may raise\nInvalidOperation if the second operand cannot be converted exactly.\n\n").bound_by(call::OTHER),
    native("conjugate", "", |i, a| this(i, a, "conjugate").map(|_| a[0].clone()), "Return self.\n\n"),
    native("copy_abs", "", |i, a| Ok(object(this(i, a, "copy_abs")?.clone().with_sign(false))), "Return the absolute value of the argument.  This operation is unaffected by\ncontext and is quiet: no flags are changed and no rounding is performed.\n\n"),
    native("copy_negate", "", |i, a| { let number = this(i, a, "copy_negate")?; Ok(object(number.clone().with_sign(!number.negative))) }, "Return the negation of the argument.  This operation is unaffected by context\nand is quiet: no flags are changed and no rounding is performed.\n\n"),
    native("copy_sign", "other, context=None", |i, a| op::two(i, a, |a, b, _, _| Ok(a.clone().with_sign(b.negative))), "Return a copy of the first operand with the sign set to be the same as the\nsign of the second operand. For example:\n\n    >>> Decimal('2.3').copy_sign(Decimal('-1.5'))\n    Decimal('-2.3')\n\nThis operation is unaffected by context and is quiet: no flags are changed\nand no rounding is performed. As an exception, the C version may raise\nInvalidOperation if the second operand cannot be converted exactly.\n\n").bound_by(call::OTHER),
    native("exp", "context=None", |i, a| op::one(i, a, functions::exp), "Return the value of the (natural) exponential function e**x at the given\nnumber.  The function always uses the ROUND_HALF_EVEN mode and the result\nis correctly rounded.\n\n").bound_by(call::CONTEXT),
    native("fma", "other, third, context=None", op::fma, "Fused multiply-add.  Return self*other+third with no rounding of the\nintermediate product self*other.\n\n    >>> Decimal(2).fma(3, 5)\n    Decimal('11')\n\n\n").bound_by(call::FMA),
    native("from_float", "f, /", from_float_row, "Class method that converts a float to a decimal number, exactly.\nSince 0.1 is not exactly representable in binary floating point,\nDecimal.from_float(0.1) is not the same as Decimal('0.1').\n\n    >>> Decimal.from_float(0.1)\n    Decimal('0.1000000000000000055511151231257827021181583404541015625')\n    >>> Decimal.from_float(float('nan'))\n    Decimal('NaN')\n    >>> Decimal.from_float(float('inf'))\n    Decimal('Infinity')\n    >>> Decimal.from_float(float('-inf'))\n    Decimal('-Infinity')\n\n\n").as_class(),
    native("is_canonical", "", |i, a| this(i, a, "is_canonical").map(|_| Value::TRUE), "Return True if the argument is canonical and False otherwise.  Currently,\na Decimal instance is always canonical, so this operation always returns\nTrue.\n\n"),
    native("is_finite", "", |i, a| is(i, a, "is_finite", Dec::is_finite), "Return True if the argument is a finite number, and False if the argument\nis infinite or a NaN.\n\n"),
    native("is_infinite", "", |i, a| is(i, a, "is_infinite", Dec::is_infinite), "Return True if the argument is either positive or negative infinity and\nFalse otherwise.\n\n"),
    native("is_nan", "", |i, a| is(i, a, "is_nan", Dec::is_nan), "Return True if the argument is a (quiet or signaling) NaN and False\notherwise.\n\n"),
    native("is_normal", "context=None", |i, a| op::test(i, a, op::is_normal), "Return True if the argument is a normal finite non-zero number with an\nadjusted exponent greater than or equal to Emin. Return False if the\nargument is zero, subnormal, infinite or a NaN.\n\n").bound_by(call::CONTEXT),
    native("is_qnan", "", |i, a| is(i, a, "is_qnan", |number| number.kind == Kind::QuietNan), "Return True if the argument is a quiet NaN, and False otherwise.\n\n"),
    native("is_signed", "", |i, a| is(i, a, "is_signed", |number| number.negative), "Return True if the argument has a negative sign and False otherwise.\nNote that both zeros and NaNs can carry signs.\n\n"),
    native("is_snan", "", |i, a| is(i, a, "is_snan", Dec::is_signaling), "Return True if the argument is a signaling NaN and False otherwise.\n\n"),
    native("is_subnormal", "context=None", |i, a| op::test(i, a, op::is_subnormal), "Return True if the argument is subnormal, and False otherwise. A number is\nsubnormal if it is non-zero, finite, and has an adjusted exponent less\nthan Emin.\n\n").bound_by(call::CONTEXT),
    native("is_zero", "", |i, a| is(i, a, "is_zero", Dec::is_zero), "Return True if the argument is a (positive or negative) zero and False\notherwise.\n\n"),
    native("ln", "context=None", |i, a| op::one(i, a, functions::ln), "Return the natural (base e) logarithm of the operand. The function always\nuses the ROUND_HALF_EVEN mode and the result is correctly rounded.\n\n").bound_by(call::CONTEXT),
    native("log10", "context=None", |i, a| op::one(i, a, functions::log10), "Return the base ten logarithm of the operand. The function always uses the\nROUND_HALF_EVEN mode and the result is correctly rounded.\n\n").bound_by(call::CONTEXT),
    native("logb", "context=None", |i, a| op::one(i, a, digits::logb), "For a non-zero number, return the adjusted exponent of the operand as a\nDecimal instance.  If the operand is a zero, then Decimal('-Infinity') is\nreturned and the DivisionByZero condition is raised. If the operand is\nan infinity then Decimal('Infinity') is returned.\n\n").bound_by(call::CONTEXT),
    native("logical_and", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a & b, to, status)), "Return the digit-wise 'and' of the two (logical) operands.\n\n").bound_by(call::OTHER),
    native("logical_invert", "context=None", |i, a| op::one(i, a, digits::logical_invert), "Return the digit-wise inversion of the (logical) operand.\n\n").bound_by(call::CONTEXT),
    native("logical_or", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a | b, to, status)), "Return the digit-wise 'or' of the two (logical) operands.\n\n").bound_by(call::OTHER),
    native("logical_xor", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a != b, to, status)), "Return the digit-wise 'exclusive or' of the two (logical) operands.\n\n").bound_by(call::OTHER),
    native("max", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: true, by_magnitude: false }, to, status)), "Maximum of self and other.  If one operand is a quiet NaN and the other is\nnumeric, the numeric operand is returned.\n\n").bound_by(call::OTHER),
    native("max_mag", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: true, by_magnitude: true }, to, status)), "Similar to the max() method, but the comparison is done using the absolute\nvalues of the operands.\n\n").bound_by(call::OTHER),
    native("min", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: false, by_magnitude: false }, to, status)), "Minimum of self and other. If one operand is a quiet NaN and the other is\nnumeric, the numeric operand is returned.\n\n").bound_by(call::OTHER),
    native("min_mag", "other, context=None", |i, a| op::two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: false, by_magnitude: true }, to, status)), "Similar to the min() method, but the comparison is done using the absolute\nvalues of the operands.\n\n").bound_by(call::OTHER),
    native("next_minus", "context=None", |i, a| op::one(i, a, |a, to, status| compare::next(a, false, to, status)), "Return the largest number representable in the given context (or in the\ncurrent default context if no context is given) that is smaller than the\ngiven operand.\n\n").bound_by(call::CONTEXT),
    native("next_plus", "context=None", |i, a| op::one(i, a, |a, to, status| compare::next(a, true, to, status)), "Return the smallest number representable in the given context (or in the\ncurrent default context if no context is given) that is larger than the\ngiven operand.\n\n").bound_by(call::CONTEXT),
    native("next_toward", "other, context=None", |i, a| op::two(i, a, compare::next_toward), "If the two operands are unequal, return the number closest to the first\noperand in the direction of the second operand.  If both operands are\nnumerically equal, return a copy of the first operand with the sign set\nto be the same as the sign of the second operand.\n\n").bound_by(call::OTHER),
    native("normalize", "context=None", |i, a| op::one(i, a, digits::reduce), "Normalize the number by stripping the rightmost trailing zeros and\nconverting any result equal to Decimal('0') to Decimal('0e0').  Used\nfor producing canonical values for members of an equivalence class.\nFor example, Decimal('32.100') and Decimal('0.321000e+2') both normalize\nto the equivalent value Decimal('32.1').\n\n").bound_by(call::CONTEXT),
    native("number_class", "context=None", op::number_class, "Return a string describing the class of the operand.  The returned value\nis one of the following ten strings:\n\n    * '-Infinity', indicating that the operand is negative infinity.\n    * '-Normal', indicating that the operand is a negative normal number.\n    * '-Subnormal', indicating that the operand is negative and subnormal.\n    * '-Zero', indicating that the operand is a negative zero.\n    * '+Zero', indicating that the operand is a positive zero.\n    * '+Subnormal', indicating that the operand is positive and subnormal.\n    * '+Normal', indicating that the operand is a positive normal number.\n    * '+Infinity', indicating that the operand is positive infinity.\n    * 'NaN', indicating that the operand is a quiet NaN (Not a Number).\n    * 'sNaN', indicating that the operand is a signaling NaN.\n\n\n").bound_by(call::CONTEXT),
    native("quantize", "exp, rounding=None, context=None", op::quantize, "Return a value equal to the first operand after rounding and having the\nexponent of the second operand.\n\n    >>> Decimal('1.41421356').quantize(Decimal('1.000'))\n    Decimal('1.414')\n\nUnlike other operations, if the length of the coefficient after the quantize\noperation would be greater than precision, then an InvalidOperation is signaled.\nThis guarantees that, unless there is an error condition, the quantized exponent\nis always equal to that of the right-hand operand.\n\nAlso unlike other operations, quantize never signals Underflow, even if the\nresult is subnormal and inexact.\n\nIf the exponent of the second operand is larger than that of the first, then\nrounding may be necessary. In this case, the rounding mode is determined by the\nrounding argument if given, else by the given context argument; if neither\nargument is given, the rounding mode of the current thread's context is used.\n\n").bound_by(call::QUANTIZE),
    native("radix", "", |i, a| this(i, a, "radix").map(|_| object(Dec::integer(10))), "Return Decimal(10), the radix (base) in which the Decimal class does\nall its arithmetic. Included for compatibility with the specification.\n\n"),
    native("remainder_near", "other, context=None", |i, a| op::two(i, a, arithmetic::remainder_near), "Return the remainder from dividing self by other.  This differs from\nself % other in that the sign of the remainder is chosen so as to minimize\nits absolute value. More precisely, the return value is self - n * other\nwhere n is the integer nearest to the exact value of self / other, and\nif two integers are equally near then the even one is chosen.\n\nIf the result is zero then its sign will be the sign of self.\n\n").bound_by(call::OTHER),
    native("rotate", "other, context=None", |i, a| op::two(i, a, digits::rotate), "Return the result of rotating the digits of the first operand by an amount\nspecified by the second operand.  The second operand must be an integer in\nthe range -precision through precision. The absolute value of the second\noperand gives the number of places to rotate. If the second operand is\npositive then rotation is to the left; otherwise rotation is to the right.\nThe coefficient of the first operand is padded on the left with zeros to\nlength precision if necessary. The sign and exponent of the first operand are\nunchanged.\n\n").bound_by(call::OTHER),
    native("same_quantum", "other, context=None", op::same_quantum, "Test whether self and other have the same exponent or whether both are NaN.\n\nThis operation is unaffected by context and is quiet: no flags are changed\nand no rounding is performed. As an exception, the C version may raise\nInvalidOperation if the second operand cannot be converted exactly.\n\n").bound_by(call::OTHER),
    native("scaleb", "other, context=None", |i, a| op::two(i, a, digits::scaleb), "Return the first operand with the exponent adjusted the second.  Equivalently,\nreturn the first operand multiplied by 10**other. The second operand must be\nan integer.\n\n").bound_by(call::OTHER),
    native("shift", "other, context=None", |i, a| op::two(i, a, digits::shift), "Return the result of shifting the digits of the first operand by an amount\nspecified by the second operand.  The second operand must be an integer in\nthe range -precision through precision. The absolute value of the second\noperand gives the number of places to shift. If the second operand is\npositive, then the shift is to the left; otherwise the shift is to the\nright. Digits shifted into the coefficient are zeros. The sign and exponent\nof the first operand are unchanged.\n\n").bound_by(call::OTHER),
    native("sqrt", "context=None", |i, a| op::one(i, a, functions::square_root), "Return the square root of the argument to full precision. The result is\ncorrectly rounded using the ROUND_HALF_EVEN rounding mode.\n\n").bound_by(call::CONTEXT),
    native("to_eng_string", "context=None", to_eng_string, "Convert to an engineering-type string.  Engineering notation has an exponent\nwhich is a multiple of 3, so there are up to 3 digits left of the decimal\nplace. For example, Decimal('123E+1') is converted to Decimal('1.23E+3').\n\nThe value of context.capitals determines whether the exponent sign is lower\nor upper case. Otherwise, the context does not affect the operation.\n\n").bound_by(call::CONTEXT),
    native("to_integral", "rounding=None, context=None", |i, a| op::to_integral(i, a, false), "Identical to the to_integral_value() method.  The to_integral() name has been\nkept for compatibility with older versions.\n\n").bound_by(call::ROUNDING),
    native("to_integral_exact", "rounding=None, context=None", |i, a| op::to_integral(i, a, true), "Round to the nearest integer, signaling Inexact or Rounded as appropriate if\nrounding occurs.  The rounding mode is determined by the rounding parameter\nif given, else by the given context. If neither parameter is given, then the\nrounding mode of the current default context is used.\n\n").bound_by(call::ROUNDING),
    native("to_integral_value", "rounding=None, context=None", |i, a| op::to_integral(i, a, false), "Round to the nearest integer without signaling Inexact or Rounded.  The\nrounding mode is determined by the rounding parameter if given, else by\nthe given context. If neither parameter is given, then the rounding mode\nof the current default context is used.\n\n").bound_by(call::ROUNDING),
];

/// The number of the receiver.
#[inline]
pub fn this<'v>(interp: &mut dyn Interpreter, args: &'v [Value], method: &str) -> Result<&'v Dec, Raised> {
    match number_of(&args[0]) {
        Some(number) => Ok(number),
        None => Err(wrong_receiver(interp, "decimal.Decimal", method, &args[0])),
    }
}

fn is(interp: &mut dyn Interpreter, args: &[Value], method: &str, test: fn(&Dec) -> bool) -> Completion {
    Ok(Value::bool(test(this(interp, args, method)?)))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = context_argument(interp, &args[2])?;
    let Some(value) = args[1].given() else { return Ok(object(Dec::zero(false, 0))) };
    // The same object serves, unless the caller is about to wrap it in a subclass.
    if value.as_instance().is_none() && value.downcast::<DecimalObject>().is_some() {
        return Ok(value.clone());
    }
    from_value(interp, value, state_of(&context)).map(object)
}

/// `Decimal(value)`.
pub fn from_value(interp: &mut dyn Interpreter, value: &Value, state: &State) -> Result<Dec, Raised> {
    let mut status = Status::default();
    if let Some(number) = number_of(value) {
        return Ok(number.clone());
    }
    if let Some(text) = value.str_like() {
        let number = from_text_exactly(text, &mut status);
        return state.finish(interp, number, status);
    }
    if let Some(number) = from_integer(value) {
        return Ok(number);
    }
    if let Some(items) = sequence(value) {
        let number = exactly(from_parts(interp, &items)?, &mut status);
        return state.finish(interp, number, status);
    }
    match value.float_like() {
        Some(float) => {
            state.report(interp, Status(Status::FLOAT_OPERATION))?;
            Ok(from_float(float))
        }
        None => Err(no_conversion(interp, value)),
    }
}

fn from_float_row(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = match (args[1].float_like(), from_integer(&args[1])) {
        (Some(float), _) => object(from_float(float)),
        (_, Some(number)) => object(number),
        _ => return Err(interp.type_error("argument must be int or float")),
    };
    if args[0].is(&interp.type_of_spec(&DECIMAL)) { Ok(number) } else { interp.call(&args[0], &[number]) }
}

fn rich_compare(interp: &mut dyn Interpreter, args: &[Value], comparison: Comparison) -> Completion {
    let number = this(interp, args, "__eq__")?;
    let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
    if let Some(other) = number_of(&args[1])
        && !number.is_nan()
        && !other.is_nan()
    {
        return Ok(Value::bool(comparison.holds(compare::compare(number, other))));
    }
    let context = current(interp);
    let state = state_of(&context);
    let Some(sides) = compared(interp, number, &args[1], is_equality, state)? else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (left, right) = (&*sides.left, &*sides.right);
    if left.is_nan() || right.is_nan() {
        if !is_equality || left.is_signaling() || right.is_signaling() {
            state.report(interp, Status(Status::INVALID_OPERATION))?;
        }
        return Ok(Value::bool(comparison == Comparison::Ne));
    }
    Ok(Value::bool(comparison.holds(compare::compare(left, right))))
}

fn hash_row(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__hash__")?;
    match hash(number) {
        Some(hash) => Ok(Value::int(hash)),
        None if number.is_signaling() => Err(interp.type_error("Cannot hash a signaling NaN value")),
        None => Ok(Value::int(identity_hash(&args[0]))),
    }
}

fn capitals(interp: &mut dyn Interpreter) -> bool {
    let context = current(interp);
    state_of(&context).capitals.get()
}

fn str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__str__")?;
    let capitals = capitals(interp);
    Ok(Value::str(&text::to_text(number, capitals, false)))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__repr__")?;
    let capitals = capitals(interp);
    Ok(Value::str(&format!("Decimal('{}')", text::to_text(number, capitals, false))))
}

fn to_eng_string(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "to_eng_string")?;
    let context = context_argument(interp, &args[1])?;
    Ok(Value::str(&text::to_text(number, state_of(&context).capitals.get(), true)))
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = str(interp, args)?;
    let class = interp.class_of(&args[0]);
    Ok(Value::tuple(vec![class, Value::tuple(vec![text])]))
}

fn float(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__float__")?;
    Ok(Value::new_float(to_float(interp, number)?))
}

fn complex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__complex__")?;
    Ok(Value::complex(to_float(interp, number)?, 0.0))
}

fn rounded(interp: &mut dyn Interpreter, args: &[Value], method: &str, rounding: Rounding) -> Completion {
    let number = this(interp, args, method)?;
    let context = current(interp);
    to_integer(interp, number, rounding, state_of(&context))
}

fn round(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__round__")?;
    let context = current(interp);
    let state = state_of(&context);
    let Some(places) = args[1].given() else {
        return to_integer(interp, number, Rounding::HalfEven, state);
    };
    if !places.is_integer() {
        return Err(interp.type_error("optional arg must be an integer"));
    }
    let places = interp.expect_int(places)?;
    let quantum = Dec::finite(false, Coefficient::ONE, places.checked_neg().unwrap_or(i64::MAX));
    let mut status = Status::default();
    let result = digits::quantize(number, &quantum, &state.settings.get(), &mut status);
    state.finish(interp, result, status).map(object)
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "__format__")?;
    let Some(text) = args[1].str_like() else {
        return Err(interp.type_error("format arg must be str"));
    };
    let context = current(interp);
    let state = state_of(&context);
    if let Some(given) = args[2].given() {
        return Err(if given.dict_like().is_some() {
            interp.raise(
                CoreType::NotImplementedError,
                "other separators than the usual are not supported by apy",
            )
        } else {
            interp.type_error("optional argument must be a dict")
        });
    }
    if text.ends_with('N') {
        let place = interp.stack(1).pop();
        interp.warn(CoreType::DeprecationWarning, "Format specifier 'N' is deprecated", place)?;
    }
    let Some(spec) = Spec::parse(text) else {
        return Err(interp.value_error("invalid format string"));
    };
    check_room(usize::try_from(spec.least_length()).unwrap_or(usize::MAX))
        .map_err(|fault| fault.raise(interp))?;
    let text = spec.format(number, &state.settings.get(), state.capitals.get());
    let text = state.finish(interp, text, Status::default())?;
    Ok(Value::str(&text))
}

fn adjusted(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "adjusted")?;
    Ok(Value::int(if number.is_finite() { number.adjusted() } else { 0 }))
}

fn as_integer_ratio(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "as_integer_ratio")?;
    if number.is_infinite() {
        return Err(interp.overflow_error("cannot convert Infinity to integer ratio"));
    }
    if number.is_nan() {
        return Err(interp.value_error("cannot convert NaN to integer ratio"));
    }
    let context = current(interp);
    let (numerator, denominator) = state_of(&context).finish(interp, ratio(number), Status::default())?;
    Ok(Value::tuple(vec![Value::big_int(numerator), Value::big_int(denominator)]))
}

fn as_tuple(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "as_tuple")?;
    let (digits, exponent) = match number.kind {
        Kind::Finite => (number.coefficient.to_text(), Value::int(number.exponent)),
        Kind::Infinity => ("0".to_owned(), Value::str("F")),
        Kind::QuietNan => (text::payload(number), Value::str("n")),
        Kind::SignalingNan => (text::payload(number), Value::str("N")),
    };
    let digits = digits.bytes().map(|digit| Value::int(i64::from(digit - b'0'))).collect();
    let sign = Value::int(i64::from(number.negative));
    interp.call(&known("DecimalTuple"), &[sign, Value::tuple(digits), exponent])
}
