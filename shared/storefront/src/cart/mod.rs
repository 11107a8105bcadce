//! The cart: what the browser's cookie holds, and the page that shows it.

pub(crate) mod cookie;
pub(crate) mod line;
mod page;
pub(crate) mod shown;
