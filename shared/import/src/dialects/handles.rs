//! Addresses for products of systems whose files have none.

use std::collections::HashMap;

use souk_domain::Slug;

/// The addresses of an import so far.
#[derive(Default)]
pub(super) struct Handles {
    /// How many products asked for each.
    taken: HashMap<String, usize>,
}

impl Handles {
    /// The address made of the first text that has letters; where it is taken, it is followed by a
    /// number, as WordPress does. The second value says whether it was taken.
    pub(super) fn take(&mut self, texts: &[&str]) -> (String, bool) {
        let mut slugs = texts.iter().filter_map(|text| Slug::from_text(text));
        let Some(slug) = slugs.next() else {
            // The reader reports a product without an address.
            return (String::new(), false);
        };
        let slug = slug.to_string();
        let count = self.taken.entry(slug.clone()).or_default();
        *count += 1;
        if *count == 1 {
            return (slug, false);
        }
        let mut number = *count;
        loop {
            let numbered = numbered(&slug, number);
            if !self.taken.contains_key(&numbered) {
                self.taken.insert(numbered.clone(), 1);
                return (numbered, true);
            }
            number += 1;
        }
    }
}

fn numbered(slug: &str, number: usize) -> String {
    let tail = format!("-{number}");
    let mut end = slug.len().min(Slug::BYTES_MAX - tail.len());
    while !slug.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{tail}", &slug[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_taken_gets_a_number() {
        let mut handles = Handles::default();
        let mut take = |text: &str| handles.take(&[text, "5"]).0;
        assert_eq!(take("Lamp 2"), "lamp-2");
        assert_eq!(take("Lamp"), "lamp");
        assert_eq!(take("LAMP!"), "lamp-3");
        assert_eq!(take("Lamp"), "lamp-4");
        assert_eq!(take("***"), "5");
        assert_eq!(take(&"x".repeat(300)).len(), Slug::BYTES_MAX);
        let second = take(&"x".repeat(300));
        assert!(second.ends_with("x-2") && second.len() <= Slug::BYTES_MAX);
    }
}
