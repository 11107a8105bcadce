//! What the tool has and these tests need little of.

use souk_catalogue::Media;
use souk_domain::Currency;
use souk_shop::{Language, Offset};
use souk_shop_folder::{LanguageData, Problem, Resources, settings, settings::Settings};

/// Three languages, two time zones, pictures that all exist but one.
pub(crate) struct World;

impl Resources for World {
    fn language(&self, code: &str, _currency: Currency) -> Result<LanguageData, String> {
        if !["de", "en", "zh"].contains(&code) {
            return Err(format!("'{code}' is not a language"));
        }
        Ok(LanguageData {
            language: Language {
                code: code.to_owned(),
                ..Language::default()
            },
            ..LanguageData::default()
        })
    }

    fn offsets(&self, time_zone: &str) -> Result<Vec<Offset>, String> {
        let known = [
            "Europe/Berlin",
            "Asia/Shanghai",
            "America/New_York",
            "Etc/UTC",
        ];
        match known.contains(&time_zone) {
            true => Ok(vec![Offset::default()]),
            false => Err(format!("'{time_zone}' is not a time zone")),
        }
    }

    fn picture(&mut self, path: &str) -> Result<Media, String> {
        if path.contains("missing") {
            return Err(format!("{path} is not there"));
        }
        Ok(Media {
            width: 40,
            height: 40,
            renditions: vec![souk_catalogue::MediaRendition {
                width: 40,
                url: format!("/media/{path}"),
            }],
            ..Media::default()
        })
    }

    fn markdown(&mut self, text: &str, _prefix: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

/// Reads `shop.toml`.
pub(crate) fn read(text: &str) -> (Settings, Vec<Problem>) {
    let mut problems = Vec::new();
    let settings = settings::read(text, &mut World, &mut problems);
    (settings, problems)
}

/// The problems of `shop.toml` as people see them.
pub(crate) fn problems(text: &str) -> Vec<String> {
    let (_, mut problems) = read(text);
    souk_shop_folder::sort(&mut problems);
    problems.iter().map(ToString::to_string).collect()
}
