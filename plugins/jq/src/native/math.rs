//! The functions of math.h.

use super::table;
use crate::value::{Result, Val, unfit};

macro_rules! one {
    ($function:expr) => {
        |value| {
            let function: fn(f64) -> f64 = $function;
            Ok(Val::Num(function(need(&value)?)))
        }
    };
}

macro_rules! two {
    ($function:expr) => {
        |_, [a, b]| {
            let function: fn(f64, f64) -> f64 = $function;
            Ok(Val::Num(function(need(&a)?, need(&b)?)))
        }
    };
}

fn need(value: &Val) -> Result<f64> {
    match value.number() {
        Some(number) => Ok(number),
        None => unfit(value, "number required"),
    }
}

table! {
    "acos" 0 one!(libm::acos);
    "acosh" 0 one!(libm::acosh);
    "asin" 0 one!(libm::asin);
    "asinh" 0 one!(libm::asinh);
    "atan" 0 one!(libm::atan);
    "atanh" 0 one!(libm::atanh);
    "cbrt" 0 one!(libm::cbrt);
    "ceil" 0 one!(f64::ceil);
    "cos" 0 one!(libm::cos);
    "cosh" 0 one!(libm::cosh);
    "erf" 0 one!(libm::erf);
    "erfc" 0 one!(libm::erfc);
    "exp" 0 one!(libm::exp);
    "exp10" 0 one!(libm::exp10);
    "exp2" 0 one!(libm::exp2);
    "expm1" 0 one!(libm::expm1);
    "fabs" 0 one!(f64::abs);
    "floor" 0 one!(f64::floor);
    "gamma" 0 one!(libm::lgamma);
    "j0" 0 one!(libm::j0);
    "j1" 0 one!(libm::j1);
    "lgamma" 0 one!(libm::lgamma);
    "log" 0 one!(libm::log);
    "log10" 0 one!(libm::log10);
    "log1p" 0 one!(libm::log1p);
    "log2" 0 one!(libm::log2);
    "logb" 0 one!(logb);
    "nearbyint" 0 one!(f64::round_ties_even);
    "pow10" 0 one!(libm::exp10);
    "rint" 0 one!(f64::round_ties_even);
    "round" 0 one!(f64::round);
    "significand" 0 one!(significand);
    "sin" 0 one!(libm::sin);
    "sinh" 0 one!(libm::sinh);
    "sqrt" 0 one!(f64::sqrt);
    "tan" 0 one!(libm::tan);
    "tanh" 0 one!(libm::tanh);
    "tgamma" 0 one!(libm::tgamma);
    "trunc" 0 one!(f64::trunc);
    "y0" 0 one!(libm::y0);
    "y1" 0 one!(libm::y1);
    "atan2" 2 two!(libm::atan2);
    "copysign" 2 two!(f64::copysign);
    "drem" 2 two!(libm::remainder);
    "fdim" 2 two!(libm::fdim);
    "fmax" 2 two!(f64::max);
    "fmin" 2 two!(f64::min);
    "fmod" 2 two!(libm::fmod);
    "hypot" 2 two!(libm::hypot);
    "jn" 2 two!(|n, x| libm::jn(n as i32, x));
    "yn" 2 two!(|n, x| libm::yn(n as i32, x));
    "ldexp" 2 two!(|x, power| libm::ldexp(x, power as i32));
    "scalb" 2 two!(|x, power| x * libm::exp2(power));
    "scalbln" 2 two!(|x, power| libm::scalbn(x, power as i32));
    "nextafter" 2 two!(libm::nextafter);
    "nexttoward" 2 two!(libm::nextafter);
    "pow" 2 two!(libm::pow);
    "remainder" 2 two!(libm::remainder);
    "fma" 3 |_, [a, b, c]| Ok(Val::Num(libm::fma(need(&a)?, need(&b)?, need(&c)?)));
    "frexp" 0 |value| {
        let (fraction, exponent) = libm::frexp(need(&value)?);
        Ok(Val::array(vec![Val::Num(fraction), Val::Num(f64::from(exponent))]))
    };
    "modf" 0 |value| {
        let number = need(&value)?;
        let fraction = match number.is_infinite() {
            true => 0.0f64.copysign(number),
            false => number - number.trunc(),
        };
        Ok(Val::array(vec![Val::Num(fraction), Val::Num(number.trunc())]))
    };
    "lgamma_r" 0 |value| {
        let (gamma, sign) = libm::lgamma_r(need(&value)?);
        Ok(Val::array(vec![Val::Num(gamma), Val::Num(f64::from(sign))]))
    };
    "infinite" 0 |_| Ok(Val::Num(f64::INFINITY));
    "nan" 0 |_| Ok(Val::Num(f64::NAN));
    "isinfinite" 0 |value| Ok(Val::Bool(need(&value)?.is_infinite()));
    "isnan" 0 |value| Ok(Val::Bool(need(&value)?.is_nan()));
    "isnormal" 0 |value| Ok(Val::Bool(need(&value)?.is_normal()));
    "abs" 0 abs;
}

fn abs(value: Val) -> Result {
    Ok(match &value {
        Val::Num(number) if *number < 0.0 => Val::Num(-number),
        Val::Literal(literal) if literal.negative => Val::Literal(literal.negated().into()),
        Val::Num(_) | Val::Literal(_) | Val::Str(_) | Val::Arr(_) | Val::Obj(_) => value,
        _ => return unfit(&value, "cannot be negated"),
    })
}

fn logb(number: f64) -> f64 {
    if number == 0.0 {
        f64::NEG_INFINITY
    } else if number.is_infinite() {
        f64::INFINITY
    } else if number.is_nan() {
        number
    } else {
        f64::from(libm::frexp(number).1 - 1)
    }
}

fn significand(number: f64) -> f64 {
    match number == 0.0 || !number.is_finite() {
        true => number,
        false => libm::frexp(number).0 * 2.0,
    }
}
