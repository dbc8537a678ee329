//! US dollars: exact in arithmetic and in files, rounded where people read them.

use crate::num;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// US dollars, exact. In files it is the decimal as a string (`"1290.275"`); for reading it is
/// rounded ([`Usd::rounded`], also its `Display`) or shown with cents ([`Usd::cents`]).
///
/// Sums and products that do not fit stop at the largest amount instead of panicking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(pub Decimal);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// For reading: whole dollars from $100 (`$1,290`), cents from $1 (`$12.63`), two digits below
    /// (`$0.15`, `$0.000025`), `$0` for nothing; the sign stands in front (`-$1,290`).
    pub fn rounded(self) -> String {
        let size = self.0.abs();
        if size.is_zero() {
            return "$0".to_owned();
        }
        let cents = num::round(size, 2);
        let (amount, places) = if cents >= Decimal::ONE_HUNDRED {
            (num::round(size, 0), 0)
        } else if cents >= Decimal::ONE {
            (cents, 2)
        } else {
            (num::round_digits(size, 2), 2)
        };
        self.signed(amount, places)
    }

    /// With cents, always: `$1,303.50`, `-$0.15`, `$0.00`.
    pub fn cents(self) -> String {
        self.signed(num::round(self.0.abs(), 2), 2)
    }

    /// What a million of something at this price costs: `$25.00/M` for $0.000025 each.
    pub fn per_million(self) -> String {
        let million = Self(num::mul(self.0, Decimal::from(1_000_000)));
        let text = million.cents();
        // A price with more digits than cents would read as another price.
        if num::round(million.0, 2) == million.0 {
            format!("{text}/M")
        } else {
            format!("${}/M", million.0.normalize())
        }
    }

    fn signed(self, amount: Decimal, places: usize) -> String {
        let sign = if self.0.is_sign_negative() && !amount.is_zero() {
            "-"
        } else {
            ""
        };
        format!("{sign}${}", num::grouped(amount, places))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.rounded())
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(num::add(self.0, other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(num::sub(self.0, other.0))
    }
}

impl Neg for Usd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<Decimal> for Usd {
    type Output = Self;

    fn mul(self, quantity: Decimal) -> Self {
        Self(num::mul(self.0, quantity))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Self> for Usd {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.normalize())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Decimal as Deserialize>::deserialize(deserializer).map(Self)
    }
}
