//! The form of the checkout, as a type.
//!
//! Not here: what a field may say (`orders::request`), how the form is drawn (`souk-pages`).

use serde::Deserialize;

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
    pub(crate) payment: Field,
    pub(crate) note: Field,
    /// The prices that the shopper was shown: SKUs with minor units, form-urlencoded once more.
    pub(crate) seen: Field,
    pub(crate) csrf: Field,
    pub(crate) idempotency_key: Field,
}

impl CheckoutForm {
    /// What the shopper fills in, by the names of the fields.
    pub(crate) fn fields(&self) -> [(&'static str, &Field); 11] {
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
