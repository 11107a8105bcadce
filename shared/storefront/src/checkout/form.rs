//! The form of the checkout, as a type.
//!
//! Not here: what a field may say (`orders::request`), how the form is drawn (`souk-pages`).

use serde::Deserialize;
use souk_protocol::limits::{CODE_CHARS_MAX, CODES_MAX};

use crate::http::form::Field;

/// `POST /checkout`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckoutForm {
    pub(crate) name: Field,
    pub(crate) email: Field,
    pub(crate) country: Field,
    pub(crate) region: Field,
    pub(crate) city: Field,
    pub(crate) postal_code: Field,
    pub(crate) line1: Field,
    pub(crate) line2: Field,
    pub(crate) delivery: Field,
    pub(crate) pickup_point: Field,
    pub(crate) payment: Field,
    pub(crate) note: Field,
    /// A code that was typed.
    pub(crate) code: Field,
    /// The codes that were given before.
    pub(crate) codes: Vec<String>,
    /// Which of them is taken away.
    pub(crate) remove: Field,
    /// `update`: nothing is ordered, the form comes back with what it costs.
    pub(crate) action: Field,
    /// Names what the shopper was shown as the price.
    pub(crate) quote: Field,
    pub(crate) csrf: Field,
    pub(crate) idempotency_key: Field,
}

impl CheckoutForm {
    /// Whether the form is only to say what the order costs.
    pub(crate) fn asks_for_a_quote(&self) -> bool {
        !self.action.is_empty() || !self.remove.is_empty()
    }

    /// The codes that count now: those of before with the one that was typed, without the one that is
    /// taken away, each once and no more than an order may have.
    pub(crate) fn codes(&self) -> Vec<String> {
        let given = self.codes.iter().map(|code| code.trim());
        let typed = std::iter::once(&*self.code);
        let mut codes: Vec<String> = Vec::new();
        for code in given.chain(typed) {
            let is_known = codes.iter().any(|known| known.eq_ignore_ascii_case(code));
            let is_one = !code.is_empty() && code.chars().count() <= CODE_CHARS_MAX;
            let is_sound = is_one && !code.contains(char::is_control);
            if is_sound && !is_known && code != &*self.remove && codes.len() < CODES_MAX {
                codes.push(code.to_owned());
            }
        }
        codes
    }

    /// What the shopper fills in, by the names of the fields.
    pub(crate) fn fields(&self) -> [(&'static str, &Field); 12] {
        [
            ("name", &self.name),
            ("email", &self.email),
            ("country", &self.country),
            ("region", &self.region),
            ("city", &self.city),
            ("postal_code", &self.postal_code),
            ("line1", &self.line1),
            ("line2", &self.line2),
            ("delivery", &self.delivery),
            ("pickup_point", &self.pickup_point),
            ("payment", &self.payment),
            ("note", &self.note),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::form::read;

    #[test]
    fn codes_are_given_once_and_taken_away() {
        let codes = |body: &str| {
            read::<CheckoutForm>(&body.to_owned().into())
                .unwrap()
                .codes()
        };
        assert_eq!(codes("codes=A&codes=b+&code=+c+"), ["A", "b", "c"]);
        assert_eq!(codes("codes=A&code=a"), ["A"]);
        assert_eq!(codes("codes=A&codes=B&remove=A"), ["B"]);
        assert_eq!(codes("code=a%0Ab&codes="), <[&str; 0]>::default());
        let many: String = (0..40).map(|n| format!("codes=C{n}&")).collect();
        assert_eq!(codes(&many).len(), CODES_MAX);
        let long = format!("code={}", "x".repeat(CODE_CHARS_MAX + 1));
        assert_eq!(codes(&long), <[&str; 0]>::default());
    }

    #[test]
    fn fields_are_read_by_their_names() {
        let body = "name=+Li+Lei+&email=li%40example.com&city=%E6%9D%AD%E5%B7%9E&name=second\
            &unknown=x&line2=&idempotency_key=k&broken=%FF&note=a%FFb";
        let form: CheckoutForm = read(&body.into()).unwrap();
        let filled: Vec<_> = form
            .fields()
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, &**value))
            .collect();
        let expected = [
            ("name", "Li Lei"),
            ("email", "li@example.com"),
            ("city", "杭州"),
            ("note", "a\u{fffd}b"),
        ];
        assert_eq!(filled, expected);
        assert_eq!(&*form.idempotency_key, "k");
    }

    #[test]
    fn every_field_that_is_shown_is_read() {
        let empty = CheckoutForm::default();
        for (name, _) in empty.fields() {
            let form: CheckoutForm = read(&format!("{name}=x").into()).unwrap();
            let filled = form
                .fields()
                .into_iter()
                .filter(|(_, value)| &***value == "x");
            assert_eq!(filled.map(|(name, _)| name).collect::<Vec<_>>(), [name]);
        }
    }

    #[test]
    fn any_body_is_a_form() {
        for body in [
            "",
            "&&",
            "=",
            "name",
            "%",
            "{\"name\":1}",
            "name=1&name=2&name=3",
        ] {
            assert!(read::<CheckoutForm>(&body.into()).is_ok(), "{body}");
        }
    }
}
