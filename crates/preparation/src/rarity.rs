//! Text of many levels: how much rarer than usual a word is.

use std::collections::BTreeMap;

/// Levels that are kept at most. Beyond them they are so many that the rare ones are all alike.
const MOST_LEVELS: usize = 1 << 16;

/// A level is rarer than usual only beyond what chance does to a count, in its deviations.
const BEYOND_CHANCE: f64 = 3.0;

/// How much rarer than usual each level is: `-ln(share)` less the median of that over the cells, but 0 for every level that is no
/// rarer beyond chance. So no level stands out by being frequent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rarities {
    pub(crate) levels: BTreeMap<String, f64>,
    /// What any other word is: as rare as the rarest.
    pub(crate) rarest: f64,
}

impl Rarities {
    /// Of levels with how many cells have them, the most frequent first.
    pub(crate) fn of(levels: Vec<(&str, usize)>) -> Self {
        let usual = usual_count(&levels) as f64;
        let rare = usual - BEYOND_CHANCE * usual.sqrt();
        let rarity = |count: usize| match (count as f64) < rare {
            true => (usual / count as f64).ln(),
            false => 0.0,
        };
        let rarest = levels.last().map_or(0.0, |(_, count)| rarity(*count));
        // Equally frequent levels are kept all or none.
        let least = levels.get(MOST_LEVELS).map_or(0, |(_, count)| *count);
        let kept = levels.into_iter().filter(|(_, count)| *count > least);
        Self { levels: kept.map(|(level, count)| (level.to_owned(), rarity(count))).collect(), rarest }
    }
}

/// Half of the cells have a level that is as frequent, or less so.
fn usual_count(levels: &[(&str, usize)]) -> usize {
    let cells: usize = levels.iter().map(|(_, count)| count).sum();
    let mut rarer = 0;
    let usual = levels.iter().rev().find(|(_, count)| {
        rarer += count;
        2 * rarer >= cells
    });
    usual.map_or(0, |(_, count)| *count)
}

/// Whether text names its rows, as ids, names and comments do: there are more levels than half of the cells, or most levels were
/// seen once and a fifth of the cells has one of these.
pub(crate) fn is_name(levels: &[(&str, usize)]) -> bool {
    let cells: usize = levels.iter().map(|(_, count)| count).sum();
    let once = levels.iter().filter(|(_, count)| *count == 1).count();
    2 * levels.len() > cells || (2 * once > levels.len() && 5 * once > cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_rare_by_how_far_it_is_below_the_usual_count_and_never_by_being_frequent() {
        let found = Rarities::of(vec![("huge", 900), ("usual", 800), ("like it", 790), ("rare", 4)]);
        assert_eq!(["huge", "usual", "like it"].map(|level| found.levels[level]), [0.0; 3]);
        // Half of the 2,494 cells have a level that is there 800 times or less often.
        assert_eq!(found.levels["rare"], 200_f64.ln());
        assert_eq!(found.rarest, found.levels["rare"]);
    }

    #[test]
    fn counts_that_differ_by_chance_are_alike() {
        let found = Rarities::of(vec![("a", 9), ("b", 9), ("c", 8), ("d", 5), ("e", 2)]);
        assert!(found.levels.values().all(|&rarity| rarity == 0.0) && found.rarest == 0.0);
    }
}
