//! The rows of one product in a feed: its title, its options, its variants.

use percent_encoding::percent_decode_str;
use souk_domain::Slug;

use super::columns::{Field, GoogleColumns};
use crate::{
    Note, Reason,
    columns::Column,
    dialects::{
        amounts,
        model::{Assembly, FileRow, ModelRow, PictureCell},
        options::{self, Choice},
        prose,
        translator::Output,
    },
};

/// The name of the option that tells variants apart where no attribute does.
const BY_TITLE: &str = "Variant";

/// A title for all rows: what all of theirs begin with, in whole words; else the first.
pub(super) fn title(columns: &GoogleColumns, rows: &[FileRow<'_>]) -> String {
    let titles: Vec<&str> = rows
        .iter()
        .map(|row| row.get(columns.at(Field::Title)))
        .collect();
    let first = titles[0];
    let mut length = first.len();
    for other in &titles[1..] {
        let same = first.char_indices().zip(other.chars());
        let differs = same.clone().find(|((_, one), two)| one != two);
        let common = match differs {
            Some(((place, _), _)) => place,
            None => first.len().min(other.len()),
        };
        length = length.min(common);
    }
    let ends_word = |place: usize| {
        titles.iter().all(|title| {
            let next = title.get(place..).and_then(|rest| rest.chars().next());
            next.is_none_or(|next| !next.is_alphanumeric())
        })
    };
    let mut common = &first[..length];
    if !ends_word(length) {
        let end = common.rfind(|c: char| !c.is_alphanumeric()).unwrap_or(0);
        common = &common[..end];
    }
    let common =
        common.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '!' | '?'));
    match common.chars().any(char::is_alphanumeric) {
        true => common.to_owned(),
        false => first.to_owned(),
    }
}

/// The last part of the rows' links, where they have one in common that is a name.
pub(super) fn last_of_links(columns: &GoogleColumns, rows: &[FileRow<'_>]) -> Option<String> {
    let mut last = rows
        .iter()
        .map(|row| last_of(row.get(columns.at(Field::Link))));
    let first = last.next()??;
    last.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

fn last_of(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next()?;
    let (_, path) = path.split_once("://").unwrap_or(("", path));
    let (_, path) = path.split_once('/')?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let last = percent_decode_str(last).decode_utf8().ok()?.to_lowercase();
    let endings = [".html", ".htm", ".php", ".aspx"];
    let name = endings
        .iter()
        .find_map(|ending| last.strip_suffix(ending))
        .unwrap_or(&last);
    let is_page = ["index", "product", "products", "item"].contains(&name);
    let is_name = Slug::from_text(name).is_some_and(|slug| slug.as_str() == name);
    let has_letter = name.chars().any(char::is_alphabetic);
    (is_name && has_letter && !is_page).then(|| name.to_owned())
}

/// Puts a product together.
pub(super) fn assemble(
    columns: &GoogleColumns,
    rows: &[FileRow<'_>],
    handle: String,
    title: &str,
    output: &mut Output,
) -> Assembly {
    let first = &rows[0];
    let mut product = ModelRow::new(first.line);
    product.set(Column::Title, title, first, columns.at(Field::Title));
    let description = columns.at(Field::Description);
    product.set(
        Column::Body,
        prose::html(first.get(description)),
        first,
        description,
    );
    product.copy(Column::Vendor, first, columns.at(Field::Brand));
    let (path, place) = columns.product_type(first);
    let kind = path.rsplit('>').next().unwrap_or_default().trim();
    product.set(Column::Type, kind, first, place);
    let category = columns.at(Field::Category);
    // A number stands for a category of Google's.
    if !first
        .get(category)
        .bytes()
        .all(|byte| byte.is_ascii_digit())
    {
        product.copy(Column::Category, first, category);
    }
    let (names, choices) = choices(columns, rows, title);
    if let Some(note) = options::set_names(&mut product, &names, first) {
        output.note(first.whole(), note);
    }
    let mut variants = Vec::with_capacity(rows.len());
    for (row, choices) in rows.iter().zip(&choices) {
        let mut variant = offer(columns, row, output);
        options::set_values(&mut variant, choices, row);
        if rows.len() > 1 {
            variant.copy(Column::VariantImage, row, columns.at(Field::Image));
        }
        variants.push(variant);
    }
    Assembly {
        handle,
        product,
        variants,
        pictures: pictures(columns, rows),
    }
}

/// The names of the options, and the value of each for every row: the attributes that any two rows
/// differ in. Rows that differ in none are told apart by their titles, or by their ids.
fn choices(
    columns: &GoogleColumns,
    rows: &[FileRow<'_>],
    title: &str,
) -> (Vec<String>, Vec<Vec<Choice>>) {
    let mut names = Vec::new();
    let mut choices = vec![Vec::new(); rows.len()];
    if rows.len() == 1 {
        return (names, choices);
    }
    for (field, name) in Field::VARIANT {
        let place = columns.at(field);
        let value = |row: &FileRow<'_>| row.get(place).to_owned();
        let first = value(&rows[0]);
        if rows.iter().all(|row| value(row) == first) {
            continue;
        }
        names.push(name.to_owned());
        for (choices, row) in choices.iter_mut().zip(rows) {
            let value = match value(row) {
                empty if empty.is_empty() => "–".to_owned(),
                value => value,
            };
            choices.push(Choice { value, place });
        }
    }
    if has_equals(&choices) {
        names.push(BY_TITLE.to_owned());
        let place = columns.at(Field::Title);
        for (choices, row) in choices.iter_mut().zip(rows) {
            let own = row.get(place);
            let rest = own.strip_prefix(title).unwrap_or(own);
            let rest = rest.trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, '-' | '–' | ',' | ':' | '|' | '/')
            });
            let value = if rest.is_empty() { own } else { rest }.to_owned();
            choices.push(Choice { value, place });
        }
        if has_equals(&choices) {
            let place = columns.at(Field::Id);
            for (choices, row) in choices.iter_mut().zip(rows) {
                choices.pop();
                let value = row.get(place).to_owned();
                choices.push(Choice { value, place });
            }
        }
    }
    (names, choices)
}

fn has_equals(choices: &[Vec<Choice>]) -> bool {
    let mut seen = std::collections::HashSet::new();
    let texts = |choices: &Vec<Choice>| -> Vec<String> {
        choices.iter().map(|choice| choice.value.clone()).collect()
    };
    !choices.iter().all(|choices| seen.insert(texts(choices)))
}

fn offer(columns: &GoogleColumns, row: &FileRow<'_>, output: &mut Output) -> ModelRow {
    let mut variant = ModelRow::new(row.line);
    variant.copy(Column::Sku, row, columns.at(Field::Id));
    variant.copy(Column::Barcode, row, columns.at(Field::Gtin));
    let weight = row.get(columns.at(Field::Weight));
    if !weight.is_empty() {
        let split = weight
            .find(|c: char| c.is_alphabetic())
            .unwrap_or(weight.len());
        let (number, unit) = weight.split_at(split);
        variant.set(
            Column::Weight,
            number.trim(),
            row,
            columns.at(Field::Weight),
        );
        variant.set(
            Column::WeightUnit,
            unit.trim(),
            row,
            columns.at(Field::Weight),
        );
    }
    let mut price = |column: Column, field: Field| {
        let place = columns.at(field);
        match amounts::with_currency(row.get(place), output.currency) {
            Ok(amount) => variant.set(column, amount, row, place),
            Err(reason) => variant.fault(row, place, reason),
        }
    };
    let sale = !row.get(columns.at(Field::SalePrice)).is_empty();
    let for_days = !row.get(columns.at(Field::SaleDates)).is_empty();
    if sale && !for_days {
        price(Column::Price, Field::SalePrice);
        price(Column::CompareAt, Field::Price);
    } else {
        price(Column::Price, Field::Price);
    }
    if sale && for_days {
        output.note(row.place(columns.at(Field::SalePrice)), Note::SaleForDays);
    }
    stock(columns, row, &mut variant);
    variant
}

/// The feed says whether there is any; only some have a quantity.
fn stock(columns: &GoogleColumns, row: &FileRow<'_>, variant: &mut ModelRow) {
    let place = columns.at(Field::Availability);
    let availability = row.get(place).to_lowercase().replace([' ', '-'], "_");
    variant.set(Column::Tracker, "google", row, place);
    let quantity = columns.at(Field::Quantity);
    match availability.as_str() {
        "" | "in_stock" | "limited_availability" => variant.copy(Column::Quantity, row, quantity),
        "out_of_stock" => variant.set(Column::Quantity, "0", row, place),
        "preorder" | "backorder" => {
            variant.set(Column::Quantity, "0", row, place);
            variant.set(Column::Policy, "continue", row, place);
        }
        _ => variant.fault(
            row,
            place,
            Reason::NotOneOf("in_stock, out_of_stock, preorder, backorder"),
        ),
    }
}

/// The pictures of all rows, each once: first those that stand for a row.
fn pictures(columns: &GoogleColumns, rows: &[FileRow<'_>]) -> Vec<PictureCell> {
    let mut seen = std::collections::HashSet::new();
    let mut pictures = Vec::new();
    let mut add = |address: &str, row: &FileRow<'_>, place: Option<usize>| {
        if !address.is_empty() && seen.insert(address.to_owned()) {
            pictures.push(PictureCell::new(address, row, place));
        }
    };
    for row in rows {
        let place = columns.at(Field::Image);
        add(row.get(place), row, place);
    }
    for row in rows {
        for &place in &columns.images {
            for address in prose::entries(row.get(Some(place)), ',') {
                add(&address, row, Some(place));
            }
        }
    }
    pictures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> (Vec<String>, GoogleColumns) {
        let header = ["id", "title", "price", "link"].map(str::to_owned).to_vec();
        let columns = GoogleColumns::find(&header).unwrap();
        (header, columns)
    }

    #[test]
    fn a_title_is_what_all_titles_begin_with() {
        let (header, columns) = columns();
        let of = |titles: &[&str]| {
            let cells: Vec<[(u16, &str); 1]> = titles.iter().map(|title| [(1, *title)]).collect();
            let rows = cells.iter().map(|cells| FileRow::kept(2, &header, cells));
            title(&columns, &rows.collect::<Vec<_>>())
        };
        assert_eq!(of(&["Lamp – Red, small", "Lamp – Blue"]), "Lamp");
        assert_eq!(
            of(&["Reading Lamp Red", "Reading Lamp Rose"]),
            "Reading Lamp"
        );
        assert_eq!(of(&["Lamp", "Lamp Blue"]), "Lamp");
        assert_eq!(of(&["Lampe", "Lampion"]), "Lampe");
        assert_eq!(of(&["茶 红", "茶 绿"]), "茶");
        assert_eq!(of(&["Lamp", "Lamp"]), "Lamp");
    }

    #[test]
    fn the_last_part_of_a_link_is_the_address_where_it_is_a_name() {
        let cases = [
            (
                "https://a.example/products/reading-lamp?variant=1",
                Some("reading-lamp"),
            ),
            (
                "https://a.example/p/Reading-Lamp.html",
                Some("reading-lamp"),
            ),
            ("https://a.example/%E8%8C%B6/", Some("茶")),
            ("https://a.example/12345", None),
            ("https://a.example/product.php?id=5", None),
            ("https://a.example", None),
            ("", None),
        ];
        for (link, last) in cases {
            assert_eq!(last_of(link).as_deref(), last, "{link}");
        }
    }
}
