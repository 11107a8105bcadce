//! Choices of a product in systems that have more than three.

use crate::{
    Note,
    columns::Column,
    dialects::model::{FileRow, ModelRow},
    limits::OPTIONS_MAX,
};

/// Between the names and the values of options that are joined.
const BETWEEN: &str = " / ";

/// One value of a variant, with its cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) place: Option<usize>,
}

/// At most three names or values: from the third on they are joined where there are more.
pub(super) fn joined(texts: &[String]) -> Vec<String> {
    match texts.len() > OPTIONS_MAX {
        true => {
            let (first, rest) = texts.split_at(OPTIONS_MAX - 1);
            let mut joined = first.to_vec();
            joined.push(rest.join(BETWEEN));
            joined
        }
        false => texts.to_vec(),
    }
}

/// Sets the names of a product's options. From the third on they are joined where there are more.
pub(super) fn set_names(row: &mut ModelRow, names: &[String], file: &FileRow<'_>) -> Option<Note> {
    let few = joined(names);
    for (column, name) in Column::OPTION_NAMES.into_iter().zip(&few) {
        row.set(column, name, file, None);
    }
    let is_joined = few.len() < names.len();
    is_joined.then(|| Note::OptionsJoined(few[OPTIONS_MAX - 1].clone()))
}

/// Sets the values of a variant, in the order of the names.
pub(super) fn set_values(row: &mut ModelRow, choices: &[Choice], file: &FileRow<'_>) {
    let values: Vec<String> = choices.iter().map(|choice| choice.value.clone()).collect();
    let few = joined(&values).into_iter().zip(choices);
    for (column, (value, choice)) in Column::OPTION_VALUES.into_iter().zip(few) {
        row.set(column, value, file, choice.place);
    }
}
