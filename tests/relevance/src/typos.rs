//! One wrong letter in a telling word of a title.

use anyhow::Result;
use souk_catalogue::Product;

use crate::engine::Engine;

/// Letters of the shortest word that gets a wrong letter.
const WORD_CHARS_MIN: usize = 5;
/// The product has to be among so many.
const FIRST: usize = 5;
/// Products that a query without the wrong letter may find, for it to be telling.
const TELLING: u32 = 5;

/// Numbers that look random and are the same each time. Source: Numerical Recipes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// The share of queries of two or three words of a title, one of them with a wrong letter, that find
/// the product among the first results.
pub(crate) fn measure(engine: &Engine, products: &[Product], count: usize) -> Result<f64> {
    let mut dice = Dice(42);
    let (mut asked, mut found) = (0_u32, 0_u32);
    let mut tries = 0;
    while usize::try_from(asked)? < count && tries < 20 * count {
        tries += 1;
        let product = &products[dice.below(products.len())];
        let mut words: Vec<&str> = product
            .title
            .base
            .split_whitespace()
            .filter(|word| word.chars().all(char::is_alphanumeric) && word.len() > 2)
            .collect();
        words.dedup();
        if words.len() < 3 {
            continue;
        }
        let length = 2 + dice.below(2);
        while words.len() > length {
            words.remove(dice.below(words.len()));
        }
        let long: Vec<usize> = (0..words.len())
            .filter(|&at| {
                let word = words[at];
                word.len() >= WORD_CHARS_MIN && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            })
            .collect();
        if long.is_empty() {
            continue;
        }
        let is_there = |text: &str| -> Result<Option<u32>> {
            let answer = engine.answer(text, 0, FIRST, false)?;
            let here = answer
                .items
                .iter()
                .any(|item| item.product.slug == product.slug);
            Ok(here.then_some(answer.total))
        };
        if is_there(&words.join(" "))?.is_none_or(|total| total > TELLING) {
            continue;
        }
        let at = long[dice.below(long.len())];
        let wrong = misspelled(words[at], &mut dice);
        words[at] = &wrong;
        asked += 1;
        match is_there(&words.join(" "))? {
            Some(_) => found += 1,
            None if std::env::var_os("SHOW_MISSES").is_some() => {
                eprintln!("missed: {} -> {}", words.join(" "), product.title.base);
            }
            None => {}
        }
    }
    Ok(f64::from(found) / f64::from(asked.max(1)))
}

/// A letter more, less or other, or two swapped.
fn misspelled(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = dice.below(letters.len() - 1);
    let letter = char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or(0));
    match dice.below(4) {
        0 => letters.insert(at, letter),
        1 => drop(letters.remove(at)),
        2 => letters[at] = letter,
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}
