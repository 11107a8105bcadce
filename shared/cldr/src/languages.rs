//! Codes of languages: which there are, how they are written, and what a language calls itself.

use icu_casemap::CaseMapper;
use icu_casemap::options::{TitlecaseOptions, TrailingCase};
use icu_experimental::displaynames::multi::{LanguageDisplayNames, LocaleDisplayNamesFormatter};
use icu_experimental::displaynames::provider::{
    LocaleNamesLanguageV0, LocaleNamesScriptV0, LocaleNamesVariantV0,
};
use icu_experimental::provider::Baked;
use icu_locale::{
    LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleDirectionality, LocaleExpander,
};
use icu_provider::prelude::*;
use souk_shop::{Direction, Language};

use crate::countries;
use crate::errors::LanguageError;

/// Every language that CLDR has names, numbers and dates for, in the version that is linked. The
/// variants of a language (`de-at`, `zh-hant`) are known wherever the language is.
pub const LANGUAGES: &str = "\
    ady af ak am ar as ast az ba be bg bgc bho blo bn br brx bs bua ca ceb chr ckb cop cs \
    csw cv cy da de doi dsb ee el en eo es et eu fa fi fil fo fr fy ga gaa gd gl gu ha he hi \
    hr hsb hu hy ia id ie ig ii is it ja jv ka kbd kea kek kgp ki kk km kn ko kok ks ksh ku kxv \
    ky lb lij lld lmo lo lt lv mai mi mk ml mn mni mr ms mt my nds ne nl nn no nqo nso oc om or \
    pa pcm pl pms prg ps pt qu quc raj rm ro ru rw sa sah sat sc scn sd shn si sk sl so sq sr st \
    su sv sw syr szl ta te tg th ti tk tn to tr tt tyv ug uk ur uz vec vi vmw wo xh xnr yo \
    yrl yue za zh zu";

/// Languages that are written in more than one script, and that IANA's registry gives no default
/// script: their tags name it.
const SEVERAL_SCRIPTS: [&str; 6] = ["az", "bs", "sr", "uz", "yue", "zh"];

/// Reads a code, as it stands in `shop.toml`: lower case, such as `de`, `pt-br` or `zh-hant`.
///
/// # Errors
/// When it is no language of CLDR, or is written in another way.
pub(crate) fn parse(code: &str) -> Result<Locale, LanguageError> {
    let unknown = || LanguageError::Unknown {
        code: code.chars().take(40).collect(),
        nearest: nearest(code),
    };
    let id = LanguageIdentifier::try_from_str(&code.replace('_', "-")).map_err(|_| unknown())?;
    let mut canonical = Locale::from(id.clone());
    LocaleCanonicalizer::new_extended().canonicalize(&mut canonical);
    if own_name(&canonical).is_none() || !id.variants.is_empty() {
        return Err(unknown());
    }
    let written = canonical.to_string().to_lowercase();
    if written != code {
        return Err(LanguageError::Spelling {
            code: code.to_owned(),
            right: written,
        });
    }
    let known_region = id
        .region
        .is_none_or(|region| countries::english(region).is_some());
    if !known_region {
        return Err(unknown());
    }
    Ok(canonical)
}

/// The language of a code, without the blob of its pack.
pub(crate) fn language(code: &str, locale: &Locale) -> Language {
    let mut likely = locale.id.clone();
    LocaleExpander::new_extended().maximize(&mut likely);
    let mut tag = locale.id.clone();
    if tag.script.is_none()
        && tag.region.is_none()
        && SEVERAL_SCRIPTS.contains(&tag.language.as_str())
    {
        tag.script = likely.script;
    }
    let is_right_to_left = LocaleDirectionality::new_extended().is_right_to_left(&locale.id);
    let territory = likely.region.map(|region| format!("_{region}"));
    // `简体中文` says more than `中文`, and `Српски (ћирилица)` no more than `Српски`.
    let with_script = own_name(&Locale::from(tag.clone())).filter(|name| !name.contains('('));
    let name = with_script.or_else(|| own_name(locale));
    Language {
        code: code.to_owned(),
        tag: tag.to_string(),
        name: name.unwrap_or_else(|| code.to_owned()),
        open_graph: format!("{}{}", likely.language, territory.unwrap_or_default()),
        direction: match is_right_to_left {
            true => Direction::Rtl,
            false => Direction::Ltr,
        },
        pack: None,
    }
}

/// What a language calls itself, as it stands alone: `Français`.
fn own_name(locale: &Locale) -> Option<String> {
    let name = display_name(locale, &locale.id)?;
    let mut options = TitlecaseOptions::default();
    options.trailing_case = Some(TrailingCase::Unchanged);
    let mapper = CaseMapper::new();
    let name = mapper.titlecase_segment_with_only_case_data_to_string(&name, &locale.id, options);
    Some(name.into_owned())
}

/// The name of a language in another; `None` where it has none.
fn display_name(into: &Locale, id: &LanguageIdentifier) -> Option<String> {
    if !has::<LocaleNamesLanguageV0>(into) {
        return None;
    }
    let languages = LanguageDisplayNames::try_new(into.into(), Default::default()).ok()?;
    let language = languages.of(id.language)?;
    if id.script.is_none() && id.region.is_none() {
        return Some(language.to_owned());
    }
    // It has the names of dialects too (`Österreichisches Deutsch`), but not for every language.
    if has::<LocaleNamesVariantV0>(into) && has::<LocaleNamesScriptV0>(into) {
        let names = LocaleDisplayNamesFormatter::try_new(into.into(), Default::default()).ok()?;
        return Some(names.of(&Locale::from(id.clone())).into_owned());
    }
    let script = id.script.map(|script| script.to_string());
    let region = id.region.map(|region| region.to_string());
    let rest: Vec<_> = script.into_iter().chain(region).collect();
    Some(format!("{language} ({})", rest.join(", ")))
}

/// Whether ICU4X has some names for a language. Its formatters write to the console where it has
/// none.
fn has<M: DataMarker>(locale: &Locale) -> bool
where
    Baked: DataProvider<M>,
{
    let locale = M::make_locale(locale.into());
    let mut request = DataRequest {
        id: DataIdentifierBorrowed::for_locale(&locale),
        ..DataRequest::default()
    };
    request.metadata.silent = true;
    Baked.load(request).is_ok()
}

/// The code that is most like a text: a language's code, or that of the language with this name.
fn nearest(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase().replace('_', "-");
    let english: Locale = "en".parse().expect("a language");
    let named = LANGUAGES.split_whitespace().find(|code| {
        code.parse::<Locale>().is_ok_and(|locale| {
            let names = [own_name(&locale), display_name(&english, &locale.id)];
            names
                .into_iter()
                .flatten()
                .any(|name| name.to_lowercase() == text)
        })
    });
    let near = || {
        let distances = LANGUAGES
            .split_whitespace()
            .map(|code| (distance(code, &text), code));
        let (distance, code) = distances.min()?;
        (distance <= 2.min(text.chars().count() / 2)).then_some(code)
    };
    let without_region = || {
        let (language, _) = text.split_once('-')?;
        LANGUAGES.split_whitespace().find(|code| *code == language)
    };
    let found = named.or_else(without_region).or_else(near);
    found.map(str::to_owned)
}

/// How many characters must be added, removed or replaced to make one text of the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for column in 0..other.len() {
            let replaced = diagonal + usize::from(other[column] != character);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
