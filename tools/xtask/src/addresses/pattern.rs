//! From regular expressions of postal codes to the patterns that `shared/addresses` matches.
//!
//! Every postal code has a bounded length, so its expression stands for finitely many shapes. A
//! pattern lists them, separated by `|`. In a shape `#` is a digit, `@` a letter, `*` either,
//! `[…]` a set, and any other letter or digit itself. A blank or a hyphen stands where the written
//! form has it; a reader may leave it out.
//!
//! Read of regular expressions: literals, `\d`, sets, groups, alternatives, `?`, `{m}`, `{m,n}`, and
//! anchors, which mean nothing where the whole is compared. Anything else is refused.

use std::iter::Peekable;
use std::str::Chars;

use anyhow::{Context, Result, bail};

const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: u64 = (1 << 10) - 1;
const LETTERS: u64 = ((1 << 26) - 1) << 10;

/// One character of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// One of these, as bits over [`ALPHABET`].
    Of(u64),
    /// A blank or a hyphen.
    Separator(char),
}

type Shape = Vec<Item>;

/// The pattern of whole codes. `examples` decide whether a separator that may be left out is
/// written.
///
/// # Errors
/// When the expression uses what this reader does not know.
pub(super) fn compile(expression: &str, examples: &[&str]) -> Result<String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let shapes = shapes(expression)?;
    let (dense, sparse) = (written(&shapes, true), written(&shapes, false));
    let shown = |shapes: &[Shape], needed: &[char]| {
        let mut examples = examples
            .iter()
            .filter(|example| example.contains(needed) || needed.is_empty());
        examples.any(|example| shapes.iter().any(|shape| fits(shape, example)))
    };
    let chosen = if shown(&dense, &[' ', '-']) || !shown(&sparse, &[]) {
        dense
    } else {
        sparse
    };
    Ok(text(&merge(chosen)))
}

/// The pattern of how codes begin: separators say nothing there.
///
/// # Errors
/// See [`compile`].
pub(super) fn compile_beginning(expression: &str) -> Result<String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let mut bare: Vec<Shape> = vec![];
    for shape in shapes(expression)? {
        let shape = bare_shape(&shape);
        if !bare.contains(&shape) {
            bare.push(shape);
        }
    }
    // `B?1` is `B1` or `1`: each beginning stands for itself.
    Ok(text(&merge(bare)))
}

/// Of shapes that differ in their separators alone, the one with the most or the fewest.
fn written(shapes: &[Shape], most: bool) -> Vec<Shape> {
    let mut kept: Vec<Shape> = vec![];
    for shape in shapes {
        let bare = bare_shape(shape);
        match kept.iter_mut().find(|known| bare_shape(known) == bare) {
            Some(known) if (shape.len() > known.len()) == most && shape.len() != known.len() => {
                known.clone_from(shape);
            }
            Some(_) => {}
            None => kept.push(shape.clone()),
        }
    }
    kept
}

fn bare_shape(shape: &Shape) -> Shape {
    let items = shape.iter().copied();
    items.filter(|item| matches!(item, Item::Of(_))).collect()
}

fn fits(shape: &Shape, code: &str) -> bool {
    let fits = |(item, c): (&Item, char)| match item {
        Item::Of(set) => ALPHABET.find(c).is_some_and(|place| set >> place & 1 == 1),
        Item::Separator(separator) => *separator == c,
    };
    shape.len() == code.chars().count() && shape.iter().zip(code.chars()).all(fits)
}

/// Fewer shapes for the same codes: two that differ in one character become one with a set.
fn merge(mut shapes: Vec<Shape>) -> Vec<Shape> {
    loop {
        let pairs = (0..shapes.len()).flat_map(|a| (a + 1..shapes.len()).map(move |b| (a, b)));
        let found = pairs
            .filter_map(|(a, b)| Some((a, b, union(&shapes[a], &shapes[b])?)))
            .next();
        let Some((a, b, both)) = found else {
            return shapes;
        };
        shapes.remove(b);
        shapes[a] = both;
    }
}

fn union(a: &Shape, b: &Shape) -> Option<Shape> {
    if a.len() != b.len() {
        return None;
    }
    let mut places = (0..a.len()).filter(|&place| a[place] != b[place]);
    let (place, None) = (places.next()?, places.next()) else {
        return None;
    };
    let (Item::Of(one), Item::Of(other)) = (a[place], b[place]) else {
        return None;
    };
    let mut both = a.clone();
    both[place] = Item::Of(one | other);
    Some(both)
}

fn text(shapes: &[Shape]) -> String {
    let shapes: Vec<String> = shapes
        .iter()
        .map(|shape| shape.iter().map(item).collect())
        .collect();
    shapes.join("|")
}

fn item(item: &Item) -> String {
    match item {
        Item::Separator(c) => c.to_string(),
        Item::Of(set) if *set == DIGITS => "#".to_owned(),
        Item::Of(set) if *set == LETTERS => "@".to_owned(),
        Item::Of(set) if *set == DIGITS | LETTERS => "*".to_owned(),
        Item::Of(set) => {
            let members = |place: &usize| set >> place & 1 == 1;
            let places: Vec<usize> = (0..ALPHABET.len()).filter(members).collect();
            let character = |place: usize| char::from(ALPHABET.as_bytes()[place]);
            match places[..] {
                [one] => character(one).to_string(),
                _ => format!("[{}]", ranges(&places, character)),
            }
        }
    }
}

fn ranges(places: &[usize], character: impl Fn(usize) -> char) -> String {
    let mut text = String::new();
    let mut rest = places;
    while let Some(&first) = rest.first() {
        let run = rest
            .iter()
            .zip(first..)
            .take_while(|(place, next)| *place == next)
            .count();
        // A range never runs from the digits into the letters.
        let run = run.min(if first < 10 { 10 - first } else { run });
        let last = first + run - 1;
        text.push(character(first));
        match run {
            1 => {}
            2 => text.push(character(last)),
            _ => text.extend(['-', character(last)]),
        }
        rest = &rest[run..];
    }
    text
}

/// Every shape that the expression stands for.
fn shapes(expression: &str) -> Result<Vec<Shape>> {
    let mut input = expression.chars().peekable();
    let shapes = alternatives(&mut input).with_context(|| expression.to_owned())?;
    match input.next() {
        Some(rest) => bail!("'{rest}' is left over of {expression}"),
        None => Ok(shapes),
    }
}

fn alternatives(input: &mut Peekable<Chars<'_>>) -> Result<Vec<Shape>> {
    let mut all = sequence(input)?;
    while input.next_if_eq(&'|').is_some() {
        for shape in sequence(input)? {
            if !all.contains(&shape) {
                all.push(shape);
            }
        }
    }
    Ok(all)
}

fn sequence(input: &mut Peekable<Chars<'_>>) -> Result<Vec<Shape>> {
    let mut all: Vec<Shape> = vec![vec![]];
    while let Some(&c) = input.peek() {
        if c == '|' || c == ')' {
            break;
        }
        let one = atom(input)?;
        let (least, most) = quantity(input)?;
        let mut powers = vec![vec![vec![]]];
        for count in 1..=most {
            powers.push(product(&powers[count - 1], &one));
        }
        // The longer forms before the shorter ones.
        let repeated: Vec<Shape> = powers.into_iter().skip(least).rev().flatten().collect();
        all = product(&all, &repeated);
    }
    Ok(all)
}

fn product(left: &[Shape], right: &[Shape]) -> Vec<Shape> {
    let mut all: Vec<Shape> = vec![];
    for (one, other) in left
        .iter()
        .flat_map(|one| right.iter().map(move |other| (one, other)))
    {
        let both = [one.as_slice(), other].concat();
        if !all.contains(&both) {
            all.push(both);
        }
    }
    all
}

fn quantity(input: &mut Peekable<Chars<'_>>) -> Result<(usize, usize)> {
    if input.next_if_eq(&'?').is_some() {
        return Ok((0, 1));
    }
    if input.next_if_eq(&'{').is_none() {
        return Ok((1, 1));
    }
    let bounds: String = input.by_ref().take_while(|c| *c != '}').collect();
    let (least, most) = bounds.split_once(',').unwrap_or((&bounds, &bounds));
    Ok((least.parse()?, most.parse()?))
}

fn atom(input: &mut Peekable<Chars<'_>>) -> Result<Vec<Shape>> {
    match input.next().context("the expression ends too early")? {
        '(' => {
            if input.next_if_eq(&'?').is_some() && input.next() != Some(':') {
                bail!("only groups of the kind (?:…) are read");
            }
            let inside = alternatives(input)?;
            input.next_if_eq(&')').context("a group is not closed")?;
            Ok(inside)
        }
        '[' => set(input),
        '^' | '$' => Ok(vec![vec![]]),
        '\\' => match input.next() {
            Some('d') => Ok(vec![vec![Item::Of(DIGITS)]]),
            Some('b') => Ok(vec![vec![]]),
            other => bail!("\\{other:?} is not read"),
        },
        c => Ok(vec![vec![literal(c)?]]),
    }
}

fn literal(c: char) -> Result<Item> {
    match ALPHABET.find(c) {
        Some(place) => Ok(Item::Of(1 << place)),
        None if c == ' ' || c == '-' => Ok(Item::Separator(c)),
        None => bail!("'{c}' is not read"),
    }
}

fn set(input: &mut Peekable<Chars<'_>>) -> Result<Vec<Shape>> {
    let mut members = 0;
    let mut separators = vec![];
    loop {
        match input.next().context("a set is not closed")? {
            ']' => break,
            '\\' => match input.next() {
                Some('d') => members |= DIGITS,
                Some('-') => separators.push('-'),
                other => bail!("\\{other:?} is not read in a set"),
            },
            first => {
                let last = match input.next_if_eq(&'-') {
                    Some(_) => input.next().context("a range has no end")?,
                    None => first,
                };
                match (ALPHABET.find(first), ALPHABET.find(last)) {
                    (Some(first), Some(last)) => (first..=last).for_each(|at| members |= 1 << at),
                    _ if first == ' ' && last == ' ' => separators.push(' '),
                    _ => bail!("'{first}-{last}' is not read in a set"),
                }
            }
        }
    }
    match (members, separators.pop()) {
        (0, Some(separator)) => Ok(vec![vec![Item::Separator(separator)]]),
        (_, None) => Ok(vec![vec![Item::Of(members)]]),
        (_, Some(_)) => bail!("a set has separators and others"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_become_lists_of_shapes() {
        let cases: [(&str, &[&str], &str); 9] = [
            (r"\d{5}", &["10115"], "#####"),
            (
                r"(\d{5})(?:[ \-](\d{4}))?",
                &["95014", "22162-1010"],
                "#####-####|#####",
            ),
            (r"\d{3}-?\d{4}", &["154-0023"], "###-####"),
            (r"[A-Z]{2} ?\d{4}", &["BT2328"], "@@####"),
            (r"\d{4,5}|\d{3}-\d{4}", &[], "#####|####|###-####"),
            (
                r"(?:^|\b)(?:1[0-2]|[1-9])\d{2}(?:$|\b)",
                &["317"],
                "1[0-2]##|[1-9]##",
            ),
            (
                r"[1-9]\d{3} ?(?:[A-RT-Z][A-Z]|S[BCE-RT-Z])",
                &["1234 AB"],
                "[1-9]### [A-RT-Z]@|[1-9]### S[BCE-RT-Z]",
            ),
            (r"(?:AB|AL|B)\d", &[], "A[BL]#|B#"),
            ("", &[], ""),
        ];
        for (expression, examples, expected) in cases {
            assert_eq!(
                compile(expression, examples).unwrap(),
                expected,
                "{expression}"
            );
        }
    }

    #[test]
    fn beginnings_have_no_separators() {
        for (expression, expected) in [
            ("3[56]", "3[56]"),
            ("CP 2?1", "CP21|CP1"),
            ("35|36", "3[56]"),
        ] {
            assert_eq!(
                compile_beginning(expression).unwrap(),
                expected,
                "{expression}"
            );
        }
    }

    #[test]
    fn what_is_not_read_is_refused() {
        for expression in ["a+", "(?=1)", "[^1]", "1*", "(1", r"\w"] {
            assert!(compile(expression, &[]).is_err(), "{expression}");
        }
    }
}
