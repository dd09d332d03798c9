//! Which columns are features, which one is the label, and which are left out.

use gradstop_preparation::{Field, Kind};

use crate::error::TableError;
use crate::options::{Features, ReadOptions};
use crate::text::tally::Survey;

/// Columns that a table may have: naming them takes memory before the first cell is read.
pub(crate) const MAX_COLUMNS: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Feature,
    Label,
    Ignored,
}

/// The columns of one file, each with its role.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Every column, in file order.
    pub(crate) all_columns: Vec<String>,
    /// The role of every column.
    pub(crate) roles: Vec<Role>,
    /// The names of the features, in file order.
    pub(crate) features: Vec<String>,
    /// Where the column stands that says which row is which, if one was asked for.
    pub(crate) id: Option<usize>,
}

impl Selection {
    /// The columns of a file, one of which may be an index that is no feature unless it is asked for.
    pub(crate) fn new(
        file: &str,
        columns: Vec<String>,
        index: Option<usize>,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let others = if options.only.is_some() { Role::Ignored } else { Role::Feature };
        let mut roles = vec![others; columns.len()];
        if let Some(index) = index {
            roles[index] = Role::Ignored;
        }
        if let Some(name) = &options.only {
            roles[find(file, &columns, name)?] = Role::Feature;
        }
        for name in &options.ignore {
            if options.label.as_ref() == Some(name) {
                return Err(TableError::LabelIgnored { file: file.into(), name: name.clone() });
            }
            roles[find(file, &columns, name)?] = Role::Ignored;
        }
        let id = options.id.as_ref().map(|name| find(file, &columns, name)).transpose()?;
        if options.features == Features::Nothing {
            roles.fill(Role::Ignored);
        }
        if let Some(name) = &options.label {
            roles[find(file, &columns, name)?] = Role::Label;
        }
        let features: Vec<String> = columns
            .iter()
            .zip(&roles)
            .filter(|(_, role)| **role == Role::Feature)
            .map(|(name, _)| name.clone())
            .collect();
        if features.is_empty() && options.features != Features::Nothing {
            return Err(TableError::NoFeatures { file: file.into(), columns });
        }
        Ok(Selection { all_columns: columns, roles, features, id })
    }

    /// What a file that says of which kinds its features are tells of them.
    pub(crate) fn survey_of(&self, kinds: Option<&[Kind]>) -> Survey {
        let fields = self.features.iter().zip(kinds.unwrap_or_default());
        let fields = fields.map(|(name, &kind)| Field::new(name.clone(), kind)).collect();
        Survey { fields, ..Survey::default() }
    }

    pub(crate) fn has_label(&self) -> bool {
        self.roles.contains(&Role::Label)
    }
}

/// The names of columns that have none: `x0, x1, ...`.
pub(crate) fn unnamed(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("x{index}")).collect()
}

fn find(file: &str, columns: &[String], name: &str) -> Result<usize, TableError> {
    let mut positions =
        columns.iter().enumerate().filter(|(_, column)| *column == name).map(|(index, _)| index);
    match (positions.next(), positions.count()) {
        (Some(position), 0) => Ok(position),
        (Some(_), more) => {
            Err(TableError::AmbiguousColumn { file: file.into(), name: name.into(), count: more + 1 })
        }
        (None, _) => {
            let mut columns = columns.to_vec();
            columns.sort_by_cached_key(|column| distance(column, name));
            Err(TableError::UnknownColumn { file: file.into(), name: name.into(), columns })
        }
    }
}

/// How many characters have to be added, removed or replaced to get from one name to the other; upper and
/// lower case are the same. Long names are compared by their beginnings, as only the order matters.
fn distance(left: &str, right: &str) -> usize {
    let beginning = |name: &str| name.chars().take(40).flat_map(char::to_lowercase).collect::<String>();
    strsim::levenshtein(&beginning(left), &beginning(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits_without_case() {
        assert_eq!(distance("label", "Label"), 0);
        assert_eq!(distance("lable", "label"), 2);
        assert_eq!(distance("", "age"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
