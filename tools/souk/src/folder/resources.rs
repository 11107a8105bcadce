//! What the reader of a folder needs and only this program has.

use souk_catalogue::Media;
use souk_domain::Currency;
use souk_shop::Offset;
use souk_shop_folder::{LanguageData, Resources};

use crate::catalogue::pictures::Gallery;

/// Seconds of a year, by which the moment of a publish is rounded: offsets of a time zone are listed
/// around it, and a shop that is published twice in a year has the same ones.
const YEAR_S: i64 = 366 * 24 * 60 * 60;

/// Languages and time zones of CLDR and IANA, pictures of the folder, Markdown.
pub(super) struct Folder<'g> {
    pub(super) gallery: &'g mut Gallery,
    pub(super) now_ms: i64,
    /// Media files that were asked for.
    pub(super) media: Vec<Media>,
}

/// Languages and time zones alone, for what shows no pictures and no texts.
pub(super) struct WithoutPictures {
    pub(super) now_ms: i64,
}

fn language(code: &str, currency: Currency) -> Result<LanguageData, String> {
    let data = souk_cldr::language(code, currency).map_err(|error| error.to_string())?;
    Ok(LanguageData {
        language: data.language,
        formats: data.formats,
        countries: data.countries,
        notes: data.notes,
    })
}

fn offsets(time_zone: &str, now_ms: i64) -> Result<Vec<Offset>, String> {
    let now_s = now_ms / 1000 / YEAR_S * YEAR_S;
    souk_cldr::offsets(time_zone, now_s).map_err(|error| error.to_string())
}

impl Resources for Folder<'_> {
    fn language(&self, code: &str, currency: Currency) -> Result<LanguageData, String> {
        language(code, currency)
    }

    fn offsets(&self, time_zone: &str) -> Result<Vec<Offset>, String> {
        offsets(time_zone, self.now_ms)
    }

    fn picture(&mut self, path: &str) -> Result<Media, String> {
        let media = self.gallery.resolve(path).map_err(|error| error.0)?;
        self.media.push(media.clone());
        Ok(media)
    }

    fn markdown(&mut self, text: &str, prefix: &str) -> Result<String, String> {
        souk_content::html(text, &[], prefix)
    }
}

impl Resources for WithoutPictures {
    fn language(&self, code: &str, currency: Currency) -> Result<LanguageData, String> {
        language(code, currency)
    }

    fn offsets(&self, time_zone: &str) -> Result<Vec<Offset>, String> {
        offsets(time_zone, self.now_ms)
    }

    fn picture(&mut self, _: &str) -> Result<Media, String> {
        Ok(Media::default())
    }

    fn markdown(&mut self, _: &str, _: &str) -> Result<String, String> {
        Ok(String::new())
    }
}
