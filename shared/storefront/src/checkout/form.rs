//! The forms of the shop's pages, as types.
//!
//! A field that is missing is an empty one, a field that the form does not have is passed over, and
//! of a field that comes twice the first one counts.
//!
//! Not here: what a field may say (`order_request`, `cart`), how a form is drawn (`pages`).

use std::ops::Deref;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use souk_protocol::problem::Problem;

use crate::http::reply;

/// What a field says, without the spaces around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field(String);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<String>::deserialize(deserializer)?;
        let first = values.first().map(String::as_str);
        Ok(first.unwrap_or_default().into())
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl Deref for Field {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// `POST /cart`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CartForm {
    /// `add`, `set` or `remove`.
    pub(crate) action: Field,
    pub(crate) sku: Field,
    /// The slug of the product.
    pub(crate) product: Field,
    pub(crate) quantity: Field,
}

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

/// `POST /orders/{id}/pay`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PayForm {
    pub(crate) token: Field,
}

/// Reads the body of a form.
///
/// # Errors
/// `invalid-request`, where it is no form.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_html_form::from_bytes(body).map_err(|error| reply::invalid("", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
