//! Comparisons with ICU4X over every locale that it has.

mod every_locale;
mod locales;
mod samples;
