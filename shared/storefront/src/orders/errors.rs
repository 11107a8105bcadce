//! What is wrong with an order or a cart, place by place, and the checks that every text has in common.
//!
//! Not here: which texts an order has (`request`, `address`).

use souk_protocol::problem::FieldError;

/// What is wrong so far.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    /// Notes what is wrong with a place; `None` stands for the value that is not there.
    pub(crate) fn add<T>(
        &mut self,
        pointer: impl Into<String>,
        detail: impl Into<String>,
    ) -> Option<T> {
        self.0.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        None
    }

    /// A text of one line: a name with a line break in it could pretend to be the next line of a
    /// mail or a label.
    pub(crate) fn line(&mut self, pointer: &str, text: &str, required: bool, chars_max: usize) {
        if text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
            self.add::<()>(pointer, "has a line break");
        } else {
            self.text(pointer, text, required, chars_max);
        }
    }

    /// A text, perhaps of several lines.
    pub(crate) fn text(&mut self, pointer: &str, text: &str, required: bool, chars_max: usize) {
        if required && text.trim().is_empty() {
            self.add::<()>(pointer, "is required");
        } else if text.chars().count() > chars_max {
            self.add::<()>(pointer, format!("is longer than {chars_max} characters"));
        } else if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\r')
        {
            self.add::<()>(pointer, "has a control character");
        }
    }
}
