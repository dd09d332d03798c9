//! Columns whose different values become equal in 32 bits, taken relative to one of their own.
//!
//! The spread of such a column is small beside its size (seconds since 1970, metres of a map grid), or too small for 32 bits
//! altogether. Its values are taken relative to an origin in 64 bits, where the difference of two near values is exact, and
//! in a unit that is a power of two, which is exact as well. Only then they are rounded to 32 bits.

use serde::{Deserialize, Serialize};

use crate::cells::usable;

/// A column runs together if this share of its different values is lost in 32 bits.
const LOST: f64 = 0.1;
/// Another origin has to lose at most this share of what is lost without it.
const HELPS: f64 = 0.75;
/// Values that spread by less than this get a unit of their own: 32 bits hold nothing below 2^-149, and lose digits from 2^-126.
const TINY: f64 = 1.0 / (1u128 << 96) as f64;
/// Rows that are looked at in a first look.
const ROWS: usize = 8192;
/// Values that are kept of them at most, 32 MiB.
const VALUES: usize = 1 << 22;
/// In a sample of the rows fewer values meet their neighbors; a smaller share of it than this is chance.
const LOST_IN_SAMPLE: f64 = 1.0 / 512.0;
/// Integers up to this are exact in 64-bit floats, 2^53.
const EXACT: f64 = (1u64 << 53) as f64;
/// Values that coincide belong to one group unless the gap between them is larger than this share of their distance.
const GAP: f64 = 1.0 / 1024.0;
/// Such groups that are kept.
const GROUPS: usize = 100;

/// What the values of a column are taken relative to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// One of the fitted values, or 0.
    pub(crate) origin: f64,
    /// What is to be added to it, where it is an integer with more digits than 64-bit floats have.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) rest: f64,
    /// A power of two.
    pub(crate) unit: f64,
}

/// Values of a column that stay equal in 32 bits because they lie too far from its other values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FarGroup {
    /// The value in their middle.
    pub around: f64,
    /// How many different ones they are.
    pub values: usize,
}

/// A number, and what rounding it to 64 bits left over.
type Long = (f64, f64);

impl Origin {
    const NONE: Self = Self { origin: 0.0, rest: 0.0, unit: 1.0 };

    /// The origin that keeps most values apart, if they need one, and the groups that it does not serve.
    pub(crate) fn fit(values: &[f64], rests: Option<&[f64]>) -> (Option<Self>, Vec<FarGroup>) {
        let mut first_look = Rounding::default();
        for &value in values {
            if first_look.takes_row() {
                first_look.see(value);
            }
        }
        if rests.is_none() && !first_look.runs_together() {
            return (None, Vec::new());
        }
        let rest = |row: usize| rests.map_or(0.0, |rests| rests[row]);
        let mut sorted: Vec<Long> =
            values.iter().copied().enumerate().map(|(row, value)| (value, rest(row))).collect();
        sorted.retain(|&(value, _)| usable(value));
        sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let mut different = sorted.clone();
        different.dedup();
        let without = Self::NONE.lost(&different);
        if !is_lost(without, different.len()) {
            return (None, Vec::new());
        }
        // The middle of all rows, of the different values, and of those that are lost.
        let together = Self::NONE.together(&different);
        let middles = [middle(&sorted), middle(&different), middle(&together)];
        let candidates =
            std::iter::once((0.0, 0.0)).chain(middles).map(|origin| Self::with_unit(origin, &different));
        let best = candidates
            .map(|candidate| (candidate.lost(&different), candidate))
            .reduce(|best, next| if next.0 < best.0 { next } else { best });
        let chosen = best.filter(|&(lost, _)| lost as f64 <= HELPS * without as f64);
        let (lost, origin) = chosen.unwrap_or((without, Self::NONE));
        let far = match is_lost(lost, different.len()) {
            true => origin.groups(&origin.together(&different)),
            false => Vec::new(),
        };
        (chosen.map(|(_, origin)| origin), far)
    }

    /// A value as it is kept, before it is rounded to 32 bits.
    pub(crate) fn relative(&self, value: f64, rest: f64) -> f64 {
        // Both are divided rather than their difference, as other programs have it: by a power of two that is the same.
        (value / self.unit - self.origin / self.unit) + (rest - self.rest)
    }

    /// The value that became this one.
    pub(crate) fn absolute(&self, relative: f64) -> f64 {
        relative * self.unit + self.origin
    }

    /// Whether it could have been fitted.
    pub(crate) fn is_sound(&self) -> bool {
        let is_power = match self.unit.is_normal() {
            true => self.unit.to_bits() << 12 == 0,
            false => self.unit.to_bits().is_power_of_two(),
        };
        usable(self.origin) && usable(self.rest) && self.unit > 0.0 && self.unit <= 1.0 && is_power
    }

    fn with_unit((origin, rest): Long, values: &[Long]) -> Self {
        let plain = Self { origin, rest, unit: 1.0 };
        let reach =
            values.iter().fold(0.0_f64, |reach, &(value, rest)| reach.max(plain.relative(value, rest).abs()));
        let unit = if reach > 0.0 && reach < TINY { power_of_two_at(reach) } else { 1.0 };
        Self { unit, ..plain }
    }

    /// How many of some different values in order are equal to the one before them in 32 bits.
    fn lost(&self, values: &[Long]) -> usize {
        values.windows(2).filter(|pair| self.meet(pair[0], pair[1])).count()
    }

    /// Those that are equal to a neighbor.
    fn together(&self, values: &[Long]) -> Vec<Long> {
        let meets = |at: usize| {
            let before = at > 0 && self.meet(values[at - 1], values[at]);
            before || values.get(at + 1).is_some_and(|&next| self.meet(values[at], next))
        };
        (0..values.len()).filter(|&at| meets(at)).map(|at| values[at]).collect()
    }

    /// Values in order that stay together, as groups; the largest first.
    fn groups(&self, values: &[Long]) -> Vec<FarGroup> {
        let near = |&one: &Long, &other: &Long| {
            let (from, to) = (self.relative(one.0, one.1), self.relative(other.0, other.1));
            self.meet(one, other) || to - from <= GAP * from.abs().max(to.abs())
        };
        let of_group = |group: &[Long]| FarGroup { around: middle(group).0, values: group.len() };
        let mut groups: Vec<FarGroup> = values.chunk_by(near).map(of_group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.values));
        groups.truncate(GROUPS);
        groups
    }

    fn meet(&self, one: Long, other: Long) -> bool {
        self.relative(one.0, one.1) as f32 == self.relative(other.0, other.1) as f32
    }
}

/// Looks at some rows of a table before their values are rounded to 32 bits, and says whether different values of a column
/// become equal by it. The rows that it takes are spread over the table, all of them if they are few.
///
/// ```
/// use gradstop_preparation::Rounding;
/// let runs_together = |offset: f64| {
///     let mut rounding = Rounding::default();
///     for row in 0..100 {
///         if rounding.takes_row() {
///             rounding.see(offset + f64::from(row));
///         }
///     }
///     rounding.runs_together()
/// };
/// assert!(!runs_together(1e6));
/// assert!(runs_together(1e9));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rounding {
    rows: u64,
    /// The random number of each row that was taken, and the largest that is.
    numbers: Vec<u64>,
    largest: Option<u64>,
    /// What was seen of these rows, row by row.
    values: Vec<f64>,
}

impl Rounding {
    /// Counts a row, and says whether its values are to be [seen](Self::see), all of them in order.
    pub fn takes_row(&mut self) -> bool {
        let number = number_of(self.rows);
        self.rows += 1;
        if self.largest.is_some_and(|largest| number > largest) {
            return false;
        }
        if self.numbers.len() >= ROWS || self.values.len() >= VALUES && self.numbers.len() > 1 {
            self.halve();
        }
        if self.largest.is_some_and(|largest| number > largest) {
            return false;
        }
        self.numbers.push(number);
        true
    }

    /// Looks at the next value of a row that was taken.
    pub fn see(&mut self, value: f64) {
        self.values.push(value);
    }

    /// Whether there is a column at least a tenth of whose different values are equal to others in 32 bits; of a table with
    /// more rows than were taken whether that is likely.
    pub fn runs_together(&self) -> bool {
        let width = self.values.len() / self.numbers.len().max(1);
        let share = match self.largest {
            None => LOST,
            Some(_) => {
                let taken = self.numbers.len() as f64 / self.rows as f64;
                (LOST * taken / 2.0).max(LOST_IN_SAMPLE)
            }
        };
        let mut column = Vec::with_capacity(self.numbers.len());
        (0..width).any(|at| {
            column.clear();
            let values = self.values.iter().skip(at).step_by(width).copied();
            column.extend(values.filter(|&value| usable(value)).map(key));
            if column
                .iter()
                .all(|&key| f64::from(of_key(key) as f32) == of_key(key) && of_key(key).abs() <= EXACT)
            {
                return false;
            }
            column.sort_unstable();
            column.dedup();
            if let [only] = column[..] {
                // They may be integers that even 64 bits run together.
                return of_key(only).abs() > EXACT;
            }
            let lost = column.windows(2).filter(|pair| of_key(pair[0]) as f32 == of_key(pair[1]) as f32);
            let lost = lost.count();
            lost > 0 && lost as f64 >= share * column.len() as f64
        })
    }

    /// Lets go of the rows with the larger numbers, about half of them.
    fn halve(&mut self) {
        let width = self.values.len() / self.numbers.len();
        let largest = self.largest.unwrap_or(u64::MAX) / 2;
        let mut kept = 0;
        for row in 0..self.numbers.len() {
            if self.numbers[row] <= largest {
                self.numbers[kept] = self.numbers[row];
                self.values.copy_within(row * width..(row + 1) * width, kept * width);
                kept += 1;
            }
        }
        self.numbers.truncate(kept);
        self.values.truncate(kept * width);
        self.largest = Some(largest);
    }
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Whether so many lost ones are a share that counts.
fn is_lost(lost: usize, different: usize) -> bool {
    lost > 0 && lost as f64 >= LOST * different as f64
}

/// The one in the middle of values in order, 0 of none.
fn middle(values: &[Long]) -> Long {
    values.get(values.len() / 2).copied().unwrap_or((0.0, 0.0))
}

/// The largest power of two that is not above a positive number.
fn power_of_two_at(value: f64) -> f64 {
    match value.is_normal() {
        true => f64::from_bits(value.to_bits() & !((1 << 52) - 1)),
        // A subnormal number is its bits times 2^-1074.
        false => f64::from_bits(1 << value.to_bits().ilog2()),
    }
}

/// Numbers in the order of values, equal for both zeros.
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The value of a [`key`].
fn of_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// A row's random number: the finisher of SplitMix64.
fn number_of(row: u64) -> u64 {
    let value = row.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
